"""What a spec says of breakers and loops, held against the equations of its model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.names import key
from pysd_runner.spec.limits import beyond_limits
from pysd_runner.spec.named import (
    Misfit,
    check_constant,
    check_switch,
    check_variable,
    split,
    value_of,
)
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.structure import Breaker, Loop

_LONGEST_HINT = 5


def against_structure(spec: Spec, graph: ModelGraph) -> Iterator[Misfit]:
    """Yield what does not fit the model in the tables ``breakers`` and ``loops``."""
    for name, breaker in spec.breakers.items():
        yield from _check_breaker(("breakers", name), breaker, graph)
    for name, loop in spec.loops.items():
        place = ("loops", name)
        yield from check_switch((*place, "switch"), loop.switch, graph)
        yield from _check_path((*place, "path"), loop, graph)


def _check_breaker(place: tuple[str, ...], breaker: Breaker, graph: ModelGraph) -> Iterator[Misfit]:
    yield from check_switch((*place, "enabled"), breaker.enabled, graph)
    values: dict[str, float | None] = {}
    for part in ("trip", "reset"):
        threshold = getattr(breaker, part)
        wrong = list(check_constant((*place, part), threshold.setting, graph))
        yield from wrong
        if wrong:
            continue
        values[part] = value_of(graph, threshold.setting)
        if threshold.bounds is not None:
            beyond = beyond_limits(graph, threshold.variable, *threshold.bounds)
            if beyond:
                yield (*place, part, "bounds"), beyond
    trip, reset = values.get("trip"), values.get("reset")
    if trip is not None and reset is not None:
        apart = reset - trip if breaker.low_side else trip - reset
        if apart <= 0:
            side = "above" if breaker.low_side else "below"
            yield (
                (*place, "reset"),
                f"is {reset:g} in the model, which is not {side} the trip at {trip:g}; the breaker "
                "would chatter",
            )
    for part, name in breaker.variables.items():
        yield from check_variable((*place, part), name, graph)


def _check_path(place: tuple[str, ...], loop: Loop, graph: ModelGraph) -> Iterator[Misfit]:
    names = [split(name)[0] for name in loop.variables]
    unknown = [name for name in names if name not in graph]
    for name in unknown:
        yield place, f"'{name}' is not a variable of the model{graph.nearest(name)}"
    if unknown:
        return
    variables = [graph[name] for name in names]
    for cause, effect in zip(variables, [*variables[1:], variables[0]], strict=True):
        if cause.name not in effect.uses:
            yield place, _no_link(cause, effect, graph)
    switch = split(loop.switch)[0]
    if switch in graph and not any(graph[switch].name in each.uses for each in variables):
        users = ", ".join(f"'{name}'" for name in graph.used_by(switch)) or "nothing"
        yield (
            place,
            f"passes no variable that uses the switch '{switch}', so nothing cuts it; {users} "
            "uses it",
        )


def _no_link(cause: Variable, effect: Variable, graph: ModelGraph) -> str:
    message = f"'{effect.name}' does not use '{cause.name}'"
    between = _shortest(cause, effect, graph)
    if between:
        return f"{message}; write what lies between: {' -> '.join(between)}"
    return f"{message}, directly or through others"


def _shortest(cause: Variable, effect: Variable, graph: ModelGraph) -> list[str]:
    """Return the names on the shortest way from cause to effect, both included, or nothing."""
    behind: dict[str, str] = {}
    waiting = deque([effect.key])
    while waiting:
        name = waiting.popleft()
        for used in graph.variables[name].uses:
            before = key(used)
            if before not in behind:
                behind[before] = name
                waiting.append(before)
    if cause.key not in behind:
        return []
    way = [cause.key]
    while len(way) == 1 or way[-1] != effect.key:
        way.append(behind[way[-1]])
    if len(way) > _LONGEST_HINT + 2:
        way = [*way[: _LONGEST_HINT + 1], "…"]
    return [graph.variables[name].name if name in graph.variables else name for name in way]
