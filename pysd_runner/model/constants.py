"""Values that follow from constants alone, known without a run."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

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
    return _value_of(graph, graph[name], elements, frozenset())


def _value_of(
    graph: ModelGraph, variable: Variable, elements: tuple[str, ...], above: frozenset[str]
) -> float | None:
    if variable.key in above:
        return None
    if variable.dimensions and not elements:
        values = {_value_of(graph, variable, cell, above) for cell in graph.elements(variable)}
        return values.pop() if len(values) == 1 else None
    for cell, binding, definition in graph.cells(variable):
        if cell == elements and definition.body is not None:
            entered = above | {variable.key}
            return _evaluate(definition.body, _Place(graph, definition, cell, binding, entered))
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands: its definition, the element, and what has been entered."""

    graph: ModelGraph
    definition: Definition
    cell: tuple[str, ...]
    binding: Binding
    above: frozenset[str]


def _evaluate(node: Expression, place: _Place) -> float | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Array):
        return _cell_of_array(node, place)
    if isinstance(node, Reference):
        return _referred(node, place)
    operation = _operation(node)
    operands = [_evaluate(child, place) for child in children(node)]
    if operation is None or any(operand is None for operand in operands):
        return None
    try:
        return float(operation(*operands))
    except (ArithmeticError, ValueError):
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
    return _value_of(graph, graph[node.name], elements, place.above)


def _cell_of_array(node: Array, place: _Place) -> float | None:
    position = list(place.graph.ranges.tuples(place.definition.subscripts)).index(place.cell)
    numbers = [number for row in node.rows for number in row]
    return numbers[position] if position < len(numbers) else None
