"""Numbers inside sentences: with their interval, and with their unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from sensitivity.plots.numbers import MINUS, TIE, per_cent, quantity, readable

_TINY = 0.0005
"""A share that is zero to the digits written."""

_WIDE = 0.1
"""A share from which on no digit after the point is written."""

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


def signed(value: float, unit: str) -> str:
    """Return a change with its sign: +21.3 bn CNY/yr."""
    return f"{'+' if value >= 0 else ''}{quantity(value, unit)}"


def signed_share(share: float, *, fine: bool = False) -> str:
    """Return a change as a share: +5.8%, −12%, or less than ±0.1%; ``fine``: −12.3%."""
    size = 0.0 if fine else share
    return "less than ±0.1%" if 0 < abs(share) < _TINY else _share(share, size, plus="+")


def share_within(share: float, low: float, high: float) -> str:
    """Return a change as a share with its interval: +5.8% (95% interval 5.5% to 6.0%)."""
    if max(abs(low), abs(high)) < _TINY:
        return signed_share(share)
    plus = "" if low > 0 else "+"
    coarse = min(abs(low), abs(high)) >= _WIDE and high - low >= 0.01
    ends = [_share(each, _WIDE if coarse else 0.0, plus) for each in (low, high)]
    if ends[0] == ends[1]:
        return f"{signed_share(share)} (give or take less than 0.1%)"
    # Rounded more than its ends, a share may seem to lie beyond them: +12%, 12.2% to 12.3%.
    return f"{signed_share(share, fine=not coarse)} (95% interval {' to '.join(ends)})"


def _share(share: float, size: float, plus: str) -> str:
    """Return a share with as many digits as one of some size needs."""
    if abs(share) < _TINY:
        return "0%"
    digits = 0 if abs(size) >= _WIDE else 1
    return f"{plus if share > 0 else ''}{share:.{digits}%}".replace("-", MINUS)


def duration(value: float, unit: str) -> str:
    """Return a time as it is read: 2.7 yr."""
    text = f"{value:.2g}" if value < 1 else f"{value:.1f}".removesuffix(".0")
    return f"{text} {unit}".strip().replace(" ", TIE).replace("-", MINUS, int(value < 0))


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


def share_cell(row: Row, name: str) -> str:
    """Return a share and its interval in a cell of a table: 12.3% (11.0% to 13.5%)."""
    low, high = (per_cent(row[f"{name}_{end}"], digits=1) for end in ("low", "high"))
    return f"{per_cent(row[name], digits=1)} ({low} to {high})"


def or_dash(value: float, written: Callable[[float], str]) -> str:
    """Return a number as it is written, or a dash where there is none."""
    return "–" if np.isnan(value) else written(value)
