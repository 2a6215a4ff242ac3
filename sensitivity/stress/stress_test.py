"""The stress test of a model: as much of it as its engine can run in the time there is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from pysd_runner.api import Model, load
from pysd_runner.errors import DesignError
from sensitivity.plots.history import Comparison
from sensitivity.sampling import factors_of, one_at_a_time, saltelli
from sensitivity.screening import tornado
from sensitivity.sobol import FEWEST, IndexTable, sobol
from sensitivity.stress.history import compare_history
from sensitivity.stress.study import Study, run_design

Announce = Callable[[str, int], Callable[[int, int], None]]
"""Told what is run and how many runs it takes; returns what to tell the progress to."""


@dataclass(frozen=True, slots=True, eq=False)
class StressTest:
    """What a stress test of one model found.

    Parameters
    ----------
    model : Model
        The model.
    screened : Study or None
        Each lever alone, from bound to bound.
    swings : pandas.DataFrame or None
        The tornado of ``screened``.
    sampled : Study or None
        All factors at once, on a Saltelli design.
    indices : IndexTable or None
        The Sobol indices of ``sampled``; ``None`` when they had to be refused.
    refusal : str
        Why there are no Sobol indices; ``""`` when there are.
    history : list of Comparison
        The base case against the observed series.
    components : tuple of StressTest
        Of the smaller models that belong to this one.
    """

    model: Model
    screened: Study | None = None
    swings: pd.DataFrame | None = None
    sampled: Study | None = None
    indices: IndexTable | None = None
    refusal: str = ""
    history: list[Comparison] = field(default_factory=list)
    components: tuple[StressTest, ...] = ()

    @property
    def studies(self) -> tuple[Study, ...]:
        """The studies that were run, of this model and its components."""
        own = [study for study in (self.screened, self.sampled) if study is not None]
        below = [study for component in self.components for study in component.studies]
        return (*own, *below)


def stress_test(
    model: Model,
    n_base: int,
    *,
    seed: int = 0,
    minutes: float = 5.0,
    workers: int | None = None,
    announce: Announce = lambda what, runs: lambda done, total: None,
) -> StressTest:
    """Stress-test a model and the components that its spec names.

    Parameters
    ----------
    model : Model
        With a spec.
    n_base : int
        Base sample of the Saltelli designs.
    seed : int
        Of designs and intervals.
    minutes : float
        Time that the Sobol runs of one model may take; a model that would need longer is
        screened lever by lever instead, and the result says so.
    workers : int or None
        Number of processes; ``None`` takes one for each processor.
    announce : callable
        For a progress display.

    Raises
    ------
    DesignError
        ``n_base`` is too small for indices to mean anything.
    """
    if n_base < FEWEST:
        raise DesignError(
            f"N = {n_base} is too few for Sobol indices; take at least {FEWEST} (-n {FEWEST})."
        )
    components = tuple(
        stress_test(load(model.folder / folder), n_base, seed=seed, minutes=minutes,
                    workers=workers, announce=announce)
        for folder in model.spec.model.components
    )  # fmt: skip
    factors = factors_of(model.spec)
    design = saltelli(factors, n_base, seed=seed)
    needed = _minutes(model, len(design), workers)
    screened = swings = sampled = indices = None
    refusal = ""
    if needed <= minutes:
        progress = announce(f"{model.name}: Sobol, {len(factors)} factors", len(design) + 1)
        sampled = run_design(model, design, workers=workers, progress=progress)
        try:
            indices = sobol(design, sampled.outcomes, seed=seed)
        except DesignError as error:
            refusal = str(error)
    else:
        refusal = (
            f"A Sobol analysis of {len(factors)} factors takes {len(design):,} runs; with the "
            f"reference engine that is about {_duration(needed)} on this machine, so only its "
            "levers are screened, one at a time."
        )
    if model.spec.levers and sampled is None:
        screen = one_at_a_time(factors_of(model.spec, model.spec.levers))
        progress = announce(f"{model.name}: levers one at a time", len(screen) + 1)
        screened = run_design(model, screen, workers=workers, progress=progress)
        swings = tornado(screen, screened.outcomes)
    return StressTest(
        model, screened, swings, sampled, indices, refusal, compare_history(model), components
    )


def _minutes(model: Model, runs: int, workers: int | None) -> float:
    """Estimate the time of a design from one run [min]."""
    grid = model.time_grid()
    quarter = grid.initial_time + max(
        grid.time_step,
        round((grid.final_time - grid.initial_time) / 4 / grid.time_step) * grid.time_step,
    )
    outputs = [variable.name for variable in model.graph.of_kind("stock")][:1]
    model.run(
        outputs=outputs, final_time=grid.initial_time + grid.time_step, save_step=grid.time_step
    )
    started = time.perf_counter()
    model.run(outputs=outputs, final_time=quarter, save_step=grid.time_step)
    seconds = (time.perf_counter() - started) * 4
    return runs * seconds / (workers or os.cpu_count() or 1) / 60


def _duration(minutes: float) -> str:
    if minutes < 90:
        return f"{minutes:.0f} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"
