"""How fast the compiled engine is, beside others and beside the limit of the machine."""
