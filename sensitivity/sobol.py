"""Sobol indices of a Saltelli design, with intervals, for any number of slices at once."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix
from sensitivity.index_table import Index, IndexTable, index_table
from sensitivity.intervals import batches, ratio, said
from sensitivity.slices import Slices
from sensitivity.unfit import constant, fitting

__all__ = ["FEWEST", "IndexTable", "constant", "sobol"]

Floats: TypeAlias = NDArray[np.float64]
Estimator = Literal["auto", "azzini", "saltelli"]

_MOST_NUMBERS = 20_000_000
"""Held at once by the estimators."""

FEWEST = 64
"""Below this base sample the intervals say more about luck than about the model."""


def sobol(
    design: DesignMatrix,
    outcomes: pd.DataFrame | Slices,
    *,
    estimator: Estimator = "auto",
    confidence: float = 0.95,
) -> IndexTable:
    r"""Estimate first-order and total Sobol indices; second-order if the design allows.

    Rows a, b of the two base matrices, and ab\ :sub:`i`, ba\ :sub:`i` with the group i from the
    other one, are outcomes of one block; means are over the blocks, V is the variance.

    ``azzini`` [1]_, for designs with second order, looks at differences only:

    .. math::
        d_i = ab_i - a, \quad e_i = ba_i - b, \quad w_i = (a - b)^2 + (ba_i - ab_i)^2, \\
        S_i = -2 \overline{d_i e_i} / \overline{w_i}, \quad
        T_i = \overline{d_i^2 + e_i^2} / \overline{w_i}, \quad
        S_{ij} = 2 \overline{d_i e_j + d_j e_i} / \overline{w}.

    An inert factor has zero exactly, also in its pairs, and :math:`T_i \ge S_i` always, for
    :math:`T_i - S_i` is the mean square of :math:`d_i + e_i`.

    ``saltelli`` is what SALib estimates: [2]_ (b) and (f) of table 2, and [3]_ for pairs.

    .. math::
        S_i = \overline{b (ab_i - a)} / V, \quad T_i = \overline{(a - ab_i)^2} / 2V, \quad
        S_{ij} = \overline{ba_i ab_j - a b} / V - S_i - S_j.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``.
    outcomes : pandas.DataFrame, shape (runs, outcomes), or Slices
        A run that failed has NaN.
    estimator : str
        ``auto`` takes ``azzini`` where the design has second order, else ``saltelli``.
    confidence : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    IndexTable
        Indices ``S1``, ``ST``, ``SI`` = ST - S1, which is what a factor does with others only,
        and ``S2`` (shares of the variance); and in its dataset ``mean`` and ``sd`` of the outcome,
        for a share of next to nothing means nothing. A slice that does not vary, or in which a
        run has no value, has NaN and a reason.

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows, or no slice can be analysed; of
        a table, also if a single outcome cannot.

    References
    ----------
    .. [1] Azzini, I., Mara, T. A. and Rosati, R. (2021). Comparison of two sets of Monte Carlo
       estimators of Sobol' indices. Environ. Model. Softw. 144, 105167. The product for pairs
       has the same form; its mean is V times :math:`S_{ij}` since ab\ :sub:`j` and ba\ :sub:`i`
       share the groups i and j, ab\ :sub:`j` and b share j, and a and ba\ :sub:`i` share i.
    .. [2] Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Comput.
       Phys. Commun. 181, 259–270.
    .. [3] Saltelli, A. (2002). Making best use of model evaluations to compute sensitivity
       indices. Comput. Phys. Commun. 145, 280–297, theorem 2.
    """
    slices, reasons = fitting(design, outcomes, "saltelli", what="Sobol indices need")
    if estimator not in get_args(Estimator):
        known = ", ".join(f"'{each}'" for each in get_args(Estimator))
        raise DesignError(f"'{estimator}' is no estimator; take one of {known}.")
    if estimator == "auto":
        estimator = "azzini" if design.second_order else "saltelli"
    if estimator == "azzini" and not design.second_order:
        raise DesignError(
            "this estimator needs a design with second order; lay it out with second_order=True."
        )
    kinds = estimate(design, slices.values, estimator=estimator, confidence=confidence)
    wrong = np.array([bool(reason) for reason in reasons])
    for index in kinds.values():
        for part in (index.estimate, index.low, index.high):
            part[:, wrong] = np.nan
    table = index_table(
        design, slices, kinds, reasons, confidence=confidence, estimator=estimator,
        scrambles=design.scrambles, intervals=said(design, confidence),
    )  # fmt: skip
    drawn = slices.values[design.sample]
    with np.errstate(invalid="ignore"):
        moments = {"mean": drawn.mean(axis=0), "sd": drawn.std(axis=0)}
    return IndexTable(table.dataset.assign({
        name: (slices.dims, values.reshape(slices.shape)) for name, values in moments.items()
    }))  # fmt: skip


def estimate(
    design: DesignMatrix,
    values: Floats,
    *,
    estimator: Estimator = "saltelli",
    confidence: float = 0.95,
) -> dict[str, Index]:
    """Estimate Sobol indices of many slices, as many at once as fit into memory.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``.
    values : ndarray, shape (runs, slices)
        Finite, or the slice has NaN.
    estimator, confidence
        As in :func:`sobol`.
    """
    rows = batches(design)
    pairs = len(design.groups) ** 2 // 2 if design.second_order else 0
    width = max(1, _MOST_NUMBERS // (4 * len(design) + len(rows) * pairs))
    parts = [
        _estimate_some(design, values[:, first : first + width], rows, estimator, confidence)
        for first in range(0, values.shape[1], width)
    ]
    found = {}
    for name in parts[0]:
        whole = [np.concatenate([part[name][n] for part in parts], axis=1) for n in range(3)]
        found[name] = Index(whole[0], whole[1], whole[2], of_pairs=name == "S2")
    return found


_Ratio = tuple[Floats, Floats]


def _estimate_some(
    design: DesignMatrix,
    values: Floats,
    rows: NDArray[np.int64],
    estimator: Estimator,
    confidence: float,
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Estimate the indices of some slices: estimate and ends of the interval, by factor."""
    found = {}
    with np.errstate(invalid="ignore"):  # a slice without a value in some run stays NaN
        centred = values - values.mean(axis=0)
        # slice, batch, block, row of the block
        blocks = centred.T.reshape(values.shape[1], design.n_base, design.block)[:, rows]
        means = _azzini(blocks) if estimator == "azzini" else _saltelli(blocks, design.second_order)
        for name, (numerators, denominators) in means.items():
            share, half = ratio(
                np.moveaxis(numerators, 1, 0), np.moveaxis(denominators, 1, 0), confidence
            )
            found[name] = (share.T, (share - half).T, (share + half).T)
    return found


def _azzini(blocks: Floats) -> dict[str, _Ratio]:
    """Return numerators and denominators, shape (slices, batches, factors or pairs)."""
    groups = blocks.shape[-1] // 2 - 1
    a, b = blocks[..., :1], blocks[..., -1:]
    ab, ba = blocks[..., 1 : groups + 1], blocks[..., groups + 1 : -1]
    d, e = ab - a, ba - b
    w = _mean((a - b) ** 2 + (ba - ab) ** 2)
    products = np.swapaxes(d, -1, -2) @ e / d.shape[-2]
    i, j = np.triu_indices(groups, 1)
    return {
        "S1": (-2 * np.diagonal(products, axis1=-2, axis2=-1), w),
        "ST": (_mean(d**2 + e**2), w),
        "SI": (_mean((d + e) ** 2), w),
        "S2": (2 * (products[..., i, j] + products[..., j, i]), w.mean(axis=-1, keepdims=True)),
    }


def _saltelli(blocks: Floats, second_order: bool) -> dict[str, _Ratio]:
    """Return numerators and denominators, shape (slices, batches, factors or pairs)."""
    groups = blocks.shape[-1] // 2 - 1 if second_order else blocks.shape[-1] - 2
    a, b, ab = blocks[..., :1], blocks[..., -1:], blocks[..., 1 : groups + 1]
    mean = (a + b).mean(axis=(1, 2), keepdims=True) / 2
    variance = _mean(((a - mean) ** 2 + (b - mean) ** 2) / 2)
    first = _mean(b * (ab - a))
    total = _mean((a - ab) ** 2) / 2
    found = {"S1": (first, variance), "ST": (total, variance), "SI": (total - first, variance)}
    if second_order:
        ba = blocks[..., groups + 1 : -1]
        i, j = np.triu_indices(groups, 1)
        products = np.swapaxes(ba, -1, -2) @ ab / ab.shape[-2]
        closed = products[..., i, j] - _mean(a * b)
        found["S2"] = (closed - first[..., i] - first[..., j], variance)
    return found


def _mean(terms: Floats) -> Floats:
    """Return means over the blocks of each batch."""
    return np.asarray(terms.mean(axis=-2))
