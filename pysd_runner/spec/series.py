"""Observed series beside a model: ``data/series.csv`` and the sources they cite."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pysd_runner.errors import Fault, SpecError
from pysd_runner.names import nearest

COLUMNS = ("indicator", "year", "value", "unit", "scope", "quality", "use", "source", "note")
USES = ("calibration", "validation", "input", "reference", "rejected")
HELD_AGAINST = ("calibration", "validation")


def read_series(path: Path) -> pd.DataFrame:
    """Read observed series.

    Returns
    -------
    pandas.DataFrame
        Columns ``indicator``, ``year``, ``value``, ``unit``, ``scope``, ``quality``, ``use``,
        ``source``, ``note``; ``year`` and ``value`` are numbers.

    Raises
    ------
    SpecError
        The file is missing, lacks a column, or a row holds no number or an unknown use.
    """
    try:
        table = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise SpecError(Fault("there is no such file.", path)) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise SpecError(Fault(f"is no table of comma-separated values ({error}).", path)) from None
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise SpecError(Fault(f"lacks the column(s) {', '.join(missing)}.", path, 1))
    faults = []
    for column in ("year", "value"):
        numbers = pd.to_numeric(table[column], errors="coerce")
        for row in table.index[numbers.isna()]:
            faults.append(Fault(f"'{table.at[row, column]}' is no number.", path, row + 2, column))
        table[column] = numbers
    for row in table.index[~table["use"].isin(USES)]:
        use = table.at[row, "use"]
        faults.append(Fault(f"'{use}' is no use{nearest(use, USES)}.", path, row + 2, "use"))
    if faults:
        raise SpecError(faults)
    return table


def observed(table: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return the rows of an indicator that a model may be held against, by year.

    Raises
    ------
    SpecError
        There is no such indicator, or none of its rows is for calibration or validation.
    """
    known = sorted(set(table["indicator"]))
    if indicator not in known:
        raise SpecError(f"the series hold no indicator '{indicator}'{nearest(indicator, known)}.")
    rows = table[(table["indicator"] == indicator) & table["use"].isin(HELD_AGAINST)]
    if rows.empty:
        raise SpecError(f"no row of the indicator '{indicator}' is for calibration or validation.")
    return rows.sort_values("year").reset_index(drop=True)


def read_sources(path: Path) -> dict[str, tuple[str, str]]:
    """Read the table of sources: key -> (citation, address); empty if there is no such file."""
    if not path.exists():
        return {}
    table = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    missing = [column for column in ("key", "citation", "url") if column not in table]
    if missing:
        raise SpecError(Fault(f"lacks the column(s) {', '.join(missing)}.", path, 1))
    rows = zip(table["key"], table["citation"], table["url"], strict=True)
    return {name: (citation, url) for name, citation, url in rows}
