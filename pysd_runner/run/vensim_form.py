"""An XMILE model in Vensim's functions, for PySD to translate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.build import build_graph
from pysd_runner.model.constants import constant_value
from pysd_runner.model.entries import Entry
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.statement import Statement
from pysd_runner.model.syntax import (
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Table,
    rebuild,
    references,
    walk,
)

_TIME, _STEP, _ZERO = Reference("Time"), Reference("TIME STEP"), Number(0.0)


def in_vensims_functions(graph: ModelGraph) -> ModelGraph:
    """Return a model that means the same and uses functions of Vensim only.

    Parameters
    ----------
    graph : ModelGraph
        Any model; a Vensim model is returned as it is.

    Raises
    ------
    RunError
        With every equation that has no such form.
    """
    faults: list[Fault] = []
    entries = [_entry(graph, entry, faults) for entry in graph.source.entries]
    if faults:
        raise RunError(faults)
    if all(new is old for new, old in zip(entries, graph.source.entries, strict=True)):
        return graph
    return build_graph(replace(graph.source, entries=tuple(entries)))


def _entry(graph: ModelGraph, entry: Entry, faults: list[Fault]) -> Entry:
    statement = entry.statement
    if statement is None or statement.body is None:
        return entry
    body = _rewritten(statement.body)
    if why := _no_form(graph, statement, body):
        message = (
            f"uses {why}, which PySD cannot be given; take the compiled engine, or other words."
        )
        faults.append(Fault(message, graph.source.path, entry.line, statement.name))
    return (
        entry if body == statement.body else replace(entry, statement=replace(statement, body=body))
    )


def _no_form(graph: ModelGraph, statement: Statement, body: Expression) -> str:
    """Return what of an equation Vensim's language cannot say, or ``""``."""
    for node in walk(body):
        if isinstance(node, Table) and (node.outside, node.between) != ("hold", "linear"):
            return "a graphical function that extrapolates or is discrete"
        if isinstance(node, Number) and math.isinf(node.value):
            return "INF"
        if isinstance(node, Call) and node.function.startswith("XMILE "):
            return node.function.removeprefix("XMILE ")
    for node in walk(statement.body or body):
        if isinstance(node, Call) and node.function in ("XMILE DELAY", "XMILE DELAYN"):
            time = node.arguments[1]
            if not all(_is_constant(graph, each) for each in references(time)):
                return f"{node.function.removeprefix('XMILE ')} by a time that changes"
    return ""


def _is_constant(graph: ModelGraph, node: Reference | Call) -> bool:
    if isinstance(node, Call):
        return True  # what changes is found in its arguments
    return node.name in graph and constant_value(graph, node.name) is not None


def _rewritten(node: Expression) -> Expression:
    return rebuild(node, lambda each: (
        _FORMS[each.function](*each.arguments)
        if isinstance(each, Call) and each.function in _FORMS
        else each
    ))  # fmt: skip


def _floor(x: Expression) -> Expression:
    whole = Call("INTEGER", (x,))
    return Call("IF THEN ELSE", (Binary(">", whole, x), Binary("-", whole, Number(1.0)), whole))


def _mod(x: Expression, y: Expression) -> Expression:
    return Binary("-", x, Binary("*", y, _floor(Binary("/", x, y))))


def _safediv(x: Expression, y: Expression, otherwise: Expression) -> Expression:
    return Call("IF THEN ELSE", (Binary("=", y, _ZERO), otherwise, Binary("/", x, y)))


def _pulse(volume: Expression, first: Expression, interval: Expression) -> Expression:
    near = Binary("*", Number(1e-3), _STEP)
    since: Expression = Binary("+", Binary("-", _TIME, first), near)
    begun = Binary(">=", since, _ZERO)
    if interval != _ZERO:
        since = Call("IF THEN ELSE", (Binary(">", interval, _ZERO), _mod(since, interval), since))
    on = Binary(":AND:", begun, Binary("<", since, _STEP))
    return Call("IF THEN ELSE", (on, Binary("/", volume, _STEP), _ZERO))


def _ramp(slope: Expression, start: Expression, end: Expression | None = None) -> Expression:
    return Call("RAMP", (slope, start, end or Reference("FINAL TIME")))


_FORMS: dict[str, Callable[..., Expression]] = {
    "RAMP": _ramp,
    "XMILE HELD": lambda stock: stock,  # PySD has no stages inside a step
    "XMILE INT": _floor,
    "XMILE RAMP": _ramp,
    "XMILE MOD": _mod,
    "XMILE SAFEDIV": _safediv,
    "XMILE PULSE": _pulse,
    "XMILE DELAY": lambda given, time, start: Call("DELAY FIXED", (given, time, start)),
    "XMILE DELAYN": lambda *given: Call("DELAY N", given),
}
