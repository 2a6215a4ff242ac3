"""A study: a design, its runs, and what the spec measures of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.run.compiled import Progress
from pysd_runner.run.evaluate import evaluate
from pysd_runner.run.outcomes import compute_outcomes, outcome_variables
from sensitivity.sampling import DesignMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The runs of one design.

    Parameters
    ----------
    model : Model
        What was run.
    design : DesignMatrix
        The inputs, one row for each run.
    outcomes : pandas.DataFrame, shape (runs, outcomes)
        NaN where a run failed.
    base : pandas.Series
        The outcomes of the base case.
    trajectories : dict
        Outcome -> DataArray with dimensions ``run`` and ``time``, before it was reduced.
    base_trajectories : dict
        The same for the base case, dimension ``time``.
    statuses : tuple of str
        How each run ended.
    """

    model: Model
    design: DesignMatrix
    outcomes: pd.DataFrame
    base: pd.Series
    trajectories: Mapping[str, xr.DataArray] = field(repr=False)
    base_trajectories: Mapping[str, xr.DataArray] = field(repr=False)
    statuses: tuple[str, ...] = field(repr=False)

    @property
    def failures(self) -> tuple[tuple[int, str], ...]:
        """Number and status of each run that did not end well."""
        return tuple((n, status) for n, status in enumerate(self.statuses) if status != "ok")


def run_design(
    model: Model,
    design: DesignMatrix,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Study:
    """Run every row of a design, and the base case.

    Parameters
    ----------
    model : Model
        Its spec says what is measured.
    design : DesignMatrix
        Inputs.
    workers : int or None
        Number of processes; ``None`` takes one for each processor.
    progress : callable or None
        Called with the numbers of runs done and in all.
    """
    spec = model.spec
    base_row = np.array([factor.base for factor in design.factors])
    rows = np.vstack([design.values, base_row])
    trajectories = model.batch(
        {factor.setting: rows[:, column] for column, factor in enumerate(design.factors)},
        outcome_variables(spec.outcomes, model.graph),
        save_step=spec.model.save_step,
        workers=workers,
        progress=progress,
    )
    outcomes = compute_outcomes(spec.outcomes, trajectories, model.graph)
    measured = {
        name: evaluate(outcome.text, trajectories, model.graph)
        for name, outcome in spec.outcomes.items()
    }
    last = len(design)
    return Study(
        model=model,
        design=design,
        outcomes=outcomes.iloc[:last],
        base=outcomes.iloc[last],
        trajectories={name: values.isel(run=slice(last)) for name, values in measured.items()},
        base_trajectories={name: values.isel(run=last) for name, values in measured.items()},
        statuses=tuple(str(status) for status in trajectories["status"].values[:last]),
    )
