"""Expressions over trajectories: what a spec measures, computed after the runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from pysd_runner.errors import RunError
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.graph import TIME, ModelGraph
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, Unary, references
from pysd_runner.names import key
from pysd_runner.run.trajectories import dimension_names

_OPERATORS: dict[str, Callable[[xr.DataArray, xr.DataArray], xr.DataArray]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
}
_REDUCTIONS = {"sum": "sum", "vmax": "max", "vmin": "min", "prod": "prod"}
_PAIRS: dict[str, Callable[..., Any]] = {
    "max": np.maximum,
    "min": np.minimum,
    "zidz": lambda a, b: xr.where(np.abs(b) < 1e-6, 0.0, a / b),
}
_SINGLE: dict[str, Callable[[xr.DataArray], xr.DataArray]] = {
    "abs": np.abs, "exp": np.exp, "ln": np.log, "sqrt": np.sqrt,
}  # fmt: skip


Calls: TypeAlias = Mapping[str, Callable[[tuple[Expression, ...]], xr.DataArray]]
"""Functions beyond those of a spec, by key: from the arguments, not yet computed, to values."""


def variables_in(texts: Iterable[str], graph: ModelGraph) -> tuple[str, ...]:
    """Return the names of the variables that expressions need as outputs of a run."""
    found: dict[str, None] = {}
    for text in texts:
        for reference in references(parse_expression(text)):
            if isinstance(reference, Reference) and reference.name in graph:
                found.setdefault(graph[reference.name].name)
    return tuple(found)


def evaluate(text: str, trajectories: xr.Dataset, graph: ModelGraph) -> xr.DataArray:
    """Compute an expression for each run and time.

    Parameters
    ----------
    text : str
        Vensim's syntax over variables of the model.
    trajectories : xarray.Dataset
        Must hold the variables; see :func:`variables_in`.

    Returns
    -------
    xarray.DataArray
        Dimensions as the trajectories, without those that the expression reduces.

    Raises
    ------
    RunError
        The expression uses a function that has no meaning here.
    """
    return evaluate_node(parse_expression(text), trajectories, graph)


def evaluate_node(
    node: Expression, trajectories: xr.Dataset, graph: ModelGraph, calls: Calls | None = None
) -> xr.DataArray:
    """Compute a parsed expression as :func:`evaluate` does, perhaps with more functions."""
    with np.errstate(all="ignore"):
        return _value(node, trajectories, graph, calls or {})


def _value(
    node: Expression, trajectories: xr.Dataset, graph: ModelGraph, calls: Calls
) -> xr.DataArray:
    if isinstance(node, Number):
        return xr.DataArray(node.value)
    if isinstance(node, Reference):
        return _reference(node, trajectories, graph)
    if isinstance(node, Unary) and node.operator == "-":
        return -_value(node.operand, trajectories, graph, calls)
    if isinstance(node, Binary) and node.operator in _OPERATORS:
        left = _value(node.left, trajectories, graph, calls)
        return _OPERATORS[node.operator](left, _value(node.right, trajectories, graph, calls))
    if isinstance(node, Call):
        name = key(node.function)
        if name in calls:
            return calls[name](node.arguments)
        arguments = [_value(argument, trajectories, graph, calls) for argument in node.arguments]
        if name in _REDUCTIONS and len(arguments) == 1:
            over = [dim for dim in arguments[0].dims if str(dim).endswith("!")]
            reduced: xr.DataArray = getattr(arguments[0], _REDUCTIONS[name])(over, skipna=False)
            return reduced
        if name in _PAIRS and len(arguments) == 2:
            paired: xr.DataArray = _PAIRS[name](*arguments)
            return paired
        if name in _SINGLE and len(arguments) == 1:
            return _SINGLE[name](*arguments)
    known = ", ".join(sorted({*_REDUCTIONS, *_PAIRS, *_SINGLE})).upper()
    raise RunError(f"an outcome's expression may use + - * / ^ and {known} only.")


def _reference(node: Reference, trajectories: xr.Dataset, graph: ModelGraph) -> xr.DataArray:
    if key(node.name) == TIME:
        return trajectories["time"]
    variable = graph[node.name]
    array = trajectories[variable.name]
    for subscript, dimension in zip(node.subscripts, dimension_names(variable), strict=True):
        if subscript.endswith("!"):
            elements = graph.ranges.elements_of(subscript)
            members = [e for e in array[dimension].values if key(str(e)) in elements]
            array = array.sel({dimension: members}).rename({dimension: f"{dimension}!"})
        elif graph.ranges.is_element(subscript) and subscript not in graph.ranges:
            element = next(e for e in array[dimension].values if key(str(e)) == key(subscript))
            array = array.sel({dimension: element}, drop=True)
        elif key(subscript) != key(dimension):  # a part of the range, for each of its elements
            members = [e for e in array[dimension].values if key(str(e)) in
                       graph.ranges.elements_of(subscript)]  # fmt: skip
            array = array.sel({dimension: members}).rename({dimension: subscript})
    return array
