"""Numbers and names that a model takes from files beside it."""
