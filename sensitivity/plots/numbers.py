"""Numbers and units as people write them."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "−"
TIE = "\N{NO-BREAK SPACE}"
"""Keeps a number and what belongs to it on one line."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALL_SHARE = 0.1
_SMALLEST = 0.005


def readable(value: float, _: object = None) -> str:
    """Return a number as people write it: 1.25 M, 12,500, 0.035, 9 × 10⁻⁵, 2 × 10⁹."""
    size = abs(value)
    if 0 < size < 1e-3 or 999.5e6 <= size < math.inf:
        exponent = math.floor(math.log10(size))
        digits = f"{size / 10.0**exponent:.3g}"
        if digits == "10":  # rounding went up to the next power
            digits, exponent = "1", exponent + 1
        text = f"{digits} × 10{str(exponent).translate(_SUPERSCRIPT)}"
    elif 1e6 <= size < math.inf:
        text = f"{size / 1e6:,.3g} M"
    elif 100 <= size < math.inf:
        text = f"{size:,.0f}"
    else:
        text = f"{size:.3g}"
    return f"{MINUS if value < 0 else ''}{text}".replace(" ", TIE)


def per_cent(value: float, _: object = None, digits: int = 0) -> str:
    """Return a share in per cent, with a minus as long as a plus."""
    text = f"{value:.{digits}%}"
    # What rounds to zero has no sign.
    return text.removeprefix("-") if float(text[:-1]) == 0 else text.replace("-", MINUS)


def give_or_take(share: float, half_width: float) -> str:
    """Return a share of a variance with its half-width: 62% ± 2%, 5% ± less than 1%."""
    width = f"{half_width:.0%}" if half_width >= _SMALLEST else "less than 1%"
    return f"{share:.0%}{TIE}±{TIE}{width}"


def alike(values: Sequence[float], unit: str) -> tuple[str, ...]:
    """Return numbers of one unit in one form: small shares all in per cent, 0.027%."""
    if not unit_shown(unit) and 0 < max(map(abs, values)) < _SMALL_SHARE:
        return tuple(f"{readable(100 * value)}%" for value in values)
    return tuple(readable(value) for value in values)


def span(low: float, high: float, unit: str) -> str:
    """Return a range on one line: 0 to 0.4."""
    first, last = alike((low, high), unit)
    if first.endswith("%"):
        first = first.removesuffix("%")
    return f"{first}{TIE}to{TIE}{last}"


def quantity(value: float, unit: str) -> str:
    """Return a number with its unit as people write it: 254 bn CNY/yr, 0.74."""
    if unit.startswith("MCNY") and abs(value) >= 1e3:
        return f"{readable(value / 1e3)}{TIE}bn{TIE}{unit.removeprefix('M')}"
    return f"{readable(value)} {unit_shown(unit)}".strip().replace(" ", TIE)


def change(value: float, base: float, unit: str) -> str:
    """Return by how much a value differs from its base: +1.4%, or an amount if that is zero."""
    if not base:
        return f"{'+' if value >= 0 else ''}{quantity(value, unit)}"
    return f"{(value - base) / abs(base):+.1%}".replace("-", MINUS)


def unit_shown(unit: str) -> str:
    """Return a unit for people: nothing for a pure number, millions in words."""
    if unit.lower() in ("dmnl", "dimensionless", "fraction", "1", ""):
        return ""
    return f"million CNY{unit.removeprefix('MCNY')}" if unit.startswith("MCNY") else unit
