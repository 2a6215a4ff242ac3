"""Stress ensembles: every shock and compound, every policy, breakers off and on, and twins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from pysd_runner.run.evaluate import evaluate
from pysd_runner.run.outcomes import compute_outcomes, outcome_variables
from pysd_runner.spec.schema import Spec
from sensitivity.stress.futures import CALM, Futures, Stress, stresses_of
from sensitivity.stress.quantities import Quantity, quantities_of
from sensitivity.stress.resilience import MEASURES, triangles
from sensitivity.stress.trial import Settings, Trial, policies_of
from sensitivity.stress.trips import COUNTS, trips

PERCENTILES = (5, 25, 50, 75, 95)
"""Of the fans."""

OFF, ON, NONE = "off", "on", "none"
"""Settings of all breakers: none trips, all may trip, and the model has none."""

Place = tuple[str, str, str]
"""Policy, brakes, stress."""


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
    fans : mapping
        Place and quantity -> DataArray, dimensions ``percentile`` and ``time``, of its values.
    shares : mapping
        The same of q, the share of the twin.
    """

    trial: Trial
    stresses: tuple[Stress, ...]
    policies: Mapping[str, Settings]
    brakes: Mapping[str, Settings]
    runs: pd.DataFrame = field(repr=False)
    triangles: pd.DataFrame = field(repr=False)
    trips: pd.DataFrame = field(repr=False)
    fans: Mapping[tuple[Place, str], xr.DataArray] = field(repr=False)
    shares: Mapping[tuple[Place, str], xr.DataArray] = field(repr=False)

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
        With shocks in its spec.
    futures : Futures
        Of the same spec.
    stresses : sequence of Stress or None
        ``None`` takes all shocks and compounds of the spec; the calm is always added.
    policies, brakes : mapping or None
        Name -> settings; ``None`` takes the policies of the spec and the base policy, and all
        breakers off and on.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    progress : callable
        Called with the numbers of runs done and in all.

    Raises
    ------
    DesignError
        The spec has no shock.
    """
    spec = model.spec
    tried = (Stress(CALM, "no shock"), *(stresses_of(spec) if stresses is None else stresses))
    policies = policies_of(spec) if policies is None else policies
    brakes = brakes_of(spec) if brakes is None else brakes
    trial = Trial(model, futures, _outputs(model), workers)
    total = len(policies) * len(brakes) * len(tried) * futures.draws
    runs: list[pd.DataFrame] = []
    measured: list[pd.DataFrame] = []
    tripped: list[pd.DataFrame] = []
    fans: dict[tuple[Place, str], xr.DataArray] = {}
    shares: dict[tuple[Place, str], xr.DataArray] = {}
    for policy, lever_settings in policies.items():
        for brake, breaker_settings in brakes.items():
            twin: dict[str, xr.DataArray] = {}
            for stress in tried:
                place = (policy, brake, stress.name)
                found = trial.run(stress, {**lever_settings, **breaker_settings})
                starts = _starts(futures, stress, found)
                runs.append(_placed(place, _outcome_table(model, found, starts)))
                tripped += [_placed(place, each) for each in _trip_tables(spec, found, starts)]
                values = values_of(model, found)
                twin = twin or values
                for quantity in quantities_of(spec):
                    name = quantity.name
                    fans[place, name] = _fan(values[name])
                    if stress.name != CALM and quantity.direction == "maximise":
                        share = share_of_twin(values[name], twin[name])
                        shares[place, name] = _fan(share)
                        measured.append(_placed(place, _triangle_table(quantity, share, starts)))
                progress(futures.draws * len(runs), total)
    return Ensemble(
        trial, tried, policies, brakes, pd.concat(runs, ignore_index=True),
        _together(measured, "quantity", MEASURES), _together(tripped, "breaker", COUNTS),
        fans, shares,
    )  # fmt: skip


def values_of(model: Model, found: xr.Dataset) -> dict[str, xr.DataArray]:
    """Return quantity -> values of each run and time; NaN where a run failed."""
    return {
        each.name: evaluate(each.text, found, model.graph)
        .transpose("run", "time")
        .where(~found["failed"])
        for each in quantities_of(model.spec)
    }


def share_of_twin(values: xr.DataArray, twin: xr.DataArray) -> xr.DataArray:
    """Return q = Y / Y_twin; NaN in runs of which the twin is not above zero throughout."""
    return values / twin.where((twin > 0).all("time"))


def _outputs(model: Model) -> tuple[str, ...]:
    spec = model.spec
    names = [
        name.partition("[")[0]
        for breaker in spec.breakers.values()
        for name in breaker.variables.values()
    ]
    return tuple(dict.fromkeys((*outcome_variables(spec.outcomes, model.graph), *names)))


def _starts(futures: Futures, stress: Stress, found: xr.Dataset) -> NDArray[np.float64]:
    """Return when each shock sets in; in the calm, the start of the run."""
    if stress.name == CALM:
        return np.full(futures.draws, float(found["time"].values[0]))
    return futures.starts(stress)


def _outcome_table(model: Model, found: xr.Dataset, starts: NDArray[np.float64]) -> pd.DataFrame:
    table = compute_outcomes(model.spec.outcomes, found, model.graph).reset_index(drop=True)
    table.insert(0, "start", starts)
    table.insert(1, "status", found["status"].values)
    return table


def _trip_tables(
    spec: Spec, found: xr.Dataset, starts: NDArray[np.float64]
) -> Iterator[pd.DataFrame]:
    times = found["time"].values
    for name, breaker in spec.breakers.items():
        counter, time_open, is_open = (
            element_of(found, each).where(~found["failed"]).values
            for each in (breaker.trips, breaker.time_open, breaker.open)
        )
        table = trips(times, counter, time_open, is_open, starts)
        table.insert(0, "breaker", name)
        yield table


def element_of(found: xr.Dataset, name: str) -> xr.DataArray:
    """Return the values by run and time of a variable as a spec names it, ``"Open[Fund]"``."""
    bare, _, elements = name.strip().removesuffix("]").partition("[")
    by_key = {str(each).casefold(): str(each) for each in found.data_vars}
    values = found[by_key[bare.strip().casefold()]]
    own = [dim for dim in values.dims if dim not in ("run", "time")]
    for dim, element in zip(own, elements.split(","), strict=True) if own else ():
        place = [str(each).casefold() for each in values[dim].values].index(
            element.strip().casefold()
        )
        values = values.isel({dim: place}, drop=True)
    return values.transpose("run", "time")


def _triangle_table(
    quantity: Quantity, share: xr.DataArray, starts: NDArray[np.float64]
) -> pd.DataFrame:
    table = triangles(share["time"].values, share.values, np.ones(share.shape), starts)
    table.insert(0, "quantity", quantity.name)
    return table


def _fan(values: xr.DataArray) -> xr.DataArray:
    whole = values.values[np.isfinite(values.values).all(axis=1)]
    found = np.full((len(PERCENTILES), values.sizes["time"]), np.nan)
    if len(whole):
        found = np.percentile(whole, PERCENTILES, axis=0)
    return xr.DataArray(
        found, dims=("percentile", "time"),
        coords={"percentile": list(PERCENTILES), "time": values["time"].values},
    )  # fmt: skip


def _placed(place: Place, table: pd.DataFrame) -> pd.DataFrame:
    """Put the place and the number of the draw before a table of one row for each draw."""
    for column, (name, value) in enumerate(zip(("policy", "brakes", "stress"), place, strict=True)):
        table.insert(column, name, value)
    table.insert(3, "draw", np.arange(len(table)))
    return table


def _together(tables: list[pd.DataFrame], subject: str, columns: tuple[str, ...]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=["policy", "brakes", "stress", "draw", subject, *columns])
    return pd.concat(tables, ignore_index=True)
