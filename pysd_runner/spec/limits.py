"""The limits that the model file gives a constant, ``~ Dmnl [0, 1]``, hold for what a spec sets."""

from __future__ import annotations

import math

from pysd_runner.model.graph import ModelGraph


def beyond_limits(graph: ModelGraph, name: str, *values: float) -> str:
    """Say which value lies outside the limits of a variable, and where they stand, or ``""``."""
    variable = graph[name]
    low, high = variable.limits
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    for value in values:
        if not low <= value <= high:
            return (
                f"{value:g} lies outside the limits [{low:g}, {high:g}] of the model file "
                f"(line {variable.line}); make one fit the other"
            )
    return ""
