"""Values for data variables, given by whoever loads the model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.build import build_graph
from pysd_runner.model.external.series import Series, read_data_file
from pysd_runner.model.graph import Definition, ModelGraph, Variable


def with_data(graph: ModelGraph, *paths: str | Path) -> ModelGraph:
    """Return the model with values for its data variables.

    Parameters
    ----------
    graph : ModelGraph
        The model to start from; it is not changed.
    *paths : str or pathlib.Path
        Data files, see :func:`~pysd_runner.model.external.series.read_data_file`. Of a variable
        in several of them the first counts.

    Raises
    ------
    ModelError
        A file cannot be read, or has no values for any data variable or for some element of one.
    """
    wanted = {each.key: each.name for each in graph if _is_bare(each)}
    wanted |= {each.name: graph[each.name].name for each in graph.source.series}
    found: dict[tuple[str, tuple[str, ...]], Series] = {}
    for given in paths:
        if not isinstance(given, str | Path):
            raise ModelError(f"{given!r:.60} is no path; name each file by itself, as a text.")
        path = Path(given)
        read = read_data_file(path, wanted)
        if not read:
            names = ", ".join(list(wanted.values())[:5]) or "none"
            raise ModelError(
                Fault(f"holds no series of a data variable of the model; those are {names}.", path)
            )
        taken = {name for name, _ in found}
        found.update({(s.name, s.elements): s for s in read if s.name not in taken})
    replaced = {name for name, _ in found}
    kept = [each for each in graph.source.series if each.name not in replaced]
    return build_graph(replace(graph.source, series=(*kept, *found.values())))


def _is_bare(variable: Variable) -> bool:
    return any(d.statement.kind == "data" and d.body is None for d in variable.definitions)


def no_values(graph: ModelGraph, definition: Definition) -> Fault:
    """Return the fault of data that have no values when a run needs them."""
    return Fault(
        "has no equation and no values; give it values with with_data('….csv') or as a Curve, or "
        "write '= …' behind the name.",
        graph.source.path, definition.entry.line, definition.statement.name,
    )  # fmt: skip
