"""Sobol indices of a Saltelli design, with confidence intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from pysd_runner.errors import DesignError
from sensitivity.sampling import DesignMatrix

Floats: TypeAlias = NDArray[np.float64]
_MOST_NUMBERS = 20_000_000
"""Held at once by the estimators."""

FEWEST = 64
"""Below this base sample the intervals say more about luck than about the model."""


@dataclass(frozen=True, slots=True, eq=False)
class IndexTable:
    """Sensitivity indices.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``outcome``, ``index`` (``S1``, ``ST`` or ``S2``), ``factor``, ``with_factor``
        (of a pair, else ``""``), ``estimate`` and ``half_width`` of the confidence interval
        (shares of the variance, dimensionless).
    n_base : int
        Base sample of the design.
    confidence : float
        Level of the intervals.
    labels : dict
        Identifier of factor -> label for figures.
    """

    table: pd.DataFrame = field(repr=False)
    n_base: int
    confidence: float
    labels: Mapping[str, str] = field(repr=False, default_factory=dict)

    def of(self, outcome: str, index: str) -> pd.DataFrame:
        """Return the rows of one index of one outcome, indexed by factor."""
        rows = self.table[(self.table["outcome"] == outcome) & (self.table["index"] == index)]
        return rows.set_index("factor")

    def to_csv(self) -> str:
        """Return the table as text; equal designs, outcomes and seeds give equal bytes."""
        return self.table.to_csv(index=False, float_format="%.12g", lineterminator="\n")


def sobol(
    design: DesignMatrix,
    outcomes: pd.DataFrame,
    *,
    resamples: int = 200,
    confidence: float = 0.95,
    seed: int = 0,
) -> IndexTable:
    """Estimate first-order and total Sobol indices; second-order if the design allows.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``.
    outcomes : pandas.DataFrame, shape (runs, outcomes)
        One column for each outcome; a run that failed has NaN.
    resamples : int
        Bootstrap resamples for the intervals.
    confidence : float
        Level of the intervals, between 0 and 1.
    seed : int
        Of the bootstrap; 0 is a seed like any other.

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows, a run failed, or an outcome
        does not vary.

    References
    ----------
    .. [1] Saltelli et al. (2010), Comput. Phys. Commun. 181, 259–270: estimators (b) of S1 and
       (f) of ST in table 2.
    """
    _refuse_unfit(design, outcomes)
    found = estimate(design, outcomes.to_numpy(dtype=float), resamples=resamples,
                     confidence=confidence, seed=seed)  # fmt: skip
    singles = [(name, "") for name in design.names]
    layers = [("S1", singles, found.s1, found.s1_half), ("ST", singles, found.st, found.st_half)]
    if found.s2 is not None and found.s2_half is not None:
        layers.append(("S2", _pairs(design), found.s2, found.s2_half))
    parts = [
        (str(outcome), index, *names, float(values[row, column]), float(halves[row, column]))
        for column, outcome in enumerate(outcomes.columns)
        for index, factors, values, halves in layers
        for row, names in enumerate(factors)
    ]
    table = pd.DataFrame(
        parts, columns=["outcome", "index", "factor", "with_factor", "estimate", "half_width"]
    )
    labels = {factor.name: factor.label for factor in design.factors}
    return IndexTable(table, design.n_base, confidence, labels)


def _pairs(design: DesignMatrix) -> list[tuple[str, str]]:
    return list(combinations(design.names, 2))


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Sobol indices of many slices: outcomes, elements, times.

    Parameters
    ----------
    s1, st : ndarray, shape (factors, slices)
        First-order and total indices [shares of the variance].
    s2 : ndarray, shape (pairs, slices), or None
        Second-order indices of the pairs (0, 1), (0, 2), …, (1, 2), …
    s1_half, st_half, s2_half : ndarray
        Half-widths of the confidence intervals, of the same shapes.
    """

    s1: Floats
    st: Floats
    s2: Floats | None
    s1_half: Floats
    st_half: Floats
    s2_half: Floats | None


def estimate(
    design: DesignMatrix,
    values: Floats,
    *,
    resamples: int = 200,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimates:
    """Estimate Sobol indices of many slices at once.

    All estimators are means over the rows of the base sample, divided by a variance. A bootstrap
    resample weights the rows, so resamples times means is a product of matrices.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``saltelli``.
    values : ndarray, shape (runs, slices)
        Finite; a slice that does not vary gives NaN.
    resamples, confidence, seed
        As in :func:`sobol`.

    References
    ----------
    .. [1] Saltelli et al. (2010), Comput. Phys. Commun. 181, 259–270: estimators (b) of S1 and
       (f) of ST in table 2.
    .. [2] Saltelli, A. (2002). Making best use of model evaluations to compute sensitivity
       indices. Comput. Phys. Commun. 145, 280–297: theorem 2, of the pairs.
    """
    count, factors = design.n_base, len(design.factors)
    weights = _resampling_weights(count, resamples, seed)
    spread = float(stats.norm.ppf(0.5 + confidence / 2))
    width = max(1, _MOST_NUMBERS // (count * (factors**2 if design.second_order else factors)))
    parts = [
        _estimate_some(design, values[:, first : first + width], weights, spread)
        for first in range(0, values.shape[1], width)
    ]
    return Estimates(*(
        np.concatenate(column, axis=1) if column[0] is not None else None
        for column in zip(*parts, strict=True)
    ))  # type: ignore[arg-type]  # fmt: skip


_Some = tuple[Floats, Floats, Floats | None, Floats, Floats, Floats | None]


def _estimate_some(design: DesignMatrix, values: Floats, weights: Floats, spread: float) -> _Some:
    """Estimate the indices of as many slices as fit into memory."""
    count, factors = design.n_base, len(design.factors)
    # Rows of a block: A, A with one column of B each, (B with one of A each,) B.
    blocks = (values - values.mean(axis=0)).reshape(count, -1, values.shape[1])
    a, ab, b = blocks[:, 0], blocks[:, 1 : factors + 1], blocks[:, -1]

    def resampled(terms: Floats) -> Floats:
        """Return the mean over the rows, and below it over those of each resample."""
        return np.tensordot(weights, terms, axes=1)

    with np.errstate(invalid="ignore", divide="ignore"):
        mean = resampled(a + b) / 2
        variance = (resampled(a * a + b * b) / 2 - mean**2)[:, None]
        s1 = resampled(b[:, None] * (ab - a[:, None])) / variance
        st = resampled((a[:, None] - ab) ** 2) / (2 * variance)
        found = [s1, st, None]
        if design.second_order:
            ba = blocks[:, factors + 1 : 2 * factors + 1]
            i, j = np.triu_indices(factors, 1)
            product = ba[:, i] * ab[:, j] - (a * b)[:, None]
            found[2] = resampled(product) / variance - s1[:, i] - s1[:, j]
    estimates = [None if each is None else each[0] for each in found]
    halves = [None if each is None else spread * each[1:].std(axis=0, ddof=1) for each in found]
    return (*estimates, *halves)  # type: ignore[return-value]


def _resampling_weights(count: int, resamples: int, seed: int) -> Floats:
    """Return the weight of each row, shape (1 + resamples, rows); the first counts all alike."""
    drawn = np.random.default_rng(seed).integers(count, size=(resamples, count))
    weights = np.stack([np.bincount(row, minlength=count) for row in drawn])
    return np.vstack([np.ones(count), weights]) / count


def constant(outcome: pd.Series) -> bool:
    """Tell whether an outcome is the same in all runs, to rounding."""
    values = outcome.to_numpy(dtype=float)
    return bool(np.ptp(values) <= 1e-12 * max(1e-300, float(np.max(np.abs(values)))))


def _refuse_unfit(design: DesignMatrix, outcomes: pd.DataFrame) -> None:
    if design.scheme != "saltelli":
        raise DesignError(
            f"Sobol indices need a Saltelli design, and this one is '{design.scheme}'; "
            "make one with saltelli(…)."
        )
    if len(outcomes) != len(design):
        raise DesignError(
            f"the design has {len(design)} runs, but there are outcomes of {len(outcomes)}; "
            "analyse the outcomes of this very design."
        )
    if outcomes.shape[1] == 0:
        raise DesignError("there is no outcome to analyse; list one in sandbox.toml.")
    broken = ~np.isfinite(outcomes.to_numpy(dtype=float))
    if broken.any():
        runs = int(broken.any(axis=1).sum())
        raise DesignError(
            f"{runs} of {len(design)} runs failed or gave no finite outcome (first: run "
            f"{int(np.argmax(broken.any(axis=1)))}); a Sobol index of an incomplete design would "
            "be wrong, so narrow the bounds until every run ends well."
        )
    for outcome in outcomes.columns:
        if constant(outcomes[outcome]):
            raise DesignError(
                f"the outcome '{outcome}' is the same in all {len(design)} runs; it depends on "
                "none of these factors, so leave it out or vary others."
            )
