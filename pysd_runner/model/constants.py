"""Values that follow from constants alone, known without a run."""

from __future__ import annotations

import math
from collections.abc import Callable

from pysd_runner.model.graph import Definition, ModelGraph, Variable
from pysd_runner.model.syntax import Array, Binary, Call, Expression, Number, Reference, Unary
from pysd_runner.names import key

_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "max": max, "min": min, "exp": math.exp, "ln": math.log, "sqrt": math.sqrt, "abs": abs,
}  # fmt: skip


def constant_value(
    graph: ModelGraph, name: str, elements: tuple[str, ...] = ()
) -> float | None:
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
            return _evaluate(
                graph, definition.body, definition, cell, dict(binding), above | {variable.key}
            )
    return None


def _evaluate(
    graph: ModelGraph,
    node: Expression,
    definition: Definition,
    cell: tuple[str, ...],
    binding: dict[str, str],
    above: frozenset[str],
) -> float | None:
    def value(inner: Expression) -> float | None:
        return _evaluate(graph, inner, definition, cell, binding, above)

    if isinstance(node, Number):
        return node.value
    if isinstance(node, Array):
        return _cell_of_array(graph, node, definition, cell)
    if isinstance(node, Unary) and node.operator == "-":
        operand = value(node.operand)
        return None if operand is None else -operand
    if isinstance(node, Reference):
        if node.name not in graph:
            return None
        elements = tuple(graph.ranges.resolve(s, binding)[0] for s in node.subscripts)
        if any(subscript.endswith("!") for subscript in node.subscripts):
            return None
        return _value_of(graph, graph[node.name], elements, above)
    if isinstance(node, Binary) and node.operator in _OPERATORS:
        operation: Callable[..., float] | None = _OPERATORS[node.operator]
        operands = [value(node.left), value(node.right)]
    elif isinstance(node, Call):
        operation = _FUNCTIONS.get(key(node.function))
        operands = [value(argument) for argument in node.arguments]
    else:
        return None
    if operation is None or any(operand is None for operand in operands):
        return None
    try:
        return float(operation(*operands))
    except (ArithmeticError, ValueError):
        return None


def _cell_of_array(
    graph: ModelGraph, node: Array, definition: Definition, cell: tuple[str, ...]
) -> float | None:
    position = list(graph.ranges.tuples(definition.subscripts)).index(cell)
    numbers = [number for row in node.rows for number in row]
    return numbers[position] if position < len(numbers) else None
