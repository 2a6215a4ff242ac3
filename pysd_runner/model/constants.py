"""Values that follow from constants alone, known without a run."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pysd_runner.model.graph import Definition, ModelGraph, Variable
from pysd_runner.model.subscripts import Binding
from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    children,
)
from pysd_runner.names import key

_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
_Known: TypeAlias = dict[tuple[str, tuple[str, ...]], float | None]
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "max": max, "min": min, "exp": math.exp, "ln": math.log, "sqrt": math.sqrt, "abs": abs,
}  # fmt: skip


def constant_value(graph: ModelGraph, name: str, elements: tuple[str, ...] = ()) -> float | None:
    """Return the value of a variable that depends on constants only, or ``None``.

    Parameters
    ----------
    name : str
        Name of the variable.
    elements : tuple of str
        Element keys; for a subscripted constant that has one value for all elements, ``()``
        returns that value.
    """
    try:
        return _value_of(graph, graph[name], elements, {})
    except RecursionError:  # a chain of hundreds of variables
        return None


def _value_of(
    graph: ModelGraph, variable: Variable, elements: tuple[str, ...], known: _Known
) -> float | None:
    if variable.dimensions and not elements:
        values = {_value_of(graph, variable, cell, known) for cell in graph.elements(variable)}
        return values.pop() if len(values) == 1 else None
    place = (variable.key, elements)
    if place in known:
        return known[place]
    known[place] = None
    for cell, binding, definition in graph.cells(variable):
        if cell == elements and definition.body is not None:
            inner = _Place(graph, definition, cell, binding, known)
            known[place] = _evaluate(definition.body, inner)
    return known[place]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands: its definition, the element, and what is known so far."""

    graph: ModelGraph
    definition: Definition
    cell: tuple[str, ...]
    binding: Binding
    known: _Known


def _evaluate(node: Expression, place: _Place) -> float | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Array):
        return _cell_of_array(node, place)
    if isinstance(node, Reference):
        return _referred(node, place)
    operation = _operation(node)
    if operation is None:  # and what lies below a stock is not looked at
        return None
    operands = [_evaluate(child, place) for child in children(node)]
    if any(operand is None for operand in operands):
        return None
    try:
        return float(operation(*operands))
    except (ArithmeticError, TypeError, ValueError):  # a TypeError: complex numbers
        return None


def _operation(node: Expression) -> Callable[..., float] | None:
    if isinstance(node, Unary):
        return operator.neg if node.operator == "-" else None
    if isinstance(node, Binary):
        return _OPERATORS.get(node.operator)
    return _FUNCTIONS.get(key(node.function)) if isinstance(node, Call) else None


def _referred(node: Reference, place: _Place) -> float | None:
    graph = place.graph
    if node.name not in graph or any(subscript.endswith("!") for subscript in node.subscripts):
        return None
    elements = tuple(graph.ranges.resolve(s, place.binding)[0] for s in node.subscripts)
    return _value_of(graph, graph[node.name], elements, place.known)


def _cell_of_array(node: Array, place: _Place) -> float | None:
    numbers = [number for row in node.rows for number in row]
    return numbers[place.graph.place(place.definition, place.cell)]
