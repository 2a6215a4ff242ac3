"""The text of a unit, ``MCNY/(yr*FTE)``, taken apart."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TypeAlias

from pysd_runner.names import clean, key

Powers: TypeAlias = dict[str, Fraction]
"""Spelling of each unit that a text names -> its exponent."""

_TOKEN = re.compile(r"\s*(\*\*|[*/()^]|[^*/()^]+)")
_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?")
PURE = frozenset({"", "1", "dmnl", "dimensionless", "unitless", "fraction"})
"""What a text says (by key of name) that means a pure number."""


class UnitTextError(Exception):
    """The text is no unit; the message says why, as the end of a sentence."""


def split_unit(text: str) -> Powers:
    """Take the text of a unit apart.

    Names are all between ``* / ^ ( )``: they may hold blanks, digits and signs of currency.

    Returns
    -------
    dict
        Exponent by name, empty for a pure number; a name that cancels is left out.

    Raises
    ------
    UnitTextError
        A bracket or an operator has no partner, or a number other than 1 stands in it.
    """
    if key(text) in PURE:
        return {}
    reader = _Reader([each.strip() for each in _TOKEN.findall(text) if each.strip()])
    powers = reader.product()
    if reader.token:
        raise UnitTextError(f"holds '{reader.token}' where it should end")
    return {name: power for name, power in powers.items() if power}


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0

    @property
    def token(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        found = self.token
        self.position += 1
        return found

    def product(self) -> Powers:
        found = self.power()
        while self.token in ("*", "/"):
            sign = 1 if self.take() == "*" else -1
            found = times(found, self.power(), Fraction(sign))
        return found

    def power(self) -> Powers:
        found = self.atom()
        if self.token in ("^", "**"):
            self.take()
            found = times({}, found, self.exponent())
        return found

    def exponent(self) -> Fraction:
        bracketed = self.token == "("
        if bracketed:
            self.take()
        text = self.take()
        if not _EXPONENT.fullmatch(text):
            raise UnitTextError(f"has '{text}' for an exponent; write a number")
        if bracketed and self.take() != ")":
            raise UnitTextError("has a bracket that is never closed")
        return Fraction(text)

    def atom(self) -> Powers:
        token = self.take()
        if token == "(":
            found = self.product()
            if self.take() != ")":
                raise UnitTextError("has a bracket that is never closed")
            return found
        if token in ("", "*", "/", "^", "**", ")"):
            raise UnitTextError(f"{'ends' if not token else f'has {token!r}'} where a name belongs")
        if key(token) in PURE:
            return {}
        if _EXPONENT.fullmatch(token):
            raise UnitTextError(
                f"holds the number {token}; give such a unit a name of its own, as MCNY for 1e6 CNY"
            )
        return {clean(token): Fraction(1)}


def times(one: Powers, other: Powers, exponent: Fraction) -> Powers:
    """Return ``one * other ^ exponent``."""
    found = dict(one)
    for name, power in other.items():
        found[name] = found.get(name, Fraction(0)) + power * exponent
    return found
