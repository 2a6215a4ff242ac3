"""Change equations in memory: the file on disk stays as it is."""

from __future__ import annotations

from dataclasses import replace

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.build import build_graph
from pysd_runner.model.entries import Entry
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.parse import parse_statement
from pysd_runner.model.statement import Statement
from pysd_runner.model.tokens import ParseError
from pysd_runner.model.xmile.edit import edited
from pysd_runner.model.xmile.source import XmileSource
from pysd_runner.names import key


def with_equation(graph: ModelGraph, equation: str) -> ModelGraph:
    """Return the model with one equation replaced, or added if its variable is new.

    Parameters
    ----------
    graph : ModelGraph
        The model to start from; it is not changed.
    equation : str
        Left side and right side in the language of the model's file, e.g. ``"grant rate = 0.1"``.
        Unit, comment and group stay those of the equation that is replaced.

    Raises
    ------
    ModelError
        The equation is broken, or the model would be.
    """
    if isinstance(graph.source, XmileSource):
        return build_graph(edited(graph.source, equation))
    statement = _parsed(equation)
    if statement.body is None or statement.kind == "text":
        raise ModelError(
            Fault("is no equation; write it as 'name = expression'.", None, None, equation)
        )
    entries = list(graph.source.entries)
    place = _place(graph, entries, statement)
    if place is None:
        entries.append(Entry(equation, (entries[-1].line if entries else 0) + 1))
    else:
        entries[place] = replace(entries[place], text=equation)
    return build_graph(replace(graph.source, entries=tuple(entries)))


def _parsed(equation: str) -> Statement:
    try:
        return parse_statement(equation)
    except ParseError as error:
        raise ModelError(Fault(f"{error.message}.", None, None, error.name or equation)) from None


def _place(graph: ModelGraph, entries: list[Entry], statement: Statement) -> int | None:
    if statement.name not in graph:
        return None
    wanted = tuple(key(subscript) for subscript in statement.subscripts)
    for definition in graph[statement.name].definitions:
        if definition.entry not in entries or definition.entry.macro:
            raise ModelError(
                Fault("is computed by a macro; change the macro, or the equation that calls it.",
                      None, None, statement.name)
            )  # fmt: skip
        if tuple(key(subscript) for subscript in definition.subscripts) == wanted:
            return entries.index(definition.entry)
    written = " or ".join(
        f"{d.statement.name}[{','.join(d.subscripts)}]" if d.subscripts else d.statement.name
        for d in graph[statement.name].definitions
    )
    raise ModelError(
        Fault(f"the model defines {written}; write the left side like that.", None, None,
              statement.name)
    )  # fmt: skip
