"""A stress test from model file to report, on a model small enough to know the answer."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model, load
from pysd_runner.errors import DesignError, RunError
from sensitivity.stress.choices import Method
from sensitivity.stress.record import Record, versions
from sensitivity.stress.report import write_report
from sensitivity.stress.stress_test import StressTest, stress_test

MODEL = """{UTF-8}
Wealth = INTEG(saving - spending, 100) ~ MCNY ~ What there is. |
saving = strong lever * scale ~ MCNY/yr ~ In. |
spending = weak lever * scale + 0 * idle lever ~ MCNY/yr ~ Out. |
scale = 1 ~ MCNY/yr ~ Unit. [assumption: a test] |
strong lever = 3 ~ Dmnl [0, 10] ~ A lever. [assumption: a test] |
weak lever = 1 ~ Dmnl ~ A lever. [assumption: a test] |
idle lever = 0.5 ~ Dmnl ~ A lever. [assumption: a test] |
INITIAL TIME = 0 ~ yr ~ Start. |
FINAL TIME = 4 ~ yr ~ End. |
TIME STEP = 0.5 ~ yr ~ Step. |
SAVEPER = TIME STEP ~ yr ~ Save. |
"""
SPEC = """
[model]
title = "Wealth <test>"
question = "What moves wealth?"
file = "wealth.mdl"
save_step = 0.5

[levers.strong]
variable = "strong lever"
label = "Strong"
unit = "Dmnl"
base = 3
bounds = [2, 4]
cost_note = "none"
paper = "4"
assumption = "a test"

[levers.weak]
variable = "weak lever"
label = "Weak"
unit = "Dmnl"
base = 1
bounds = [0.5, 1.5]
cost_note = "none"
paper = "4"
assumption = "a test"

[levers.idle]
variable = "idle lever"
label = "Idle"
unit = "Dmnl"
base = 0.5
bounds = [0, 1]
cost_note = "none"
paper = "4"
assumption = "a test"

[outcomes.wealth]
label = "Wealth at the end"
variable = "Wealth"
reduction = "final"
unit = "MCNY"
direction = "maximise"

[history.wealth]
label = "Wealth"
variable = "Wealth"
unit = "MCNY"
indicator = "wealth"
"""
SERIES = """indicator,year,value,unit,scope,quality,use,source,note
wealth,1,101,MCNY,test,final,calibration,nobody,
wealth,2,105,MCNY,test,final,validation,nobody,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wealth")
    (place / "data").mkdir()
    (place / "wealth.mdl").write_text(MODEL, "utf-8")
    (place / "sandbox.toml").write_text(SPEC, "utf-8")
    (place / "data" / "series.csv").write_text(SERIES, "utf-8")
    return place


@pytest.fixture(scope="module")
def sampled(folder: Path) -> StressTest:
    return stress_test(load(folder / "wealth.mdl"), 64, workers=1)


def test_indices_of_a_linear_model_are_shares_of_its_variance(sampled: StressTest) -> None:
    # Wealth = 100 + 4 (strong - weak): variances go with the squared ranges, 2² and 1².
    assert sampled.indices is not None
    rows = sampled.indices.of("wealth", "ST")
    for name, share in (("strong", 0.8), ("weak", 0.2)):
        assert rows.loc[name, "estimate"] == pytest.approx(share, abs=0.06)
        assert rows.loc[name, "low"] <= share <= rows.loc[name, "high"]
    assert rows.loc["idle", "estimate"] == 0.0
    assert sampled.sampled is not None
    assert sampled.sampled.base["wealth"] == pytest.approx(108)


def test_levers_are_screened_where_that_is_asked_for(folder: Path) -> None:
    test = stress_test(load(folder / "wealth.mdl"), 64, workers=1, method=Method.SCREEN)
    assert test.indices is None
    assert test.swings is not None
    assert test.swings.set_index("factor")["swing"].to_dict() == pytest.approx(
        {"strong": 4.0, "weak": 2.0, "idle": 0.0}
    )


def test_too_much_work_is_screened_by_count_not_by_clock(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensitivity.stress.stress_test.MOST_WORK", 3 * 8 * 320 - 1)
    monkeypatch.setattr(Model, "compiles", False)
    test = stress_test(load(folder / "wealth.mdl"), 64, workers=1)
    assert test.sampled is None
    assert "320 runs of 3 equations and 8 steps" in test.refusal


def test_outcome_that_nothing_moves_does_not_take_the_others_along(
    folder: Path, tmp_path: Path
) -> None:
    still = SPEC + '\n[outcomes.still]\nlabel = "Still"\nexpression = "0 * Wealth"\n'
    still += 'reduction = "final"\nunit = "MCNY"\ndirection = "none"\n'
    (tmp_path / "data").mkdir()
    for name, text in (("wealth.mdl", MODEL), ("sandbox.toml", still), ("data/series.csv", SERIES)):
        (tmp_path / name).write_text(text, "utf-8")
    test = stress_test(load(tmp_path / "wealth.mdl"), 64, workers=1, second_order=True)
    assert test.refusal == "No factor moves Still: the same in all 512 runs."
    assert test.indices is not None
    assert set(test.indices.table["outcome"]) == {"wealth"}
    pairs = test.indices.of("wealth", "S2")
    assert (pairs["estimate"].abs() < pairs["half_width"] + 0.02).all()  # the model is linear
    page = write_report(test, Record("c", 0, "d", {}), tmp_path / "report").read_text("utf-8")
    assert "Strong and Weak" in page


def test_history_stands_beside_the_base_case(sampled: StressTest) -> None:
    (comparison,) = sampled.history
    assert comparison.observed["value"].tolist() == [101, 105]
    assert np.interp([1, 2], comparison.times, comparison.values) == pytest.approx([102, 104])


def test_too_small_a_sample_is_refused(folder: Path) -> None:
    with pytest.raises(DesignError, match="at least 64"):
        stress_test(load(folder / "wealth.mdl"), 32)


def test_report_is_one_self_contained_page(sampled: StressTest, tmp_path: Path) -> None:
    record = Record("sandbox stress wealth.mdl -n 64 --seed 0", 0, "2026-01-01 12:00", versions())
    page = write_report(sampled, record, tmp_path / "results" / "one")
    text = page.read_text("utf-8")
    assert "Wealth &lt;test&gt;" in text
    assert "<test>" not in text
    assert "sandbox stress wealth.mdl -n 64 --seed 0" in text
    assert "assumption: a test" in text
    assert not re.search(r"src=\"(?!data:)|<link|<script|@import|url\((?!data:|#)", text)
    assert not re.search(r"href=\"(?!#|data:)", text)  # nothing cited here, so no address either
    assert json.loads((page.parent / "record.json").read_text())["seed"] == 0
    names = sorted(path.name for path in page.parent.iterdir())
    assert names == [
        "record.json", "report.html", "wealth_one_at_a_time_runs.csv", "wealth_saltelli_runs.csv",
        "wealth_sobol.csv", "wealth_sobol_over_time.csv.gz", "wealth_tornado.csv",
    ]  # fmt: skip


def test_equal_seeds_give_an_equal_report(
    sampled: StressTest, folder: Path, tmp_path: Path
) -> None:
    record = Record("c", 0, "d", {})
    again = stress_test(load(folder / "wealth.mdl"), 64, workers=1)
    first = write_report(sampled, record, tmp_path / "a").read_bytes()
    assert first == write_report(again, record, tmp_path / "b").read_bytes()


def test_a_full_disk_is_said_and_leaves_nothing(
    sampled: StressTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as the system says it: no name

    monkeypatch.setattr("sensitivity.stress.report._write_numbers", full)
    with pytest.raises(RunError, match=r"cannot be written to '.*' \(No space left on device\); c"):
        write_report(sampled, Record("c", 0, "d", {}), tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_report_that_cannot_be_finished_leaves_nothing(sampled: StressTest, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    with pytest.raises(OSError):  # noqa: PT011
        write_report(sampled, Record("c", 0, "d", {}), tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    assert (tmp_path / "taken" / "mine.txt").read_text() == "mine"
