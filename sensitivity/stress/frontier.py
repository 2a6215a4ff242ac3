"""What thresholds, hysteresis and review buy: the mean against the tail over breaker settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from pysd_runner.spec.named import value_of
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.structure import Breaker
from sensitivity.bootstrap import Floats, Rows, bootstrap
from sensitivity.stress.ensemble import brakes_of, run_ensemble
from sensitivity.stress.futures import CALM, Futures, Stress
from sensitivity.stress.trial import BASE, Settings
from sensitivity.tail import cvar, gains

THRESHOLD, GAP, REVIEW = "threshold", "gap", "review"
OFF = "off"

REVIEW_LEVER = "review_interval"
"""Identifier of the lever that sets how often the breakers are looked at."""

LOOSER, TIGHTER = 2.0, 0.5
"""How far thresholds without bounds are moved, in gaps between trip and reset: an assumption."""

_POINTS = 7
_GAPS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Of the distance between trip and reset in the model file."""


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of all breakers.

    Parameters
    ----------
    family : str
        What is moved: ``threshold``, ``gap``, ``review``, or ``off`` for no breaker at all.
    value : float
        Threshold: 0 where the breakers trip least easily of the swept range, 1 where most easily.
        Gap: distance between trip and reset, in units of that of the model file. Review: interval
        [time unit].
    settings : mapping
        Constant -> value.
    """

    family: str
    value: float
    settings: Settings


def points_of(model: Model) -> tuple[Point, ...]:
    """Return the settings to try: thresholds at equal gaps, gaps at equal trips, reviews.

    A breaker whose trip has no bounds in the spec is swept from :data:`LOOSER` gaps looser than
    in the model file to :data:`TIGHTER` gaps tighter.

    Raises
    ------
    DesignError
        The spec has no breaker.
    """
    spec = model.spec
    if not spec.breakers:
        raise DesignError("the spec has no breaker; list one under [breakers.…].")
    on = dict(brakes_of(spec)["on"])
    found = [Point(OFF, float("nan"), brakes_of(spec)[OFF])]
    for place in np.linspace(0, 1, _POINTS):
        moved = {
            k: v for each in spec.breakers.values() for k, v in _at(model, each, place).items()
        }
        found.append(Point(THRESHOLD, float(place), {**on, **moved}))
    for gap in _GAPS:
        moved = {each.reset.setting: _reset(model, each, gap) for each in spec.breakers.values()}
        found.append(Point(GAP, gap, {**on, **moved}))
    if REVIEW_LEVER in spec.levers:
        lever = spec.levers[REVIEW_LEVER]
        for interval in np.geomspace(*lever.bounds, _POINTS):
            found.append(Point(REVIEW, float(interval), {**on, lever.setting: float(interval)}))
    return tuple(found)


def _own(model: Model, name: str) -> float:
    value = value_of(model.graph, name)
    assert value is not None  # a threshold names its element; the spec has been checked
    return value


def _at(model: Model, breaker: Breaker, place: float) -> Settings:
    """Return trip and reset at a place of the swept range, as far apart as in the model file."""
    own = _own(model, breaker.trip.setting)
    to_reset = _own(model, breaker.reset.setting) - own
    loose, tight = own - LOOSER * to_reset, own + TIGHTER * to_reset
    if breaker.trip.bounds is not None:
        low, high = breaker.trip.bounds
        loose, tight = (low, high) if breaker.low_side else (high, low)
    trip = loose + (tight - loose) * place
    return {breaker.trip.setting: trip, breaker.reset.setting: trip + to_reset}


def _reset(model: Model, breaker: Breaker, gap: float) -> float:
    trip = _own(model, breaker.trip.setting)
    return trip + gap * (_own(model, breaker.reset.setting) - trip)


def frontier(
    model: Model,
    futures: Futures,
    stress: Stress,
    outcome: str,
    *,
    workers: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Run one stress under the base policy at every setting of the breakers.

    Parameters
    ----------
    model : Model
        With breakers in its spec.
    futures : Futures
        Of the same spec.
    stress : Stress
        What strikes.
    outcome : str
        Identifier of the outcome that is held against itself: its mean and its tail.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    seed : int
        Of the bootstrap over futures.
    progress : callable
        Called with the numbers of runs done and in all.

    Returns
    -------
    pandas.DataFrame
        One row for each point: ``family``, ``value``; ``mean`` and ``tail`` (mean of the worst
        tenth) of the outcome under the stress; ``gain_mean``, ``gain_tail`` and ``gain_calm``
        (of the mean without a shock), by how much better they are than without breakers in the
        same futures, each with ``_low`` and ``_high``; ``trips`` and ``time_open``, means over
        futures of the sum over all breakers; ``best``, whether no other point has both a better
        mean and a better tail.

    Raises
    ------
    DesignError
        There is no breaker.
    """
    points = points_of(model)
    brakes: Mapping[str, Settings] = {str(n): each.settings for n, each in enumerate(points)}
    found = run_ensemble(model, futures, stresses=[stress], policies={BASE: {}}, brakes=brakes,
                         workers=workers, progress=progress)  # fmt: skip
    direction = model.spec.outcomes[outcome].direction
    wide = found.runs.pivot(index="draw", columns=["stress", "brakes"], values=outcome).dropna()
    names = [str(number) for number in range(len(points))]
    struck, calm = (gains(wide[each][names].to_numpy(float), direction)
                    for each in (stress.name, CALM))  # fmt: skip

    def measured(rows: Rows) -> Floats:
        levels = np.stack([struck[rows].mean(axis=0), cvar(struck[rows]), calm[rows].mean(axis=0)])
        return np.asarray(levels - levels[:, :1])

    gained = bootstrap(measured, np.arange(len(wide)), seed=seed)
    table = pd.DataFrame({"family": [each.family for each in points],
                          "value": [each.value for each in points]})  # fmt: skip
    table["mean"] = gains(struck.mean(axis=0), direction)
    table["tail"] = gains(cvar(struck), direction)
    for row, name in enumerate(("gain_mean", "gain_tail", "gain_calm")):
        table[name] = gained.estimate[row]
        table[f"{name}_low"], table[f"{name}_high"] = gained.low[row], gained.high[row]
    opened = found.trips[found.trips["stress"] == stress.name]
    sums = opened.groupby(["brakes", "draw"])[["trips", "time_open"]].sum().groupby("brakes").mean()
    table[["trips", "time_open"]] = sums.loc[names].to_numpy()
    return table.assign(best=_undominated(gained.estimate[0], gained.estimate[1]))


def _undominated(mean: np.ndarray, tail: np.ndarray) -> np.ndarray:
    """Tell which points no other one beats in one respect without losing in the other."""
    at_least = (mean[:, None] >= mean) & (tail[:, None] >= tail)
    better = (mean[:, None] > mean) | (tail[:, None] > tail)
    return np.asarray(~(at_least & better).any(axis=0))


def standard_stress(spec: Spec) -> str:
    """Return the name of the first compound, or of the first shock of a spec without one."""
    return next(iter((*spec.compounds, *spec.shocks)))
