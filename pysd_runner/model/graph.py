"""The model as a graph: variables, what each uses, and what they are (stock, flow, …)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pysd_runner.model.entries import Entry, SourceFile
from pysd_runner.model.functions import function_named
from pysd_runner.model.statement import Statement
from pysd_runner.model.subscripts import Binding, Ranges
from pysd_runner.model.syntax import Call, Expression, Table, Tables
from pysd_runner.names import key, nearest

VariableKind = Literal["stock", "flow", "auxiliary", "constant", "lookup", "data", "control"]

CONTROL = ("initial time", "final time", "time step", "saveper")
TIME = "time"
INTERNAL = "#"
"""First character of the names of variables that stand for what is inside a macro's call."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One equation of a variable; a subscripted variable may have several.

    Parameters
    ----------
    statement : Statement
        Parsed left and right side.
    entry : Entry
        The text it was parsed from, with line, unit and comment.
    origin : str
        Where the numbers of the right side were read, for people; ``""`` if in the entry.
    """

    statement: Statement
    entry: Entry
    origin: str = ""

    @property
    def body(self) -> Expression | None:
        """The right side."""
        return self.statement.body

    @property
    def subscripts(self) -> tuple[str, ...]:
        """Subscripts of the left side."""
        return self.statement.subscripts


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the model.

    Parameters
    ----------
    name : str
        As the model file spells it where it is defined.
    kind : str
        ``stock``, ``flow``, ``auxiliary``, ``constant``, ``lookup``, ``data`` or ``control``.
    unit : str
        Unit as written in the file.
    limits : tuple of float or None
        Lower and upper limit stated in the file.
    comment, group : str
        As written in the file.
    line : int
        Line of its first definition.
    dimensions : tuple of str
        Names of the subscript ranges it runs over.
    definitions : tuple of Definition
        Its equations in the order of the file.
    uses : tuple of str
        Names of the variables in its equations, in order of appearance.
    """

    name: str
    kind: VariableKind
    unit: str
    limits: tuple[float | None, float | None]
    comment: str
    group: str
    line: int
    dimensions: tuple[str, ...]
    definitions: tuple[Definition, ...] = field(repr=False)
    uses: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What makes two spellings the same variable."""
        return key(self.name)

    @property
    def is_internal(self) -> bool:
        """Whether it stands for what is inside the call of a macro."""
        return self.name.startswith(INTERNAL)


@dataclass(frozen=True, slots=True)
class ModelGraph:
    """All that is known of a model from its equations.

    Parameters
    ----------
    source : SourceFile
        The text it comes from.
    variables : mapping of str to Variable
        By key of name, in the order of the file.
    ranges : Ranges
        Subscript ranges.
    order : tuple of str
        Keys in an order in which each variable comes after those it needs at the same time.
    macros : tuple of str
        Keys of the macros that the file defines.
    """

    source: SourceFile = field(repr=False)
    variables: Mapping[str, Variable] = field(repr=False)
    ranges: Ranges = field(repr=False)
    order: tuple[str, ...] = field(repr=False)
    macros: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        return key(name) in self.variables

    def __getitem__(self, name: str) -> Variable:
        return self.variables[key(name)]

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables.values())

    def of_kind(self, *kinds: VariableKind) -> tuple[Variable, ...]:
        """Return the variables of these kinds in the order of the file."""
        return tuple(variable for variable in self if variable.kind in kinds)

    def used_by(self, name: str) -> tuple[str, ...]:
        """Return the names of the variables whose equations use ``name``."""
        wanted = key(name)
        return tuple(v.name for v in self if any(key(used) == wanted for used in v.uses))

    def is_variable(self, name: str) -> bool:
        """Tell whether a called name is a variable's; XMILE's may have names of functions."""
        if function_named(name) is None:
            return name in self
        return name in self and self[name].kind == "lookup"

    def is_idle(self, variable: Variable) -> bool:
        """Tell whether a variable is data without values that no equation uses."""
        bare = any(d.body is None and d.statement.kind == "data" for d in variable.definitions)
        return bare and not self.used_by(variable.name)

    def nearest(self, name: str) -> str:
        """Return the end of a sentence that proposes the known name closest to ``name``."""
        return nearest(name, (variable.name for variable in self))

    def elements(self, variable: Variable) -> tuple[tuple[str, ...], ...]:
        """Return the element keys of a variable; ``((),)`` for a scalar."""
        return tuple(self.ranges.tuples(variable.dimensions))

    def shape(self, variable: Variable) -> tuple[int, ...]:
        """Return the number of elements along each of a variable's dimensions."""
        return tuple(len(self.ranges[name].elements) for name in variable.dimensions)

    def cell_name(self, name: str, elements: Sequence[str]) -> str:
        """Return a cell as a message names it, spelled as in the file: ``price[A]``."""
        variable = self[name]
        spelled = self.spelled(variable, elements)
        return variable.name + (f"[{','.join(spelled)}]" if spelled else "")

    def spelled(self, variable: Variable, elements: Sequence[str]) -> list[str]:
        """Return the elements of a cell as the file spells them."""
        own = [self.ranges[dimension] for dimension in variable.dimensions]
        return [
            each.elements[each.places[element]] if element in each.places else element
            for each, element in zip(own, elements, strict=True)
        ]

    def position(self, variable: Variable, elements: Sequence[str]) -> tuple[int, ...]:
        """Return where a cell lies in an array of the shape of its variable."""
        return tuple(
            self.ranges[dimension].places[element]
            for dimension, element in zip(variable.dimensions, elements, strict=True)
        )

    def table(self, definition: Definition, elements: tuple[str, ...]) -> Table | None:
        """Return the points of one element of a lookup or of data; ``None`` if there are none."""
        body = definition.body
        if isinstance(body, Tables):
            return body.tables[self.place(definition, elements)]
        return body if isinstance(body, Table) else None

    def place(self, definition: Definition, elements: tuple[str, ...]) -> int:
        """Return the place of an element among those of a left side, the last range fastest."""
        found = 0
        for subscript, element in zip(definition.subscripts, elements, strict=True):
            if subscript in self.ranges:  # else it is one element
                own = self.ranges[subscript].places
                found = found * len(own) + own[element]
        return found

    def cells(self, variable: Variable) -> Iterator[tuple[tuple[str, ...], Binding, Definition]]:
        """Yield each element of a variable with its binding and the equation that defines it."""
        for definition in variable.definitions:
            names = [key(subscript) for subscript in definition.subscripts]
            exceptions = definition.statement.exceptions
            for elements in self.ranges.covered(definition.subscripts, exceptions):
                yield elements, dict(zip(names, elements, strict=True)), definition


def is_integral(body: Expression | None) -> bool:
    """Tell whether an equation is ``INTEG(rate, initial)``."""
    return isinstance(body, Call) and key(body.function) == "integ"
