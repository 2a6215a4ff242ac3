"""A model as plain equations between numbers: what C is written from.

Subscripts and sums are written out, delays and smooths are rewritten as stocks, and equations
stand in the order of computation. It shares no code with the compiler's lowering, so that the C
is a second opinion on the numbers, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product

from pysd_runner.model.dependencies import marked_ranges
from pysd_runner.model.graph import TIME, ModelGraph, is_integral
from pysd_runner.model.subscripts import Binding
from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Table,
    Unary,
    references,
    walk,
)
from pysd_runner.names import key

Equation = tuple[str, Expression]
_REDUCTIONS = {"sum": "+", "prod": "*", "vmin": "MIN", "vmax": "MAX"}
_TIMED = ("step", "ramp")
_CHAINS = {"smooth": 1, "smooth3": 3, "smoothi": 1, "smooth3i": 3}
_DELAYS = {"delay1": 1, "delay3": 3, "delay1i": 1, "delay3i": 3}


@dataclass(frozen=True, slots=True)
class Stock:
    """A value that is carried from step to step; ``change`` is what it gains in a unit of time."""

    name: str
    initial: Expression
    change: Expression


@dataclass(frozen=True, slots=True)
class Equations:
    """What a run computes, each equation after those it needs.

    Parameters
    ----------
    inputs, outputs : tuple of str
        What differs by run, and what is asked for.
    stocks : tuple of Stock
        All that outputs depend on.
    fixed : tuple of Equation
        What does not change over time: computed once for each run.
    start : tuple of Equation
        What initial values need: computed once for each run, after the ``fixed`` ones.
    step : tuple of Equation
        Computed at every step.
    tables : dict
        Name of a lookup -> its points.
    controls : dict
        ``initial time``, ``time step``, ….
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    stocks: tuple[Stock, ...]
    fixed: tuple[Equation, ...] = field(repr=False)
    start: tuple[Equation, ...] = field(repr=False)
    step: tuple[Equation, ...] = field(repr=False)
    tables: dict[str, Table] = field(repr=False)
    controls: dict[str, float]

    def needed(self, body: Expression, among: Mapping[str, Expression]) -> list[str]:
        """Return the names among some equations that an expression needs, in order of need."""
        below = [node.name for node in references(body) if isinstance(node, Reference)]
        return self.needed_by(below, among)

    def needed_by(self, names: Iterable[str], among: Mapping[str, Expression]) -> list[str]:
        """Return the names among some equations that others need, in order of need."""
        found: dict[str, None] = {}
        stack = [(name, False) for name in reversed(list(names))]
        while stack:
            name, opened = stack.pop()
            if opened:
                found[name] = None
            elif name in among and name not in found:
                stack.append((name, True))
                below = [
                    node.name for node in references(among[name]) if isinstance(node, Reference)
                ]
                stack += [(each, False) for each in reversed(below)]
        return list(found)


def cell(name: str, elements: Sequence[str] = ()) -> str:
    """Return the name of one element of a variable."""
    return key(name) + (f"[{','.join(elements)}]" if elements else "")


def moves(body: Expression, changing: Collection[str]) -> bool:
    """Tell whether an expression changes over time, given the names that do."""
    return any(
        node.name in changing or node.name == TIME
        if isinstance(node, Reference)
        else node.function in _TIMED
        for node in references(body)
    )


def equations_of(
    graph: ModelGraph, inputs: Sequence[str], outputs: Sequence[str], controls: dict[str, float]
) -> Equations:
    """Return the equations of a model that its outputs need.

    Raises
    ------
    NotImplementedError
        The model uses a function that the C generator does not know.
    """
    written_out = _WrittenOut(graph, controls)
    for name in inputs:
        written_out.values[name] = Reference(name)
    ordered = _Ordered(written_out, set(inputs))
    for name in outputs:
        ordered.need(name, "step")
    ordered.finish()
    return Equations(
        tuple(inputs), tuple(outputs),
        tuple(written_out.stocks[name] for name in ordered.stocks),
        tuple(ordered.fixed), tuple(ordered.start), tuple(ordered.step),
        written_out.tables, controls,
    )  # fmt: skip


class _WrittenOut:
    """Equations by cell; delays give stocks that no equation of the file names."""

    def __init__(self, graph: ModelGraph, controls: dict[str, float]) -> None:
        self.graph = graph
        self.values: dict[str, Expression] = {}
        self.stocks: dict[str, Stock] = {}
        self.initials: dict[str, Expression] = {}
        self.tables: dict[str, Table] = {}
        for variable in graph:
            for elements, binding, definition in graph.cells(variable):
                name, body = cell(variable.name, elements), definition.body
                if isinstance(body, Table):
                    self.tables[name] = body
                elif isinstance(body, Array):
                    numbers = [number for row in body.rows for number in row]
                    place = list(graph.ranges.tuples(definition.subscripts)).index(elements)
                    self.values[name] = Number(numbers[place])
                elif variable.kind == "control":
                    self.values[name] = Number(controls[name])
                elif is_integral(body) and isinstance(body, Call):
                    rate, initial = (self.plain(each, binding) for each in body.arguments[:2])
                    self.stocks[name] = Stock(name, initial, rate)
                elif body is not None:
                    self.values[name] = self.plain(body, binding)

    def plain(self, node: Expression, binding: Binding) -> Expression:
        """Return an expression over cells."""
        if isinstance(node, Reference):
            name = key(node.name)
            if name == TIME or name in self.graph:
                return Reference(cell(name, self._elements(node.subscripts, binding)))
            (element,) = self._elements([node.name], binding)
            owner = self.graph.ranges.element_owner[element]
            return Number(1.0 + self.graph.ranges[owner].keys.index(element))
        if isinstance(node, Unary):
            return Unary(node.operator, self.plain(node.operand, binding))
        if isinstance(node, Binary):
            left, right = self.plain(node.left, binding), self.plain(node.right, binding)
            return Binary(node.operator, left, right)
        if isinstance(node, Call):
            return self._call(node, binding)
        return node

    def _elements(self, subscripts: Iterable[str], binding: Binding) -> list[str]:
        return [
            binding.get(key(each)) or self.graph.ranges.resolve(each, binding)[0]
            for each in subscripts
        ]

    def _call(self, node: Call, binding: Binding) -> Expression:
        name = key(node.function)
        if name in _REDUCTIONS:
            ranges = list(dict.fromkeys(marked_ranges(node.arguments[0])))
            terms = [
                self.plain(node.arguments[0], {**binding, **dict(zip(map(key, ranges), each))})  # noqa: B905
                for each in product(*(self.graph.ranges.elements_of(r) for r in ranges))
            ]
            join = _REDUCTIONS[name]
            return reduce(
                lambda a, b: Binary(join, a, b) if join in "+*" else Call(join, (a, b)), terms
            )
        if name in self.graph:
            table = cell(name, self._elements(node.subscripts, binding))
            return Call(table, (self.plain(node.arguments[0], binding),))
        if name == "with lookup" and isinstance(node.arguments[1], Table):
            table = f"table {len(self.tables)}"
            self.tables[table] = node.arguments[1]
            return Call(table, (self.plain(node.arguments[0], binding),))
        if name == "elmcount" and isinstance(node.arguments[0], Reference):
            return Number(float(len(self.graph.ranges[node.arguments[0].name].elements)))
        arguments = tuple(self.plain(each, binding) for each in node.arguments)
        if name in _CHAINS:
            return self._smooth(_CHAINS[name], arguments)
        if name in _DELAYS:
            return self._delay(_DELAYS[name], arguments)
        if name == "initial":
            held = f"initial {len(self.initials)}"
            self.initials[held] = arguments[0]
            return Reference(held)
        return Call(name, arguments)

    def _hidden(self, initial: Expression, change: Expression, name: str) -> Reference:
        self.stocks[name] = Stock(name, initial, change)
        return Reference(name)

    def _smooth(self, order: int, arguments: tuple[Expression, ...]) -> Expression:
        given, time = arguments[:2]
        start = arguments[2] if len(arguments) > 2 else given
        for _ in range(order):
            name = f"smooth {len(self.stocks)}"
            gap = Binary("-", given, Reference(name))
            share = Binary("/", time, Number(float(order))) if order > 1 else time
            given = self._hidden(start, Binary("/", gap, share), name)
        return given

    def _delay(self, order: int, arguments: tuple[Expression, ...]) -> Expression:
        given, time = arguments[:2]
        start = arguments[2] if len(arguments) > 2 else given
        share = Binary("/", time, Number(float(order))) if order > 1 else time
        for _ in range(order):
            name = f"delay {len(self.stocks)}"
            out = Binary("/", Reference(name), share)
            self._hidden(Binary("*", start, share), Binary("-", given, out), name)
            given = out
        return given


class _Ordered:
    """Equations in order of need, sorted by when they must be computed."""

    def __init__(self, written_out: _WrittenOut, inputs: set[str]) -> None:
        self.written_out = written_out
        self.stocks: dict[str, None] = {}
        self.fixed: list[Equation] = []
        self.start: list[Equation] = []
        self.step: list[Equation] = []
        self.inputs = inputs
        self._moves: dict[str, bool] = {}
        self._done: set[tuple[str, str]] = set()

    def need(self, name: str, moment: str) -> None:
        """Append the equation of a cell and all that it needs at a moment."""
        pending = [(name, moment, False)]
        while pending:
            name, moment, opened = pending.pop()
            body = self._body(name, moment)
            if opened:
                assert body is not None
                where = self.start if moment == "start" else self.step
                (where if self.moves(name) else self.fixed).append((name, body))
                continue
            moment = moment if self.moves(name) else "fixed"
            if (name, moment) in self._done or body is None:
                continue
            self._done.add((name, moment))
            pending.append((name, moment, True))
            pending += [(used, moment, False) for used in self._uses(body)]

    def _body(self, name: str, moment: str) -> Expression | None:
        written_out = self.written_out
        if name in written_out.stocks:
            self.stocks[name] = None
            return written_out.stocks[name].initial if moment == "start" else None
        if name in written_out.initials:
            if moment == "start":
                return written_out.initials[name]
            self.need(name, "start")
            return None
        return None if name in self.inputs or name == TIME else written_out.values[name]

    def finish(self) -> None:
        """Append what the stocks need."""
        seen = 0
        while seen < len(self.stocks):
            name = list(self.stocks)[seen]
            for used in self._uses(self.written_out.stocks[name].change):
                self.need(used, "step")
            self.need(name, "start")
            seen += 1

    def moves(self, name: str) -> bool:
        """Tell whether a cell depends on the time or on a stock."""
        if name not in self._moves:
            if name in self.written_out.stocks or name == TIME:
                return True
            if name in self.written_out.initials:
                return True
            if name in self.inputs:
                return False
            body = self.written_out.values[name]
            timed = any(isinstance(node, Call) and node.function in _TIMED for node in walk(body))
            self._moves[name] = timed or any(map(self.moves, self._uses(body)))
        return self._moves[name]

    def _uses(self, body: Expression) -> list[str]:
        return [node.name for node in references(body) if isinstance(node, Reference)]
