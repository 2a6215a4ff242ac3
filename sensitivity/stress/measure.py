"""What is read off the runs of one place: quantities over time, outcomes, triangles, trips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.run.evaluate import evaluate
from pysd_runner.run.outcomes import reduce_values
from pysd_runner.spec.named import split
from pysd_runner.spec.schema import Spec
from sensitivity.stress.quantities import quantities_of
from sensitivity.stress.resilience import triangles
from sensitivity.stress.trips import trips

Floats = NDArray[np.float64]

Courses = Mapping[str, Floats]
"""Quantity -> values, shape (runs, saves); NaN in a run that failed."""


def courses_of(model: Model, found: xr.Dataset) -> dict[str, Floats]:
    """Return the values of every quantity over time."""
    failed = found["failed"].values
    courses: dict[str, Floats] = {}
    for each in quantities_of(model.spec):
        values = evaluate(each.text, found, model.graph).transpose("run", "time").values
        courses[each.name] = _without(values, failed)
    return courses


def _without(values: Floats, failed: NDArray[np.bool_]) -> Floats:
    if failed.any():
        values = values.copy()
        values[failed] = np.nan
    return values


def series_of(model: Model, found: xr.Dataset, name: str) -> Floats:
    """Return the values, shape (runs, saves), of a variable as a spec names it: ``Open[Fund]``.

    NaN in a run that failed.
    """
    bare, elements = split(name)
    variable = model.graph[bare]
    # A Variable instead of a DataArray, which would cost more than the numbers do.
    array = found.variables[variable.name].values
    for dimension, element in zip(variable.dimensions, elements, strict=True):
        array = array[:, :, model.graph.ranges[dimension].keys.index(element)]
    return _without(array, found["failed"].values)


def outcomes_of(spec: Spec, courses: Courses, times: Floats) -> pd.DataFrame:
    """Return every outcome of every run; NaN in a run that failed."""
    text = {each.text: each.name for each in quantities_of(spec)}
    return pd.DataFrame(
        {
            name: reduce_values(outcome, courses[text[outcome.text]], times)
            for name, outcome in spec.outcomes.items()
        }
    )


def shares_of(courses: Courses, twin: Courses, names: Sequence[str]) -> dict[str, Floats]:
    """Return q = Y / Y_twin; NaN in runs of which the twin is not above zero throughout."""
    found: dict[str, Floats] = {}
    for name in names:
        positive = (twin[name] > 0).all(axis=1, keepdims=True)
        found[name] = courses[name] / np.where(positive, twin[name], np.nan)
    return found


def triangles_of(shares: Courses, times: Floats, starts: Floats) -> pd.DataFrame:
    """Return the triangles of all runs of some quantities, with the column ``quantity`` first."""
    values = np.concatenate(list(shares.values()))
    table = triangles(times, values, np.ones_like(values), np.tile(starts, len(shares)))
    table.insert(0, "quantity", np.repeat(list(shares), len(starts)))
    return table


def trips_of(model: Model, found: xr.Dataset, starts: Floats) -> pd.DataFrame:
    """Return the counts of all breakers in all runs, with the column ``breaker`` first."""
    spec = model.spec
    counter, time_open, is_open = (
        np.concatenate(
            [series_of(model, found, getattr(each, name)) for each in spec.breakers.values()]
        )
        for name in ("trips", "time_open", "open")
    )
    table = trips(found["time"].values, counter, time_open, is_open,
                  np.tile(starts, len(spec.breakers)))  # fmt: skip
    table.insert(0, "breaker", np.repeat(list(spec.breakers), len(starts)))
    return table
