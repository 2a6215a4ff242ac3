"""Settings of levers in the same futures: what each changes against the base case, on average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.coalitions import Futures
from sensitivity.design import DesignMatrix
from sensitivity.factors import Factor
from sensitivity.intervals import batches, ratio, said
from sensitivity.runner import Runner
from sensitivity.slices import Slices

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """Changes from the base case.

    Parameters
    ----------
    design : DesignMatrix
        What was run: a block for each future, the base case first.
    slices : Slices
        Its outcomes.
    base, changes : ndarray, shapes (futures, outcomes), (futures, settings, outcomes)
        Outcomes of the base case, and what each setting adds to them.
    """

    design: DesignMatrix
    slices: Slices = field(repr=False)
    base: Floats = field(repr=False)
    changes: Floats = field(repr=False)

    def mean(self, values: Floats, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Return the mean over futures of values of shape (futures, …), and its half-width."""
        means = values[batches(self.design)].mean(axis=1)
        return ratio(means, np.ones_like(means), confidence)

    def intervals(self, confidence: float = 0.95) -> str:
        """Say what the intervals are worth."""
        return said(self.design, confidence)


def across(run: Runner, levers: Sequence[Factor], settings: Floats, futures: Futures) -> Across:
    """Run settings of levers, and the base case, in all futures.

    Parameters
    ----------
    run : callable
        Takes a design: ``watched(run_outcomes, model)``.
    levers : sequence of Factor
        The columns of the settings.
    settings : ndarray, shape (settings, levers)
        Values [unit of each lever].
    futures : Futures
        That each setting meets.

    Raises
    ------
    DesignError
        A run fails: means over other futures for each setting would not compare.
    """
    base = np.array([lever.base for lever in levers])
    every = np.vstack([base, settings])
    drawn = futures.drawn()
    values = np.concatenate(
        [np.tile(every, (len(drawn), 1)), np.repeat(drawn, len(every), axis=0)], axis=1
    )
    design = DesignMatrix(
        "policies", (*levers, *futures.uncertainties), values, len(drawn), seed=futures.seed,
        scrambles=futures.scrambles if futures.uncertainties else 0,
    )  # fmt: skip
    slices = run(design)
    broken = np.unique(np.nonzero(~np.isfinite(slices.values))[0])
    if len(broken):
        raise DesignError(
            f"{len(broken)} of {len(design)} runs failed or gave no finite outcome (first: run "
            f"{broken[0]}); what levers do cannot be compared in the same futures."
        )
    found = slices.values.reshape(len(drawn), len(every), -1)
    return Across(design, slices, found[:, 0], found[:, 1:] - found[:, :1])
