"""Operators between literals, which are carried out on the spot."""

from __future__ import annotations

import math

import pytest

from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.operators import joined


@pytest.mark.parametrize(
    ("left", "operator", "right", "value"),
    [
        (7, "-", 2, 5), (7, "/", 2, 3.5), (-2, "^", 2, 4), (1, "/", 0, math.inf),
        (2, "<=", 2, 1), (2, "<>", 2, 0), (3, "=", 3, 1),
        (0, ":AND:", 1, 0), (0, ":OR:", -2, 1),
        # what is missing is a number below all others, and equal to itself
        (math.nan, "=", math.nan, 1), (math.nan, "<", -1e30, 1), (math.nan, "=", 0, 0),
    ],
)  # fmt: skip
def test_operators(left: float, operator: str, right: float, value: float) -> None:
    build = Builder()
    node = joined(build, operator, build.const(left), build.const(right))
    assert build.value(build.number(node)) == value
