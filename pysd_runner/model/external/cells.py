"""Addresses of cells, and the numbers and names that lie there."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pysd_runner.model.external.files import ExternalFault
from pysd_runner.model.external.grid import Grid
from pysd_runner.names import key, nearest

MAX_ELEMENTS = 10_000
_CELL = re.compile(r"\$?(?P<column>[A-Za-z]{1,3})\$?(?P<row>[1-9]\d{0,6})")
_COLUMN = re.compile(r"[A-Za-z]{1,3}")
_ROW = re.compile(r"[1-9]\d{0,6}")


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of cells, counted from 0; ``height`` and ``width`` are ``None`` if not given."""

    row: int
    column: int
    height: int | None = None
    width: int | None = None


def column_number(letters: str) -> int:
    """Return the place of a column, counted from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters.upper():
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def cell_name(row: int, column: int) -> str:
    """Return the address of a cell as a spreadsheet shows it."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def find_block(grid: Grid, address: str) -> Block:
    """Return the cells that an address such as ``B2`` or the name of a range means.

    Raises
    ------
    ExternalFault
        It is neither.
    """
    if match := _CELL.fullmatch(address.strip()):
        return Block(int(match["row"]) - 1, column_number(match["column"]))
    cells = grid.names.get(key(address))
    corners = [_CELL.fullmatch(corner) for corner in (cells or "").split(":")]
    if corners[0] is None or corners[-1] is None or len(corners) > 2:
        raise ExternalFault(
            f"reads '{address}' in {grid.place}, which is neither a cell, such as 'B2', nor the "
            f"name of a range there{nearest(address, grid.names)}"
        )
    (top, left), (bottom, right) = (
        (int(corner["row"]) - 1, column_number(corner["column"]))
        for corner in (corners[0], corners[-1])
    )
    return Block(top, left, bottom - top + 1, right - left + 1)


def read_constants(grid: Grid, address: str, shape: Sequence[int]) -> tuple[float, ...]:
    """Return the numbers of a constant, the last subscript fastest.

    Parameters
    ----------
    grid : Grid
        Where to read.
    address : str
        First cell or name of a range; one subscript runs along a row and two run down and along.
        A star behind it, ``B2*``, exchanges down and along.
    shape : sequence of int
        Number of elements of each range on the left side, two at most.

    Raises
    ------
    ExternalFault
        A cell holds no number, or the named range has another shape.
    """
    if len(shape) > 2:
        raise ExternalFault(
            "reads a constant with more than two ranges from a file; write an equation for each "
            "element of the first range"
        )
    height, width = ((1, 1, *shape))[-2:]
    turned = address.strip().endswith("*")
    block = find_block(grid, address.strip().rstrip("*"))
    down, along = (width, height) if turned else (height, width)
    if (block.height or down, block.width or along) != (down, along):
        raise ExternalFault(
            f"needs {down} x {along} cells, and '{address}' in {grid.place} is {block.height} x "
            f"{block.width}; correct the range"
        )
    found: list[float] = []
    for i in range(height):
        for j in range(width):
            row, column = block.row + (j if turned else i), block.column + (i if turned else j)
            found.append(grid.number(row, column))
            if math.isnan(found[-1]):
                raise ExternalFault(
                    f"reads {cell_name(row, column)} in {grid.place}, which holds "
                    f"{_shown(grid.cell(row, column))}; write a number there"
                )
    return tuple(found)


def read_series(
    grid: Grid, across: str, address: str, count: int
) -> list[tuple[tuple[float, float], ...]]:
    """Return the points of each element of a lookup or of data, in order of x.

    Points without a number are left out.

    Parameters
    ----------
    grid : Grid
        Where to read.
    across : str
        Row or column of the x, or the name of a range.
    address : str
        First cell of the y, or the name of a range.
    count : int
        Number of elements; their y lie in rows or columns next to each other.

    Raises
    ------
    ExternalFault
        There are no points, or the ranges do not fit each other.
    """
    xs, first, along_row = _axis(grid, across, address, count)
    found = []
    for element in range(count):
        row, column = first.row + element * along_row, first.column + element * (not along_row)
        ys = [
            grid.number(row + place * (not along_row), column + place * along_row)
            for place in range(len(xs))
        ]
        points = [(x, y) for x, y in zip(xs, ys, strict=True) if not math.isnan(x + y)]
        if not points:
            raise ExternalFault(
                f"reads the {'row' if along_row else 'column'} from {cell_name(row, column)} in "
                f"{grid.place}, where no number stands beside an x; correct the cell or fill it"
            )
        found.append(tuple(sorted(points, key=lambda point: point[0])))
    return found


def _axis(grid: Grid, across: str, address: str, count: int) -> tuple[list[float], Block, bool]:
    """Return the x, NaN where there is none; the first y; and whether they run along a row."""
    first = find_block(grid, address)
    if _ROW.fullmatch(across.strip()):
        row = int(across) - 1
        xs = [grid.number(row, column) for column in range(first.column, grid.width)]
        along_row = True
    elif first.height is None and _COLUMN.fullmatch(across.strip()):
        column = column_number(across.strip())
        xs = [grid.number(row, column) for row in range(first.row, len(grid.rows))]
        along_row = False
    else:
        axis = find_block(grid, across)
        height, width = axis.height or 1, axis.width or 1
        if first.height is None or axis.height is None or min(height, width) > 1:
            raise ExternalFault(
                f"reads x from '{across}' and y from '{address}' in {grid.place}; give a row or "
                "column and a cell, or the names of two ranges"
            )
        along_row = width > 1
        length = max(height, width)
        expected = (count, length) if along_row else (length, count)
        if (first.height, first.width) != expected:
            raise ExternalFault(
                f"needs {expected[0]} x {expected[1]} cells, and '{address}' in {grid.place} is "
                f"{first.height} x {first.width}; correct the range"
            )
        xs = [
            grid.number(axis.row + i * (not along_row), axis.column + i * along_row)
            for i in range(length)
        ]
    return xs, first, along_row


def read_names(grid: Grid, first: str, last: str, prefix: str) -> tuple[str, ...]:
    """Return the elements of a subscript range, row by row; empty cells are left out.

    Parameters
    ----------
    grid : Grid
        Where to read.
    first : str
        First cell, or the name of a range.
    last : str
        Last cell, or last row, or last column; empty for all that follow.
    prefix : str
        What goes before each name.

    Raises
    ------
    ExternalFault
        There is no name, one stands twice, or a cell holds what cannot be a name.
    """
    block = find_block(grid, first)
    bottom, right = _end(grid, block, last.strip())
    found: list[str] = []
    right = min(right, grid.width - 1)
    for row in range(block.row, min(bottom, len(grid.rows) - 1) + 1):
        for column in range(block.column, right + 1):
            value = grid.cell(row, column)
            if value is None or not str(value).strip():
                continue
            text = str(int(value)) if isinstance(value, float) and value.is_integer() else value
            found.append(f"{prefix}{str(text).strip()}")
            if re.search(r"[\x00-\x1f\[\]{}|~\\,;\"]", found[-1]):
                raise ExternalFault(
                    f"reads {cell_name(row, column)} in {grid.place}, which holds no name of an "
                    "element; correct the cell"
                )
    if not found or len(found) > MAX_ELEMENTS:
        raise ExternalFault(
            f"reads {len(found)} elements from '{first}' to '{last}' in {grid.place}; give cells "
            f"that hold between 1 and {MAX_ELEMENTS}"
        )
    twice = next((a for a, b in pairwise(sorted(map(key, found))) if a == b), None)
    if twice is not None:
        raise ExternalFault(f"reads the element '{twice}' twice from {grid.place}; remove one")
    return tuple(found)


def _end(grid: Grid, block: Block, last: str) -> tuple[int, int]:
    """Return the last row and the last column."""
    if block.height is not None and block.width is not None:
        return block.row + block.height - 1, block.column + block.width - 1
    if not last:
        return len(grid.rows), grid.width
    if _ROW.fullmatch(last):
        return int(last) - 1, grid.width
    if _COLUMN.fullmatch(last):
        return len(grid.rows), column_number(last)
    end = find_block(grid, last)
    return end.row, end.column


def _shown(value: object) -> str:
    return "nothing" if value in (None, "") else f"'{str(value)[:40]}'"
