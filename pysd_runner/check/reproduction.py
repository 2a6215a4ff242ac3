"""How well the base case reproduces what was observed.

References
----------
Sterman, J. D. (1984) Appropriate summary statistics for evaluating the historical fit of system
dynamics models. Dynamica 10 (Winter): 51-66. After Theil, H. (1966) Applied Economic Forecasting,
North-Holland, it takes the mean squared error apart: unequal means (bias), unequal variation,
unequal covariation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.check.finding import Finding
from pysd_runner.run.evaluate import evaluate, variables_in
from pysd_runner.spec.schema import History
from pysd_runner.spec.series import SERIES, observed, read_series

LEAST_POINTS = 4
"""Fewer observations than these have no statistics; they are held against a band."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """A series of the base case beside what was observed, both in the same unit.

    Parameters
    ----------
    name : str
        Identifier in the spec.
    entry : History
        What is compared.
    times, values : ndarray, shape (saves,)
        The base case; an index is 1 in its base year.
    observed : pandas.DataFrame
        Columns ``year``, ``value``, ``quality``, ``use`` and ``model``, the base case in that
        year. Where an indicator has several figures for a year, the series says which one is used
        (``calibration`` or ``validation``) and keeps the others as ``rejected``.
    """

    name: str
    entry: History
    times: Floats
    values: Floats
    observed: pd.DataFrame

    def rows(self, use: str) -> pd.DataFrame:
        """Return the observations of a use, without the base year of an index, which is 1."""
        rows = self.observed[self.observed["use"] == use]
        return rows if self.entry.base_year is None else rows[rows["year"] != self.entry.base_year]


@dataclass(frozen=True, slots=True)
class Fit:
    """Statistics of one series.

    Parameters
    ----------
    points : int
        Number of observations.
    error : float
        Mean absolute error relative to the observations (MAPE).
    determination : float
        Squared correlation, R²; NaN where a series does not vary.
    bias, variation, covariation : float
        Shares of the mean squared error: U^M, U^S and U^C, which sum to one; all NaN if the error
        is zero.
    """

    points: int
    error: float
    determination: float
    bias: float
    variation: float
    covariation: float


def fit(simulated: Floats, actual: Floats) -> Fit:
    """Compare a simulated series with an observed one.

    Parameters
    ----------
    simulated, actual : ndarray, shape (points,)
        In the same unit; no observation is zero.

    Notes
    -----
    With means, standard deviations (dividing by the number of points) and correlation r, the mean
    squared error is (mean S - mean A)² + (s_S - s_A)² + 2 (1 - r) s_S s_A.
    """
    difference = simulated - actual
    squared = float(np.mean(difference**2))
    spread_s, spread_a = float(simulated.std()), float(actual.std())
    together = float(np.mean((simulated - simulated.mean()) * (actual - actual.mean())))
    product = spread_s * spread_a
    parts = (
        float(difference.mean()) ** 2,
        (spread_s - spread_a) ** 2,
        2 * (product - together),
    )
    shares = tuple(part / squared for part in parts) if squared > 0 else (np.nan,) * 3
    r = together / product if product > 0 else np.nan
    error = float(np.mean(np.abs(difference) / np.abs(actual)))
    return Fit(len(actual), error, r**2, *shares)


def pairings(model: Model, base: xr.Dataset | None = None) -> tuple[Pairing, ...]:
    """Put each observed series of the spec beside the base case.

    A year's figure stands beside the model's value at that time: 2015 beside time 2015.
    The spec has been held against the series when it was read.

    Parameters
    ----------
    base : xarray.Dataset or None
        The base case with the variables of :func:`history_variables`; ``None`` runs it.
    """
    entries = model.spec.history
    if not entries:
        return ()
    table = read_series(model.folder / SERIES)
    if base is None:
        base = model.run(outputs=history_variables(model), save_step=model.spec.model.save_step)
    return tuple(_pair(name, entry, table, base, model) for name, entry in entries.items())


def history_variables(model: Model) -> tuple[str, ...]:
    """Return the variables that observed series are held against."""
    return variables_in((entry.text for entry in model.spec.history.values()), model.graph)


def _pair(
    name: str, entry: History, table: pd.DataFrame, base: xr.Dataset, model: Model
) -> Pairing:
    rows = observed(table, entry.indicator)[["year", "value", "quality", "use"]].copy()
    times: Floats = np.asarray(base["time"].values, dtype=float)
    series: Floats = np.asarray(evaluate(entry.text, base, model.graph).values, dtype=float)
    if entry.base_year is not None:
        at_base = rows.loc[rows["year"] == entry.base_year, "value"]
        rows["value"] = rows["value"] / at_base.iloc[0]
        series = series / np.interp(entry.base_year, times, series)
    rows["model"] = np.interp(rows["year"], times, series, np.nan, np.nan)
    return Pairing(name, entry, times, series, rows)


COLUMNS = ("series", "points", "MAPE", "R²", "U^M", "U^S", "U^C", "held out", "MAPE held out",
           "largest error", "band")  # fmt: skip


def reproduction(pairs: Sequence[Pairing]) -> pd.DataFrame:
    """Summarise how well each series is reproduced.

    Returns
    -------
    pandas.DataFrame
        Indexed by identifier; columns :data:`COLUMNS`. A series with fewer than
        :data:`LEAST_POINTS` observations outside the hold-out has no statistics: what counts is
        whether its ``largest error`` lies inside the ``band``. Errors are relative.
    """
    return pd.DataFrame(
        {pair.name: _summary(pair) for pair in pairs}, index=list(COLUMNS)
    ).T.infer_objects()


def _summary(pair: Pairing) -> tuple[object, ...]:
    used, held = pair.rows("calibration"), pair.rows("validation")
    statistics: tuple[float, ...] = (np.nan,) * 5
    if len(used) >= LEAST_POINTS:
        found = fit(used["model"].to_numpy(), used["value"].to_numpy())
        statistics = (
            found.error, found.determination, found.bias, found.variation, found.covariation,
        )  # fmt: skip
    return (pair.entry.label, len(used), *statistics, len(held), _errors(held).mean(),
            _errors(used).max(), pair.entry.band)  # fmt: skip


def _errors(rows: pd.DataFrame) -> pd.Series:
    return ((rows["model"] - rows["value"]) / rows["value"]).abs()


def plausibility(pairs: Sequence[Pairing]) -> list[Finding]:
    """Hold each series against its band: a long one by its mean error, a short one by each point.

    The base year of an index and what is held out do not count.
    """
    findings = []
    for pair in pairs:
        used, label, band = pair.rows("calibration"), pair.entry.label, pair.entry.band
        if used.empty:
            findings.append(Finding(label, True, "nothing observed outside the hold-out"))
            continue
        errors, count = _errors(used), len(used)
        long = count >= LEAST_POINTS
        error = float(errors.mean() if long else errors.max())
        what = "mean error" if long else "largest error"
        points = f"{count} point{'s' if count > 1 else ''}"
        detail = f"{what} {error:.1%} of {points} (band {band:.0%})"
        findings.append(Finding(label, error <= band, detail))
    return findings
