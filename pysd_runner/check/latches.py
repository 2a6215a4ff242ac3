"""Whether a circuit breaker can close again, or latches.

A breaker that resets on a ratio may never reset: while it is open it stops the flow that would
bring the ratio down. No reading of equations proves that it does not, so it is tried: each breaker
is forced open by its threshold for a while, in an otherwise normal run, and must then close.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.check.cases import Case
from pysd_runner.check.reality import run_cases
from pysd_runner.errors import Fault
from pysd_runner.model.classify import additive_terms
from pysd_runner.model.graph import ModelGraph, Variable, is_integral
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, walk
from pysd_runner.names import key
from pysd_runner.run.evaluate import evaluate
from pysd_runner.run.inputs import Curve, Values
from pysd_runner.spec.named import split, value_of
from pysd_runner.spec.structure import Breaker

_OPEN = 0.5
"""A state is one or zero; between the two lies only rounding."""

_FAR = 1e6
"""Times a threshold: beyond anything that its indicator can reach."""

_NEAR = 1e-9
_SAME = 1e-3
"""Relative distance within which an indicator is what it is without the trigger."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one breaker did after it was forced open.

    Parameters
    ----------
    label : str
        Of the breaker.
    opened : float or None
        Time at which it opened; ``None`` if it never did.
    released : float
        Time from which its threshold was the model's own again.
    closed : float or None
        Time at which it was closed again; ``None`` if it never was.
    fault : Fault or None
        What is wrong.
    """

    label: str
    opened: float | None
    released: float
    closed: float | None
    fault: Fault | None


def holding(model: Model, breakers: Mapping[str, Breaker]) -> list[Case]:
    """Return two runs for each breaker: one in which it is in charge, one in which it is forced."""
    found = []
    for name, breaker in breakers.items():
        in_charge = {breaker.enabled: 1.0}
        forced = {breaker.trip.setting: _forcing(model.graph, breaker), **in_charge}
        found += [Case(f"breaker {name}", "", in_charge), Case(f"forced {name}", "", forced)]
    return found


def breaker_variables(graph: ModelGraph, breakers: Iterable[Breaker]) -> tuple[str, ...]:
    """Return the variables that show what breakers do."""
    return tuple(dict.fromkeys(
        graph[split(name)[0]].name for each in breakers for name in each.variables.values()
    ))  # fmt: skip


def try_breakers(
    model: Model,
    breakers: Mapping[str, Breaker],
    hold: float,
    within: float,
    runs: Mapping[str, xr.Dataset] | None = None,
) -> list[Trial]:
    """Force each breaker open, let go, and see whether it closes.

    Parameters
    ----------
    breakers : mapping
        Identifier -> breaker of the spec.
    hold : float
        How long each is held open [time unit].
    within : float
        In which time after that it must have closed [time unit].
    runs : mapping of str to xarray.Dataset or None
        Those of :func:`holding`, with :func:`breaker_variables` at every time step; ``None`` runs
        them.
    """
    if not breakers:
        return []
    bench = _Bench(model, tuple(breakers.values()))
    if runs is None:
        names = breaker_variables(model.graph, breakers.values())
        runs = run_cases(model, holding(model, breakers), names).runs
    trips: list[_Trip] = []
    for name, breaker in breakers.items():
        held = runs[f"forced {name}"]
        opened = _first(held["time"].values, bench.is_on(breaker.open, held))
        released = model.time_grid().final_time if opened is None else opened + hold
        trips.append(_Trip(breaker, runs[f"breaker {name}"], opened, released))
    freed = bench.run(bench.curves([trip.released for trip in trips]))
    return [bench.judge(trip, freed.isel(run=row), within) for row, trip in enumerate(trips)]


def _forcing(graph: ModelGraph, breaker: Breaker) -> float:
    """Return a threshold that the indicator is on the wrong side of, whatever happens."""
    far = _FAR * (1 + abs(value_of(graph, breaker.trip.setting) or 0.0))
    return far if breaker.low_side else -far


@dataclass(frozen=True, slots=True)
class _Trip:
    breaker: Breaker
    base: xr.Dataset
    opened: float | None
    released: float


@dataclass(frozen=True, slots=True)
class _Bench:
    """Runs in which one breaker each is forced open; all others are as in the model."""

    model: Model
    breakers: tuple[Breaker, ...]

    def curves(self, released: Sequence[float]) -> dict[str, Values]:
        """Return inputs for the runs in which each is held open until it is released."""
        grid = self.model.time_grid()
        half = grid.time_step / 2
        times = np.unique([grid.initial_time, *released, *(each + half for each in released)])
        inputs: dict[str, Values] = {}
        for index, breaker in enumerate(self.breakers):
            own = self._own(breaker)
            levels = np.full((len(self.breakers), len(times)), own)
            levels[index, times <= released[index] + half / 2] = _forcing(self.model.graph, breaker)
            inputs[breaker.trip.setting] = Curve(times, levels)
            enabled = np.full(
                len(self.breakers), value_of(self.model.graph, breaker.enabled) or 0.0
            )
            enabled[index] = 1.0
            inputs[breaker.enabled] = enabled
        return inputs

    def run(self, inputs: Mapping[str, Values]) -> xr.Dataset:
        names = breaker_variables(self.model.graph, self.breakers)
        return self.model.batch(inputs, names, save_step=self.model.time_grid().time_step)

    def is_on(self, state: str, run: xr.Dataset) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.series(state, run).values > _OPEN
        return found

    def series(self, name: str, run: xr.Dataset) -> xr.DataArray:
        bare, _, element = name.partition("[")
        text = f'"{bare.strip()}"' + (f"[{element}" if element else "")
        return evaluate(text, run, self.model.graph)

    def judge(self, trip: _Trip, freed: xr.Dataset, within: float) -> Trial:
        breaker, opened, released = trip.breaker, trip.opened, trip.released
        last = self.model.time_grid().final_time
        if opened is None:
            message = (
                "does not open although its threshold is far beyond its indicator; is it used?"
            )
            return Trial(breaker.label, None, last, None, self._fault(breaker, message))
        if released + within > last + _NEAR:
            message = (
                f"opens at {opened:g} at the earliest, too late to see whether it closes within "
                f"{within:g} of {released:g}; shorten 'hold' or 'within' in [recovery] of "
                "checks.toml."
            )
            return Trial(breaker.label, opened, released, None, self._fault(breaker, message))
        times = freed["time"].values
        closed = _first(times, self.is_on(breaker.closed, freed) & (times > released))
        latches = closed is None or closed > released + within + _NEAR
        fault = self._latched(trip, freed, within) if latches else None
        return Trial(breaker.label, opened, released, closed, fault)

    def _own(self, breaker: Breaker) -> float:
        return value_of(self.model.graph, breaker.trip.setting) or 0.0

    def _latched(self, trip: _Trip, freed: xr.Dataset, within: float) -> Fault:
        """Say that a breaker stays open, and whether its own doing keeps it so."""
        breaker, late = trip.breaker, trip.released + within
        now, before = (
            float(self.series(breaker.indicator, run).sel(time=late, method="nearest"))
            for run in (freed, trip.base)
        )
        reset = value_of(self.model.graph, breaker.reset.setting)
        ill = reset is not None and (before <= reset if breaker.low_side else before >= reset)
        no_worse = now >= before if breaker.low_side else now <= before
        if ill and (no_worse or np.isclose(now, before, rtol=_SAME, atol=0)):
            return self._fault(
                breaker,
                f"has not closed {within:g} after its trigger was gone, for its indicator is "
                f"{before:.4g} at {late:g} without the trigger too, and it resets at {reset:.4g}; "
                "see what moves the indicator, or where it resets.",
            )
        if reset is not None and (now > reset if breaker.low_side else now < reset):
            return self._fault(
                breaker,
                f"latches: it has not closed {within:g} after its trigger was gone, although its "
                f"indicator is {now:.4g} at {late:g} and it resets at {reset:.4g}; see which flow "
                "leads out of this state, and what holds it back.",
            )
        return self._fault(
            breaker,
            f"latches: it has not closed {within:g} after its trigger was gone. At {late:g} its "
            f"indicator is {now:.4g}, without the trigger {before:.4g}, and it resets at "
            f"{reset:.4g}; let it reset on a flow or a rolling rate that it does not drive itself.",
        )

    def _fault(self, breaker: Breaker, message: str) -> Fault:
        line = self.model.graph[split(breaker.open)[0]].line
        return Fault(message, self.model.graph.source.path, line, breaker.open)


def _first(times: np.ndarray, holds: np.ndarray) -> float | None:
    return float(times[int(np.argmax(holds))]) if holds.any() else None


# -- breakers that nobody lists -------------------------------------------------------------------


def unlisted(graph: ModelGraph, breakers: Mapping[str, Breaker]) -> Iterator[Fault]:
    """Yield the state machines of a model that its spec does not list, so that nothing tests them.

    A state machine is known by stocks that start at 0 or 1 and hand their whole content over in
    one step: a flow that is something divided by TIME STEP leaves one and enters another.
    """
    listed = {
        key(split(name)[0])
        for breaker in breakers.values()
        for name in (breaker.closed, breaker.open, breaker.half_open)
    }
    states = {v.key: v for v in graph.of_kind("stock") if _starts_at_zero_or_one(v)}
    for name, stock in states.items():
        gains, loses = _switched(stock, graph)
        if name not in listed and gains and loses:
            yield Fault(
                "is a state that something switches in one step, and no breaker of sandbox.toml "
                "names it; list it in [breakers], so that it is tried whether it can close again.",
                graph.source.path, stock.line, stock.name,
            )  # fmt: skip


def _switched(stock: Variable, graph: ModelGraph) -> tuple[bool, bool]:
    """Tell whether flows of whole steps enter a stock, and whether they leave it."""
    signs = {
        sign
        for definition in stock.definitions
        if isinstance(definition.body, Call)
        for sign, term in additive_terms(definition.body.arguments[0])
        if isinstance(term, Reference) and term.name in graph and _whole_step(graph[term.name])
    }
    return 1 in signs, -1 in signs


def _starts_at_zero_or_one(stock: Variable) -> bool:
    bodies = [definition.body for definition in stock.definitions]
    return all(
        isinstance(body, Call) and is_integral(body) and body.arguments[1] in (Number(0), Number(1))
        for body in bodies
    )


def _whole_step(flow: Variable) -> bool:
    """Tell whether a flow empties what it leaves in one step."""
    return any(
        isinstance(node, Binary) and node.operator == "/" and _is_step(node.right)
        for definition in flow.definitions
        if definition.body is not None
        for node in walk(definition.body)
    )


def _is_step(node: Expression) -> bool:
    return isinstance(node, Reference) and key(node.name) == "time step"
