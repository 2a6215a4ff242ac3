"""The model as a table for people to read."""

from __future__ import annotations

import pandas as pd

from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.model.syntax import write

COLUMNS = (
    "kind", "unit", "limits", "subscripts", "group", "equation", "comment", "uses", "used by",
    "line",
)  # fmt: skip


def describe(graph: ModelGraph) -> pd.DataFrame:
    """Return one row for each variable, in the order of the file.

    Returns
    -------
    pandas.DataFrame
        Indexed by variable name, with the columns ``kind``, ``unit``, ``limits``,
        ``subscripts``, ``group``, ``equation``, ``comment``, ``uses``, ``used by``, ``line``.
    """
    used_by: dict[str, list[str]] = {variable.name: [] for variable in graph}
    for variable in graph:
        for used in variable.uses:
            used_by[used].append(variable.name)
    rows = {
        variable.name: (
            variable.kind, variable.unit, _limits(variable), ", ".join(variable.dimensions),
            variable.group, equation_text(variable), variable.comment,
            ", ".join(variable.uses), ", ".join(used_by[variable.name]), variable.line,
        )
        for variable in graph
    }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))
    return table.rename_axis("variable")


def equation_text(variable: Variable) -> str:
    """Return the right side of a variable's equation; several are separated by ``|``."""
    texts: list[str] = []
    for definition in variable.definitions:
        if definition.entry.statement is not None:  # shown as its file has it
            text = " ".join(definition.entry.text.split())
            whole = definition.subscripts == variable.dimensions
            texts.append(text if whole else f"[{','.join(definition.subscripts)}] {text}")
            continue
        text = "" if definition.body is None else definition.origin or write(definition.body)
        if len(variable.definitions) > 1:
            text = f"[{','.join(definition.subscripts)}] {text}"
        texts.append(text)
    return " | ".join(dict.fromkeys(texts))


def _limits(variable: Variable) -> str:
    low, high = variable.limits
    if low is None and high is None:
        return ""
    return f"{'' if low is None else f'{low:g}'} … {'' if high is None else f'{high:g}'}"
