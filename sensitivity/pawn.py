"""PAWN: how far fixing a factor moves the distribution of an outcome, from any sample of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.bootstrap import bootstrap
from sensitivity.design import DesignMatrix
from sensitivity.index_table import Index, IndexTable, index_table
from sensitivity.slices import Slices
from sensitivity.unfit import fitting

Floats: TypeAlias = NDArray[np.float64]
Summary = Literal["median", "max", "mean"]

_FEWEST = 20
"""Runs in an interval of a factor, below which a distribution is a guess."""


def pawn(
    design: DesignMatrix,
    outcomes: pd.DataFrame | Slices,
    *,
    intervals: int = 10,
    summary: Summary = "median",
    resamples: int = 100,
    dummies: int = 100,
    seed: int = 0,
    confidence: float = 0.95,
) -> IndexTable:
    """Estimate PAWN indices from the rows of a design in which all factors are drawn.

    The range of a factor is cut into intervals of equal probability (a discrete factor into its
    values). The distance between the distribution of the outcome in one of them and that of all
    runs is Kolmogorov's; the index is a summary of the distances.

    **Read it beside its dummy.** The index is biased upwards, for distributions of few runs
    differ by chance; so a factor matters only if it stands above its ``PAWN_dummy``, which is what
    a factor without any effect, cut into intervals of the same sizes, exceeds in five of a hundred
    cases (at a confidence of 0.95): the rarer a value, the larger the distance that chance makes.
    The intervals tell how the estimate scatters in a bootstrap around its mean. They do not cover
    the value of an infinite sample: of 2,048 runs and ten intervals, those of weak factors missed
    it in most repetitions.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``, ``permutations`` or ``sample``.
    outcomes : pandas.DataFrame, shape (runs, outcomes), or Slices
        A run that failed has NaN.
    intervals : int
        Of a factor's range.
    summary : str
        ``median``, ``mean``, or ``max``, which sees an effect at one end of the range only.
    resamples : int
        Of the bootstrap.
    dummies : int
        Factors without effect that are drawn, for each way in which factors are cut.
    seed : int
        Of both.
    confidence : float
        Level of the bootstrap.

    Returns
    -------
    IndexTable
        ``PAWN``, between 0 and 1, for each factor, whatever the groups of the design; its
        dataset also has ``PAWN_dummy``, of the same shape.

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows, too few rows for the intervals, or
        nothing can be analysed.

    References
    ----------
    .. [1] Pianosi, F. and Wagener, T. (2018). Distribution-based sensitivity analysis from a
       generic input-output sample. Environ. Model. Softw. 108, 197–207.
    .. [2] Khorashadi Zadeh, F. et al. (2017). Comparison of variance-based and moment-independent
       global sensitivity analysis approaches by application to the SWAT model. Environ. Model.
       Softw. 91, 210–222: the dummy.
    """
    slices, reasons = fitting(
        design, outcomes, "saltelli", "permutations", "sample", what="PAWN indices need"
    )
    rows = design.sample
    if intervals < 2 or len(rows) < _FEWEST * intervals:
        raise DesignError(
            f"PAWN indices of {intervals} intervals need {_FEWEST * max(2, intervals)} drawn rows, "
            f"and the design has {len(rows)}; take a larger N, or fewer intervals."
        )
    places = np.column_stack([_places(column, intervals) for column in design.values[rows].T])
    inert = _inert(places, dummies, seed)
    found = np.full((3, len(design.factors), len(reasons)), np.nan)
    level = np.full((len(design.factors), len(reasons)), np.nan)
    for number, reason in enumerate(reasons):
        if not reason:
            y = slices.values[rows, number]
            found[:, :, number] = _estimated(places, y, summary, resamples, confidence, seed)
            level[:, number] = _by_chance(inert, places.shape[1], y, summary, confidence)
    alone = DesignMatrix(
        design.scheme, design.factors, design.values, design.n_base, seed=design.seed
    )
    table = index_table(
        alone, slices, {"PAWN": Index(*found)}, reasons, confidence=confidence, summary=summary,
        intervals=f"scatter of {confidence:.0%} of a bootstrap over {len(rows):,} rows.",
    )  # fmt: skip
    dummy = ((*slices.dims, "factor"), level.T.reshape(*slices.shape, -1))
    return IndexTable(table.dataset.assign(PAWN_dummy=dummy))


def _estimated(
    places: NDArray[np.int64],
    y: Floats,
    summary: Summary,
    resamples: int,
    confidence: float,
    seed: int,
) -> Floats:
    """Return the indices of all factors and the ends of their intervals, shape (3, factors)."""
    cuts = _Cuts.of(places, y)
    spread = bootstrap(
        lambda some: cuts.indices(np.bincount(some, minlength=len(y)), summary),
        np.arange(len(y)), resamples=resamples, confidence=confidence, seed=seed,
    )  # fmt: skip
    centre = spread.estimate - spread.resampled.mean(axis=0)
    return np.stack([spread.estimate, spread.low + centre, spread.high + centre])


_Inert: TypeAlias = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


def _inert(places: NDArray[np.int64], count: int, seed: int) -> _Inert:
    """Draw factors without effect: for each way of cutting, the columns cut so, and the places."""
    runs = len(places)
    drawn = np.random.default_rng([seed, 3]).random((count, runs))
    ranks = np.argsort(np.argsort(drawn, axis=1), axis=1).T
    columns: dict[tuple[int, ...], list[int]] = {}
    for column in range(places.shape[1]):
        columns.setdefault(tuple(np.bincount(places[:, column]).tolist()), []).append(column)
    return [
        (np.array(own), np.searchsorted(np.cumsum(sizes), ranks, side="right"))
        for sizes, own in columns.items()
    ]


def _by_chance(inert: _Inert, factors: int, y: Floats, summary: Summary, share: float) -> Floats:
    """Return below what a factor without effect stays in a share of cases, if cut as each is."""
    level = np.empty(factors)
    whole = np.ones(len(y), dtype=np.int64)
    for own, places in inert:
        level[own] = np.quantile(_Cuts.of(places, y).indices(whole, summary), share)
    return level


def _places(values: Floats, intervals: int) -> NDArray[np.int64]:
    """Return in which interval of its range each value lies, or which of a few values it is."""
    levels, place = np.unique(values, return_inverse=True)
    if len(levels) <= intervals:
        return place.astype(np.int64)
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return ranks * intervals // len(values)


@dataclass(frozen=True, slots=True, eq=False)
class _Cuts:
    """The rows of each interval of each factor, one factor after the other.

    Parameters
    ----------
    rows : ndarray of int, shape (factors * rows,)
        Interval by interval, and in each in the order of the outcome.
    first, size : ndarray of int, shape (intervals of all factors,)
        Where each interval begins, and how many rows it holds.
    intervals : ndarray of int, shape (factors,)
        How many each factor has.
    upto, below : ndarray of int, shape (rows,)
        How many rows have an outcome that is not above that of this row, or below it.
    ranked : ndarray of int, shape (rows,)
        The rows in the order of the outcome.
    """

    rows: NDArray[np.int64]
    first: NDArray[np.int64]
    size: NDArray[np.int64]
    intervals: NDArray[np.int64]
    ranked: NDArray[np.int64]
    upto: NDArray[np.int64]
    below: NDArray[np.int64]

    @classmethod
    def of(cls, places: NDArray[np.int64], y: Floats) -> _Cuts:
        """Sort an outcome within the intervals, of which ``places`` has a column a factor."""
        ranked = np.argsort(y, kind="stable")
        # A stable sort of places in the order of the outcome leaves it in order in each interval.
        rows = ranked[np.argsort(places[ranked], axis=0, kind="stable").T]
        begins = np.diff(np.take_along_axis(places.T, rows, axis=1), prepend=-1, axis=1) != 0
        first = np.flatnonzero(begins.ravel())
        return cls(
            rows.ravel(), first, np.diff(first, append=rows.size), begins.sum(axis=1), ranked,
            np.searchsorted(y[ranked], y, side="right"), np.searchsorted(y[ranked], y, side="left"),
        )  # fmt: skip

    def indices(self, weights: NDArray[np.int64], summary: Summary) -> Floats:
        """Return the index of each factor if each row counts ``weights`` times.

        Between two values no distance is larger than at one of them; a value of weight zero is
        a point as good as any.
        """
        total = np.concatenate([[0], np.cumsum(weights[self.ranked])])
        upto, below = total[self.upto] / total[-1], total[self.below] / total[-1]
        own = weights[self.rows]
        running = np.cumsum(own)
        start = running[self.first] - own[self.first]
        count = np.diff(np.append(start, running[-1]))
        with np.errstate(invalid="ignore", divide="ignore"):  # an interval may have lost all rows
            scale = np.repeat(1 / count, self.size)
            share = (running - np.repeat(start, self.size)) * scale
            above = np.maximum.reduceat(share - upto[self.rows], self.first)
            beneath = np.maximum.reduceat(below[self.rows] - share + own * scale, self.first)
        distances = np.full((len(self.intervals), self.intervals.max()), np.nan)
        distances[np.arange(distances.shape[1]) < self.intervals[:, None]] = np.maximum(
            above, beneath
        )
        return _summed_up(distances, summary)


def _summed_up(distances: Floats, summary: Summary) -> Floats:
    """Return one number for each row, of those of its numbers that are finite."""
    ordered = np.sort(np.where(np.isfinite(distances), distances, np.nan), axis=1)  # NaN last
    count = np.isfinite(ordered).sum(axis=1)
    if summary == "mean":
        return np.asarray(np.nansum(ordered, axis=1) / count)
    middle = {"median": ((count - 1) // 2, count // 2), "max": (count - 1, count - 1)}[summary]
    row = np.arange(len(ordered))
    return np.asarray((ordered[row, middle[0]] + ordered[row, middle[1]]) / 2)
