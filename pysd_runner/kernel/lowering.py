"""From the graph of a model to a program: one node at a time, element by element.

Every variable is lowered twice, at the *start*, where stocks are their initial equations and
``INITIAL`` and ``ACTIVE INITIAL`` mean what they say, and at a *step*, where stocks are states.
What depends neither on time nor on a state comes out as the same node both times. States are
found by need: a stock that no output depends on never becomes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

from pysd_runner.errors import BY_PYSD, Fault, ModelError
from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.operators import joined
from pysd_runner.kernel.program import Cell, Curve, Input, Limit, State, StateKind
from pysd_runner.model.dependencies import needs
from pysd_runner.model.graph import CONTROL, TIME, Definition, ModelGraph, is_integral
from pysd_runner.model.order import topological
from pysd_runner.model.statement import NON_NEGATIVE
from pysd_runner.model.subscripts import Binding, SubscriptFault
from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    spine,
)
from pysd_runner.names import key

Moment = Literal["start", "step"]
_DEEP = 40
"""Equations that need each other in a row before they are lowered in order, not by recursion."""
MAX_NODES = 3_000_000
"""Operations of a model; more would take hours to compile."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """A state whose equations are lowered last, when every loop has been closed by its state."""

    name: str
    kind: StateKind
    initial: Callable[[], int]
    change: Callable[[], int]
    length: Callable[[], int] | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands."""

    cell: Cell
    binding: Binding
    definition: Definition
    moment: Moment

    def at(self, moment: Moment) -> Scope:
        """Return the same place at another moment."""
        return Scope(self.cell, self.binding, self.definition, moment)

    def within(self, binding: Binding) -> Scope:
        """Return the same place with ranges bound."""
        return Scope(self.cell, binding, self.definition, self.moment)


Rule: TypeAlias = "Callable[[Lowering, Call, Scope], int]"
"""Returns the node of a call that stands in a scope."""


class Lowering:
    """Lowers cells and expressions; keeps what has been lowered.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    inputs : sequence of Cell or Curve
        What may differ by run.
    controls : mapping
        Values of the control variables, by key.
    call : Rule
        Lowers a call.
    data : callable
        Lowers a variable whose values are data.
    """

    def __init__(
        self,
        graph: ModelGraph,
        inputs: Sequence[Input],
        controls: Mapping[str, float],
        *,
        call: Rule,
        data: Callable[[Lowering, Scope], int],
    ) -> None:
        self.graph = graph
        self.call = call
        self.data = data
        self.build = Builder()
        self.controls: dict[Cell, float] = {(key(name), ()): controls[name] for name in controls}
        self.inputs: dict[Cell, int] = {}
        self.curves: dict[Cell, tuple[tuple[float, ...], int]] = {}
        self.width = 0
        for each in inputs:
            if isinstance(each, Curve):
                self.curves[each.cell] = (each.x, self.width)
            else:
                self.inputs[each] = self.width
            self.width += len(each.x) if isinstance(each, Curve) else 1
        self.equations: dict[Cell, tuple[Binding, Definition]] = {
            (variable.key, elements): (binding, definition)
            for variable in graph
            for elements, binding, definition in graph.cells(variable)
        }
        self.done: dict[tuple[Cell, Moment], int] = {}
        self.open: set[tuple[Cell, Moment]] = set()
        self.depth = 0
        self.seen: dict[int, tuple[int, Expression]] = {}
        self.arrays: dict[object, list[list[int]]] = {}
        self.states: dict[object, int] = {}
        self.pending: list[_Pending] = []

    # -- cells --------------------------------------------------------------------------------

    def cell(self, cell: Cell, moment: Moment) -> int:
        """Return the node of a cell."""
        if cell == (TIME, ()):
            return self.held_time(moment)
        if cell in self.controls:
            return self.build.const(self.controls[cell])
        if cell in self.inputs and (moment == "start" or not self.is_stock(cell)):
            return self.build.input(self.inputs[cell])
        if cell in self.curves:
            return self.curve(cell, self.held_time(moment))
        if (cell, moment) not in self.done:
            if self.depth >= _DEEP:
                self.settle(cell, moment)
            else:
                self.depth += 1
                self.settle_one(cell, moment)
                self.depth -= 1
        return self.done[cell, moment]

    def settle_one(self, cell: Cell, moment: Moment) -> None:
        """Lower the equation of a cell."""
        if cell not in self.equations:
            raise ModelError(
                Fault("has no equation, but is used; add one.", self.graph.source.path,
                      self.graph[cell[0]].line, self.graph.cell_name(*cell))
            )  # fmt: skip
        binding, definition = self.equations[cell]
        scope = Scope(cell, binding, definition, moment)
        if (cell, moment) in self.open:
            raise self.refusal(scope, "its own value at the same time")
        self.open.add((cell, moment))
        try:
            found = self.definition(scope)
            self.done[cell, moment] = self.build.number(found) if cell[0] in CONTROL else found
        except SubscriptFault as fault:
            raise ModelError(
                Fault(f"{fault}.", self.graph.source.path, definition.entry.line,
                      self.graph.cell_name(*cell))
            ) from None  # fmt: skip
        self.open.discard((cell, moment))
        if len(self.build.nodes) > MAX_NODES:
            raise self.refusal(scope, f"what takes the model beyond {MAX_NODES:,} operations",
                               "sum or choose over fewer elements")  # fmt: skip

    def settle(self, cell: Cell, moment: Moment) -> None:
        """Lower a cell after all that it needs: a long chain of equations takes no more stack."""
        order = topological(
            [cell],
            lambda each: [n for n in self.needed(each, moment) if (n, moment) not in self.done],
        )
        for each in order:
            if (each, moment) not in self.done:
                self.settle_one(each, moment)

    def needed(self, cell: Cell, moment: Moment) -> Iterator[Cell]:
        """Yield the cells whose equations must be lowered before that of a cell."""
        if cell not in self.equations:
            return
        binding, definition = self.equations[cell]
        if definition.body is None:
            return
        when: Literal["now", "initial"] = "now" if moment == "step" else "initial"
        variables = self.graph.variables
        for need in needs(definition.body, when, self.graph.is_variable):
            if need.key not in variables:
                continue
            found = (self.graph.ranges.resolve(s, binding) for s in need.subscripts)
            for elements in product(*found):
                other = (need.key, elements)
                known = other in self.controls or other in self.inputs or other in self.curves
                if other in self.equations and not known:
                    yield other

    def is_stock(self, cell: Cell) -> bool:
        """Tell whether a cell is a stock."""
        return is_integral(self.equations[cell][1].body)

    def curve(self, cell: Cell, at: int) -> int:
        """Return the value of a curve that differs by run."""
        x, first = self.curves[cell]
        return self.build.curve(x, [self.build.input(first + n) for n in range(len(x))], at)

    def definition(self, scope: Scope) -> int:
        """Return the node of a cell from its equation."""
        body = scope.definition.body
        if body is None or scope.definition.statement.kind == "data":
            return self.data(self, scope)
        if isinstance(body, Array):
            return self.build.const(self.array_value(body, scope))
        if is_integral(body) and isinstance(body, Call):
            rate, initial = body.arguments[0], body.arguments[1]
            if scope.moment == "start":
                return self.number(initial, scope)
            stock = self.state(
                scope.cell,
                "rate",
                lambda: self.cell(scope.cell, "start"),
                lambda: self.number(rate, scope),
                scope,
            )
            if scope.definition.statement.keyword == NON_NEGATIVE:
                # but for rounding it is so, unless it starts below
                start = self.build.number(self.cell(scope.cell, "start"))
                lowest = self.build.minimum(start, self.build.const(0.0))
                return self.build.maximum(stock, lowest)
            return stock
        return self.node(body, scope)

    def array_value(self, body: Array, scope: Scope) -> float:
        """Return the number that a literal array gives to one cell."""
        numbers = [number for row in body.rows for number in row]
        return numbers[self.graph.place(scope.definition, scope.cell[1])]

    # -- states -------------------------------------------------------------------------------

    def state(
        self,
        identity: object,
        kind: StateKind,
        initial: Callable[[], int],
        change: Callable[[], int],
        scope: Scope,
        length: Callable[[], int] | None = None,
    ) -> int:
        """Return the state of an identity, made if there is none yet.

        Parameters
        ----------
        identity : hashable
            Equal identities mean the same state.
        kind : {"rate", "next", "past", "carried"}
            See :class:`~pysd_runner.kernel.program.State`.
        initial, change, length : callable
            Return the nodes of its equations; called once, later.
        scope : Scope
            Where it stands, for messages.
        """
        if identity not in self.states:
            self.states[identity] = len(self.pending)
            name = self.graph.cell_name(*scope.cell)
            self.pending.append(_Pending(name, kind, initial, change, length))
        return self.build.state(self.states[identity])

    def place(self, node: Expression, scope: Scope) -> tuple[object, ...]:
        """Return what tells the state of a node from any other: where it stands, and for what."""
        number, _ = self.seen.setdefault(id(node), (len(self.seen), node))
        return scope.cell, tuple(sorted(scope.binding.items())), number

    def finish(self) -> tuple[State, ...]:
        """Lower the equations of all states; this may find more states."""
        states: list[State] = []
        while len(states) < len(self.pending):
            waiting = self.pending[len(states)]
            length = None if waiting.length is None else waiting.length()
            initial, change = waiting.initial(), waiting.change()
            states.append(State(waiting.name, waiting.kind, initial, change, length))
        return tuple(states)

    # -- what is asked for --------------------------------------------------------------------

    def measured(self, expression: Expression) -> int:
        """Return the node of an expression over variables of the model, as a spec writes it."""
        anywhere = next(iter(self.equations))
        _, definition = self.equations[anywhere]
        return self.number(expression, Scope(anywhere, {}, definition, "step"))

    def limits(self, outputs: Iterable[Cell]) -> Iterator[Limit]:
        """Yield the limits of the outputs and of the stocks that they depend on."""
        stocks = [cell for cell in self.states if cell in self.equations]
        for cell in dict.fromkeys([*outputs, *stocks]):
            low, high = self.graph[cell[0]].limits if cell[0] in self.graph else (None, None)
            if low is not None or high is not None:
                yield Limit(self.build.number(self.cell(cell, "step")), low, high)

    # -- expressions --------------------------------------------------------------------------

    def number(self, node: Expression, scope: Scope) -> int:
        """Return the node of an expression as a number."""
        return self.build.number(self.node(node, scope))

    def mask(self, node: Expression, scope: Scope) -> int:
        """Return the node of an expression as a truth value."""
        return self.build.mask(self.node(node, scope))

    def node(self, node: Expression, scope: Scope) -> int:
        """Return the node of an expression, a number or a mask."""
        if isinstance(node, Number):
            return self.build.const(node.value)
        if isinstance(node, Reference):
            return self.reference(node, scope)
        if isinstance(node, Unary):
            if node.operator == ":NOT:":
                return self.build.invert(self.mask(node.operand, scope))
            return self.build.unary("neg", self.number(node.operand, scope))
        if isinstance(node, Binary):
            return self.binary(node, scope)
        if isinstance(node, Call):
            return self.call(self, node, scope)
        raise self.refusal(scope, f"a {type(node).__name__.lower()} inside an expression")

    def binary(self, node: Binary, scope: Scope) -> int:
        """Return the node of a chain of operators, such as a long sum."""
        first, links = spine(node)
        left = self.node(first, scope)
        for link in links:
            left = joined(self.build, link.operator, left, self.node(link.right, scope))
        return left

    def reference(self, node: Reference, scope: Scope) -> int:
        """Return the node of a variable, of time, or of an element used as a number."""
        name = key(node.name)
        if name == "time":
            return self.time(scope)
        if name not in self.graph.variables:
            return self.build.const(self.position((node.subscripts or (node.name,))[0], scope))
        cell = (name, self.elements(node.subscripts, scope))
        if cell in self.equations and self.equations[cell][1].statement.kind == "lookup":
            raise ModelError(
                Fault(f"uses the lookup '{node.name}' without an argument; write {node.name}(…).",
                      self.graph.source.path, scope.definition.entry.line,
                      self.graph[scope.cell[0]].name)
            )  # fmt: skip
        return self.cell(cell, scope.moment)

    def position(self, subscript: str, scope: Scope) -> float:
        """Return the number of the element that a subscript stands for, counted from 1."""
        (element,) = self.elements([subscript], scope)
        return float(self.graph.ranges.number(subscript, element))

    def elements(self, subscripts: Sequence[str], scope: Scope) -> tuple[str, ...]:
        """Return the one element that each subscript stands for."""
        found: list[str] = []
        for subscript in subscripts:
            bound = scope.binding.get(key(subscript))
            if bound is None and subscript.endswith("!"):
                raise self.refusal(scope, f"'{subscript}' outside SUM, PROD, VMIN and VMAX")
            found.append(bound or self.graph.ranges.resolve(subscript, scope.binding)[0])
        return tuple(found)

    def time(self, scope: Scope) -> int:
        """Return the node of the current time; at the start that is the initial time."""
        if scope.moment == "start":
            return self.cell(("initial time", ()), "start")
        if scope.definition.statement.kind == "data":  # which holds during a step
            return self.held_time(scope.moment)
        return self.build.time() if ("time step", ()) in self.controls else self.clock()

    def held_time(self, moment: Moment) -> int:
        """Return the node of the time at which a step began."""
        if moment == "start":
            return self.cell(("initial time", ()), "start")
        return self.build.held_time() if ("time step", ()) in self.controls else self.clock()

    def clock(self) -> int:
        """Return the time as a state of its own, which each run advances by its own step."""
        if TIME not in self.states:
            self.states[TIME] = len(self.pending)
            self.pending.append(
                _Pending(TIME, "next", lambda: self.cell(("initial time", ()), "start"),
                         lambda: self.build.add(self.clock(), self.cell(("time step", ()), "step")),
                         None)
            )  # fmt: skip
        return self.build.state(self.states[TIME])

    def refusal(self, scope: Scope, what: str, remedy: str = BY_PYSD) -> ModelError:
        """Return the error that names a construct which cannot be compiled, and its line."""
        entry = scope.definition.entry
        variable = self.graph[scope.cell[0]]
        return ModelError(
            Fault(f"uses {what}, which the kernel cannot compile; {remedy}.",
                  self.graph.source.path, entry.line, variable.name)
        )  # fmt: skip
