"""Equations to machine code: many runs of one model integrated at once."""
