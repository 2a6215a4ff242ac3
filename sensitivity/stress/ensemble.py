"""Stress ensembles: every shock and compound, every policy, breakers off and on, and twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Spec
from sensitivity.stress.futures import CALM, Futures, Stress, stresses_of
from sensitivity.stress.measure import (
    Courses,
    courses_of,
    outcomes_of,
    shares_of,
    triangles_of,
    trips_of,
)
from sensitivity.stress.quantities import Quantity, quantities_of
from sensitivity.stress.resilience import MEASURES
from sensitivity.stress.trial import Settings, Trial, policies_of
from sensitivity.stress.trips import COUNTS

PERCENTILES = (5, 25, 50, 75, 95)
"""Of the fans."""

OFF, ON, NONE = "off", "on", "none"
"""Settings of all breakers: none trips, all may trip, and the model has none."""

Place = tuple[str, str, str]
"""Policy, brakes, stress."""

PLACE = ("policy", "brakes", "stress")
"""Columns of a place."""


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """What became of every policy in every future.

    Every table has the columns ``policy``, ``brakes``, ``stress`` and ``draw`` first. The stress
    ``none`` is the twin of all others of the same policy, brakes and draw.

    Parameters
    ----------
    trial : Trial
        The model and its futures.
    stresses : tuple of Stress
        The calm one first.
    policies : mapping
        Name -> settings.
    brakes : mapping
        Name -> settings of the breakers.
    runs : pandas.DataFrame
        Also ``start`` of the shock [time unit], ``status`` and one column for each outcome.
    triangles : pandas.DataFrame
        Also ``quantity`` and the columns of :func:`sensitivity.stress.resilience.triangles`.
    trips : pandas.DataFrame
        Also ``breaker`` and the columns of :func:`sensitivity.stress.trips.trips`.
    times : ndarray, shape (saves,)
        Saved times.
    fans : mapping
        Place and quantity -> percentiles of q, the share of the twin, as of :func:`fan`.
    """

    trial: Trial
    stresses: tuple[Stress, ...]
    policies: Mapping[str, Settings]
    brakes: Mapping[str, Settings]
    runs: pd.DataFrame = field(repr=False)
    triangles: pd.DataFrame = field(repr=False)
    trips: pd.DataFrame = field(repr=False)
    times: NDArray[np.float64] = field(repr=False)
    fans: Mapping[tuple[Place, str], NDArray[np.float64]] = field(repr=False)

    @property
    def spec(self) -> Spec:
        """The spec of the model."""
        return self.trial.model.spec

    @property
    def headline(self) -> Quantity:
        """The first quantity that has resilience triangles in most runs.

        Raises
        ------
        DesignError
            There is none: nothing that is to be maximised stays above zero.
        """
        for quantity in quantities_of(self.spec):
            own = self.triangles[self.triangles["quantity"] == quantity.name]
            if len(own) and own["loss"].notna().mean() > 0.5:
                return quantity
        raise DesignError(
            "no outcome that is to be maximised stays above zero without a shock, so there is "
            "nothing to hold a loss against; add such an outcome to the spec."
        )

    def label(self, stress: str) -> str:
        """Return how figures call a stress."""
        return next(each.label for each in self.stresses if each.name == stress)

    @property
    def failures(self) -> pd.DataFrame:
        """The runs that did not end well."""
        return self.runs[self.runs["status"] != "ok"]

    def settings(self, policy: str, brakes: str) -> Settings:
        """Return what a policy and a setting of the breakers set."""
        return {**self.policies[policy], **self.brakes[brakes]}


def brakes_of(spec: Spec) -> dict[str, Settings]:
    """Return the settings that switch all breakers off, and on."""
    if not spec.breakers:
        return {NONE: {}}
    names = [breaker.enabled for breaker in spec.breakers.values()]
    return {OFF: dict.fromkeys(names, 0.0), ON: dict.fromkeys(names, 1.0)}


def run_ensemble(
    model: Model,
    futures: Futures,
    *,
    stresses: Sequence[Stress] | None = None,
    policies: Mapping[str, Settings] | None = None,
    brakes: Mapping[str, Settings] | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ensemble:
    """Run every stress under every policy, with the breakers off and on, and measure.

    Parameters
    ----------
    model : Model
        With a spec.
    futures : Futures
        Of the same spec.
    stresses : sequence of Stress or None
        ``None`` takes all shocks and compounds of the spec, if it has any; the calm is always
        added.
    policies, brakes : mapping or None
        Name -> settings; ``None`` takes the policies of the spec and the base policy, and all
        breakers off and on.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    progress : callable
        Called with the numbers of runs done and in all.
    """
    spec = model.spec
    if stresses is None:
        stresses = stresses_of(spec) if spec.shocks else ()
    tried = (Stress(CALM, "no shock"), *stresses)
    policies = policies_of(spec) if policies is None else policies
    brakes = brakes_of(spec) if brakes is None else brakes
    trial = Trial(model, futures, workers)
    kept = _Kept([each.name for each in quantities_of(spec) if each.direction == "maximise"])
    total = len(policies) * len(brakes) * len(tried) * futures.draws
    for policy, lever_settings in policies.items():
        for brake, breaker_settings in brakes.items():
            twin: Courses | None = None
            for stress in tried:
                found = trial.run(stress, {**lever_settings, **breaker_settings})
                courses = courses_of(model, found)
                kept.add((policy, brake, stress), trial, found, courses, twin)
                twin = courses if twin is None else twin
                progress(futures.draws * len(kept.runs), total)
    return Ensemble(
        trial, tried, policies, brakes, pd.concat(kept.runs, ignore_index=True),
        _together(kept.triangles, "quantity", MEASURES), _together(kept.trips, "breaker", COUNTS),
        found["time"].values, kept.fans,
    )  # fmt: skip


class _Kept:
    """What is kept of the runs, place by place: they themselves would not fit into memory."""

    def __init__(self, measured: Sequence[str]) -> None:
        self.measured = measured
        self.runs: list[pd.DataFrame] = []
        self.triangles: list[pd.DataFrame] = []
        self.trips: list[pd.DataFrame] = []
        self.fans: dict[tuple[Place, str], NDArray[np.float64]] = {}

    def add(
        self, where: tuple[str, str, Stress], trial: Trial, found: xr.Dataset, courses: Courses,
        twin: Courses | None,
    ) -> None:  # fmt: skip
        """Measure the runs of one place; its twin is ``None`` for the calm itself."""
        policy, brakes, stress = where
        place, times = (policy, brakes, stress.name), found["time"].values
        spec, draws = trial.model.spec, trial.futures.draws
        starts = np.full(draws, float(times[0])) if twin is None else trial.futures.starts(stress)
        table = outcomes_of(spec, courses, times)
        table.insert(0, "start", starts)
        table.insert(1, "status", found["status"].values)
        self.runs.append(_placed(place, table, draws))
        if spec.breakers:
            self.trips.append(_placed(place, trips_of(trial.model, found, starts), draws))
        if twin is not None and self.measured:
            shares = shares_of(courses, twin, self.measured)
            self.triangles.append(_placed(place, triangles_of(shares, times, starts), draws))
            self.fans |= {(place, name): fan(values) for name, values in shares.items()}


def fan(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the percentiles of runs at each time, shape (percentiles, saves).

    Parameters
    ----------
    values : ndarray, shape (runs, saves)
        A run with a missing value is left out; without any other, all percentiles are NaN.
    """
    whole = values[np.isfinite(values).all(axis=1)]
    if not len(whole):
        return np.full((len(PERCENTILES), values.shape[1]), np.nan)
    return np.asarray(np.percentile(whole, PERCENTILES, axis=0))


def _placed(place: Place, table: pd.DataFrame, draws: int) -> pd.DataFrame:
    """Put the place and the number of the draw before a table; draws go round in it."""
    where = {name: np.repeat(each, len(table)) for name, each in zip(PLACE, place, strict=True)}
    where["draw"] = np.tile(np.arange(draws), len(table) // draws)
    return pd.concat([pd.DataFrame(where), table], axis=1)


def _together(tables: list[pd.DataFrame], subject: str, columns: tuple[str, ...]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=[*PLACE, "draw", subject, *columns])
    return pd.concat(tables, ignore_index=True)
