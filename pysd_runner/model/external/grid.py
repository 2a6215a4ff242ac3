"""The cells of a sheet or of a text file, whatever the file's kind."""

from __future__ import annotations

import csv
import io
import math
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pysd_runner.model.external.files import SEPARATORS, WORKBOOKS, ExternalFault
from pysd_runner.names import key, nearest

MAX_CELLS = 5_000_000
MAX_UNPACKED = 512_000_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells by row and column, counted from 0.

    Parameters
    ----------
    place : str
        File and sheet, for messages.
    rows : tuple of tuple
        What the cells hold; rows may be of different lengths.
    names : mapping of str to str
        Named ranges on this sheet: key of name -> ``$B$2:$D$5``.
    """

    place: str
    rows: tuple[tuple[object, ...], ...] = field(repr=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def width(self) -> int:
        """Number of columns."""
        return max(map(len, self.rows), default=0)

    def cell(self, row: int, column: int) -> object:
        """Return what a cell holds; ``None`` if nothing, also beyond the last."""
        if row < len(self.rows) and column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def number(self, row: int, column: int) -> float:
        """Return the number in a cell, NaN if there is none."""
        return as_number(self.cell(row, column))


def as_number(value: object) -> float:
    """Return the finite number that a cell holds, be it as text; otherwise NaN."""
    if not isinstance(value, int | float | str) or (isinstance(value, str) and "_" in value):
        return math.nan
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def read_grid(path: Path, tab: str) -> Grid:
    """Read one sheet of a workbook, or a text file.

    Parameters
    ----------
    path : pathlib.Path
        A file that :func:`~pysd_runner.model.external.files.data_path` has let pass.
    tab : str
        Name of the sheet, in any case; of a text file, what separates its columns.

    Raises
    ------
    ExternalFault
        There is no such sheet, or the file is not what its name says.
    """
    stat = path.stat()
    stamp = (stat.st_mtime_ns, stat.st_size)
    if path.suffix.lower() in WORKBOOKS:
        return _sheet(path, stamp, key(tab))
    return _text(path, stamp, _separator(path, tab))


# -- text -------------------------------------------------------------------------------------


def _separator(path: Path, tab: str) -> str:
    tab = "\t" if tab == "\\t" else tab
    if not tab or tab[0].isalnum():
        return SEPARATORS.get(path.suffix.lower(), "\t")
    if len(tab) > 1:
        raise ExternalFault(
            f"reads {path.name} with the separator '{tab}'; give one character, such as ','"
        )
    return tab


@lru_cache(maxsize=512)
def _text(path: Path, _stamp: tuple[int, int], separator: str) -> Grid:
    text = decoded(path)
    try:
        # a line without text is a row too, as in a spreadsheet
        rows = _limited(csv.reader(io.StringIO(text, newline=""), delimiter=separator), path.name)
    except (csv.Error, TypeError) as error:
        raise ExternalFault(f"reads {path.name}, which is no table of texts ({error})") from None
    return Grid(path.name, rows)


def decoded(path: Path) -> str:
    """Return the text of a file in the encoding that its first bytes or its letters tell."""
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw:
        raise ExternalFault(f"reads {path.name}, which is a binary file; save it as text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


# -- workbooks --------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _workbook(path: Path, _stamp: tuple[int, int]) -> Any:
    from openpyxl import load_workbook

    raw = io.BytesIO(path.read_bytes())
    try:
        unpacked = sum(each.file_size for each in zipfile.ZipFile(raw).infolist())
        if unpacked <= MAX_UNPACKED:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and extensions that hold no numbers
                return load_workbook(raw, read_only=True, data_only=True, keep_links=False)
    except Exception:  # a broken workbook makes openpyxl raise almost anything
        raise ExternalFault(
            f"reads {path.name}, which is no workbook or a broken one; save it as .xlsx again"
        ) from None
    raise ExternalFault(f"reads {path.name}, which is too large once unpacked; split it")


@lru_cache(maxsize=256)
def _sheet(path: Path, stamp: tuple[int, int], tab: str) -> Grid:
    book = _workbook(path, stamp)
    sheets = {key(sheet.title): sheet for sheet in book.worksheets}
    if tab not in sheets:
        titles = [sheet.title for sheet in book.worksheets]
        raise ExternalFault(
            f"reads the sheet '{tab}' of {path.name}, which has only {', '.join(titles)}"
            f"{nearest(tab, titles)}"
        )
    sheet = sheets[tab]
    place = f"sheet {sheet.title} of {path.name}"
    try:
        sheet.reset_dimensions()  # what a file says of its size may be wrong
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = _limited(sheet.iter_rows(values_only=True), place)
        names = _named_ranges(book.defined_names, tab) | _named_ranges(sheet.defined_names, tab)
    except ExternalFault:
        raise
    except Exception:
        raise ExternalFault(f"reads {place}, which is broken; save the file again") from None
    return Grid(place, rows, names)


def _named_ranges(defined: Mapping[str, Any], tab: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, definition in defined.items():
        for title, cells in definition.destinations:
            if key(title) == tab:
                found[key(name)] = cells
    return found


def _limited(rows: Iterable[Iterable[object]], place: str) -> tuple[tuple[object, ...], ...]:
    found: list[tuple[object, ...]] = []
    count = filled = 0
    for row in rows:
        cells = _without_empty_end(tuple(row))
        count += len(cells) + 1
        if count > MAX_CELLS:
            raise ExternalFault(f"reads {place}, which has over {MAX_CELLS} cells; split it")
        found.append(cells)
        filled = len(found) if cells else filled
    return tuple(found[:filled])


def _without_empty_end(cells: tuple[object, ...]) -> tuple[object, ...]:
    end = max((i + 1 for i, cell in enumerate(cells) if cell not in (None, "")), default=0)
    return cells[:end]
