"""What a spec measures: expressions over variables of the model, and their units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.subscripts import SubscriptFault
from pysd_runner.model.syntax import (
    Binary,
    Call,
    Expression,
    Reference,
    Unary,
    references,
    walk,
)
from pysd_runner.model.tokens import ParseError
from pysd_runner.names import key
from pysd_runner.spec.schema import History, Outcome

MEASURE_FUNCTIONS = {
    "sum": 1, "prod": 1, "vmax": 1, "vmin": 1, "max": 2, "min": 2, "zidz": 2, "abs": 1, "exp": 1,
    "ln": 1, "sqrt": 1,
}  # fmt: skip
"""What an expression of a spec may call, and with how many arguments."""

_KEEPING_UNITS = ("sum", "vmax", "vmin", "abs")


def check_measured(measured: Outcome | History, graph: ModelGraph) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the expression of an outcome or a series: key and message."""
    part = "variable" if measured.expression is None else "expression"
    wrong = [(part, message) for message in wrong_expression(measured.text, graph)]
    yield from wrong
    if not wrong:
        yield from _wrong_unit(measured, graph)


def wrong_expression(text: str, graph: ModelGraph, *, by_element: bool = False) -> Iterator[str]:
    """Yield what is wrong with an expression.

    Parameters
    ----------
    text : str
        Vensim's syntax over variables of the model.
    graph : ModelGraph
        The model.
    by_element : bool
        Whether it may give a value for each element of a range, or must give one number.
    """
    try:
        node = parse_expression(text)
    except ParseError as error:
        yield error.message
        return
    named = [each for each in references(node) if isinstance(each, Reference)]
    if not named:
        yield "names no variable of the model"
    for below in walk(node):
        if isinstance(below, Call):
            yield from wrong_function(below, MEASURE_FUNCTIONS)
        elif isinstance(below, Binary | Unary) and below.operator.startswith(":"):
            yield f"may not use {below.operator}; measure a variable of the model instead"
    for reference in named:
        yield from wrong_reference(reference, graph)
    free = {s for each in named for s in each.subscripts if s in graph.ranges and not by_element}
    for name in sorted(free):
        yield f"gives a value for each of '{name}'; sum over it with SUM(…[{name}!])"


def wrong_function(call: Call, known: Mapping[str, int]) -> Iterator[str]:
    """Yield why a call is none of the known functions, given by name and number of arguments."""
    count = known.get(key(call.function))
    if count is None:
        listed = ", ".join(sorted(known)).upper()
        yield f"may not use {call.function}; it knows {listed} only"
    elif len(call.arguments) != count:
        yield f"{call.function} takes {count} argument(s) here, not {len(call.arguments)}"


def wrong_reference(reference: Reference, graph: ModelGraph) -> Iterator[str]:
    """Yield why a reference has no value over time."""
    if reference.name not in graph:
        base = reference.name.partition("[")[0]
        hint = (
            f"; give an element as an expression: expression = '{reference.name}'"
            if base != reference.name and base in graph
            else graph.nearest(reference.name)
        )
        yield f"'{reference.name}' is not a variable of the model{hint}"
        return
    variable = graph[reference.name]
    if variable.kind == "lookup":
        yield f"'{variable.name}' is a lookup and has no value over time; name one that uses it"
        return
    if len(reference.subscripts) != len(variable.dimensions):
        yield (
            f"'{variable.name}' needs the subscripts [{','.join(variable.dimensions)}]: "
            "name elements, or sum over a range with SUM(…[range!])"
        )
        return
    for subscript, dimension in zip(reference.subscripts, variable.dimensions, strict=True):
        try:
            strange = set(graph.ranges.elements_of(subscript)) - set(graph.ranges[dimension].keys)
        except SubscriptFault as fault:
            yield str(fault)
            continue
        if strange:
            yield f"'{variable.name}' runs over {dimension}, which has no '{sorted(strange)[0]}'"


def _wrong_unit(measured: Outcome | History, graph: ModelGraph) -> Iterator[tuple[str, str]]:
    """Compare with the unit of the variable, where the expression is one variable alone."""
    node: Expression = parse_expression(measured.text)
    while isinstance(node, Call) and key(node.function) in _KEEPING_UNITS:
        node = node.arguments[0]
    if not isinstance(node, Reference):
        return
    unit, said = graph[node.name].unit, measured.unit
    if isinstance(measured, Outcome) and measured.reduction == "first":
        unit = graph["FINAL TIME"].unit if "FINAL TIME" in graph else ""
    if isinstance(measured, Outcome) and measured.reduction == "integral":
        unit = _times_time(unit, graph["FINAL TIME"].unit if "FINAL TIME" in graph else "")
    if unit and plain_unit(unit) != plain_unit(said):
        yield "unit", f"is '{said}', but what it measures is in '{unit}'"


def _times_time(unit: str, time: str) -> str:
    """Return the unit of an integral over time, or ``""`` where that is not plain to see."""
    per = f"/{plain_unit(time)}"
    return unit[: unit.rindex("/")].strip() if plain_unit(unit).endswith(per) else ""


def plain_unit(text: str) -> str:
    """Return a unit so that equal ones compare equal: no blanks, one word for a pure number."""
    compact = "".join(text.split()).lower()
    return "dmnl" if compact in ("", "1", "dmnl", "dimensionless", "fraction") else compact
