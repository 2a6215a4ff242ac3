"""A run held against recorded output."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pysd_runner.api import Model
from pysd_runner.check.recorded import deviations, recorded_series
from pysd_runner.cli import app
from pysd_runner.errors import RunError
from tests.conftest import with_control

TEXT = """
region: north, south ~~|
"R&D stock"[region] = INTEG(inflow[region], region) ~~|
inflow[region] = 1 / life ~~|
life = 2 ~~|
none = IF THEN ELSE(Time > 1, 0 / 0 , 1) ~~|
table((0, 1), (2, 3)) ~~|
TIME STEP = 1 ~~|
FINAL TIME = 2 ~~|
"""
ROWS = [
    ["Time (Year)", "0", "1", "2"],
    ['"R&D stock"[north]', "1", "1.5", "2.5"],
    ["R&D Stock[South]", "2", "2.5", "3"],
    ["inflow[east]", "9", "9", "9"],
    ["life", "2", "", ""],
    ["table", "1", "1", "1"],
    ["unknown", "1", "1", "1"],
]


def written(path: Path, rows: list[list[str]]) -> Path:
    mark = "\t" if path.suffix == ".tab" else ","
    cells = [["" if not c else '"' + c.replace('"', '""') + '"' for c in row] for row in rows]
    path.write_text("\n".join(mark.join(row) for row in cells), "utf-8")
    return path


@pytest.mark.parametrize("suffix", ["tab", "csv"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_worst_time_of_each_series_is_found_in_both_orientations(
    inline_model: Callable[[str], Model], tmp_path: Path, suffix: str, turned: bool
) -> None:
    rows = [list(column) for column in zip(*ROWS, strict=True)] if turned else ROWS
    model = inline_model(TEXT)
    series = recorded_series(model, written(tmp_path / f"out.{suffix}", rows))
    run = model.run(outputs=["R&D stock", "life"])
    table = deviations(model, run, series)
    assert [(row.variable, row.time, row.run, row.recorded) for row in table.itertuples()] == [
        ("R&D stock[north]", 2.0, 2.0, 2.5),
        ("R&D stock[south]", 0.0, 2.0, 2.0),
        ("life", 0.0, 2.0, 2.0),
    ]
    assert table["deviation"].tolist() == [0.2, 0.0, 0.0]


def test_no_number_beside_a_recorded_one_is_infinitely_far(
    inline_model: Callable[[str], Model], tmp_path: Path
) -> None:
    model = inline_model(TEXT)
    rows = [["Time", "0", "1", "2"], ["none", "1", "1", "0"]]
    series = recorded_series(model, written(tmp_path / "out.csv", rows))
    table = deviations(model, model.run(outputs=["none"]), series)
    assert table["deviation"].tolist() == [math.inf]
    assert table["time"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["Time", "0", "1"], ["elsewhere", "1", "1"]], "has recorded no variable of the model"),
        ([["Time", "0.3", "0.6"], ["life", "2", "2"]], "no recorded time is one that the run"),
    ],
)
def test_a_file_of_another_model_or_other_times_is_refused(
    inline_model: Callable[[str], Model], tmp_path: Path, rows: list[list[str]], message: str
) -> None:
    model = inline_model(TEXT)
    path = written(tmp_path / "out.csv", rows)
    with pytest.raises(RunError, match=message):
        deviations(model, model.run(outputs=["life"]), recorded_series(model, path))


def test_the_command_names_what_differs(tmp_path: Path) -> None:
    model = tmp_path / "small.mdl"
    model.write_text(with_control("A = INTEG(come, 1) ~~|\ncome = 2 ~~|\nTIME STEP = 1 ~~|"))
    path = written(tmp_path / "out.csv", [["Time", "0", "1"], ["A", "1", "3"], ["come", "2", "2"]])
    done = CliRunner().invoke(app, ["run", str(model), "--recorded", str(path)])
    assert done.exit_code == 0, done.output
    assert "as recorded: 2 series agree" in done.output
    written(path, [["Time", "0", "1"], ["A", "1", "3.1"], ["come", "2", "2"]])
    done = CliRunner().invoke(app, ["run", str(model), "--recorded", str(path)])
    assert done.exit_code == 2
    assert "1 of 2 recorded series differ" in done.output
    assert "3.23%" in done.output


def test_what_no_engine_has_is_no_hindrance_where_nothing_was_recorded(tmp_path: Path) -> None:
    model = tmp_path / "small.mdl"
    text = "A = INTEG(2, 1) ~~|\nb = SSHAPE(A, 1, 2) ~~|\nTIME STEP = 1 ~~|"
    model.write_text(with_control(text))
    rows = [["Time", "0", "1"], ["A", "1", "3"]]
    command = ["run", str(model), "--recorded", str(written(tmp_path / "out.csv", rows))]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "as recorded: 1 series agree" in done.output
    written(tmp_path / "out.csv", [*rows, ["b", "0", "0"]])
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert "'b': uses SSHAPE" in str(done.exception)


def test_a_run_of_a_model_without_a_spec_says_what_it_did(tmp_path: Path) -> None:
    model = tmp_path / "small.mdl"
    model.write_text(with_control("A = INTEG(2, 1) ~~|\nFINAL TIME = 4 ~~|"))
    done = CliRunner().invoke(app, ["run", str(model)])
    assert "ran to 4: 1 variables that change; name some with --output" in done.output


GAP = """
A = INTEG(come, 0) ~~|
come = 2 ~~|
average = A / Time ~~|
twice = 2 * average ~~|
TIME STEP = 1 ~~|
"""


def test_an_auxiliary_without_a_value_is_named_and_all_else_compared(tmp_path: Path) -> None:
    model = tmp_path / "small.mdl"
    model.write_text(with_control(GAP))
    rows = [["Time", "0", "1"], ["A", "0", "2"], ["twice", "", "4"]]
    command = ["run", str(model), "--recorded", str(written(tmp_path / "out.csv", rows))]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "no finite value at some times: 'average' at 0, 'twice' at 0; every st" in done.output
    assert "as recorded: 2 series agree" in done.output
    written(tmp_path / "out.csv", [*rows[:2], ["twice", "0", "4"]])
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert "1 of 2 recorded series differ" in done.output


def test_what_has_no_value_is_named_and_all_else_written(tmp_path: Path) -> None:
    model, out = tmp_path / "small.mdl", tmp_path / "out.csv"
    model.write_text(with_control(GAP))
    done = CliRunner().invoke(app, ["run", str(model), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text().splitlines()[:3] == [
        "time,A,average,twice", "0.0,0.0,,", "1.0,2.0,2.0,4.0"
    ]  # fmt: skip


@pytest.mark.parametrize("output", [[], ["--output", "unaffected"], ["--output", "affected"]])
def test_a_stock_without_a_value_ends_the_run(tmp_path: Path, output: list[str]) -> None:
    model, out = tmp_path / "small.mdl", tmp_path / "out.csv"
    text = "A = INTEG(1 / (Time - 2), 0) ~~|\nunaffected = Time ~~|\n"
    text += "affected = IF THEN ELSE(A > 0, 1, 2) ~~|\nTIME STEP = 1 ~~|"
    model.write_text(with_control(text))
    done = CliRunner().invoke(app, ["run", str(model), "--out", str(out), *output])
    assert (done.exit_code == 0) == ("unaffected" in output)
    assert out.exists() == ("unaffected" in output)
    if "unaffected" not in output:
        assert "the run ended non-finite in 'A' at 3; nothing was written" in str(done.exception)


def test_a_missing_value_of_vensim_is_none(
    inline_model: Callable[[str], Model], tmp_path: Path
) -> None:
    model = inline_model(TEXT)
    rows = [["Time", "0", "1", "2"], ["none", "1", "1", "-6.49037e+32"], ["life", "", "", ""]]
    series = recorded_series(model, written(tmp_path / "out.csv", rows))
    table = deviations(model, model.run(outputs=["none"]), series)
    assert table["variable"].tolist() == ["none"]
    assert table["deviation"].tolist() == [0.0]


def test_times_may_be_rounded_to_six_digits(
    inline_model: Callable[[str], Model], tmp_path: Path
) -> None:
    model = inline_model("a = Time ~~|\nINITIAL TIME = 1990 ~~|\nFINAL TIME = 1991 ~~|\n"
                         "TIME STEP = 0.03125 ~~|\n")  # fmt: skip
    run = model.run()
    times = run["time"].values
    rows = [["Time", *(f"{t:.6g}" for t in times)], ["a", *(f"{t:.9g}" for t in times)]]
    series = recorded_series(model, written(tmp_path / "out.csv", rows))
    assert deviations(model, run, series)["deviation"].tolist() == [0.0]
    rows[1][2] = "1991"  # at 1990.03125, which is printed as 1990.03
    series = recorded_series(model, written(tmp_path / "out.csv", rows))
    assert deviations(model, run, series)["time"].tolist() == [1990.03]
