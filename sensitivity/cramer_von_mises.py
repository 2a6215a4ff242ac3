"""Cramér–von-Mises indices: what moves the whole distribution of an outcome, not its variance."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix
from sensitivity.index_table import Index, IndexTable, index_table
from sensitivity.intervals import batches, ratio, said
from sensitivity.slices import Slices
from sensitivity.unfit import fitting

Floats: TypeAlias = NDArray[np.float64]


def cramer_von_mises(
    design: DesignMatrix, outcomes: pd.DataFrame | Slices, *, confidence: float = 0.95
) -> IndexTable:
    r"""Estimate first-order and total Cramér–von-Mises indices.

    They are the Sobol indices of the indicators 1{y ≤ t}, averaged over t with the distribution
    of y as weight and the variances of the indicators as denominator. They are shares between 0
    and 1, do not change with a monotonic transformation of the outcome, and need no moments: fit
    for outcomes that jump where a breaker trips, or that have long tails.

    The estimators are those of :func:`sensitivity.sobol` (``azzini``), where a product of two
    differences of indicators becomes, averaged over t, the probability that y lies between both
    pairs of values, with a sign.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``, with second order.
    outcomes : pandas.DataFrame, shape (runs, outcomes), or Slices
        A run that failed has NaN.
    confidence : float
        Level of the intervals.

    Returns
    -------
    IndexTable
        Indices ``S1`` and ``ST`` (shares).

    Raises
    ------
    DesignError
        The design has another scheme, no second order or another number of rows, or nothing can
        be analysed.

    References
    ----------
    .. [1] Gamboa, F., Klein, T. and Lagnoux, A. (2018). Sensitivity analysis based on
       Cramér–von Mises distance. SIAM/ASA J. Uncertain. Quantif. 6, 522–548.
    """
    what = "Cramér–von-Mises indices need"
    slices, reasons = fitting(design, outcomes, "saltelli", what=what)
    if not design.second_order:
        raise DesignError(f"{what} a design with second order; lay it out with second_order=True.")
    rows = batches(design)
    found = np.full((2, 3, len(design.groups), len(reasons)), np.nan)
    for number, reason in enumerate(reasons):
        if not reason:
            found[..., number] = _of_slice(design, slices.values[:, number], rows, confidence)
    kinds = {name: Index(*found[place]) for place, name in enumerate(("S1", "ST"))}
    return index_table(
        design, slices, kinds, reasons, confidence=confidence, scrambles=design.scrambles,
        intervals=said(design, confidence), index="Cramér–von Mises",
    )  # fmt: skip


def _of_slice(
    design: DesignMatrix, values: Floats, rows: NDArray[np.int64], confidence: float
) -> Floats:
    """Return estimates and ends of intervals of S1 and ST, shape (2, 3, groups)."""
    drawn = np.sort(values[design.sample])
    # P(Y < y): between two values lies the probability that t does not tell them apart.
    place = np.searchsorted(drawn, values, side="left") / len(drawn)
    blocks = place.reshape(design.n_base, design.block)[rows]
    groups = len(design.groups)
    a, b = blocks[..., :1], blocks[..., -1:]
    ab, ba = blocks[..., 1 : groups + 1], blocks[..., groups + 1 : -1]
    between = np.abs(a - b) + np.abs(ba - ab)
    first = -2 * _overlap(a, ab, b, ba)
    total = np.abs(ab - a) + np.abs(ba - b)
    found = np.empty((2, 3, groups))
    for number, terms in enumerate((first, total)):
        share, half = ratio(terms.mean(axis=1), between.mean(axis=1), confidence)
        found[number] = share, share - half, share + half
    return found


def _overlap(a: Floats, ab: Floats, b: Floats, ba: Floats) -> Floats:
    """Return what the ways from a to ab and from b to ba have in common, negative if opposed."""
    low = np.maximum(np.minimum(a, ab), np.minimum(b, ba))
    high = np.minimum(np.maximum(a, ab), np.maximum(b, ba))
    return np.asarray(np.sign(ab - a) * np.sign(ba - b) * np.maximum(0.0, high - low))
