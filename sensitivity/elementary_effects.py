"""Elementary effects: which of many factors matter at all, from few runs (Morris screening)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix
from sensitivity.index_table import Index, IndexTable, index_table
from sensitivity.intervals import batches, ratio, said
from sensitivity.sampling import STEP
from sensitivity.slices import Slices
from sensitivity.unfit import fitting

Floats: TypeAlias = NDArray[np.float64]

THRESHOLD = 0.1
"""Share of the largest mean absolute effect below which a factor is dropped."""
REST = "the rest"
"""Name of the group that the dropped factors make."""


def elementary_effects(
    design: DesignMatrix, outcomes: pd.DataFrame | Slices, *, confidence: float = 0.95
) -> IndexTable:
    r"""Estimate means and spread of the elementary effects of every factor or group.

    An elementary effect is the change of the outcome when a factor moves by half of its range in
    probability, times two: what it would be over the whole range if the outcome were linear.

    An effect that repeats itself after half of the range, as that of x2 in the Ishigami function,
    is not seen.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``elementary effects``.
    outcomes : pandas.DataFrame, shape (runs, outcomes), or Slices
        A run that failed has NaN.
    confidence : float
        Level of the intervals.

    Returns
    -------
    IndexTable
        ``mu_star``, the mean absolute effect, ``mu``, the mean, and ``sigma``, the standard
        deviation [unit of the outcome]. Where sigma is as large as mu_star the factor acts
        non-linearly or with others. A group has ``mu_star`` only; the others are NaN.

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows, or nothing can be analysed.

    References
    ----------
    .. [1] Morris, M. D. (1991). Factorial sampling plans for preliminary computational
       experiments. Technometrics 33, 161–174.
    .. [2] Campolongo, F., Cariboni, J. and Saltelli, A. (2007). An effective screening design for
       sensitivity analysis of large models. Environ. Model. Softw. 22, 1509–1518: mu_star.
    """
    slices, reasons = fitting(
        design, outcomes, "elementary effects", what="elementary effects need"
    )
    blocks = slices.values.reshape(design.n_base, design.block, -1)
    with np.errstate(invalid="ignore"):
        effects = _directions(design)[:, :, None] * (blocks[:, 1:] - blocks[:, :1]) / STEP
        parts = effects[batches(design)]  # batch, block, group, slice
        absolute = _index(np.abs(parts).mean(axis=1), confidence)
        mean = _index(parts.mean(axis=1), confidence)
        spread = _sigma(parts, confidence)
    wrong = np.array([bool(reason) for reason in reasons])
    several = np.array([len(each.columns) > 1 for each in design.groups])
    for index in (absolute, mean, spread):
        for values in (index.estimate, index.low, index.high):
            values[:, wrong] = np.nan
            if index is not absolute:
                values[several] = np.nan
    return index_table(
        design, slices, {"mu_star": absolute, "mu": mean, "sigma": spread}, reasons,
        confidence=confidence, scrambles=design.scrambles, intervals=said(design, confidence),
    )  # fmt: skip


def _directions(design: DesignMatrix) -> Floats:
    """Return 1 or -1 where the first factor of a group goes up or down, shape (blocks, groups)."""
    values = design.values.reshape(design.n_base, design.block, -1)
    first = [each.columns[0] for each in design.groups]
    moved = values[:, np.arange(1, design.block), first] - values[:, 0, first]
    return np.where(moved < 0, -1.0, 1.0)


def _index(means: Floats, confidence: float) -> Index:
    estimate, half = ratio(means, np.ones((len(means), 1, 1)), confidence)
    return Index(estimate, estimate - half, estimate + half)


def _sigma(parts: Floats, confidence: float) -> Index:
    """Estimate standard deviations, and their intervals from those of the variances."""
    squares = ((parts - parts.mean(axis=(0, 1))) ** 2).mean(axis=1)
    variance, half = ratio(squares, np.ones((len(squares), 1, 1)), confidence)
    ends = [np.sqrt(np.maximum(0, variance + sign * half)) for sign in (0, -1, 1)]
    return Index(ends[0], ends[1], ends[2])


@dataclass(frozen=True, slots=True)
class Screening:
    """Which factors are left after screening.

    Parameters
    ----------
    kept, dropped : tuple of str
        Identifiers of factors.
    threshold : float
        Share of the largest mean absolute effect of an outcome that a factor can reach, by the
        upper end of its interval, or is dropped.
    """

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    threshold: float

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The dropped factors as one group, for a Saltelli design over all factors.

        The group's total index bounds what was lost by dropping them.
        """
        return {REST: self.dropped} if self.dropped else {}

    def __str__(self) -> str:
        return (
            f"{len(self.kept)} of {len(self.kept) + len(self.dropped)} factors reach "
            f"{self.threshold:.0%} of the largest mean effect on some outcome, within their "
            f"intervals; were the outcomes linear, each of the others would have at most "
            f"{self.threshold**2:.2%} of the variance of the strongest."
        )


def screen(effects: IndexTable, threshold: float = THRESHOLD) -> Screening:
    """Tell which factors to keep: those that any outcome at any time may need.

    Parameters
    ----------
    effects : IndexTable
        From :func:`elementary_effects`.
    threshold : float
        Share of the largest mean absolute effect, between 0 and 1.

    Raises
    ------
    DesignError
        The threshold makes no sense, or the table holds no elementary effects.
    """
    if not 0 < threshold < 1:
        raise DesignError(f"a threshold of {threshold:g} is no share between 0 and 1.")
    if "mu_star" not in effects.kinds:
        raise DesignError("screening needs a table of elementary_effects(…).")
    dataset = effects.dataset
    reach = dataset["mu_star_high"] >= threshold * dataset["mu_star"].max("factor")
    matters = reach.any([dim for dim in reach.dims if dim != "factor"]).values
    names = [str(name) for name in dataset["factor"].values]
    return Screening(
        tuple(name for name, stays in zip(names, matters, strict=True) if stays),
        tuple(name for name, stays in zip(names, matters, strict=True) if not stays),
        threshold,
    )


def lost(indices: IndexTable) -> str:
    """Say how much of the variance the dropped factors have at most, from their grouped index.

    Parameters
    ----------
    indices : IndexTable
        Sobol indices of a design with :attr:`Screening.groups`.

    Raises
    ------
    DesignError
        There is no such group in the table.
    """
    if REST not in indices.labels:
        raise DesignError(
            f"the table has no group '{REST}'; lay the design out with groups=screening.groups."
        )
    high = indices.dataset["ST_high"].sel(factor=REST)
    if high.isnull().all():
        raise DesignError("no outcome has indices, so nothing can be said of the dropped factors.")
    where = high.isel(high.argmax(list(map(str, high.dims))))
    when = f" at {float(where['time']):g}" if "time" in where.coords else ""
    return (
        f"The dropped factors together, with all that they do with the others, have at most "
        f"{float(where):.1%} of the variance of any outcome (upper end of the "
        f"{indices.confidence:.0%} interval, {where['outcome_label'].item()}{when})."
    )
