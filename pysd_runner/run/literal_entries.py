"""The entries of a model with the numbers of its data files written into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.entries import Entry
from pysd_runner.model.external.given import no_values
from pysd_runner.model.external.literal import literal_text
from pysd_runner.model.external.read import is_file_call
from pysd_runner.model.graph import Definition, ModelGraph, Variable
from pysd_runner.model.parse import parse_statement
from pysd_runner.model.statement import Statement
from pysd_runner.model.syntax import quoted, write


def literal_entries(graph: ModelGraph) -> list[Entry]:
    """Return the entries of a model; those that read a file hold what was read.

    Raises
    ------
    RunError
        With all data that have no values, or values only at some times.
    """
    texts: dict[Entry, list[str]] = {}
    faults: list[Fault] = []
    idle = {d.entry for v in graph if graph.is_idle(v) for d in v.definitions}
    for variable in graph:
        for definition in variable.definitions:
            if definition.origin:
                found = list(_equations(graph, variable, definition))
                if None in found:
                    faults.append(_no_equation(graph, definition))
                texts[definition.entry] = [text for text in found if text is not None]
            elif definition.body is None and definition.entry not in idle:
                faults.append(no_values(graph, definition))
    if faults:
        raise RunError(faults)
    entries: list[Entry] = []
    for entry in graph.source.entries:
        if entry in idle:
            continue
        written = texts.get(entry) or [_text(graph, entry)]
        entries += [
            entry if text == entry.text else replace(entry, text=text, statement=None)
            for text in written
        ]
    return entries


def _equations(
    graph: ModelGraph, variable: Variable, definition: Definition
) -> Iterator[str | None]:
    statement = definition.statement
    name = quoted(statement.name)
    ranges = graph.ranges
    if graph.table(definition, next(ranges.tuples(definition.subscripts))) is None:
        left = _left(statement)
        yield f"{left} = {write(definition.body)}" if definition.body else None
        return
    for cell in ranges.covered(definition.subscripts, statement.exceptions):
        elements = graph.spelled(variable, cell)
        table = graph.table(definition, cell)
        left = f"{name}[{','.join(map(quoted, elements))}]" if elements else name
        yield literal_text(left, statement, table) if table else None


def _left(statement: Statement) -> str:
    name = quoted(statement.name)
    if not statement.subscripts:
        return name
    lists = [f"[{','.join(map(quoted, each))}]" for each in statement.exceptions]
    excepted = f" :EXCEPT: {','.join(lists)}" if lists else ""
    return f"{name}[{','.join(map(quoted, statement.subscripts))}]{excepted}"


def _text(graph: ModelGraph, entry: Entry) -> str:
    """Return the text of an entry, of a range that is read from a file its elements."""
    if entry.statement is not None:
        return _statement_text(entry.statement)
    if ":" not in entry.text or "(" not in entry.text or entry.macro:
        return entry.text
    statement = parse_statement(entry.text)
    if statement.kind != "range" or statement.body is None or not is_file_call(statement.body):
        return entry.text
    elements = ", ".join(map(quoted, graph.ranges[statement.name].elements))
    mapped = [
        f"({quoted(each.target)}: {', '.join(map(quoted, each.elements))})"
        if each.elements
        else quoted(each.target)
        for each in statement.mappings
    ]
    arrow = f" -> {', '.join(mapped)}" if mapped else ""
    return f"{quoted(statement.name)}: {elements}{arrow}"


def _statement_text(statement: Statement) -> str:
    """Return a statement that was read from another language as Vensim writes it."""
    if statement.kind == "range":
        return f"{quoted(statement.name)}: {', '.join(map(quoted, statement.elements))}"
    assert statement.body is not None
    body = write(statement.body)
    return f"{_left(statement)}{body if statement.kind == 'lookup' else f' = {body}'}"


def _no_equation(graph: ModelGraph, definition: Definition) -> Fault:
    return Fault(
        "is :RAW: data, which PySD cannot be given as an equation; use another interpolation.",
        graph.source.path, definition.entry.line, definition.statement.name,
    )  # fmt: skip
