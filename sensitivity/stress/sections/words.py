"""Numbers inside sentences: with their interval, and with their unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from sensitivity.plots.numbers import TIE, quantity, readable

Row: TypeAlias = Mapping[Any, Any]
"""A row of a table: column -> value."""


def within(low: float, high: float, unit: str) -> str:
    """Return an interval in round brackets: (95% interval 3 to 5 yr)."""
    first, last = quantity(low, unit), quantity(high, unit)
    number, _, rest = first.partition(TIE)
    # A unit that both ends share is said once.
    if rest and last.endswith(f"{TIE}{rest}"):
        first = number
    return f"(95% interval {first} to {last})"


def duration(value: float, unit: str) -> str:
    """Return a time as it is read: 2.7 yr."""
    text = f"{value:.2g}" if value < 1 else f"{value:.1f}".removesuffix(".0")
    return f"{text} {unit}".strip().replace(" ", TIE)


def better(value: float, low: float, high: float, unit: str) -> str:
    """Return a change, of which more is better, in words and with its interval."""
    if value == low == high == 0:
        return "no better and no worse"
    said = f"{quantity(abs(value), unit)} {'better' if value > 0 else 'worse'}"
    if low > 0 or high < 0:
        ends = (low, high) if value > 0 else (-high, -low)
        return f"{said} {within(*ends, unit)}"
    return f"{said} (95% interval {quantity(-low, unit)} worse to {quantity(high, unit)} better)"


def percent(share: float) -> str:
    """Return a share: 12%, or less than 1%."""
    if 0 < share < 0.01:
        return "less than 1%"
    if 0.99 < share < 1:
        return "more than 99%"
    return f"{share:.0%}"


def percent_within(low: float, high: float) -> str:
    """Return the interval of a share in round brackets."""
    return f"(95% interval {low:.0%} to {high:.0%})"


def interval(row: Row, name: str) -> str:
    """Return an estimate and its interval in a cell of a table: 3 (2 to 5)."""
    low, high = readable(row[f"{name}_low"]), readable(row[f"{name}_high"])
    return f"{readable(row[name])} ({low} to {high})"


def or_dash(value: float, written: Callable[[float], str]) -> str:
    """Return a number as it is written, or a dash where there is none."""
    return "–" if np.isnan(value) else written(value)
