"""Shapley effects: shares of the variance that add up to one, also where factors depend."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensitivity.design import DesignMatrix
from sensitivity.index_table import Index, IndexTable, index_table
from sensitivity.intervals import batches, ratio, said
from sensitivity.slices import Slices
from sensitivity.unfit import fitting

Floats: TypeAlias = NDArray[np.float64]

_MOST_NUMBERS = 20_000_000
"""Held at once."""


def shapley_effects(
    design: DesignMatrix, outcomes: pd.DataFrame | Slices, *, confidence: float = 0.95
) -> IndexTable:
    r"""Estimate the Shapley effect of every factor or group.

    It is what knowing a factor adds to the variance explained, averaged over all orders in which
    the factors may become known. Each block of the design follows one order: :math:`y_m` shares
    with :math:`y_g` the values of the first m groups, and the others are drawn given them, so
    that with :math:`\overline{\cdot}` over blocks, and i the m-th of its block,

    .. math::
        \phi_i = \overline{(y_{m-1} - y_g)^2 - (y_m - y_g)^2} \,/\, \overline{(y_0 - y_g)^2}.

    The effects add up to one exactly. Among independent factors an effect lies between the
    first-order and the total Sobol index, and the way back, from :math:`y_g` to :math:`y_0`, is
    used too.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``permutations``.
    outcomes : pandas.DataFrame, shape (runs, outcomes), or Slices
        A run that failed has NaN.
    confidence : float
        Level of the intervals.

    Returns
    -------
    IndexTable
        ``Shapley`` (shares of the variance).

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows, or nothing can be analysed.

    References
    ----------
    .. [1] Owen, A. B. (2014). Sobol' indices and Shapley value. SIAM/ASA J. Uncertain. Quantif. 2,
       245–251.
    .. [2] Song, E., Nelson, B. L. and Staum, J. (2016). Shapley effects for global sensitivity
       analysis: theory and computation. SIAM/ASA J. Uncertain. Quantif. 4, 1060–1083.
    .. [3] Goda, T. (2021). A simple algorithm for global sensitivity analysis with Shapley
       effects. Reliab. Eng. Syst. Saf. 213, 107702.
    """
    slices, reasons = fitting(design, outcomes, "permutations", what="Shapley effects need")
    width = max(1, _MOST_NUMBERS // (3 * len(design)))
    parts = [
        _of_some(design, slices.values[:, first : first + width], confidence)
        for first in range(0, len(reasons), width)
    ]
    found = np.concatenate(parts, axis=2)
    found[:, :, [bool(reason) for reason in reasons]] = np.nan
    return index_table(
        design, slices, {"Shapley": Index(*found)}, reasons, confidence=confidence,
        scrambles=design.scrambles, intervals=said(design, confidence),
    )  # fmt: skip


def _of_some(design: DesignMatrix, values: Floats, confidence: float) -> Floats:
    """Return estimates and ends of intervals of some slices, shape (3, groups, slices)."""
    assert design.orders is not None
    rows = batches(design)
    with np.errstate(invalid="ignore"):
        y = values.reshape(design.n_base, design.block, -1)
        gains = -np.diff((y - y[:, -1:]) ** 2, axis=1)
        whole = (y[:, 0] - y[:, -1]) ** 2
        if not design.dependences:
            gains = (gains + np.diff((y - y[:, :1]) ** 2, axis=1)) / 2
        by_group = np.empty_like(gains)
        np.put_along_axis(by_group, design.orders[:, :, None], gains, axis=1)
        share, half = ratio(
            by_group[rows].mean(axis=1), whole[rows].mean(axis=1)[:, None], confidence
        )
    return np.stack([share, share - half, share + half])
