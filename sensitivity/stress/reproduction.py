"""How well the base case reproduces what was observed, as a table of the report."""

from __future__ import annotations

import pandas as pd

from pysd_runner.check.reproduction import LEAST_POINTS, Pairing, reproduction
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.tables import Grid

NOTE = (
    f"Series with {LEAST_POINTS} or more figures outside the hold-out have statistics of fit: mean "
    "absolute error (MAPE), R², and the shares of the mean squared error that are due to unequal "
    "means (U^M), unequal variation (U^S) and unequal covariation (U^C), after Sterman (1984). A "
    "shorter series is only held against a band, which its largest error should not exceed. What "
    "was held out entered no fitting."
)


def reproduction_grid(test: StressTest) -> Grid:
    """Return the table: one row for each observed series."""
    entries = test.model.spec.history.items()
    pairs = [
        Pairing(name, entry, shown.times, shown.values, shown.observed)
        for (name, entry), shown in zip(entries, test.history, strict=True)
    ]
    table = reproduction(pairs)
    rows = tuple(
        (str(row["series"]), *(_cell(name, row[name]) for name in table.columns[1:]))
        for _, row in table.iterrows()
    )
    header = ("Series", *(str(name) for name in table.columns[1:]))
    return Grid("How well the base case fits", header, rows, tuple(range(1, len(header))))


def _cell(column: str, value: float) -> str:
    if pd.isna(value):
        return "–"
    if column in ("points", "held out"):
        return f"{int(value)}"
    return f"{value:.2f}" if column.startswith(("U^", "R²")) else f"{value:.1%}"
