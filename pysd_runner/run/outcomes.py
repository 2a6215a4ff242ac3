"""Outcomes: one number for each run, reduced from a trajectory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from scipy.integrate import trapezoid

from pysd_runner.errors import RunError
from pysd_runner.model.graph import ModelGraph
from pysd_runner.run.evaluate import evaluate, variables_in
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.spec.schema import Outcome


def outcome_variables(outcomes: Mapping[str, Outcome], graph: ModelGraph) -> tuple[str, ...]:
    """Return the variables that a run must keep so that the outcomes can be computed."""
    return variables_in((outcome.text for outcome in outcomes.values()), graph)


def beyond_run(outcome: Outcome, grid: TimeGrid) -> str:
    """Say which times an outcome reads that a run does not reach, or ``""``."""
    if outcome.at is not None:
        when, last = f"is read at {outcome.at:g}", outcome.at
    elif outcome.end is not None:
        when, last = f"looks until {outcome.end:g}", outcome.end
    elif outcome.start is not None:
        when, last = f"looks from {outcome.start:g} on", outcome.start
    else:
        return ""
    return f"{when}, after the end of the run at {grid.final_time:g}" * (last > grid.final_time)


def compute_outcomes(
    outcomes: Mapping[str, Outcome], trajectories: xr.Dataset, graph: ModelGraph
) -> pd.DataFrame:
    """Compute every outcome of every run.

    Parameters
    ----------
    outcomes : mapping
        Identifier -> outcome.
    trajectories : xarray.Dataset
        With dimension ``run`` and the variables of :func:`outcome_variables`.

    Returns
    -------
    pandas.DataFrame, shape (runs, outcomes)
        One row for each run; a run that failed has NaN in every column, also where the value
        itself was finite when the run broke.
    """
    columns = {
        name: reduce_trajectory(outcome, evaluate(outcome.text, trajectories, graph))
        for name, outcome in outcomes.items()
    }
    table = pd.DataFrame(columns, index=pd.Index(trajectories["run"].values, name="run"))
    table[trajectories["status"].values != "ok"] = np.nan
    return table


def reduce_trajectory(outcome: Outcome, values: xr.DataArray) -> np.ndarray:
    """Reduce trajectories to one number each.

    Parameters
    ----------
    outcome : Outcome
        Says how.
    values : xarray.DataArray
        Dimensions ``run`` and ``time``.

    Returns
    -------
    ndarray, shape (runs,)
        An integral is taken by the trapezoidal rule over the saved times [unit times time].

    Raises
    ------
    RunError
        No saved time lies in the outcome's window.
    """
    if outcome.at is not None:
        return np.asarray(values.interp(time=outcome.at).values)
    values = values.sel(time=slice(outcome.start, outcome.end))
    if values.sizes["time"] == 0:
        raise RunError(
            f"no saved time lies between {outcome.start} and {outcome.end}, where the outcome "
            f"'{outcome.label}' looks; save more often or widen its window."
        )
    if outcome.reduction == "final":
        return np.asarray(values.isel(time=-1).values)
    if outcome.reduction == "integral":
        table = values.transpose("run", "time")
        return np.asarray(trapezoid(table.values, table["time"].values, axis=1))
    reduced = getattr(values, outcome.reduction)("time", skipna=False)
    return np.asarray(reduced.values)
