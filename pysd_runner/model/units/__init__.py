"""Units of measurement: what a unit text means, and whether equations balance."""
