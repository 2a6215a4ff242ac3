"""One future followed over time: with the breakers on, with them off, and without the shock."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.spec.named import value_of
from pysd_runner.spec.structure import Breaker
from sensitivity.plots.timeline import Strip
from sensitivity.stress.ensemble import OFF, ON, Ensemble
from sensitivity.stress.futures import Stress
from sensitivity.stress.measure import courses_of, series_of
from sensitivity.stress.trial import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """One draw of a stress under a policy.

    Parameters
    ----------
    draw : int
        Number of the future.
    start : float
        When the shock sets in [time unit].
    times : ndarray, shape (saves,)
        Saved times.
    lines : mapping
        Label -> values of the quantity, shape (saves,).
    strips : list of Strip
        One for each breaker of the braked run.
    """

    draw: int
    start: float
    times: NDArray[np.float64] = field(repr=False)
    lines: dict[str, NDArray[np.float64]] = field(repr=False)
    strips: list[Strip] = field(repr=False)


def follow(ensemble: Ensemble, stress: Stress, policy: str, draw: int, quantity: str) -> Single:
    """Run one future again and keep its course.

    Parameters
    ----------
    ensemble : Ensemble
        With breakers off and on; its trial is run again.
    stress : Stress
        What strikes.
    policy : str
        Name of the policy.
    draw : int
        Number of the future.
    quantity : str
        Identifier of the quantity to follow.

    Raises
    ------
    DesignError
        The ensemble lacks breakers that are off and on, or has no such draw.
    """
    if not {OFF, ON} <= set(ensemble.brakes):
        raise DesignError("a run is followed with the breakers off and on; run both.")
    if not 0 <= draw < ensemble.trial.futures.draws:
        raise DesignError(f"there is no future {draw}; they are numbered from 0.")
    trial, calm = ensemble.trial, ensemble.stresses[0]
    runs = {
        "breakers on": (stress, ON), "breakers off": (stress, OFF), "no shock": (calm, ON)
    }  # fmt: skip
    found = {
        label: trial.run(kind, ensemble.settings(policy, brakes), [draw])
        for label, (kind, brakes) in runs.items()
    }
    braked = found["breakers on"]
    return Single(
        draw,
        float(trial.futures.starts(stress)[draw]),
        braked["time"].values,
        {label: courses_of(trial.model, each)[quantity][0] for label, each in found.items()},
        strips_of(ensemble, braked, ensemble.settings(policy, ON)),
    )


def _strip_label(breaker: Breaker) -> str:
    """Say which breaker it is, what it cuts and what it looks at."""
    name = f"{breaker.code} {breaker.label}".strip()
    if not breaker.action:
        return f"{name}: {breaker.indicator}"
    return f"{name}: {breaker.action} (by {breaker.indicator})"


def strips_of(ensemble: Ensemble, run: xr.Dataset, settings: Settings) -> list[Strip]:
    """Return the course of each breaker in a single run."""
    graph, spec = ensemble.trial.model.graph, ensemble.spec

    def threshold(name: str) -> float:
        value = settings.get(name, value_of(graph, name))
        return float("nan") if value is None else float(value)

    return [
        Strip(
            _strip_label(breaker),
            series_of(ensemble.trial.model, run, breaker.indicator)[0],
            threshold(breaker.trip.setting),
            threshold(breaker.reset.setting),
            series_of(ensemble.trial.model, run, breaker.open)[0],
            series_of(ensemble.trial.model, run, breaker.half_open)[0],
        )
        for breaker in spec.breakers.values()
    ]
