"""Observed series beside a model: ``data/series.csv`` and the sources they cite."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pysd_runner.errors import Fault, SpecError
from pysd_runner.names import nearest
from pysd_runner.spec.schema import History

SERIES = Path("data") / "series.csv"
"""Where a model's observed series lie, below its folder."""

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
        table = _read_table(path, COLUMNS)
    except FileNotFoundError:
        raise SpecError(
            Fault("there is no such file; the spec holds the model against the series in it.", path)
        ) from None
    faults = []
    for column in ("year", "value"):
        numbers = pd.to_numeric(table[column], errors="coerce")
        for line in table.index[~np.isfinite(numbers)]:
            text = str(table.at[line, column])
            faults.append(Fault(f"'{text}' is no number.", path, line, column))
        table[column] = numbers
    for line in table.index[~table["use"].isin(USES)]:
        use = str(table.at[line, "use"])
        faults.append(Fault(f"'{use}' is no use{nearest(use, USES)}.", path, line, "use"))
    if faults:
        raise SpecError(faults)
    return table.reset_index(drop=True)


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


def mismatches(entry: History, table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield why a comparison cannot be made with these series: key of the entry and message."""
    try:
        found = observed(table, entry.indicator)
    except SpecError as error:
        yield "indicator", error.faults[0].message.removesuffix(".")
        return
    units = sorted(set(found["unit"]))
    if entry.transform == "level" and units != [entry.unit]:
        yield (
            "unit",
            f"is '{entry.unit}', but the series '{entry.indicator}' is in {', '.join(units)}; "
            "compare an index, or convert the series",
        )
    years = sorted(set(found["year"]))
    if entry.base_year is not None and entry.base_year not in years:
        listed = ", ".join(f"{year:g}" for year in years)
        yield (
            "base_year",
            f"the series '{entry.indicator}' has no value in {entry.base_year:g}; choose one of "
            f"{listed}",
        )


def read_sources(path: Path) -> dict[str, tuple[str, str]]:
    """Read the table of sources: key -> (citation, address); empty if there is no such file."""
    if not path.is_file():
        return {}
    table = _read_table(path, ("key", "citation", "url"))
    rows = zip(table["key"], table["citation"], table["url"], strict=True)
    return {name: (citation, url) for name, citation, url in rows}


def _read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of texts, indexed by line of the file, without the lines that start with ``#``.

    Only whole lines are comments: addresses may hold a ``#``.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise SpecError(Fault(f"is no text in UTF-8 ({error}).", path)) from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SpecError(Fault(f"cannot be read ({error.strerror}).", path)) from None
    reader = csv.reader("" if line.startswith("#") else line for line in lines)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise SpecError(
            Fault(f"is no table of comma-separated values ({error}).", path, reader.line_num)
        ) from None
    header = rows[0][1] if rows else []
    doubled = {column for column in header if header.count(column) > 1}
    if doubled:
        raise SpecError(Fault(f"has the column '{min(doubled)}' twice; remove one.", path, 1))
    missing = [column for column in columns if column not in header]
    if missing:
        raise SpecError(Fault(f"lacks the column(s) {', '.join(missing)}.", path, 1))
    faults = [
        Fault(f"holds {len(row)} values in {len(header)} columns; put a text with commas into "
              "quotes.", path, line)
        for line, row in rows[1:]
        if len(row) != len(header)
    ]  # fmt: skip
    if faults:
        raise SpecError(faults)
    lines_of_rows = [line for line, _ in rows[1:]]
    return pd.DataFrame(
        [row for _, row in rows[1:]], index=lines_of_rows, columns=header, dtype=str
    )
