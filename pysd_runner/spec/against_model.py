"""What a spec says, held against the equations of its model."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import key, nearest
from pysd_runner.spec.against_joint import against_joint
from pysd_runner.spec.against_shocks import against_shocks
from pysd_runner.spec.against_structure import against_structure
from pysd_runner.spec.limits import beyond_limits
from pysd_runner.spec.measured import check_measured, plain_unit
from pysd_runner.spec.named import Misfit, check_constant, check_time, check_value
from pysd_runner.spec.schema import History, Lever, Outcome, Spec, Uncertainty
from pysd_runner.spec.value_sets import Bundle, ValueSet


def against_model(spec: Spec, graph: ModelGraph, written: Mapping[str, Any]) -> Iterator[Misfit]:
    """Yield what does not fit the model.

    Parameters
    ----------
    written : mapping
        All that the file says, also the entries that ``spec`` lacks because they are faulty.
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
    yield from _check_sets(spec, graph, written)
    yield from against_shocks(spec, graph, _names(written, "shocks"))
    yield from against_joint(spec, _names(written, "uncertainties"))
    yield from against_structure(spec, graph)
    yield from _check_codes(spec)


def _check_sets(spec: Spec, graph: ModelGraph, written: Mapping[str, Any]) -> Iterator[Misfit]:
    for name, scenario in spec.scenarios.items():
        for variable, value in scenario.values.items():
            yield from check_value(("scenarios", name, "values"), variable, value, graph)
    for name, policy in spec.policies.items():
        yield from _check_policy(
            ("policies", name, "values"), policy, spec, _names(written, "levers")
        )
    for name, bundle in spec.bundles.items():
        yield from _check_bundle(("bundles", name), bundle, spec, written)


def _names(written: Mapping[str, Any], table: str) -> tuple[str, ...]:
    entries = written.get(table)
    return tuple(entries) if isinstance(entries, dict) else ()


def _check_save_step(spec: Spec, graph: ModelGraph) -> Iterator[Misfit]:
    step = constant_value(graph, "TIME STEP") if "TIME STEP" in graph else None
    if not step or not math.isfinite(step):
        return
    ratio = spec.model.save_step / step
    if round(ratio) < 1 or not math.isclose(ratio, round(ratio), rel_tol=1e-6):
        yield (
            ("model", "save_step"),
            f"is {spec.model.save_step:g}, no multiple of the model's time step {step:g}; change "
            "one of them",
        )


def _check_factor(
    place: tuple[str, ...], factor: Lever | Uncertainty, graph: ModelGraph
) -> Iterator[Misfit]:
    wrong = list(check_constant((*place, "variable"), factor.setting, graph))
    yield from wrong
    if wrong:
        return
    variable = graph[factor.variable]
    beyond = beyond_limits(graph, factor.variable, *factor.bounds)
    if beyond:
        yield (*place, "values" if factor.values else "bounds"), beyond
    if plain_unit(variable.unit) != plain_unit(factor.unit):
        yield (*place, "unit"), f"is '{factor.unit}', but '{variable.unit}' in the model"
    elements = tuple(key(e) for e in factor.element.split(",")) if factor.element else ()
    value = constant_value(graph, factor.variable, elements)
    if value is None:
        yield (*place, "variable"), "has different values by element; name one with 'element'"
    elif not math.isclose(value, factor.base, rel_tol=1e-9, abs_tol=1e-12):
        yield (*place, "base"), f"is {factor.base:g}, but {value:g} in the model; make them equal"
    if isinstance(factor, Lever):
        yield from _check_lever(place, factor, graph)


def _check_lever(place: tuple[str, ...], lever: Lever, graph: ModelGraph) -> Iterator[Misfit]:
    if lever.cost is not None and lever.cost not in graph:
        near = graph.nearest(lever.cost)
        yield (*place, "cost"), f"'{lever.cost}' is not a variable of the model{near}"
    for part in ("start", "ramp", "sunset"):
        name = getattr(lever, part)
        if name is not None:
            yield from check_time((*place, part), name, graph)


def _check_codes(spec: Spec) -> Iterator[Misfit]:
    """Yield codes that two entries have: a figure could not tell which is meant."""
    owners: dict[str, list[str]] = defaultdict(list)
    for table in ("levers", "shocks", "compounds", "breakers"):
        for name, entry in getattr(spec, table).items():
            if entry.code:
                owners[entry.code].append(name)
                if len(owners[entry.code]) > 1:
                    first = owners[entry.code][0]
                    yield (table, name, "code"), f"is that of '{first}'; give it another one"


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
        wrong = spec.levers[name].misfit(value)
        if wrong:
            yield place, f"'{name}' = {value:g} {wrong}"


def _check_bundle(
    place: tuple[str, ...], bundle: Bundle, spec: Spec, written: Mapping[str, Any]
) -> Iterator[Misfit]:
    levers, outcomes = _names(written, "levers"), _names(written, "outcomes")
    for name, part in bundle.parts.items():
        yield from _check_policy((*place, "parts", name, "values"), part, spec, levers)
    if bundle.cost not in outcomes:
        near = nearest(bundle.cost, outcomes)
        yield (*place, "cost"), f"'{bundle.cost}' is not an outcome{near}"
    elif bundle.cost in spec.outcomes and spec.outcomes[bundle.cost].direction != "minimise":
        yield (*place, "cost"), f"'{bundle.cost}' is not to be minimised, so it is no cost"


def _horizon(graph: ModelGraph) -> tuple[float, float] | None:
    start, end = constant_value(graph, "INITIAL TIME"), constant_value(graph, "FINAL TIME")
    return None if start is None or end is None else (start, end)
