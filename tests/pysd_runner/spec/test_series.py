from __future__ import annotations

from pathlib import Path

import pytest

from pysd_runner import SpecError
from pysd_runner.spec.series import COLUMNS, observed, read_series, read_sources

HEADER = ",".join(COLUMNS) + "\n"
ROWS = (
    'rd,2021,0.03,Dmnl,city,final,calibration,a,"Note, with comma"\n'
    "rd,2020,0.02,Dmnl,city,final,validation,a,#2\n"
    "rd,2019,0.01,Dmnl,city,final,rejected,a,\n"
    "va,2020,1e3,MCNY,city,final,reference,b,\n"
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "series.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_series_are_read(tmp_path: Path) -> None:
    table = read_series(written(tmp_path, "# a comment\n" + HEADER + ROWS))
    assert table["year"].tolist() == [2021, 2020, 2019, 2020]
    assert table["value"].tolist() == [0.03, 0.02, 0.01, 1000]
    assert table["note"].tolist() == ["Note, with comma", "#2", "", ""]
    rows = observed(table, "rd")
    assert rows["year"].tolist() == [2020, 2021]
    assert rows["use"].tolist() == ["validation", "calibration"]


def test_indicators_that_cannot_be_held_against(tmp_path: Path) -> None:
    table = read_series(written(tmp_path, HEADER + ROWS))
    with pytest.raises(SpecError, match="no indicator 'rdd'; did you mean 'rd'"):
        observed(table, "rdd")
    with pytest.raises(SpecError, match="no row of the indicator 'va' is for calibration"):
        observed(table, "va")


@pytest.mark.parametrize(
    ("text", "lines", "message"),
    [
        ("", [1], "lacks the column(s) indicator, year"),
        ("indicator,year\n", [1], "lacks the column(s) value, unit"),
        ("# one\n\n" + HEADER + ROWS.replace("1e3", "1000 MCNY"), [7], "'1000 MCNY' is no number"),
        (HEADER + ROWS.replace("2019", "inf"), [4], "'inf' is no number"),
        (HEADER + ROWS.replace("1e3", ""), [5], "'' is no number"),
        (HEADER + ROWS.replace("calibration", "calibrate"), [2],
         "'calibrate' is no use; did you mean 'calibration'?"),
        (HEADER + ROWS.replace('"', ""), [2], "holds 10 values in 9 columns; put a text with"),
        (HEADER + ROWS.replace("2020", "x"), [3, 5], "'x' is no number"),
    ],
)  # fmt: skip
def test_faults_name_their_lines(tmp_path: Path, text: str, lines: list[int], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_series(written(tmp_path, text))
    assert [fault.line for fault in caught.value.faults] == lines
    assert all(message in fault.message for fault in caught.value.faults)


def test_a_missing_or_unreadable_series(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no such file"):
        read_series(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(SpecError, match="is no text in UTF-8"):
        read_series(tmp_path / "bad.csv")


def test_sources_keep_their_addresses_whole(tmp_path: Path) -> None:
    path = written(tmp_path, 'key,citation,url\na,"A, B (2020)",https://x.org/a#page=3\n')
    assert read_sources(path) == {"a": ("A, B (2020)", "https://x.org/a#page=3")}
    assert read_sources(tmp_path / "none.csv") == {}
    with pytest.raises(SpecError, match=r"lacks the column\(s\) citation, url"):
        read_sources(written(tmp_path, "key,cite\n"))
