"""Outcomes that no index can be estimated of, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix, Scheme
from sensitivity.slices import Slices

Floats: TypeAlias = NDArray[np.float64]

_ROUNDING = 1e-12
"""Relative spread that is taken for rounding."""


def constant(outcome: pd.Series | Floats) -> bool:
    """Tell whether an outcome is the same in all runs, to rounding."""
    return bool(_constant(np.asarray(outcome, dtype=float)[:, None]).all())


def _constant(values: Floats) -> NDArray[np.bool_]:
    low, high = values.min(axis=0), values.max(axis=0)
    size = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(high - low <= _ROUNDING * np.maximum(1e-300, size))


def fitting(
    design: DesignMatrix, outcomes: pd.DataFrame | Slices, *schemes: Scheme, what: str
) -> tuple[Slices, list[str]]:
    """Return outcomes that fit a design and an analysis, as slices.

    Parameters
    ----------
    design : DesignMatrix
        Whose runs they are of.
    outcomes : pandas.DataFrame, shape (runs, outcomes), or Slices
        As the analysis was given them.
    *schemes, what
        As in :meth:`DesignMatrix.require`.

    Returns
    -------
    slices : Slices
    reasons : list of str
        For each slice, why it has no index, or ``""``.

    Raises
    ------
    DesignError
        They are no outcomes of this design, or none of them can be analysed; of a table, also if
        a single one cannot.
    """
    is_table = not isinstance(outcomes, Slices)
    slices = outcomes if isinstance(outcomes, Slices) else Slices.of_table(outcomes)
    design.require(*schemes, what=what, runs=len(slices.values))
    reasons = reasons_against(slices)
    refuse(slices, reasons, every=is_table)
    return slices, reasons


def reasons_against(slices: Slices) -> list[str]:
    """Say for each slice why it has no indices, or ``""``."""
    finite = np.atleast_1d(np.isfinite(slices.values).all(axis=0))
    runs = len(slices.values)
    with np.errstate(invalid="ignore"):
        still = _constant(slices.values)
    found = []
    for number in range(slices.values.shape[1]):
        if not finite[number]:
            broken = int((~np.isfinite(slices.values[:, number])).sum())
            found.append(f"no finite value in {broken:,} of {runs:,} runs")
        else:
            found.append(f"the same in all {runs:,} runs" if still[number] else "")
    return found


def refuse(slices: Slices, reasons: Sequence[str], *, every: bool) -> None:
    """Refuse slices of which none, or not all, can be analysed.

    Parameters
    ----------
    every : bool
        Whether each slice must have indices, or one of them is enough.

    Raises
    ------
    DesignError
        In one sentence, with the first run or outcome concerned.
    """
    if not (any(reasons) if every else all(reasons)):
        return
    broken = ~np.isfinite(slices.values)
    runs = len(slices.values)
    if broken.any():
        some = broken.any(axis=1)
        raise DesignError(
            f"{int(some.sum())} of {runs} runs failed or gave no finite outcome (first: run "
            f"{int(np.argmax(some))}); a sensitivity index of an incomplete design would be "
            "wrong, so narrow the bounds until every run ends well."
        )
    times = 1 if slices.times is None else len(slices.times)
    first = next(n for n, reason in enumerate(reasons) if reason)
    raise DesignError(
        f"the outcome '{slices.outcomes[first // times]}' is the same in all {runs} runs; it "
        "depends on none of these factors, so leave it out or vary others."
    )
