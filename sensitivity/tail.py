"""How bad the bad futures are: measures of the lower tail, the higher value being the better."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Direction

Floats: TypeAlias = NDArray[np.float64]

WORST = 0.1
"""Share of the futures that make up the tail."""


def gains(values: Floats, direction: Direction) -> Floats:
    """Return values of which more is better: their negatives if they are to be minimised."""
    return -values if direction == "minimise" else values


def cvar(values: Floats, share: float = WORST) -> Floats:
    """Return the conditional value at risk: the mean over the worst share of the futures.

    Parameters
    ----------
    values : ndarray, shape (futures, ...)
        More is better. The futures are equally likely.
    share : float
        Of the futures, above 0 and at most 1. The future in which it ends counts for a part.

    Returns
    -------
    ndarray
        The shape of ``values`` without its first dimension.

    Raises
    ------
    DesignError
        The share is out of range, or there is no future.

    References
    ----------
    .. [1] Rockafellar, R. T. and Uryasev, S. (2002). Conditional value-at-risk for general loss
       distributions. J. Bank. Finance 26, 1443–1471: proposition 8, for scenarios.
    """
    if not 0 < share <= 1:
        raise DesignError(f"a tail of {share:g} of the futures is none; give a share up to 1.")
    if len(values) == 0:
        raise DesignError("there is no future to take the worst of; every run failed.")
    count = share * len(values)
    whole = int(np.floor(count + 1e-9))
    ordered = np.sort(values, axis=0)
    total = ordered[:whole].sum(axis=0)
    part = count - whole
    if part > 1e-9:
        total = total + part * ordered[whole]
    return np.asarray(total / count)


def low_percentile(values: Floats, share: float = WORST) -> Floats:
    """Return the value that a share of the futures stay below, shape as in :func:`cvar`."""
    return np.asarray(np.quantile(values, share, axis=0))


def semideviation(values: Floats) -> Floats:
    """Return the standard lower semideviation: the root mean square of shortfalls of the mean.

    References
    ----------
    .. [1] Ogryczak, W. and Ruszczyński, A. (1999). From stochastic dominance to mean–risk models:
       Semideviations as risk measures. Eur. J. Oper. Res. 116, 33–50: the mean less the
       semideviation agrees with second-order stochastic dominance.
    """
    shortfall = np.maximum(values.mean(axis=0) - values, 0)
    return np.asarray(np.sqrt((shortfall**2).mean(axis=0)))
