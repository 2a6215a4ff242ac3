"""Runs that fail: counted, located in input space, and never dropped in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.run.status import Ending
from sensitivity.design import DesignMatrix
from sensitivity.discovery import Cases, Discovery, discover

MOST_LOST = 0.05
"""Share of the base sample that may fail before indices are refused: an assumption. What is left
out is the part of the input space where the model breaks, so the rest is no fair sample of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Failures:
    """The runs of a design that did not end well.

    Parameters
    ----------
    runs : int
        Runs in all.
    counts : mapping
        How they ended -> how many: ``non-finite``, ``failed``, ``out of limits``.
    first : str
        Number and status of the first of them, or ``""``.
    box : Discovery or None
        Where they lie.
    no_box : str
        Why there is no box, if runs failed and there is none.
    """

    runs: int
    counts: Mapping[str, int]
    first: str = ""
    box: Discovery | None = field(default=None, repr=False)
    no_box: str = ""

    @property
    def count(self) -> int:
        """How many runs failed."""
        return sum(self.counts.values())


def locate_failures(
    inputs: pd.DataFrame, statuses: Sequence[str], *, resamples: int = 20, seed: int = 0
) -> Failures:
    """Count the runs that did not end well, and search for the box in which they lie.

    Parameters
    ----------
    inputs : pandas.DataFrame, shape (runs, factors)
        Of all runs.
    statuses : sequence of str
        How each run ended.
    resamples, seed
        As in :func:`sensitivity.discovery.discover`.

    Raises
    ------
    DesignError
        The numbers of inputs and statuses differ.
    """
    if len(inputs) != len(statuses):
        raise DesignError(
            f"there are inputs of {len(inputs)} runs and statuses of {len(statuses)}; give both "
            "of the same runs."
        )
    bad = np.array([status != Ending.OK.value for status in statuses])
    counts = {
        ending.value: sum(status.startswith(ending.value) for status in statuses)
        for ending in Ending if ending is not Ending.OK
    }  # fmt: skip
    counts = {name: count for name, count in counts.items() if count}
    if not bad.any():
        return Failures(len(statuses), counts)
    number = int(np.argmax(bad))
    first = f"run {number}: {statuses[number]}"
    try:
        box = discover(Cases(inputs, bad), resamples=resamples, seed=seed)
    except DesignError as error:
        return Failures(len(statuses), counts, first, None, str(error))
    return Failures(len(statuses), counts, first, box)


def complete_blocks(
    design: DesignMatrix, outcomes: pd.DataFrame
) -> tuple[DesignMatrix, NDArray[np.bool_], int]:
    """Return the part of a Saltelli design of which every run has values.

    A Sobol index needs whole blocks: the runs of one point of the base sample. A block with a
    run that failed is left out as a whole, and with it the blocks of the same place in the other
    scrambles, so that the scrambles stay equally long.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``.
    outcomes : pandas.DataFrame, shape (runs, outcomes)
        NaN where a run failed.

    Returns
    -------
    design : DesignMatrix
        With as many fewer base points.
    rows : ndarray of bool, shape (runs,)
        Which runs are left.
    lost : int
        Base points left out.

    Raises
    ------
    DesignError
        More than :data:`MOST_LOST` of the base points are lost.
    """
    finite = np.isfinite(outcomes.to_numpy(float)).all(axis=1)
    failed = ~finite.reshape(design.n_base, -1).all(axis=1)
    if not failed.any():
        return design, np.ones(len(design), dtype=bool), 0
    if failed.mean() > MOST_LOST or design.scrambles < 2:
        raise DesignError(
            f"{int((~finite).sum()):,} of {len(design):,} runs failed, in {int(failed.sum()):,} of "
            f"{design.n_base:,} base points; beyond {MOST_LOST:.0%} of them Sobol indices would "
            "describe another model, so narrow the bounds to where it does not break."
        )
    places = failed.reshape(-1, design.scrambles)
    lost = np.broadcast_to(places.any(axis=1, keepdims=True), places.shape).ravel()
    rows = np.repeat(~lost, design.block)
    part = replace(design, values=design.values[rows], n_base=int((~lost).sum()))
    return part, rows, int(lost.sum())


def rows_to_search(design: DesignMatrix, bad: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the rows in which to look for failures: independent draws if enough of them fail."""
    sample = design.sample
    return sample if bad[sample].sum() >= 20 else np.arange(len(design))
