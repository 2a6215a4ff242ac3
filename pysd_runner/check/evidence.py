"""Where the numbers of a model come from: ``[source: key]`` and ``[assumption: reason]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import pandas as pd

from pysd_runner.errors import Fault
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.model.syntax import Call, Expression, Reference, references
from pysd_runner.names import key, nearest

_TAG = re.compile(r"\[(source|assumption)(?::\s*([^\]]*))?\]", re.IGNORECASE)
_START = ""
"""Stands for the initial value of a stock, in the place of the key of a variable."""


class Evidence(StrEnum):
    """What stands behind a number."""

    SOURCED = "sourced"
    BOTH = "partly assumed"
    ASSUMED = "assumed"
    NONE = "neither"


def evidence_of(comment: str) -> Evidence:
    """Return what a comment says of where its number comes from."""
    found = {what.lower() for what, _ in _TAG.findall(comment)}
    if not found:
        return Evidence.NONE
    if len(found) == 2:
        return Evidence.BOTH
    return Evidence.SOURCED if "source" in found else Evidence.ASSUMED


def evidence_faults(graph: ModelGraph, sources: Mapping[str, object]) -> tuple[Fault, ...]:
    """Return the constants without evidence, and the sources that no table lists.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    sources : mapping
        Known sources by key.
    """
    return tuple(
        Fault(f"{message}.", graph.source.path, variable.line, variable.name)
        for variable in graph.of_kind("constant")
        for message in _wrong(variable, sources)
    )


def _wrong(variable: Variable, sources: Mapping[str, object]) -> list[str]:
    tags = _TAG.findall(variable.comment)
    if not tags:
        return ["has neither [source: key] nor [assumption: reason]; add one to its comment"]
    wrong = []
    for what, text in tags:
        if not text.strip():
            missing = "key" if what.lower() == "source" else "reason"
            wrong.append(f"has a [{what.lower()}] without a {missing}; write it behind a colon")
        elif what.lower() == "source":
            cited = (each.strip() for each in text.split(","))
            wrong += [
                f"cites '{each}', which the table of sources does not list{nearest(each, sources)}"
                for each in cited
                if each not in sources
            ]
    return wrong


def evidence_table(graph: ModelGraph) -> pd.DataFrame:
    """Count the constants of each group of the file by what stands behind them.

    Returns
    -------
    pandas.DataFrame
        Indexed by group; columns ``sourced``, ``partly assumed``, ``assumed``, ``neither``, and
        ``initial``: how many of them do nothing but set a stock's initial value.
    """
    starts = initial_only(graph)
    rows = [
        (variable.group or "(no group)", evidence_of(variable.comment).value,
         variable.key in starts)
        for variable in graph.of_kind("constant")
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["sector", "evidence", "initial"])
    counts = pd.crosstab(table["sector"], table["evidence"])
    counts = counts.reindex(columns=[each.value for each in Evidence], fill_value=0)
    counts["initial"] = table.groupby("sector")["initial"].sum()
    counts.columns.name = None
    return counts.loc[list(table["sector"].unique())]


def initial_only(graph: ModelGraph) -> frozenset[str]:
    """Return the keys of the variables that nothing but initial values of stocks depends on."""
    users: dict[str, set[str]] = {variable.key: set() for variable in graph}
    for variable in graph:
        for definition in variable.definitions:
            body = definition.body
            if isinstance(body, Call) and key(body.function) == "integ":
                for name in _named(body.arguments[1]) & users.keys():
                    users[name].add(_START)
                body = body.arguments[0]
            for name in (_named(body) if body is not None else set()) & users.keys():
                users[name].add(variable.key)
    found: set[str] = set()
    while True:
        more = {name for name, by in users.items() if by and by <= found | {_START}} - found
        if not more:
            return frozenset(found)
        found |= more


def _named(node: Expression) -> set[str]:
    return {key(each.name if isinstance(each, Reference) else each.function)
            for each in references(node)}  # fmt: skip
