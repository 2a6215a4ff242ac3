"""A study: a design, its runs, and what the spec measures of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.run.compiled import Progress
from pysd_runner.run.inputs import Values
from pysd_runner.run.outcomes import outcome_variables
from pysd_runner.spec.schema import Spec
from sensitivity.design import DesignMatrix
from sensitivity.slices import Slices
from sensitivity.stress.measure import Courses, courses_of, outcomes_of
from sensitivity.stress.quantities import quantity_of

_MOST_NUMBERS = 20_000_000
"""Of trajectories held at once."""

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
    slices : Slices or None
        What was followed in all runs.
    """

    model: Model
    design: DesignMatrix
    outcomes: pd.DataFrame
    base: pd.Series
    trajectories: Mapping[str, xr.DataArray] = field(repr=False)
    base_trajectories: Mapping[str, xr.DataArray] = field(repr=False)
    statuses: tuple[str, ...] = field(repr=False)
    slices: Slices | None = field(default=None, repr=False)

    @property
    def failures(self) -> tuple[tuple[int, str], ...]:
        """Number and status of each run that did not end well."""
        return tuple((n, status) for n, status in enumerate(self.statuses) if status != "ok")


def run_design(
    model: Model,
    design: DesignMatrix,
    *,
    followed: Sequence[str] = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Study:
    """Run every row of a design, and the base case.

    Memory is that of the outcomes and of what is followed, and some 200 MB for the runs under way.

    Parameters
    ----------
    model : Model
        Its spec says what is measured.
    design : DesignMatrix
        Inputs.
    followed : sequence of str
        Outcomes of which the trajectories of all runs are kept, before they are reduced.
    workers : int or None
        Number of threads, or of processes for PySD; ``None`` takes one for each processor.
    progress : callable or None
        Called with the numbers of runs done and in all.
    """
    spec = model.spec
    base = _run(model, {factor.setting: factor.base for factor in design.factors}, workers, None)
    kept = list(dict.fromkeys(quantity_of(spec, name).name for name in followed))
    saves, total = len(base.times), len(design)
    values = np.empty((len(kept) * saves, total))
    drawn = design.sample[:_MOST_DRAWN]
    parts: list[_Runs] = []
    courses: list[Courses] = []
    for start in range(0, total, chunk := max(64, _MOST_NUMBERS // (saves * base.cells))):
        rows = slice(start, min(start + chunk, total))
        some = _run(model, design.inputs_of(rows), workers, _shifted(progress, start, total))
        for number, name in enumerate(kept):
            values[number * saves : (number + 1) * saves, rows] = some.courses[name].T
        inside = drawn[(drawn >= start) & (drawn < rows.stop)] - start
        courses.append({name: each[inside] for name, each in some.courses.items()})
        parts.append(replace(some, courses={}))
    return Study(
        model=model,
        design=design,
        outcomes=pd.concat([each.outcomes for each in parts], ignore_index=True),
        base=base.outcomes.iloc[0],
        trajectories=_by_outcome(spec, _joined(courses), base.times),
        base_trajectories={
            name: each.isel(run=0)
            for name, each in _by_outcome(spec, base.courses, base.times).items()
        },
        statuses=tuple(status for each in parts for status in each.statuses),
        slices=_slices(model, kept, values, base.times),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Some runs; ``cells`` is how many numbers each of them has at a time."""

    outcomes: pd.DataFrame
    courses: Courses
    statuses: tuple[str, ...]
    times: NDArray[np.float64]
    cells: int


def _run(
    model: Model, inputs: Mapping[str, Values], workers: int | None, progress: Progress | None
) -> _Runs:
    spec = model.spec
    runs = model.batch(
        inputs, outcome_variables(spec.outcomes, model.graph), save_step=spec.model.save_step,
        workers=workers, progress=progress,
    )  # fmt: skip
    courses, times = courses_of(model, runs), np.asarray(runs["time"].values)
    cells = sum(int(np.prod(each.shape[2:])) for each in runs.data_vars.values())
    return _Runs(
        outcomes_of(spec, courses, times), courses, tuple(map(str, runs["status"].values)), times,
        max(1, cells),
    )  # fmt: skip


def _joined(courses: Sequence[Courses]) -> Courses:
    return {name: np.concatenate([each[name] for each in courses]) for name in courses[0]}


def _by_outcome(
    spec: Spec, courses: Courses, times: NDArray[np.float64]
) -> dict[str, xr.DataArray]:
    return {
        name: xr.DataArray(courses[quantity_of(spec, name).name], {"time": times}, ("run", "time"))
        for name in spec.outcomes
    }


def _slices(
    model: Model, names: Sequence[str], values: NDArray[np.float64], times: NDArray[np.float64]
) -> Slices | None:
    if not names:
        return None
    found = [quantity_of(model.spec, name) for name in names]
    unit = model.graph["TIME STEP"].unit if "TIME STEP" in model.graph else ""
    return Slices(values.T, tuple(names), times, tuple(each.label for each in found),
                  tuple(each.unit for each in found), unit)  # fmt: skip


def _shifted(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Return a progress that counts the runs before."""
    return None if progress is None else lambda more, _: progress(done + more, total)
