"""What a spec says, held against the equations of its model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import key, nearest
from pysd_runner.spec.limits import beyond_limits
from pysd_runner.spec.measured import check_measured, plain_unit
from pysd_runner.spec.schema import History, Lever, Outcome, Spec, Uncertainty, ValueSet

Misfit = tuple[tuple[str, ...], str]
"""A place in the spec and what is wrong there."""


def against_model(spec: Spec, graph: ModelGraph, levers: Sequence[str]) -> Iterator[Misfit]:
    """Yield what does not fit the model.

    Parameters
    ----------
    levers : sequence of str
        All that the file has, also those that ``spec`` lacks because they are faulty.
    """
    yield from _check_save_step(spec, graph)
    for table in ("levers", "uncertainties"):
        for name, factor in getattr(spec, table).items():
            yield from _check_factor((table, name), factor, graph)
    for name in spec.levers.keys() & spec.uncertainties.keys():
        yield ("uncertainties", name), "is a lever too; give it another identifier"
    yield from _check_doubles(spec)
    horizon = _horizon(graph)
    for table in ("outcomes", "history"):
        for name, measured in getattr(spec, table).items():
            for part, message in check_measured(measured, graph):
                yield (table, name, part), message
            yield from _check_times((table, name), measured, horizon)
    for name, scenario in spec.scenarios.items():
        for variable, value in scenario.values.items():
            yield from _check_value(("scenarios", name, "values"), variable, value, graph)
    for name, policy in spec.policies.items():
        yield from _check_policy(("policies", name, "values"), policy, spec, levers)


def _check_save_step(spec: Spec, graph: ModelGraph) -> Iterator[Misfit]:
    step = constant_value(graph, "TIME STEP") if "TIME STEP" in graph else None
    if not step or not math.isfinite(step):
        return
    ratio = spec.model.save_step / step
    if round(ratio) < 1 or not math.isclose(ratio, round(ratio), rel_tol=1e-6):
        yield (
            ("model", "save_step"),
            f"is {spec.model.save_step:g}, no multiple of the model's time step {step:g}",
        )


def _check_factor(
    place: tuple[str, ...], factor: Lever | Uncertainty, graph: ModelGraph
) -> Iterator[Misfit]:
    wrong = list(_check_constant((*place, "variable"), factor.setting, graph))
    yield from wrong
    if wrong:
        return
    variable = graph[factor.variable]
    beyond = beyond_limits(graph, factor.variable, *factor.bounds)
    if beyond:
        yield (*place, "bounds"), beyond
    if plain_unit(variable.unit) != plain_unit(factor.unit):
        yield (*place, "unit"), f"is '{factor.unit}', but '{variable.unit}' in the model"
    elements = tuple(key(e) for e in factor.element.split(",")) if factor.element else ()
    value = constant_value(graph, factor.variable, elements)
    if value is None:
        yield (*place, "variable"), "has different values by element; name one with 'element'"
    elif not math.isclose(value, factor.base, rel_tol=1e-9, abs_tol=1e-12):
        yield (*place, "base"), f"is {factor.base:g}, but {value:g} in the model; make them equal"
    if isinstance(factor, Lever) and factor.cost is not None and factor.cost not in graph:
        yield (
            (*place, "cost"),
            f"'{factor.cost}' is not a variable of the model{graph.nearest(factor.cost)}",
        )


def _check_constant(place: tuple[str, ...], name: str, graph: ModelGraph) -> Iterator[Misfit]:
    bare, _, element = name.rstrip("]").partition("[")
    if bare not in graph:
        yield place, f"'{bare}' is not a variable of the model{graph.nearest(bare)}"
    elif graph[bare].kind != "constant":
        yield place, f"'{bare}' is a {graph[bare].kind}; only constants can be varied"
    elif element:
        wanted = tuple(key(e) for e in element.split(","))
        if wanted not in graph.elements(graph[bare]):
            known = ", ".join(",".join(cell) for cell in graph.elements(graph[bare])) or "none"
            yield place, f"'{bare}' has no element '{element}' (it has {known})"


def _check_value(
    place: tuple[str, ...], name: str, value: float, graph: ModelGraph
) -> Iterator[Misfit]:
    wrong = list(_check_constant(place, name, graph))
    yield from wrong
    if not wrong and (beyond := beyond_limits(graph, name.partition("[")[0], value)):
        yield place, f"'{name}' = {beyond}"


def _check_doubles(spec: Spec) -> Iterator[Misfit]:
    first: dict[str, str] = {}
    for table in ("levers", "uncertainties"):
        for name, factor in getattr(spec, table).items():
            other = first.setdefault(key(factor.setting), name)
            if other != name:
                yield (table, name), f"varies the same constant as '{other}'; remove one"


def _check_times(
    place: tuple[str, ...], measured: Outcome | History, horizon: tuple[float, float] | None
) -> Iterator[Misfit]:
    if horizon is None:
        return
    times: dict[str, float | None]
    if isinstance(measured, Outcome):
        times = {"at": measured.at, "from": measured.start, "to": measured.end}
    else:
        times = {"base_year": measured.base_year}
    for name, time in times.items():
        if time is not None and not horizon[0] <= time <= horizon[1]:
            yield (
                (*place, name),
                f"the time {time:g} lies outside the run, {horizon[0]:g} to {horizon[1]:g}",
            )


def _check_policy(
    place: tuple[str, ...], policy: ValueSet, spec: Spec, levers: Sequence[str]
) -> Iterator[Misfit]:
    for name, value in policy.values.items():
        if name not in spec.levers:
            if name not in levers:
                yield place, f"'{name}' is not a lever{nearest(name, levers)}"
            continue
        low, high = spec.levers[name].bounds
        if not low <= value <= high:
            yield place, f"'{name}' = {value:g} lies outside its bounds [{low:g}, {high:g}]"


def _horizon(graph: ModelGraph) -> tuple[float, float] | None:
    start, end = constant_value(graph, "INITIAL TIME"), constant_value(graph, "FINAL TIME")
    return None if start is None or end is None else (start, end)
