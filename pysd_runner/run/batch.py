"""Many runs of one model: a table of inputs in, trajectories or outcomes out."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from pysd_runner.errors import (
    BY_PYSD,
    MethodWarning,
    ModelError,
    RunError,
    SlowEngineWarning,
)
from pysd_runner.kernel.program import Method
from pysd_runner.model.graph import Variable
from pysd_runner.run.compiled import CompiledEngine, Progress
from pysd_runner.run.inputs import Column, settings_of
from pysd_runner.run.moving import MovingGrid, run_moving
from pysd_runner.run.outcomes import (
    check_outcomes,
    completed,
    compute_outcomes,
    measured_outcomes,
    outcome_variables,
)
from pysd_runner.run.status import Ending
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.run.trajectories import output_variables, to_dataset
from pysd_runner.spec.schema import Outcome

if TYPE_CHECKING:
    from pysd_runner.run.reference import ReferenceEngine

EngineName: TypeAlias = Literal["auto", "kernel", "pysd"]
_PYSD_SECONDS = 3e-6
"""Of one equation and step in PySD, written out element by element: a rough measure."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One run for each row of some columns, and how they are made.

    Parameters
    ----------
    compiled : CompiledEngine
        The compiled engine of the model.
    reference : callable
        Returns the reference engine; called only if it is needed, since translating takes time.
    columns : sequence of Column
        What differs by run; none means one run.
    grid : TimeGrid
        The same for all runs.
    engine : {"auto", "kernel", "pysd"}
        ``auto`` compiles the model, and falls back to PySD with a warning if it cannot.
    asked : {"euler", "rk2", "rk4"} or None
        Method of integration; ``None`` takes the model's own. PySD knows Euler's only.
    workers : int or None
        Threads or processes; ``None`` takes one for each processor.
    progress : callable or None
        Called with the numbers of runs done and in all.
    """

    compiled: CompiledEngine
    reference: Callable[[], ReferenceEngine]
    columns: Sequence[Column]
    grid: TimeGrid | MovingGrid
    engine: EngineName = "auto"
    asked: Method | None = None
    workers: int | None = None
    progress: Progress | None = None

    def trajectories(self, outputs: Sequence[str] | None = None) -> xr.Dataset:
        """Return the values of variables over time.

        Parameters
        ----------
        outputs : sequence of str or None
            Variables to keep; ``None`` keeps all that change over time.

        Returns
        -------
        xarray.Dataset
            Dimensions ``run``, ``time`` and the model's subscript ranges. A run that fails has a
            status that says why; it never stops the others.
        """
        return self._trajectories(output_variables(self.compiled.graph, outputs))

    def outcomes(self, outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
        """Return outcomes, reduced while the runs go on: no trajectories are kept.

        Parameters
        ----------
        outcomes : mapping
            Identifier -> outcome.

        Returns
        -------
        pandas.DataFrame, shape (runs, outcomes + 1)
            One row for each run, and the column ``status``; a run that fails has NaN.
        """
        graph = self.compiled.graph
        check_outcomes(outcomes, graph)
        kept = output_variables(graph, outcome_variables(outcomes, graph))
        trajectories: xr.Dataset | None = None
        # what no run reaches is refused before there are any
        measured = measured_outcomes(outcomes, self.grid) if isinstance(self.grid, TimeGrid) else []
        if self._compiles() and isinstance(self.grid, TimeGrid):
            try:
                runs = self.compiled.run(
                    self.columns, self.grid, (), measured, method=self.method,
                    threads=self.workers, progress=self.progress,
                )  # fmt: skip
                measures = completed(outcomes, runs.measures, self.grid.saved_times)
                table = pd.DataFrame(measures, columns=list(outcomes))
                table[[not status.has_values for status in runs.statuses]] = np.nan
                table.index.name = "run"
                return table.assign(status=[str(status) for status in runs.statuses])
            except ModelError as refusal:
                trajectories = self._instead(refusal, kept)
        if trajectories is None:
            trajectories = self._trajectories(kept)
        table = compute_outcomes(outcomes, trajectories, graph)
        return table.assign(status=trajectories["status"].values)

    @property
    def method(self) -> Method:
        """Method of integration: the one asked for, or else the model's own."""
        own = self.compiled.graph.source.method
        if self.asked is not None:
            if self.asked not in ("euler", "rk2", "rk4"):
                raise RunError(f"there is no method '{self.asked}'; take euler, rk2 or rk4.")
            return self.asked
        if own == "difference":
            raise RunError(
                "the model asks for Vensim's difference integration, which is not done here; give "
                "method='euler' if that is meant."
            )
        return own

    # -- engines ------------------------------------------------------------------------------

    def _compiles(self) -> bool:
        if self.engine not in ("auto", "kernel", "pysd"):
            raise RunError(f"there is no engine '{self.engine}'; take auto, kernel or pysd.")
        if self.engine == "pysd" and (self.asked or "euler") != "euler":
            raise RunError(f"PySD has no method '{self.asked}'; leave engine='pysd' away.")
        if self.engine == "pysd" and isinstance(self.grid, TimeGrid):
            return False
        if isinstance(self.grid, MovingGrid) and (self.engine == "pysd" or self.method != "euler"):
            raise RunError(
                "the model computes its own TIME STEP, FINAL TIME or SAVEPER; only the compiled "
                "engine can, by Euler's method. Give the times as arguments otherwise."
            )
        return self.engine != "pysd"

    def _trajectories(self, kept: Sequence[Variable]) -> xr.Dataset:
        if not self._compiles():
            return self._by_pysd(kept)
        try:
            if isinstance(self.grid, MovingGrid):
                times, runs = run_moving(self.compiled, self.columns, self.grid, kept, self.workers)
            else:
                times, runs = self.grid.saved_times, self.compiled.run(
                    self.columns, self.grid, kept, method=self.method, threads=self.workers,
                    progress=self.progress,
                )  # fmt: skip
        except ModelError as refusal:
            return self._instead(refusal, kept)
        dataset = to_dataset(self.compiled.graph, kept, times, runs.values, runs.statuses)
        return dataset.assign_attrs(engine="kernel", method=self.method)

    def _instead(self, refusal: ModelError, kept: Sequence[Variable]) -> xr.Dataset:
        """Return what PySD makes of a model that was refused; refuse it if PySD cannot either."""
        self._fall_back(refusal)
        try:
            dataset = self._by_pysd(kept)
        except RunError as error:
            raise _refused_twice(refusal, str(error)) from None
        statuses = [str(status) for status in dataset["status"].values]
        if all(status.startswith(Ending.FAILED.value) for status in statuses):
            raise _refused_twice(refusal, statuses[0])
        return dataset

    def _fall_back(self, refusal: ModelError) -> None:
        """Say why PySD runs the model after all, and what that costs."""
        if self.engine == "kernel" or self.method != "euler" or isinstance(self.grid, MovingGrid):
            raise refusal
        if not all(BY_PYSD in fault.message for fault in refusal.faults):
            raise refusal
        graph = self.compiled.graph
        equations = sum(
            len(graph.elements(v)) for v in graph.of_kind("stock", "flow", "auxiliary", "data")
        )
        minutes = _PYSD_SECONDS * equations * self.grid.steps * self._runs / 60
        warnings.warn(
            f"{refusal} PySD runs it instead, thousands of times slower: some "
            f"{minutes:.1g} minutes for {self._runs:,} runs.",
            SlowEngineWarning,
            stacklevel=4,
        )

    @property
    def _runs(self) -> int:
        return len(self.columns[0].values) if self.columns else 1

    def _by_pysd(self, kept: Sequence[Variable]) -> xr.Dataset:
        from pysd_runner.run.processes import run_rows  # PySD takes a second to import

        assert isinstance(self.grid, TimeGrid)
        graph = self.compiled.graph
        rows = [settings_of(graph, self.columns, row) for row in range(self._runs)]
        trajectories = run_rows(
            self.reference(), rows, self.grid, kept, self.workers or os.cpu_count() or 1,
            self.progress or (lambda done, total: None),
        )  # fmt: skip
        values = {
            name: np.stack([trajectory.values[name] for trajectory in trajectories])
            for name in (variable.key for variable in kept)
        }
        statuses = [trajectory.status for trajectory in trajectories]
        dataset = to_dataset(graph, kept, self.grid.saved_times, values, statuses)
        if graph.source.method != "euler" and self.asked is None:
            warnings.warn(
                f"PySD integrates by Euler's method; the model asks for {graph.source.method}.",
                MethodWarning,
                stacklevel=4,
            )
        return dataset.assign_attrs(engine="pysd", method="euler")


def _refused_twice(refusal: ModelError, said: str) -> ModelError:
    """Return the refusal of the compiled engine, with what PySD said instead of its remedy."""
    because = f", and PySD cannot run it either ({' '.join(said.split())[:160]})."
    return ModelError(
        replace(fault, message=fault.message.replace(f"; {BY_PYSD}.", because))
        for fault in refusal.faults
    )
