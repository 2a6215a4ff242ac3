"""Outcomes: one number for each run, reduced from a trajectory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.errors import Fault, RunError
from pysd_runner.kernel.program import Reduction
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.syntax import Binary, Expression, Number
from pysd_runner.names import nearest
from pysd_runner.run.compiled import Measured
from pysd_runner.run.evaluate import evaluate, variables_in
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.spec.measured import wrong_expression
from pysd_runner.spec.schema import Outcome

_TIMES = 100.0
"""Relative change from which digits after the point say nothing."""

_ROUNDING = 1e-9
"""Share of the largest time, or of 1, by which a saved time may miss one that an outcome names."""

_KERNEL_REDUCTION: dict[str, Reduction] = {"max": "max", "min": "min", "first": "first"}


def check_outcomes(outcomes: Mapping[str, Outcome], graph: ModelGraph) -> None:
    """Refuse outcomes that do not give one number for each time, as those written by hand may.

    Raises
    ------
    RunError
        With all that is wrong with their expressions.
    """
    faults = [
        Fault(f"{message}.", None, None, name)
        for name, outcome in outcomes.items()
        for message in wrong_expression(outcome.text, graph)
    ]
    if "status" in outcomes:
        faults.append(Fault("is the column that says how a run ended; call the outcome otherwise.",
                            None, None, "status"))  # fmt: skip
    if faults:
        raise RunError(faults)


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
    return when if last > grid.final_time else ""


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
    table[trajectories["failed"].values] = np.nan
    return table


def outcomes_of_run(
    outcomes: Mapping[str, Outcome], run: xr.Dataset, graph: ModelGraph
) -> pd.Series:
    """Compute every outcome of one run, which may lack the dimension ``run``."""
    one = run if "run" in run.dims else run.expand_dims("run")
    failed = [bool(np.any(run["failed"].values))] if "failed" in run.coords else [False]
    one = one.assign_coords(run=[0], failed=("run", failed))
    return compute_outcomes(outcomes, one, graph).iloc[0]


def measured_outcomes(outcomes: Mapping[str, Outcome], grid: TimeGrid) -> list[Measured]:
    """Return what the compiled engine reduces on the way, one for each outcome.

    All that is linear in the trajectory, a value at a time as well as an integral, is a sum over
    the saves with weights.
    """
    return [
        Measured(
            _KERNEL_REDUCTION.get(outcome.reduction, "sum"),
            _measured_expression(outcome),
            _weights(outcome, grid.saved_times),
        )
        for outcome in outcomes.values()
    ]


def _measured_expression(outcome: Outcome) -> Expression:
    expression = parse_expression(outcome.text)
    if outcome.above is not None:
        return Binary(">", expression, Number(outcome.above))
    if outcome.below is not None:
        return Binary("<", expression, Number(outcome.below))
    return expression


def completed(
    outcomes: Mapping[str, Outcome], measures: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return measures with first times on the grid of saved times, and ``never`` for none.

    Parameters
    ----------
    measures : ndarray, shape (runs, outcomes)
        As the compiled engine left them.
    times : ndarray, shape (saves,)
        Saved times.
    """
    found = measures.copy()
    for column, outcome in enumerate(outcomes.values()):
        if outcome.reduction == "first":
            values = found[:, column]
            nearest = times[np.abs(times[:, None] - np.nan_to_num(values)).argmin(axis=0)]
            found[:, column] = np.where(np.isnan(values), outcome.never, nearest)
    return found


def _weights(outcome: Outcome, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of each save in an outcome; zero where it does not count."""
    if outcome.at is not None:
        # a value between two saves lies on the line that joins them
        slack = _slack(times)
        if not times[0] - slack <= outcome.at <= times[-1] + slack:
            raise RunError(
                f"the outcome '{outcome.label}' is read at {outcome.at:g}, but values are saved "
                f"from {times[0]:g} to {times[-1]:g} only; run longer, or save more often."
            )
        return np.array([np.interp(outcome.at, times, row) for row in np.eye(len(times))])
    inside = window(outcome, times)
    count = int(inside.sum())
    weights = np.zeros(len(times))
    if outcome.reduction == "final":
        weights[np.flatnonzero(inside)[-1]] = 1.0
    elif outcome.reduction == "integral":
        widths = np.diff(times[inside])
        weights[inside] = (np.append(widths, 0.0) + np.insert(widths, 0, 0.0)) / 2
    else:
        weights[inside] = 1.0 / count if outcome.reduction == "mean" else 1.0
    return weights


def window(outcome: Outcome, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which saved times an outcome looks at.

    Raises
    ------
    RunError
        None lies in the outcome's window.
    """
    start = -np.inf if outcome.start is None else outcome.start
    end = np.inf if outcome.end is None else outcome.end
    slack = _slack(times)  # 3 * 0.1 is later than 0.3
    inside = (times >= start - slack) & (times <= end + slack)
    if not inside.any():
        raise RunError(
            f"no saved time lies between {outcome.start} and {outcome.end}, where the outcome "
            f"'{outcome.label}' looks; save more often or widen its window."
        )
    return inside


def _slack(times: NDArray[np.float64]) -> float:
    """Return by how much saved times may miss what was meant, by rounding."""
    return _ROUNDING * max(1.0, float(np.abs(times).max()))


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
        No saved time lies in the outcome's window, or it is read at a time that is not reached.
    """
    return reduce_values(
        outcome, values.transpose("run", "time").values, np.asarray(values["time"].values)
    )


def reduce_values(
    outcome: Outcome, values: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Reduce values at saved times to one number each, as :func:`reduce_trajectory` does.

    Parameters
    ----------
    values : ndarray, shape (runs, saves)
        Over time.
    times : ndarray, shape (saves,)
        The saved times.
    """
    if outcome.reduction in ("max", "min", "first"):
        inside = window(outcome, times)
        values = values[:, inside]
        if outcome.reduction == "first":
            return _first_times(outcome, values, times[inside])
        return np.asarray(values.max(axis=1) if outcome.reduction == "max" else values.min(axis=1))
    weights = _weights(outcome, times)
    counted = weights != 0  # what an outcome does not look at may have no value
    return np.asarray(values[:, counted] @ weights[counted])


def _first_times(
    outcome: Outcome, values: NDArray[np.float64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    met = np.zeros(values.shape, dtype=bool)
    if outcome.above is not None:
        met = values > outcome.above
    elif outcome.below is not None:
        met = values < outcome.below
    first = times[met.argmax(axis=1)].astype(np.float64)
    first[~met.any(axis=1)] = outcome.never
    return np.asarray(first)


def named_outcomes(known: Mapping[str, Outcome], names: Sequence[str] | None) -> dict[str, Outcome]:
    """Return outcomes of a spec by their identifiers; ``None`` takes all.

    Raises
    ------
    RunError
        With every name that the spec does not have.
    """
    if names is None:
        return dict(known)
    names = [names] if isinstance(names, str) else names
    faults = [
        Fault(f"is no outcome of sandbox.toml{nearest(name, known)}.", variable=name)
        for name in names
        if name not in known
    ]
    if faults:
        raise RunError(faults)
    return {name: known[name] for name in names}


def relative(change: float) -> str:
    """Return a change, given as a share of what was before, as people write it: ``+2.53%``."""
    return f"{change:+.2%}" if abs(change) < _TIMES else f"{100 * change:+.1e}%"


def five_digits(value: float) -> str:
    """Return a number with five digits that count, as people write it: ``421,360``, ``0.18792``."""
    if 1e5 <= abs(value) < 1e12:
        return f"{float(f'{value:.5g}'):,.0f}"
    return f"{value:,.5g}"
