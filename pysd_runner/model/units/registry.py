"""The units of one model: which names mean the same, how large each is, how it is shown."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import isclose
from typing import Any, TypeAlias

import pint
from pint.facets.plain import PlainUnit
from pint.util import to_units_container

from pysd_runner.model.units.text import Powers, split_unit
from pysd_runner.names import key, nearest

Unit: TypeAlias = PlainUnit

# Name = size, and further names. A name that stands here or in a model without a size is a
# dimension of its own: a yuan is no dollar, a firm no product, and a full-time equivalent no head.
_KNOWN = """
year: yr, yrs, years
quarter = year / 4: quarters
month = year / 12: months, mo
day = year / 365: days
week = 7 day: weeks, wk
hour = day / 24: hours, hr, hrs, h
minute = hour / 60: minutes, min
second = minute / 60: seconds, sec, s
CNY: RMB, yuan, ¥, 元
kCNY = 1e3 CNY
MCNY = 1e6 CNY: million CNY, million yuan, MRMB
BCNY = 1e9 CNY: billion CNY, billion yuan
dollar: dollars, $, $s, USD, US$
MUSD = 1e6 dollar: M$, million dollars, million USD
euro: euros, EUR, €
MEUR = 1e6 euro
person: persons, people, capita
FTE: FTEs, full-time equivalent, full-time equivalents
firm: firms, company, companies, enterprise, enterprises
product: products
tce: tonne of coal equivalent
ktce = 1e3 tce
Mtce = 1e6 tce
kWh = tce / 8141
MWh = 1e3 kWh
GWh = 1e6 kWh
TWh = 1e9 kWh
kg: kilogram, kilograms
t = 1e3 kg: tonne, tonnes, ton, tons
kt = 1e6 kg
Mt = 1e9 kg
m: metre, metres, meter, meters
km = 1e3 m
percent = 0.01: %, per cent
"""


class Registry:
    """The units of a model.

    Parameters
    ----------
    settings : str
        The last section of the model file, in which a line ``22:Person,People`` makes names equal.

    Notes
    -----
    Two units are the same only if they measure the same thing and are equally large, so ``month``
    is no ``yr`` and ``CNY`` no ``MCNY``; the size is known to say by how much they differ. Case
    and blanks do not count, as in Vensim.
    """

    def __init__(self, settings: str = "") -> None:
        self._pint: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
        self._names: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        self._known: frozenset[str] = frozenset()
        self._uses: Counter[str] = Counter()
        for line in _KNOWN.strip().splitlines():
            named, _, others = line.partition(":")
            name, _, size = named.partition("=")
            self._define(name.strip(), size.strip())
            for other in others.split(","):
                self._names.setdefault(key(other), self._names[key(name)])
        self._known = frozenset(self._shown)
        for group in equivalent_names(settings):
            self._equate(group)
        self.pure: Unit = self._pint.Unit("")

    def read(self, text: str) -> Unit:
        """Return what a text means; names that are new become dimensions of their own.

        Raises
        ------
        UnitTextError
            The text is no unit.
        """
        powers = split_unit(text)
        for name in powers:
            if key(name) not in self._names:
                self._define(name)
            internal = self._names[key(name)]
            if not self._uses[internal]:
                self._shown[internal] = name
            self._uses[internal] += 1
        return self._unit(powers)

    def same(self, one: Unit, other: Unit) -> bool:
        """Tell whether two units measure the same thing and are equally large."""
        size, rest = self._base(one / other)
        return not rest and isclose(size, 1, rel_tol=1e-9)

    def size(self, one: Unit, other: Unit) -> float | None:
        """Return how many of ``other`` make one of ``one``; ``None`` if they are not of a kind."""
        size, rest = self._base(one / other)
        return None if rest else size

    def is_pure(self, unit: Unit) -> bool:
        """Tell whether a unit is that of a pure number."""
        return self.same(unit, self.pure)

    def show(self, unit: Unit) -> str:
        """Return a unit as the model spells it."""
        powers = {self._shown[name]: power for name, power in _powers(unit).items()}
        above = "*".join(_power(name, power) for name, power in powers.items() if power > 0)
        below = [_power(name, -power) for name, power in powers.items() if power < 0]
        if not below:
            return above or "Dmnl"
        divisor = below[0] if len(below) == 1 else f"({'*'.join(below)})"
        return f"{above or '1'}/{divisor}"

    def misspelt(self, *units: Unit) -> str:
        """Return a hint at a name that is used once and resembles another one, or ``""``."""
        for unit in units:
            for name in _powers(unit):
                if name not in self._known and self._uses[name] == 1:
                    others = [each for each in self._shown if each != name
                              and (self._uses[each] or each in self._known)]  # fmt: skip
                    hint = nearest(self._shown[name], (self._shown[each] for each in others))
                    if hint:
                        return hint.replace("; did", f"; '{self._shown[name]}' is used once, did")
        return ""

    # -- definitions --------------------------------------------------------------------------

    def _define(self, name: str, size: str = "") -> None:
        """Define a unit under a name that pint can read, whatever its own spelling."""
        internal = f"u{len(self._shown)}"
        self._names[key(name)] = internal
        self._shown[internal] = name
        if size:
            words = (self._names.get(key(word), word) for word in size.split())
            self._pint.define(f"{internal} = {' '.join(words)}")
        else:
            self._pint.define(f"{internal} = [{internal}]")

    def _equate(self, names: list[str]) -> None:
        known = [name for name in names if key(name) in self._names]
        if not known:
            self._define(names[0])
        first = self._names[key(known[0] if known else names[0])]
        self._shown[first] = self._shown[first] if known else names[0]
        for name in names:
            self._names[key(name)] = first

    def _unit(self, powers: Powers) -> Unit:
        unit = self._pint.Unit("")
        for name, power in powers.items():
            unit = unit * self._pint.Unit(self._names[key(name)]) ** float(power)
        return unit

    def _base(self, unit: Unit) -> tuple[float, bool]:
        size, base = self._pint.get_base_units(unit)
        return float(str(size)), any(_powers(base).values())


def _powers(unit: Unit) -> dict[str, Fraction]:
    """Return the exponents of a unit, rounded to plain fractions."""
    exact = {name: Fraction(str(power)) for name, power in to_units_container(unit).items()}
    rounded = {name: power.limit_denominator(1000) for name, power in exact.items()}
    return {name: power for name, power in rounded.items() if power}


def equivalent_names(settings: str) -> list[list[str]]:
    """Return the groups of names that lines ``22:a,b,c`` of a model file make equal."""
    lines = (line.strip() for line in settings.splitlines())
    groups = [line.removeprefix("22:").split(",") for line in lines if line.startswith("22:")]
    return [[name.strip() for name in group if name.strip()] for group in groups]


def _power(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}^{float(power):g}"
