"""Intervals of estimators that are ratios of means over the blocks of a design."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix

Floats: TypeAlias = NDArray[np.float64]

_BATCHES = 64
"""Batches of a sample that has no scrambles; their spread is known to 9 %."""


def batches(design: DesignMatrix) -> NDArray[np.int64]:
    r"""Return the numbers of the blocks in each batch, shape (batches, n_base / batches).

    Batches are what an interval takes for independent: the scrambles of a Sobol sequence, or
    blocks of a random sample. The blocks of a single scramble are dealt out at random, as if they
    were independent of each other.
    """
    count = design.n_base
    if design.scrambles > 1:
        return np.arange(count).reshape(-1, design.scrambles).T
    order = np.arange(count)
    if design.scrambles == 1:
        order = np.random.default_rng([design.seed, 2]).permutation(count)
    return order.reshape(min(_BATCHES, count), -1)


def spread(count: int, confidence: float) -> float:
    """Return the quantile of Student's t for the spread of ``count`` batches.

    Raises
    ------
    DesignError
        The level is none.
    """
    if not 0 < confidence < 1:
        raise DesignError(f"a confidence of {confidence:g} is no level between 0 and 1.")
    return float(scipy.stats.t.ppf(0.5 + confidence / 2, count - 1)) if count > 1 else np.nan


def ratio(numerators: Floats, denominators: Floats, confidence: float) -> tuple[Floats, Floats]:
    r"""Estimate ratios of means, and half-widths of their intervals.

    The ratio is that of the means over all batches; its error is that of the linearised ratio,
    :math:`(n_b - \hat r\, d_b) / \bar d`, over batches b.

    Parameters
    ----------
    numerators, denominators : ndarray, shape (batches, …)
        Means over each batch; the shapes behind the first dimension broadcast.
    confidence : float
        Level of the interval.

    Returns
    -------
    estimate, half_width : ndarray, shape (…)
        NaN where the mean denominator is zero; the half-width also where there is one batch.

    References
    ----------
    .. [1] Cochran, W. G. (1977). Sampling techniques, 3rd ed. Wiley, chapter 6: the linearised
       variance of a ratio.
    .. [2] L'Ecuyer, P., Nakayama, M. K., Owen, A. B. and Tuffin, B. (2023). Confidence intervals
       for randomized quasi-Monte Carlo estimators. Proc. Winter Simulation Conf., 445–456:
       Student's t over few independent scrambles covers; bootstraps do no better.
    """
    count = len(numerators)
    factor = spread(count, confidence)
    bottom = denominators.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = numerators.mean(axis=0) / bottom
        errors = (numerators - estimate * denominators) / bottom
        half = factor * errors.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.nan
    return np.where(bottom == 0, np.nan, estimate), np.broadcast_to(half, estimate.shape)


def said(design: DesignMatrix, confidence: float) -> str:
    """Say in one sentence what the intervals of a design are worth."""
    level = f"{confidence:.0%} intervals"
    if design.scrambles > 1:
        return f"{level} from the spread of {design.scrambles} independent scrambles."
    if design.scrambles == 0:
        return f"{level} from a random sample."
    return (
        f"{level} that take a single Sobol sequence for a random sample: too wide for smooth "
        "outcomes, and not safe for pairs of many factors; lay the design out with scrambles = 8."
    )
