"""What one entry of a model file says, parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pysd_runner.model.syntax import Expression

Kind = Literal["equation", "data", "lookup", "range", "text", "reality check"]
NON_NEGATIVE = "non-negative"


@dataclass(frozen=True, slots=True)
class Mapping:
    """``-> range`` or ``-> (range: element, …)`` behind a subscript range."""

    target: str
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One parsed entry.

    Parameters
    ----------
    kind : str
        ``equation``, ``data`` (no equation, or ``:=``), ``lookup``, ``range``, ``text``
        (``:IS:``) or ``reality check``.
    name : str
        The variable, lookup or range that is defined.
    subscripts : tuple of str
        Subscripts of the left side.
    exceptions : tuple of tuple of str
        What stands behind ``:EXCEPT:``.
    body : Expression or None
        The right side; ``None`` for data without an equation, and for ranges whose elements are
        not read from a file.
    elements : tuple of str
        Elements or ranges that a range lists.
    mappings : tuple of Mapping
        What a range is mapped to.
    copy_of : str
        The range on the right of ``<->``.
    keyword : str
        ``:INTERPOLATE:``, ``:RAW:``, … of a data variable; ``==`` for an unchangeable constant;
        ``non-negative`` for a stock that is never below zero.
    dimensions : tuple of str
        Ranges that the variable runs over, where the file says so by itself.
    """

    kind: Kind
    name: str
    subscripts: tuple[str, ...] = ()
    exceptions: tuple[tuple[str, ...], ...] = ()
    body: Expression | None = None
    elements: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    copy_of: str = ""
    keyword: str = ""
    dimensions: tuple[str, ...] = ()
