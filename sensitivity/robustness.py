"""Robustness of policies over scenarios, by several metrics side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.bootstrap import CONFIDENCE, RESAMPLES, Interval, bootstrap
from sensitivity.tail import cvar, low_percentile, semideviation

Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]


def regrets(values: Floats) -> Floats:
    """Return by how much each policy falls short of the best one in each scenario.

    Parameters
    ----------
    values : ndarray, shape (scenarios, policies)
        More is better.

    References
    ----------
    .. [1] Savage, L. J. (1951). The theory of statistical decision. J. Am. Stat. Assoc. 46, 55–67.
    """
    return np.asarray(values.max(axis=1, keepdims=True) - values)


def starr_domain(satisfied: Truths) -> Floats:
    """Return the share of the scenarios in which each policy meets all thresholds.

    References
    ----------
    .. [1] Starr, M. K. (1962). Product Design and Decision Theory. Prentice-Hall.
    .. [2] Herman, J. D., Reed, P. M., Zeff, H. B. and Characklis, G. W. (2015). How should
       robustness be defined for water systems planning under change? J. Water Resour. Plan.
       Manag. 141(10), 04015012.
    """
    return np.asarray(satisfied.mean(axis=0))


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to condense a policy's values over the scenarios.

    Parameters
    ----------
    label : str
        For tables.
    compute : callable
        From values and marks of satisfaction, both of shape (scenarios, policies), to a number
        for each policy.
    more_is_better : bool
        Of a regret less is better.
    """

    label: str
    compute: Callable[[Floats, Truths], Floats]
    more_is_better: bool = True


METRICS: dict[str, Metric] = {
    "regret_90": Metric("90th percentile of regret",
                        lambda v, s: np.quantile(regrets(v), 0.9, axis=0), False),
    "regret_max": Metric("largest regret", lambda v, s: regrets(v).max(axis=0), False),
    "starr": Metric("share of scenarios that satisfy", lambda v, s: starr_domain(s)),
    "maximin": Metric("worst scenario", lambda v, s: v.min(axis=0)),
    "percentile_10": Metric("10th percentile", lambda v, s: low_percentile(v)),
    "cvar_10": Metric("mean of the worst tenth", lambda v, s: cvar(v)),
    "mean_semideviation": Metric("mean less semideviation",
                                 lambda v, s: v.mean(axis=0) - semideviation(v)),
}  # fmt: skip
"""Never one alone: they differ in what they fear.

References
----------
.. [1] McPhail, C., Maier, H. R., Kwakkel, J. H., Giuliani, M., Castelletti, A. and Westra, S.
   (2018). Robustness metrics: How are they calculated, when should they be used and why do they
   give different results? Earth's Future 6, 169–191.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """Policies by metrics.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each metric and policy: ``metric``, ``policy``, ``estimate``, ``low``,
        ``high`` (the unit of the outcome; shares for ``starr``; more is better but for regrets),
        ``rank`` (1 is best, ties share) and ``first``, the share of the resamples in which no
        policy ranks above it.
    agreement : Interval
        Kendall's W of the metrics' ranks: 0 without agreement, 1 if all rank alike.
    tau : pandas.DataFrame, shape (metrics, metrics)
        Kendall's τ-b of each two metrics; NaN where one ranks all policies alike.
    scenarios : int
        Over how many.
    """

    table: pd.DataFrame = field(repr=False)
    agreement: Interval
    tau: pd.DataFrame = field(repr=False)
    scenarios: int

    def of(self, metric: str) -> pd.DataFrame:
        """Return the rows of one metric, indexed by policy."""
        return self.table[self.table["metric"] == metric].set_index("policy")


def robustness(
    values: Floats,
    satisfied: Truths,
    policies: Sequence[str],
    *,
    groups: NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Robustness:
    """Compare policies over scenarios by all metrics at once.

    Parameters
    ----------
    values : ndarray, shape (scenarios, policies)
        Of one outcome; more is better, so negate what is to be minimised.
    satisfied : ndarray of bool, shape (scenarios, policies)
        Whether all thresholds are met.
    policies : sequence of str
        Their names.
    groups : ndarray of int, shape (scenarios,)
        Scenarios that share a draw; ``None`` if each was drawn alone.
    resamples, confidence, seed
        As in :func:`sensitivity.bootstrap.bootstrap`.

    Raises
    ------
    DesignError
        There is one policy only, a value is missing, or the shapes differ.
    """
    _refuse_unfit(values, satisfied, policies)
    own = np.arange(len(values)) if groups is None else groups
    found = bootstrap(lambda rows: _all(values[rows], satisfied[rows]), own, resamples=resamples,
                      confidence=confidence, seed=seed)  # fmt: skip
    ranks = _ranks(found.resampled)
    agreement = np.array([kendall_w(each) for each in ranks])
    tail = 50 * (1 - confidence)
    ends = np.full(2, np.nan)
    if not np.isnan(agreement).all():
        ends = np.nanpercentile(agreement, [tail, 100 - tail])
    own_ranks = _ranks(found.estimate)
    first = (ranks == ranks.min(axis=-1, keepdims=True)).mean(axis=0)
    rows = [
        (metric, policy, found.estimate[m, p], found.low[m, p], found.high[m, p], own_ranks[m, p],
         float(first[m, p]))
        for m, metric in enumerate(METRICS) for p, policy in enumerate(policies)
    ]  # fmt: skip
    columns = ["metric", "policy", "estimate", "low", "high", "rank", "first"]
    return Robustness(
        pd.DataFrame(rows, columns=columns),
        Interval(np.array(kendall_w(own_ranks)), ends[0], ends[1], agreement),
        _tau(own_ranks),
        len(values),
    )


def _all(values: Floats, satisfied: Truths) -> Floats:
    """Return all metrics, shape (metrics, policies)."""
    return np.stack([metric.compute(values, satisfied) for metric in METRICS.values()])


def _ranks(found: Floats) -> Floats:
    """Return ranks along the last dimension, 1 the best; metrics are the last but one."""
    signs = np.array([-1.0 if metric.more_is_better else 1.0 for metric in METRICS.values()])
    return np.asarray(scipy.stats.rankdata(found * signs[:, None], axis=-1))


def kendall_w(ranks: Floats) -> float:
    """Return the coefficient of concordance of judges, corrected for ties.

    Parameters
    ----------
    ranks : ndarray, shape (judges, objects)
        Ties share the mean of their ranks.

    Returns
    -------
    float
        Between 0 and 1; NaN if no judge tells any two objects apart.

    References
    ----------
    .. [1] Kendall, M. G. and Babington Smith, B. (1939). The problem of m rankings. Ann. Math.
       Stat. 10, 275–287.
    """
    judges, objects = ranks.shape
    spread = float(((ranks.sum(axis=0) - judges * (objects + 1) / 2) ** 2).sum())
    ties = sum(
        float((count**3 - count).sum())
        for count in (np.unique(each, return_counts=True)[1] for each in ranks)
    )
    most = judges**2 * (objects**3 - objects) - judges * ties
    return 12 * spread / most if most > 0 else float("nan")


def _tau(ranks: Floats) -> pd.DataFrame:
    names = list(METRICS)
    found = np.full((len(names), len(names)), np.nan)
    for i, first in enumerate(ranks):
        for j, second in enumerate(ranks):
            if np.ptp(first) > 0 and np.ptp(second) > 0:
                found[i, j] = scipy.stats.kendalltau(first, second).statistic
    return pd.DataFrame(found, index=names, columns=names)


def _refuse_unfit(values: Floats, satisfied: Truths, policies: Sequence[str]) -> None:
    if values.ndim != 2 or values.shape != satisfied.shape or values.shape[1] != len(policies):
        raise DesignError(
            f"{len(policies)} policies cannot have values of shape {values.shape} and marks of "
            f"shape {satisfied.shape}; give both as scenarios by policies."
        )
    if len(policies) < 2:
        raise DesignError("robustness compares policies, and there is one; list two in the spec.")
    if not np.isfinite(values).all():
        broken = int((~np.isfinite(values)).any(axis=1).sum())
        raise DesignError(
            f"{broken} of {len(values)} scenarios have a run without a value; leave those "
            "scenarios out for all policies, and say so."
        )
