"""Addresses, and what lies there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysd_runner.model.external.cells import (
    Block,
    cell_name,
    column_number,
    find_block,
    read_constants,
    read_names,
    read_series,
)
from pysd_runner.model.external.files import ExternalFault
from pysd_runner.model.external.grid import Grid

GRID = Grid(
    "here",
    (
        ("t", 0, 2, 1, None, 5),
        ("p", 1, None, 3, 4, 5),
        ("q", "6", 7, 8, 9, "x"),
        ("q", None, "", 2.0),
    ),
    {"times": "$B$1:$F$1", "pair": "$B$2:$F$3", "row p": "$B$2:$F$2", "one": "$D$3",
     "broken": "#REF!", "column": "$B$1:$B$3"},
)  # fmt: skip


@given(st.integers(0, 16_383), st.integers(0, 1_048_575))
def test_a_cell_is_found_by_its_name(column: int, row: int) -> None:
    assert find_block(GRID, cell_name(row, column)) == Block(row, column)


@pytest.mark.parametrize(("letters", "place"), [("A", 0), ("z", 25), ("AA", 26), ("XFD", 16_383)])
def test_columns(letters: str, place: int) -> None:
    assert column_number(letters) == place


@pytest.mark.parametrize(
    ("address", "block"),
    [("b2", Block(1, 1)), ("$B$2", Block(1, 1)), ("TIMES", Block(0, 1, 1, 5)),
     ("Row_P", Block(1, 1, 1, 5)), ("one", Block(2, 3, 1, 1))],
)  # fmt: skip
def test_addresses(address: str, block: Block) -> None:
    assert find_block(GRID, address) == block


@pytest.mark.parametrize("address", ["", "B0", "2B", "ABCD1", "B2:C3", "broken", "time", "B٢"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ExternalFault, match="neither a cell, such as 'B2', nor the name"):
        find_block(GRID, address)


@pytest.mark.parametrize(
    ("address", "shape", "numbers"),
    [
        ("D2", (), (3,)), ("one*", (), (8,)), ("B3", (3,), (6, 7, 8)), ("D1*", (3,), (1, 3, 8)),
        ("D2", (2, 2), (3, 4, 8, 9)), ("D2*", (2, 2), (3, 8, 4, 9)), ("D2", (1, 2), (3, 4)),
        ("D2", (2, 1), (3, 8)),
    ],
)  # fmt: skip
def test_constants(address: str, shape: tuple[int, ...], numbers: tuple[float, ...]) -> None:
    assert read_constants(GRID, address, shape) == numbers


@pytest.mark.parametrize(
    ("address", "shape", "message"),
    [
        ("B2", (2,), "reads C2 in here, which holds nothing; write a number there"),
        ("F3", (), "reads F3 in here, which holds 'x'"),
        ("A9", (), "reads A9 in here, which holds nothing"),
        ("pair", (2,), "needs 1 x 2 cells, and 'pair' in here is 2 x 5; correct the range"),
        ("B2", (2, 2, 2), "more than two ranges"),
    ],
)
def test_constants_that_are_not_there(address: str, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ExternalFault, match=message):
        read_constants(GRID, address, shape)


P = ((0, 1), (1, 3), (5, 5))  # without a number at t = 2, nor a t at 4; in order of t
Q = ((0, 6), (1, 8), (2, 7))


@pytest.mark.parametrize(
    ("across", "address", "count", "points"),
    [
        ("1", "B2", 1, [P]), ("1", "B2", 2, [P, Q]), ("times", "pair", 2, [P, Q]),
        ("times", "row p", 1, [P]), ("B", "C1", 1, [((0, 2), (6, 7))]),
        ("B", "C1", 2, [((0, 2), (6, 7)), ((0, 1), (1, 3), (6, 8))]),
    ],
)  # fmt: skip
def test_series(across: str, address: str, count: int, points: object) -> None:
    assert read_series(GRID, across, address, count) == points


@pytest.mark.parametrize(
    ("across", "address", "message"),
    [
        ("1", "B9", "reads the row from B9 in here, where no number stands beside an x"),
        ("9", "B2", "where no number stands beside an x"),
        ("Q", "B2", "reads the column from B2"),
        ("times", "B2", "give a row or column and a cell, or the names of two ranges"),
        ("pair", "row p", "give a row or column and a cell, or the names of two ranges"),
        ("times", "pair", "needs 1 x 5 cells, and 'pair' in here is 2 x 5"),
        ("column", "row p", "needs 3 x 1 cells, and 'row p' in here is 1 x 5"),
        ("nosuch", "row p", "neither a cell"),
    ],
)
def test_series_that_are_not_there(across: str, address: str, message: str) -> None:
    with pytest.raises(ExternalFault, match=message):
        read_series(GRID, across, address, 1)


NAMES = Grid("here", (("head",), ("a", 1, 2.0), ("b", None, "c d"), ("", 2020)), {"n": "$A$2:$A$3"})


@pytest.mark.parametrize(
    ("first", "last", "prefix", "names"),
    [
        ("A2", "A3", "", ("a", "b")), ("A2", "A", "x ", ("x a", "x b")),
        ("A2", "2", "", ("a", "1", "2")), ("A2", "", "", ("a", "1", "2", "b", "c d", "2020")),
        ("A2", "C3", "", ("a", "1", "2", "b", "c d")), ("n", "", "", ("a", "b")),
    ],
)  # fmt: skip
def test_names(first: str, last: str, prefix: str, names: tuple[str, ...]) -> None:
    assert read_names(NAMES, first, last, prefix) == names


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), "reads 0 elements from 'A1' to 'A' in here; give cells that hold between 1 and"),
        ((("a",), (" A",)), "reads the element 'a' twice"),
        ((("a",), ("b]",)), "reads A2 in here, which holds no name of an element"),
        ((('a"',),), "reads A1 in here, which holds no name of an element"),
        ((("a\nb",),), "holds no name of an element"),
    ],
)
def test_names_that_cannot_be(rows: tuple[tuple[object, ...], ...], message: str) -> None:
    with pytest.raises(ExternalFault, match=message):
        read_names(Grid("here", rows), "A1", "A", "")


def test_many_rows_are_read_once() -> None:
    start = time.process_time()
    with pytest.raises(ExternalFault, match="reads 20000 elements"):
        read_names(Grid("here", tuple((f"e{i}",) for i in range(20_000))), "A1", "A", "")
    assert time.process_time() - start < 1
