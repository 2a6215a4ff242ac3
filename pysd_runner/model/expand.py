"""Subscripts dissolved: one scalar variable for each element.

PySD computes a subscripted equation with xarray, at some 100 microseconds an operation; written
out element by element the same model runs an order of magnitude faster, with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.build import build_graph
from pysd_runner.model.dependencies import marked_ranges
from pysd_runner.model.entries import Entry
from pysd_runner.model.external.literal import literal_text
from pysd_runner.model.graph import TIME, Definition, ModelGraph, Variable
from pysd_runner.model.subscripts import Binding, SubscriptFault
from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    quoted,
    write,
)
from pysd_runner.names import key

_Fold = Callable[[Expression, Expression], Expression]
_FOLDS: dict[str, _Fold] = {
    "sum": lambda a, b: Binary("+", a, b),
    "prod": lambda a, b: Binary("*", a, b),
    "vmin": lambda a, b: Call("MIN", (a, b)),
    "vmax": lambda a, b: Call("MAX", (a, b)),
}


def element_name(name: str, elements: tuple[str, ...]) -> str:
    """Return the name of the scalar that stands for one element of a variable."""
    return f"{name} of {' and '.join(elements)}" if elements else name


def expand(graph: ModelGraph) -> ModelGraph:
    """Return the same model without subscripts and macros.

    Parameters
    ----------
    graph : ModelGraph
        Any model; one without either is returned as it is.

    Returns
    -------
    ModelGraph
        Element ``SHA`` of ``revenue`` is the variable ``revenue of sha``.

    Raises
    ------
    ModelError
        The model uses a subscripted construct that has no scalar form.
    """
    plain = not any(variable.dimensions for variable in graph) and not list(graph.ranges)
    if plain and not any(variable.is_internal for variable in graph):
        return graph
    entries: list[Entry] = []
    for variable in graph:
        if graph.is_idle(variable):
            continue
        for elements, binding, definition in graph.cells(variable):
            entries.append(_Cell(graph, variable, elements, binding, definition).entry())
    return build_graph(replace(graph.source, entries=tuple(entries)))


@dataclass(frozen=True, slots=True)
class _Cell:
    """One element of a variable, about to be written as a scalar."""

    graph: ModelGraph
    variable: Variable
    elements: tuple[str, ...]
    binding: Binding
    definition: Definition

    def entry(self) -> Entry:
        name = quoted(element_name(self.variable.name, self.elements))
        body = self.definition.body
        if self.definition.origin and (table := self.graph.table(self.definition, self.elements)):
            text = literal_text(name, self.definition.statement, table)
            if text is None:
                raise self.refusal("data without values in between")
            return replace(self.definition.entry, text=text, macro="", statement=None)
        if body is None or self.definition.statement.kind == "data":
            raise self.refusal("data without values")
        try:
            scalar = write(self.scalar(body, self.binding))
        except SubscriptFault as fault:
            raise ModelError(
                Fault(f"{fault}.", self.graph.source.path, self.definition.entry.line, name)
            ) from None
        text = f"{name}{scalar}" if self.variable.kind == "lookup" else f"{name} = {scalar}"
        return replace(self.definition.entry, text=text, macro="", statement=None)

    def scalar(self, node: Expression, binding: Binding) -> Expression:
        if isinstance(node, Reference):
            return self.reference(node, binding)
        if isinstance(node, Array):
            return self.number(node)
        if isinstance(node, Unary):
            return Unary(node.operator, self.scalar(node.operand, binding))
        if isinstance(node, Binary):
            left = self.scalar(node.left, binding)
            return Binary(node.operator, left, self.scalar(node.right, binding))
        if isinstance(node, Call):
            return self.call(node, binding)
        return node

    def reference(self, node: Reference, binding: Binding) -> Expression:
        ranges = self.graph.ranges
        if node.name not in self.graph and (node.name in ranges or ranges.is_element(node.name)):
            (subscript,) = node.subscripts or (node.name,)
            (element,) = self.elements_of((subscript,), node.name, binding)
            return Number(float(ranges.number(subscript, element)))
        if not node.subscripts:
            if key(node.name) == TIME:
                return node
            return Reference(self.graph[node.name].name) if node.name in self.graph else node
        return Reference(self.name_of(node.name, node.subscripts, binding))

    def name_of(self, name: str, subscripts: tuple[str, ...], binding: Binding) -> str:
        found = self.elements_of(subscripts, name, binding)
        return element_name(self.graph[name].name, found)

    def elements_of(
        self, subscripts: tuple[str, ...], name: str, binding: Binding
    ) -> tuple[str, ...]:
        if any(
            subscript.endswith("!") and key(subscript) not in binding for subscript in subscripts
        ):
            raise self.refusal(f"'{name}' over a whole range outside SUM, PROD, VMIN and VMAX")
        return tuple(
            binding.get(key(s)) or self.graph.ranges.resolve(s, binding)[0] for s in subscripts
        )

    def call(self, node: Call, binding: Binding) -> Expression:
        function = key(node.function)
        if function in _FOLDS:
            return self.fold(node, binding)
        if function.startswith(("vector ", "allocate ", "get ", "invert ")):
            raise self.refusal(node.function.upper())
        if function == "elmcount" and isinstance(node.arguments[0], Reference):
            return Number(float(len(self.graph.ranges[node.arguments[0].name].elements)))
        arguments = tuple(self.scalar(argument, binding) for argument in node.arguments)
        if node.subscripts:
            return Call(self.name_of(node.function, node.subscripts, binding), arguments)
        is_lookup = self.graph.is_variable(node.function)
        return Call(self.graph[node.function].name if is_lookup else node.function, arguments)

    def fold(self, node: Call, binding: Binding) -> Expression:
        """Write a reduction out, the last of its ranges running fastest."""
        ranges = list(dict.fromkeys(marked_ranges(node.arguments[0])))
        if not ranges:
            raise self.refusal(f"{node.function.upper()} without a range marked '!'")
        terms = []
        for cell in product(*(self.graph.ranges.elements_of(name) for name in ranges)):
            inner = {**binding, **dict(zip(map(key, ranges), cell, strict=True))}
            terms.append(self.scalar(node.arguments[0], inner))
        return reduce(_FOLDS[key(node.function)], terms)

    def number(self, node: Array) -> Number:
        numbers = [number for row in node.rows for number in row]
        return Number(numbers[self.graph.place(self.definition, self.elements)])

    def refusal(self, what: str) -> ModelError:
        return ModelError(
            Fault(f"uses {what}, which cannot be written out element by element.",
                  self.graph.source.path, self.definition.entry.line, self.variable.name)
        )  # fmt: skip
