"""A study: a design, its runs, and what the spec measures of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.run.compiled import Progress
from pysd_runner.run.evaluate import evaluate
from pysd_runner.run.inputs import Values
from pysd_runner.run.outcomes import outcome_variables
from sensitivity.sampling import DesignMatrix

_MOST_DRAWN = 2048
"""Trajectories for the figures; more do not change a percentile that is seen."""


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
        Outcome -> DataArray with dimensions ``run`` and ``time``, before it was reduced; of the
        first rows of the design in which factors are drawn independently.
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
    base = {factor.setting: factor.base for factor in design.factors}
    outcomes = model.outcomes(design.inputs, workers=workers, progress=progress)
    statuses = tuple(outcomes.pop("status"))
    base_outcomes = model.outcomes(base).drop(columns="status").iloc[0]
    needed = outcome_variables(spec.outcomes, model.graph)

    def over_time(inputs: Mapping[str, Values]) -> dict[str, xr.DataArray]:
        runs = model.batch(inputs, needed, save_step=spec.model.save_step, workers=workers)
        return {
            name: evaluate(outcome.text, runs, model.graph)
            for name, outcome in spec.outcomes.items()
        }

    return Study(
        model=model,
        design=design,
        outcomes=outcomes,
        base=base_outcomes,
        trajectories=over_time(design.inputs_of(design.sample[:_MOST_DRAWN])),
        base_trajectories={name: each.isel(run=0) for name, each in over_time(base).items()},
        statuses=statuses,
    )
