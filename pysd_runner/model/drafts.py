"""The variables of a file before they are checked against each other and classified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from pysd_runner.model.dependencies import Moment, Need, needs
from pysd_runner.model.functions import function_named
from pysd_runner.model.graph import Definition
from pysd_runner.model.subscripts import Binding, Ranges
from pysd_runner.names import key

Cell: TypeAlias = tuple[str, tuple[str, ...]]
"""Key of a variable, and its elements."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The definitions of one variable, and the ranges that it runs over."""

    name: str
    definitions: tuple[Definition, ...]
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drafts:
    """All variables of a file.

    Parameters
    ----------
    by_key : mapping
        Key -> draft, in the order of the file.
    ranges : Ranges
        Of the file.
    faulty : frozenset of str
        Keys of which something wrong has been reported already, so that what follows from it
        is not.
    gaps : mapping
        Key -> elements without an equation.
    """

    by_key: Mapping[str, Draft]
    ranges: Ranges
    faulty: frozenset[str]
    gaps: Mapping[str, frozenset[tuple[str, ...]]]

    def __contains__(self, name: str) -> bool:
        return name in self.by_key

    def __getitem__(self, name: str) -> Draft:
        return self.by_key[name]

    def __iter__(self) -> Iterator[Draft]:
        return iter(self.by_key.values())

    def is_variable(self, name: str) -> bool:
        """Tell whether a called name is a variable's; XMILE's may have names of functions."""
        draft = self.by_key.get(key(name))
        if draft is None or function_named(name) is None:
            return draft is not None
        return any(each.statement.kind == "lookup" for each in draft.definitions)

    def cells(self, name: str) -> dict[Cell, tuple[Binding, Definition]]:
        """Return the cells of a variable with what its ranges stand for, and the equation."""
        found: dict[Cell, tuple[Binding, Definition]] = {}
        for definition in self.by_key[name].definitions:
            for elements, binding in self.bindings(definition):
                found[name, elements] = (binding, definition)
        return found

    def bindings(self, definition: Definition) -> Iterator[tuple[tuple[str, ...], Binding]]:
        """Yield the elements that an equation defines, and what its ranges stand for in each."""
        names = [key(subscript) for subscript in definition.subscripts]
        exceptions = definition.statement.exceptions
        for elements in self.ranges.covered(definition.subscripts, exceptions):
            yield elements, dict(zip(names, elements, strict=True))

    def needs(self, definition: Definition, moment: Moment) -> Iterator[Need]:
        """Yield the variables that an equation needs at a moment."""
        if definition.body is not None:
            for need in needs(definition.body, moment, self.is_variable):
                if need.key in self.by_key:
                    yield need

    def cells_needed(self, need: Need, binding: Binding) -> Iterator[Cell]:
        """Yield the cells that a need means where ranges are bound."""
        found = (self.ranges.resolve(subscript, binding) for subscript in need.subscripts)
        for elements in product(*found):
            yield need.key, elements
