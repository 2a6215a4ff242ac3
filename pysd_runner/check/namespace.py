"""Names that a file uses twice: Vensim keeps variables, ranges and elements in one space."""

from __future__ import annotations

from collections.abc import Iterator

from pysd_runner.errors import Fault
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import key


def namespace_faults(graph: ModelGraph) -> Iterator[Fault]:
    """Yield the variables that are named like a subscript range or an element of one.

    Parameters
    ----------
    graph : ModelGraph
        The model. It computes what it should; other programs refuse such a file, or take the
        one for the other.
    """
    taken: dict[str, str] = {}
    for subscripts in graph.ranges:
        taken.setdefault(key(subscripts.name), "is named like a subscript range")
        for element in subscripts.keys:
            taken.setdefault(element, f"is named like an element of range '{subscripts.name}'")
    for variable in graph:
        if not variable.is_internal and variable.key in taken:
            message = f"{taken[variable.key]}; Vensim has one space of names, so rename one."
            yield Fault(message, graph.source.path, variable.line, variable.name)
