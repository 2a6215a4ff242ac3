"""How long until something happens, where some runs end before it does."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """The share of runs in which it has not happened yet.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each time at which it happened, from time zero on: ``time``, ``at_risk``,
        ``events``, ``survival``, ``low`` and ``high``, the ends of the confidence interval.
    runs, events : int
        How many runs, and in how many it was seen to happen.
    """

    table: pd.DataFrame = field(repr=False)
    runs: int
    events: int

    @property
    def median(self) -> float:
        """Time by which it has happened in half of the runs; NaN if it is not reached."""
        return self.time_at(0.5)

    def time_at(self, survival: float) -> float:
        """Return the first time at which the share still waiting is at most ``survival``."""
        reached = self.table[self.table["survival"] <= survival + 1e-12]
        return float(reached["time"].iloc[0]) if len(reached) else float("nan")

    def at(self, time: float) -> float:
        """Return the share still waiting at a time."""
        known = self.table[self.table["time"] <= time]
        return float(known["survival"].iloc[-1])


def kaplan_meier(
    durations: NDArray[np.float64], happened: NDArray[np.bool_], confidence: float = 0.95
) -> Survival:
    """Estimate the share of runs in which something has not happened yet.

    A run that ends before it happened is censored: it counts among those at risk until its end,
    and is no evidence that it would not have happened later.

    Parameters
    ----------
    durations : ndarray, shape (runs,)
        Time until it happened, or until the run ended.
    happened : ndarray of bool, shape (runs,)
        Whether it happened.
    confidence : float
        Level of the intervals at each time, between 0 and 1.

    Raises
    ------
    DesignError
        There is no run, a duration is negative or missing, or the lengths differ.

    References
    ----------
    .. [1] Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete
       observations. J. Am. Stat. Assoc. 53, 457–481.
    .. [2] Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time
       Data, 2nd ed. Wiley: Greenwood's variance on the scale of log(-log S).
    """
    if len(durations) == 0 or durations.shape != happened.shape:
        raise DesignError(
            f"there are {len(durations)} durations and {len(happened)} marks of what happened; "
            "give one of each for each run."
        )
    if not (durations >= 0).all():
        raise DesignError("a duration is negative or missing; leave runs without one out.")
    moments = np.unique(durations[happened])
    at_risk = (durations[:, None] >= moments).sum(axis=0)
    events = (durations[happened][:, None] == moments).sum(axis=0)
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        quantile = scipy.stats.norm.ppf(0.5 + confidence / 2)
        width = quantile * np.sqrt(greenwood) / np.abs(np.log(survival))
        low, high = survival ** np.exp(width), survival ** np.exp(-width)
    # Where none is left, the variance says nothing.
    low[survival <= 0] = high[survival <= 0] = np.nan
    table = pd.DataFrame(
        {
            "time": np.concatenate([[0.0], moments]),
            "at_risk": np.concatenate([[len(durations)], at_risk]),
            "events": np.concatenate([[0], events]),
            "survival": np.concatenate([[1.0], survival]),
            "low": np.concatenate([[1.0], low]),
            "high": np.concatenate([[1.0], high]),
        }
    )
    return Survival(table, len(durations), int(happened.sum()))
