"""Series from data files: one for each variable or element, named as in the model."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.external.files import ExternalFault, checked, is_file
from pysd_runner.model.external.grid import Grid, as_number, decoded, read_grid
from pysd_runner.names import clean, key

_HEADER = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<elements>[^\[\]]*)\])?")
_RUN = re.compile(r"(?<!\s)\s+:\s[^\"\]]*$")
"""The name of the run, which Vensim writes behind that of a variable in a table."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one variable, or of one element of it, over time.

    Parameters
    ----------
    name : str
        Key of the variable.
    elements : tuple of str
        Element keys; ``()`` for a scalar.
    points : tuple of (float, float)
        Times, increasing, and values.
    origin : str
        File that they are from.
    """

    name: str
    elements: tuple[str, ...]
    points: tuple[tuple[float, float], ...] = field(repr=False)
    origin: str = ""


def read_data_file(path: Path, names: Container[str], *, whole: bool = True) -> list[Series]:
    r"""Read the series of some variables from a file.

    Parameters
    ----------
    path : pathlib.Path
        A ``.csv`` or ``.tab`` file with the time in its first column and names such as
        ``demand`` or ``demand[north]`` in its first row, or the other way round; or a ``.dat``
        file, where each name stands on a line before its lines of time and value.
    names : container of str
        Keys of the variables that are wanted; whatever else the file holds is passed over.
    whole : bool
        Whether a wanted variable without any number is a fault; otherwise it is passed over.

    Raises
    ------
    ModelError
        The file is missing or broken, or a variable has the same time twice.
    """
    try:
        if not is_file(path):
            raise ExternalFault("there is no such file; check the path")
        if checked(path, path.name).suffix.lower() == ".dat":
            columns = _blocks(decoded(path))
        else:
            columns = _columns(read_grid(path, ""))
        return [
            Series(*place, _points(header, values), path.name)
            for header, values in columns
            if (place := _place(header, names))[0] in names
            and (whole or not all(math.isnan(sum(pair)) for pair in values))
        ]
    except ExternalFault as fault:
        raise ModelError(Fault(f"{fault}.", path)) from None


def _place(header: str, names: Container[str]) -> tuple[str, tuple[str, ...]]:
    name = clean(_RUN.sub("", header).replace("\\n", " "))
    if key(name) in names:  # brackets may be part of a name
        return key(name), ()
    match = _HEADER.fullmatch(name)
    if match is None:
        return "", ()
    elements = match["elements"].split(",") if match["elements"] else []
    return key(match["name"]), tuple(map(key, elements))


def _points(header: str, pairs: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    points = sorted(pair for pair in pairs if not math.isnan(sum(pair)))
    if not points:
        raise ExternalFault(f"holds no number of '{header}'; fill it in")
    if len({time for time, _ in points}) < len(points):
        raise ExternalFault(f"gives '{header}' twice at the same time; remove one")
    return tuple(points)


def _columns(grid: Grid) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Yield the header and the points of each column, or of each row if times head the columns."""
    width, height = grid.width, len(grid.rows)
    top = [grid.number(0, column) for column in range(1, width)]
    if width < 2 or height < 2:
        raise ExternalFault("holds no table; give a column of times and one for each variable")
    texts = sum(bool(grid.cell(0, column)) for column in range(1, width))
    if 2 * sum(not math.isnan(each) for each in top) > texts:
        for row in range(1, height):
            values = [grid.number(row, column) for column in range(1, width)]
            yield str(grid.cell(row, 0) or ""), list(zip(top, values, strict=True))
        return
    times = [grid.number(row, 0) for row in range(1, height)]
    for column in range(1, width):
        values = [grid.number(row, column) for row in range(1, height)]
        yield str(grid.cell(0, column) or ""), list(zip(times, values, strict=True))


def _blocks(text: str) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Yield the header and the points of each block of a ``.dat`` file."""
    header = ""
    pairs: list[tuple[float, float]] = []
    for line in text.splitlines():
        fields = line.split("\t") if "\t" in line else line.split()
        numbers = [as_number(each) for each in fields]
        if len(fields) == 2 and not math.isnan(numbers[0]):
            pairs.append((numbers[0], numbers[1]))
        elif line.strip():
            if header:
                yield header, pairs
            header, pairs = line.strip(), []
    if header:
        yield header, pairs
