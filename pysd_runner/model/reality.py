"""Vensim's own reality checks in a model file: test inputs, and conditions with what they imply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.entries import Entry
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.graph import TIME, ModelGraph
from pysd_runner.model.parse import parse_statement
from pysd_runner.model.syntax import Binary, Call, Expression, Reference, Unary, walk
from pysd_runner.model.tokens import ParseError
from pysd_runner.names import clean, key, nearest

_TEST_INPUT = re.compile(r"(?P<name>.*?):TEST\s*INPUT:(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
_CONDITION = re.compile(
    r"(?P<name>.*?):THE\s*CONDITION:(?P<if>.*?):IMPLIES:(?P<then>.*)", re.DOTALL | re.IGNORECASE
)
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Implication:
    """Under some test inputs, wherever a condition holds something else must hold too.

    Parameters
    ----------
    name : str
        Of the check, as the file spells it.
    line : int
        Line on which it starts.
    equations : tuple of str
        Equations that replace those of the model: the test inputs of the condition.
    claim : Expression
        The consequence, or ``:NOT: condition :OR: consequence``.
    """

    name: str
    line: int
    equations: tuple[str, ...]
    claim: Expression


def implications(graph: ModelGraph) -> tuple[Implication, ...]:
    """Return the reality checks of a model file; one whose condition says *or* gives several.

    Raises
    ------
    ModelError
        With every entry that cannot be understood. The functions ``RC STEP``, ``RC COMPARE`` and
        so on are refused by name: an equation with STEP, RAMP or EXP says the same.
    """
    faults: list[Fault] = []
    inputs: dict[str, str] = {}
    found: list[Implication] = []
    for entry in _entries(graph):
        match = _TEST_INPUT.fullmatch(entry.text)
        if match is not None:
            inputs[key(match["name"])] = " ".join(match["rest"].split())
    for entry in _entries(graph):
        try:
            found += _read(entry, graph, inputs)
        except _Wrong as wrong:
            name = clean(entry.text.split(":")[0])
            faults.append(Fault(f"{wrong}.", graph.source.path, entry.line, name))
    if faults:
        raise ModelError(faults)
    return tuple(found)


class _Wrong(Exception):
    """An entry means nothing; the message says why."""


def _entries(graph: ModelGraph) -> Iterator[Entry]:
    for entry in graph.source.entries:
        if _TEST_INPUT.fullmatch(entry.text) or re.search(":THE *CONDITION:", entry.text, re.I):
            yield entry


def _read(entry: Entry, graph: ModelGraph, inputs: Mapping[str, str]) -> Iterator[Implication]:
    match = _TEST_INPUT.fullmatch(entry.text)
    if match is not None:
        _check_input(match["rest"], graph)
        return
    match = _CONDITION.fullmatch(entry.text)
    if match is None:
        raise _Wrong("has a condition without ':IMPLIES:'; add what must follow")
    then = _parsed(match["then"])
    _check_names(then, graph, ())
    condition = _parsed(match["if"])
    _check_names(condition, graph, tuple(inputs))
    for conjunction in _disjuncts(condition):
        equations: list[str] = []
        rest: list[Expression] = []
        for term in conjunction:
            if isinstance(term, Reference) and key(term.name) in inputs:
                equations.append(inputs[key(term.name)])
            else:
                rest.append(_comparison(term, inputs))
        claim = _compared(then)
        for term in rest:
            claim = Binary(":OR:", Unary(":NOT:", term), claim)
        yield Implication(clean(match["name"]), entry.line, tuple(equations), claim)


def _parsed(text: str) -> Expression:
    try:
        return parse_expression(text.strip())
    except ParseError as error:
        raise _Wrong(error.message) from None


def _check_input(text: str, graph: ModelGraph) -> None:
    try:
        statement = parse_statement(text.strip())
    except ParseError as error:
        raise _Wrong(error.message) from None
    if statement.kind != "equation" or statement.body is None:
        raise _Wrong("is no test input; write it as 'name :TEST INPUT: variable = expression'")
    if statement.name not in graph:
        near = graph.nearest(statement.name)
        raise _Wrong(f"sets '{statement.name}', which is not a variable of the model{near}")
    _check_names(statement.body, graph, ())


def _check_names(node: Expression, graph: ModelGraph, inputs: tuple[str, ...]) -> None:
    for below in walk(node):
        if isinstance(below, Call) and key(below.function).startswith("rc "):
            raise _Wrong(
                f"uses {clean(below.function).upper()}, which is not read; write the equation that "
                "you mean, with STEP, RAMP or EXP"
            )
        if not isinstance(below, Reference) or key(below.name) in (*inputs, TIME):
            continue
        if below.name not in graph and not graph.ranges.is_element(below.name):
            near = nearest(below.name, [*inputs, *(variable.name for variable in graph)])
            raise _Wrong(f"'{below.name}' is neither a variable nor a test input{near}")


def _disjuncts(node: Expression) -> list[list[Expression]]:
    """Return a condition as alternatives, each of which is a list of terms that hold together."""
    if isinstance(node, Binary) and node.operator == ":OR:":
        return _disjuncts(node.left) + _disjuncts(node.right)
    if isinstance(node, Binary) and node.operator == ":AND:":
        return [[*a, *b] for a in _disjuncts(node.left) for b in _disjuncts(node.right)]
    return [[node]]


def _comparison(term: Expression, inputs: Mapping[str, str]) -> Expression:
    for below in walk(term):
        if isinstance(below, Reference) and key(below.name) in inputs:
            raise _Wrong(
                f"negates or compares the test input '{below.name}'; a test input is on or off"
            )
    return _compared(term)


def _compared(node: Expression) -> Expression:
    """Return a comparison; anything else is none."""
    if isinstance(node, Unary) and node.operator == ":NOT:":
        return Unary(":NOT:", _compared(node.operand))
    if isinstance(node, Binary) and node.operator in (":AND:", ":OR:"):
        return Binary(node.operator, _compared(node.left), _compared(node.right))
    if isinstance(node, Binary) and node.operator in _COMPARISONS:
        return node
    raise _Wrong("compares nothing; write two sides with =, <>, <, <=, > or >= between them")
