"""What a spec says of shocks, held against the equations of its model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import key, nearest
from pysd_runner.spec.limits import beyond_limits
from pysd_runner.spec.named import Misfit, check_constant, check_time, value_of
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.shocks import Compound, Draw, Shock


def against_shocks(spec: Spec, graph: ModelGraph, shocks: Sequence[str]) -> Iterator[Misfit]:
    """Yield what does not fit the model in the tables ``shocks`` and ``compounds``.

    Parameters
    ----------
    shocks : sequence of str
        All that the file has, also those that ``spec`` lacks because they are faulty.
    """
    varied = {key(factor.setting): name for name, factor in spec.factors.items()}
    for name, shock in spec.shocks.items():
        place = ("shocks", name)
        if shock.acts_on not in graph:
            near = graph.nearest(shock.acts_on)
            yield (*place, "acts_on"), f"'{shock.acts_on}' is not a variable of the model{near}"
        for part, draw in shock.draws.items():
            wrong = list(_check_draw((*place, part), draw, graph, part != "depth"))
            yield from wrong
            if not wrong and key(draw.setting) in varied:
                other = varied[key(draw.setting)]
                yield (*place, part), f"draws what '{other}' varies; remove that one"
        yield from _check_start((*place, "start"), shock.start, graph)
    for name, compound in spec.compounds.items():
        place = ("compounds", name)
        if name in shocks:
            yield place, "is a shock too; give it another identifier"
        unknown = [each for each in compound.shocks if each not in shocks]
        for each in unknown:
            yield (*place, "shocks"), f"'{each}' is not a shock{nearest(each, shocks)}"
        members = {each: spec.shocks[each] for each in compound.shocks if each in spec.shocks}
        if len(members) == len(compound.shocks):
            yield from _check_together((*place, "shocks"), compound, members)


def _check_draw(
    place: tuple[str, ...], draw: Draw, graph: ModelGraph, is_time: bool
) -> Iterator[Misfit]:
    check = check_time if is_time else check_constant
    wrong = list(check(place, draw.setting, graph))
    yield from wrong
    if wrong:
        return
    if beyond := beyond_limits(graph, draw.variable, *draw.bounds):
        yield (*place, "bounds"), beyond
    value = value_of(graph, draw.setting)
    if value is None:
        yield place, "has different values by element; name one with 'element'"
    elif not math.isclose(value, draw.base, rel_tol=1e-9, abs_tol=1e-12):
        yield (*place, "base"), f"is {draw.base:g}, but {value:g} in the model; make them equal"


def _check_start(place: tuple[str, ...], start: Draw, graph: ModelGraph) -> Iterator[Misfit]:
    first, last = constant_value(graph, "INITIAL TIME"), constant_value(graph, "FINAL TIME")
    if first is not None and last is not None:
        for time in start.bounds:
            if not first <= time <= last:
                yield (
                    (*place, "bounds"),
                    f"the time {time:g} lies outside the run, {first:g} to {last:g}",
                )


def _check_together(
    place: tuple[str, ...], compound: Compound, members: dict[str, Shock]
) -> Iterator[Misfit]:
    """Yield why shocks cannot strike in one run: each constant has one value."""
    owner: dict[str, str] = {}
    for name, shock in members.items():
        for part, draw in shock.draws.items():
            other = owner.setdefault(key(draw.setting), name)
            if other != name and not (part == "start" and compound.same_start):
                yield place, f"'{other}' and '{name}' both draw '{draw.setting}'; remove one"
    ranges = {shock.start.bounds for shock in members.values()}
    if compound.same_start and len(ranges) > 1:
        yield place, "start between different bounds; make those equal, or same_start false"
