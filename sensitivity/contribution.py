"""Contributions: what each lever of a policy brings, averaged over futures, and what pairs add."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sensitivity.design import DesignMatrix
from sensitivity.index_table import PARTS, Index, IndexTable, index_table
from sensitivity.intervals import batches, ratio, said
from sensitivity.slices import Slices
from sensitivity.unfit import fitting

Floats: TypeAlias = NDArray[np.float64]
_PAIRS = ("interaction", "synergy")
_WHOLES = ("total", "surplus")
"""Of the whole policy: one number, in the dataset beside the table."""
_MOST_NUMBERS = 20_000_000
"""Held at once."""


def contributions(
    design: DesignMatrix, outcomes: pd.DataFrame | Slices, *, confidence: float = 0.95
) -> IndexTable:
    """Share the effect of a policy out among its levers.

    With v(S) the outcome when the levers S are at their values in the policy and the others at
    their base, averaged over the futures.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``subsets``, or ``walks`` for many levers.
    outcomes : pandas.DataFrame, shape (runs, outcomes), or Slices
        A run that failed has NaN.
    confidence : float
        Level of the intervals, over futures.

    Returns
    -------
    IndexTable
        All in the unit of the outcome. For each lever or group of levers ``Shapley``, its gain
        averaged over all orders in which the levers may be added; the values add up to
        ``total``, the effect v(all) - v(none) of the whole policy, which the dataset holds too.
        From subsets also ``surplus``, what the total is above the sum of what each lever does
        alone; for each lever ``alone``, v(i) - v(none), and ``last``, v(all) - v(all but i); for
        pairs ``synergy``, v(ij) - v(i) - v(j) + v(none): what both do beyond the sum of the
        parts; and ``interaction``, the same averaged over all levers that may be there already.

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows, or nothing can be analysed.

    References
    ----------
    .. [1] Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games
       2, 307–317.
    .. [2] Grabisch, M. and Roubens, M. (1999). An axiomatic approach to the concept of interaction
       among players in cooperative games. Int. J. Game Theory 28, 547–565: the interaction.
    """
    slices, reasons = fitting(design, outcomes, "subsets", "walks", what="contributions need")
    width = max(1, _MOST_NUMBERS // (2 * len(design)))
    parts = [
        _of_some(design, slices.values[:, first : first + width], confidence)
        for first in range(0, len(reasons), width)
    ]
    found = {name: np.concatenate([part[name] for part in parts], axis=2) for name in parts[0]}
    for values in found.values():
        values[:, :, [bool(reason) for reason in reasons]] = np.nan
    wholes = {name: found.pop(name) for name in _WHOLES if name in found}
    kinds = {
        name: Index(values[0], values[1], values[2], of_pairs=name in _PAIRS)
        for name, values in found.items()
    }
    table = index_table(
        design, slices, kinds, reasons, confidence=confidence, scrambles=design.scrambles,
        intervals=said(design, confidence),
    )  # fmt: skip
    whole = {
        name + part: (slices.dims, values[0].reshape(slices.shape))
        for name, index in wholes.items()
        for part, values in zip(PARTS, index, strict=True)
    }
    return IndexTable(table.dataset.assign(whole))


def _of_some(design: DesignMatrix, values: Floats, confidence: float) -> dict[str, Floats]:
    """Return estimates and ends of intervals, shape (3, groups or pairs, slices), by kind."""
    v = values.reshape(design.n_base, design.block, -1)
    rows = batches(design)
    with np.errstate(invalid="ignore"):
        if design.scheme == "subsets":
            each = {name: matrix @ v for name, matrix in contrasts(len(design.groups)).items()}
        else:
            assert design.orders is not None
            gains = np.empty((design.n_base, design.block - 1, v.shape[2]))
            np.put_along_axis(gains, design.orders[:, :, None], np.diff(v, axis=1), axis=1)
            each = {"Shapley": gains, "total": v[:, -1:] - v[:, :1]}
        found = {}
        for name, effects in each.items():
            mean, half = ratio(effects[rows].mean(axis=1), np.ones((len(rows), 1, 1)), confidence)
            found[name] = np.stack([mean, mean - half, mean + half])
    return found


def contrasts(count: int) -> dict[str, Floats]:
    """Return the weights of all subsets in each kind of contribution.

    Parameters
    ----------
    count : int
        Number g of levers.

    Returns
    -------
    dict
        Kind -> ndarray, shape (g, g (g - 1) / 2 or 1; 2^g), by levers, by pairs, or of the whole.
    """
    everything = (1 << count) - 1
    single = np.zeros((3, count, 1 << count))
    pairs = list(combinations(range(count), 2))
    double = np.zeros((2, len(pairs), 1 << count))
    sizes = np.array([bin(subset).count("1") for subset in range(1 << count)])
    for i in range(count):
        weights = 1 / (count * np.array([comb(count - 1, size) for size in range(count)]))
        _add(single[0, i], [i], weights, sizes)
        single[1, i, [1 << i, 0]] = 1, -1
        single[2, i, [everything, everything ^ (1 << i)]] = 1, -1
    for number, pair in enumerate(pairs):
        weights = 1 / ((count - 1) * np.array([comb(count - 2, size) for size in range(count - 1)]))
        _add(double[0, number], pair, weights, sizes)
        i, j = (1 << member for member in pair)
        double[1, number, [i | j, i, j, 0]] = 1, -1, -1, 1
    total = np.zeros((1, 1 << count))
    total[0, [everything, 0]] = 1, -1
    return {
        "Shapley": single[0], "alone": single[1], "last": single[2], "interaction": double[0],
        "synergy": double[1], "total": total, "surplus": total - single[1].sum(axis=0),
    }  # fmt: skip


def _add(row: Floats, members: Sequence[int], weights: Floats, sizes: NDArray[np.int64]) -> None:
    """Add the discrete derivative for some members, averaged over the subsets of the others."""
    bits = np.array([1 << member for member in members])
    subsets = np.arange(len(row))
    without = subsets[(subsets & bits.sum()) == 0]
    for taken in range(1 << len(members)):
        chosen = [bit for n, bit in enumerate(bits) if taken >> n & 1]
        sign = (-1) ** (len(members) - len(chosen))
        row[without + sum(chosen)] += sign * weights[sizes[without]]
