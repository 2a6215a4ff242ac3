"""Scalar and hand-vectorised C of a model's equations, to measure the kernel against."""
