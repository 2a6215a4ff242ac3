"""Names in a spec, held against the model: constants that a run sets, variables that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import key
from pysd_runner.spec.limits import beyond_limits
from pysd_runner.spec.measured import plain_unit

Misfit: TypeAlias = tuple[tuple[str, ...], str]
"""A place in the spec and what is wrong there."""


def split(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the bare name and the element keys of ``"rate[SHA]"``."""
    bare, _, element = name.strip().removesuffix("]").partition("[")
    return bare.strip(), tuple(key(each) for each in element.split(",")) if element else ()


def check_constant(place: tuple[str, ...], name: str, graph: ModelGraph) -> Iterator[Misfit]:
    """Yield why a run cannot set a constant of this name."""
    bare, elements = split(name)
    if bare not in graph:
        yield place, f"'{bare}' is not a variable of the model{graph.nearest(bare)}"
    elif graph[bare].kind != "constant":
        kind = graph[bare].kind
        article = "an" if kind == "auxiliary" else "a"
        yield place, f"'{bare}' is {article} {kind}; only constants can be varied"
    elif elements:
        yield from _check_element(place, name, graph)


def check_value(
    place: tuple[str, ...], name: str, value: float, graph: ModelGraph
) -> Iterator[Misfit]:
    """Yield why a run cannot set a constant of this name to this value."""
    wrong = list(check_constant(place, name, graph))
    yield from wrong
    if not wrong and (beyond := beyond_limits(graph, split(name)[0], value)):
        yield place, f"'{name}' = {beyond}"


def check_switch(place: tuple[str, ...], name: str, graph: ModelGraph) -> Iterator[Misfit]:
    """Yield why a name is no constant that is 0 or 1."""
    wrong = list(check_constant(place, name, graph))
    yield from wrong
    if not wrong and (value := value_of(graph, name)) not in (0.0, 1.0):
        shown = "differs by element" if value is None else f"is {value:g}"
        yield place, f"'{name}' {shown} in the model; a switch is 0 or 1"


def check_time(place: tuple[str, ...], name: str, graph: ModelGraph) -> Iterator[Misfit]:
    """Yield why a name is no constant in the model's unit of time."""
    wrong = list(check_constant(place, name, graph))
    yield from wrong
    unit = graph["TIME STEP"].unit if "TIME STEP" in graph else ""
    if not wrong and unit and plain_unit(graph[split(name)[0]].unit) != plain_unit(unit):
        found = graph[split(name)[0]].unit or "no unit"
        yield place, f"'{name}' has '{found}' in the model; a time is in '{unit}'"


def check_variable(place: tuple[str, ...], name: str, graph: ModelGraph) -> Iterator[Misfit]:
    """Yield why a name is not one series of numbers over time."""
    bare, elements = split(name)
    if bare not in graph:
        yield place, f"'{bare}' is not a variable of the model{graph.nearest(bare)}"
    elif graph[bare].kind == "lookup":
        yield place, f"'{bare}' is a lookup and has no value over time; name one that uses it"
    elif elements or graph[bare].dimensions:
        yield from _check_element(place, name, graph)


def value_of(graph: ModelGraph, name: str) -> float | None:
    """Return the value of a constant as a spec names it; ``None`` if it differs by element."""
    bare, elements = split(name)
    return constant_value(graph, bare, elements)


def _check_element(place: tuple[str, ...], name: str, graph: ModelGraph) -> Iterator[Misfit]:
    bare, elements = split(name)
    if elements in graph.elements(graph[bare]):
        return
    known = ", ".join(",".join(cell) for cell in graph.elements(graph[bare])) or "none"
    written = name.partition("[")[2].rstrip("]")
    what = f"has no element '{written}'" if elements else "needs an element"
    yield place, f"'{bare}' {what} (it has {known})"
