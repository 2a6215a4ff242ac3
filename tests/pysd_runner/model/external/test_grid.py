"""Cells are the same from a workbook and from text."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from pysd_runner.model.external import grid
from pysd_runner.model.external.files import ExternalFault
from pysd_runner.model.external.grid import Grid, as_number, read_grid


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "My  Sheet"
    sheet["B1"], sheet["A3"], sheet["D3"] = 2.5, "text", True
    sheet["C9"] = ""
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=1))
    book.create_chartsheet("Chart").add_chart(chart)
    book.save(path)
    return path


def test_a_sheet_is_found_in_any_case(tmp_path: Path) -> None:
    found = read_grid(workbook(tmp_path / "a.xlsx"), "my sheet")
    assert found.place == "sheet My  Sheet of a.xlsx"
    assert [found.cell(0, 1), found.cell(2, 0), found.cell(1, 0), found.cell(99, 9)] == [
        2.5, "text", None, None,
    ]  # fmt: skip
    assert (len(found.rows), found.width, found.number(2, 3)) == (3, 4, 1.0)


@pytest.mark.parametrize("tab", ["Nosuch", "Chart"])
def test_a_sheet_that_is_not_there_is_named(tmp_path: Path, tab: str) -> None:
    with pytest.raises(ExternalFault, match=r"sheet '.*' of a.xlsx, which has only My "):
        read_grid(workbook(tmp_path / "a.xlsx"), tab)


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1\n")
    before = read_grid(path, ",")
    path.write_text("23\n")
    assert (before.number(0, 0), read_grid(path, ",").number(0, 0)) == (1, 23)


@pytest.mark.parametrize(
    ("name", "tab", "text"),
    [
        ("a.csv", ",", "x,1\n\n2,\"3\"\n"), ("a.csv", "", "x,1\r\n\r\n2,3"),
        ("a.csv", "sheet", "\ufeffx,1\n\n2,3\n"), ("a.csv", ";", "x;1\n\n2;3\n"),
        ("a.tab", "", "x\t1\n\n2\t3\n"), ("a.txt", "\\t", "x\t1\n\n2\t3\n"),
    ],
)  # fmt: skip
def test_text_in_every_layout(tmp_path: Path, name: str, tab: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    found = read_grid(tmp_path / name, tab)
    assert [found.cell(0, 0), found.number(0, 1)] == ["x", 1]
    assert [found.number(2, 0), found.number(2, 1)] == [2, 3]  # an empty line is a row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_text("Köln,1\n", encoding=encoding)
    assert read_grid(tmp_path / "a.csv", ",").cell(0, 0) == "Köln"


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), (" 1e3 ", 1000), (True, 1), ("1_0", None), ("", None), ("1,5", None), (None, None),
     ("nan", None), ("inf", None), ("#N/A", None), (10**400, None)],
)  # fmt: skip
def test_what_counts_as_a_number(value: object, number: float | None) -> None:
    found = as_number(value)
    assert math.isnan(found) if number is None else found == number


def test_broken_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("1,2\n")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    (tmp_path / "zip.xlsx").write_bytes(packed.getvalue())
    for name in ("text.xlsx", "zip.xlsx"):
        with pytest.raises(ExternalFault, match="which is no workbook or a broken one"):
            read_grid(tmp_path / name, "Sheet")
    (tmp_path / "binary.csv").write_bytes(b"1,\0,2")
    with pytest.raises(ExternalFault, match="which is a binary file"):
        read_grid(tmp_path / "binary.csv", ",")
    (tmp_path / "long.csv").write_text("x" * 200_000)
    with pytest.raises(ExternalFault, match="which is no table of texts"):
        read_grid(tmp_path / "long.csv", ",")
    with pytest.raises(ExternalFault, match="separator ', '; give one character"):
        read_grid(tmp_path / "long.csv", ", ")


def test_large_contents_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "large.xlsx")
    monkeypatch.setattr(grid, "MAX_UNPACKED", 10)
    with pytest.raises(ExternalFault, match="too large once unpacked"):
        read_grid(path, "My Sheet")
    (tmp_path / "wide.csv").write_text("1,2,3\n")
    monkeypatch.setattr(grid, "MAX_CELLS", 2)
    with pytest.raises(ExternalFault, match="has over 2 cells; split it"):
        read_grid(tmp_path / "wide.csv", ",")


def test_an_empty_file_has_no_cells(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    assert read_grid(tmp_path / "empty.csv", ",") == Grid("empty.csv", ())
