"""Bootstrap intervals of any statistic of runs that were drawn in groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]

RESAMPLES = 300
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    r"""An estimate and what it might have been in another sample.

    Parameters
    ----------
    estimate : ndarray
        From all runs.
    low, high : ndarray
        Ends of the confidence interval, of the same shape.
    resampled : ndarray, shape (resamples, \*shape of the estimate)
        The statistic of each resample.
    """

    estimate: Floats
    low: Floats
    high: Floats
    resampled: Floats = field(repr=False)


def bootstrap(
    statistic: Callable[[Rows], Floats],
    groups: NDArray[np.int64],
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Interval:
    """Estimate a statistic, and its interval from resampled groups.

    Runs that share a draw of the uncertain inputs are no independent witnesses, so whole groups
    are drawn with replacement. On points of a Sobol sequence, which fill the space more evenly
    than independent draws, the intervals are conservative.

    Parameters
    ----------
    statistic : callable
        Takes numbers of runs, some perhaps repeatedly; returns numbers, always of one shape.
    groups : ndarray of int, shape (runs,)
        Which runs were drawn together; ``arange(runs)`` if each was drawn alone.
    resamples : int
        At least two.
    confidence : float
        Level of the interval, between 0 and 1.
    seed : int
        Of the resampling.

    Raises
    ------
    DesignError
        There are fewer than two groups.

    References
    ----------
    .. [1] Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and
       Hall: section 13.3, the percentile interval.
    """
    known = np.unique(groups)
    if len(known) < 2:
        raise DesignError(f"an interval needs several draws, not {len(known)}; draw more.")
    rng = np.random.default_rng(seed)
    estimate = np.asarray(statistic(np.arange(len(groups))), dtype=float)
    members = _members(groups, known)
    resampled = np.stack(
        [statistic(_drawn(members, rng.integers(len(known), size=len(known))))
         for _ in range(resamples)]
    )  # fmt: skip
    tail = 50 * (1 - confidence)
    # A statistic that a resample does not have (a mean of no runs) is NaN there.
    some = ~np.isnan(resampled).all(axis=0)
    ends = np.full((2, *estimate.shape), np.nan)
    ends[:, some] = np.nanpercentile(resampled[:, some], [tail, 100 - tail], axis=0)
    return Interval(estimate, np.asarray(ends[0]), np.asarray(ends[1]), resampled)


def _members(groups: NDArray[np.int64], known: NDArray[np.int64]) -> Rows | list[Rows]:
    """Return the rows of each group: a matrix if the groups are equally large, else a list."""
    order = np.argsort(groups, kind="stable")
    rows = np.split(order, np.searchsorted(groups[order], known[1:]))
    alike = len({len(each) for each in rows}) == 1
    return np.stack(rows) if alike else rows


def _drawn(members: Rows | list[Rows], drawn: NDArray[np.int64]) -> Rows:
    if isinstance(members, list):
        return np.concatenate([members[group] for group in drawn])
    return members[drawn].ravel()


def proportion(count: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the ends of the interval of a share of independent runs.

    Raises
    ------
    DesignError
        There is no run, or more were counted than there are.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
       inference. J. Am. Stat. Assoc. 22, 209–212.
    """
    if not 0 <= count <= of or of == 0:
        raise DesignError(f"{count} of {of} runs is no share; count runs of one sample.")
    found = scipy.stats.binomtest(count, of).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)
