"""The command: what it prints, what it writes, and one sentence for what it refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from pysd_runner.run.reference import ReferenceEngine
from pysd_runner.screen import console, messages, tell
from sensitivity.cli import main
from tests.sensitivity.stress.test_stress_test import MODEL, SERIES, SPEC

Command = Callable[..., "Done"]
CHECKS = '[conservation.money]\nlabel = "Money"\nstocks = ["Welth"]\n'


@pytest.fixture(scope="module")
def wealth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cli")
    (place / "data").mkdir()
    scenario = '\n[scenarios.poor]\nlabel = "Poor"\nvalues = { "scale" = 0.5 }\n'
    policy = '\n[policies.bold]\nlabel = "Bold"\nvalues = { strong = 4 }\n'
    (place / "wealth.mdl").write_text(MODEL, "utf-8")
    (place / "sandbox.toml").write_text(SPEC + scenario + policy, "utf-8")
    (place / "data" / "series.csv").write_text(SERIES, "utf-8")
    for name in ("unchecked", "unfed", "unspecified", "whole", "part"):
        shutil.copytree(place / "data", place / name / "data")
        (place / name / "wealth.mdl").write_text(MODEL, "utf-8")
    (place / "unchecked" / "checks.toml").write_text(CHECKS, "utf-8")
    (place / "unfed" / "data" / "series.csv").write_text(SERIES.replace("105", "many"), "utf-8")
    whole = SPEC.replace("save_step", 'components = ["../part"]\nsave_step')
    (place / "whole" / "sandbox.toml").write_text(whole, "utf-8")
    broken = SPEC.replace('"strong lever"', '"strnog lever"')
    (place / "part" / "sandbox.toml").write_text(broken, "utf-8")
    return place


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process, on a wide screen."""

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["sandbox", *map(str, arguments)])
        for screen in (console, messages):
            monkeypatch.setattr(screen, "width", 250)
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return call


def test_check_prints_the_scorecard(wealth: Path, sandbox: Command) -> None:
    done = sandbox("check", wealth / "wealth.mdl")
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("Sectors", "Stocks (1): Wealth", "Levers", "Held against", "all 6 checks hold"):
        assert part in done.stdout


def test_a_fault_of_the_model_is_exit_status_two(
    wealth: Path, tmp_path: Path, sandbox: Command
) -> None:
    broken = tmp_path / "broken.mdl"
    broken.write_text((wealth / "wealth.mdl").read_text().replace("[assumption: a test]", "", 1))
    done = sandbox("check", wealth / "wealth.mdl", "--json")
    assert (done.returncode, json.loads(done.stdout)["passed"]) == (0, True)
    spec = (wealth / "sandbox.toml").read_text().replace("wealth.mdl", "broken.mdl")
    (tmp_path / "sandbox.toml").write_text(spec)
    shutil.copytree(wealth / "data", tmp_path / "data")
    failed = sandbox("check", broken)
    assert failed.returncode == 2
    assert "has neither [source: key] nor [assumption: reason]" in failed.stdout
    assert failed.stdout.rstrip().endswith("1 of 6 checks fail")


def test_run_shows_the_change_and_writes_the_trajectories(
    wealth: Path, tmp_path: Path, sandbox: Command
) -> None:
    done = sandbox("run", wealth / "wealth.mdl", "--set", "weak=0.5", "--policy", "bold",
                   "--scenario", "poor", "--out", tmp_path / "new" / "run.csv")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "108" in done.stdout  # base case
    table = pd.read_csv(tmp_path / "new" / "run.csv", index_col="time")
    assert table["Wealth"].iloc[-1] == pytest.approx(100 + 4 * (4 - 0.5) * 0.5)
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "run.csv"]


def test_run_shows_the_variables_that_are_named(wealth: Path, sandbox: Command) -> None:
    done = sandbox("run", wealth / "wealth.mdl", "--output", "Wealth")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Wealth +\S+ +100 \S+ +108 \S+ +100 \S+ +108 ", done.stdout)


def test_run_writes_netcdf_with_units(wealth: Path, tmp_path: Path, sandbox: Command) -> None:
    assert sandbox("run", wealth / "wealth.mdl", "--out", tmp_path / "run.nc").returncode == 0
    with xr.open_dataset(tmp_path / "run.nc") as dataset:
        assert dataset["Wealth"].attrs["unit"] == "MCNY"
        assert float(dataset["Wealth"].sel(time=4)) == pytest.approx(108)


def test_a_shorter_run_shows_the_outcomes_that_it_reaches(
    wealth: Path, tmp_path: Path, sandbox: Command
) -> None:
    model = tmp_path / "wealth.mdl"
    later = """
[outcomes.later]
label = "Wealth at 3"
variable = "Wealth"
reduction = "at"
at = 3
unit = "MCNY"
direction = "none"

[outcomes.mean]
label = "Mean wealth"
variable = "Wealth"
reduction = "mean"
from = 1
to = 3
unit = "MCNY"
direction = "none"
"""
    shutil.copytree(wealth / "data", tmp_path / "data")
    model.write_text(MODEL, "utf-8")
    (tmp_path / "sandbox.toml").write_text(SPEC + later, "utf-8")
    done = sandbox("run", model, "--final-time", 2, "--set", "weak=0.5")
    assert done.returncode == 0, done.stderr
    assert "Outcomes of a run to 2" in done.stdout
    assert re.search(r"Wealth at the end \S+ +104 \S+ +105 ", done.stdout)
    assert " ".join(done.stdout.split()).endswith(
        "not computed, because the run ends at 2: Wealth at 3 (is read at 3), "
        "Mean wealth (looks until 3)"
    )
    whole = sandbox("run", model, "--final-time", 4)
    assert "not computed" not in whole.stdout
    assert "Mean wealth" in whole.stdout


def test_a_sentence_is_one_line_in_a_file_and_broken_between_words_on_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "word " * 30 + "[end]"
    monkeypatch.setattr(console, "width", 40)
    tell(sentence)
    assert capsys.readouterr().out == sentence + "\n"
    monkeypatch.setattr(console, "_force_terminal", True)
    tell(sentence)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    assert " ".join(line.strip() for line in lines) == sentence


def test_stress_writes_a_report(wealth: Path, tmp_path: Path, sandbox: Command) -> None:
    done = sandbox("stress", wealth / "wealth.mdl", "-n", 64, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    (page,) = tmp_path.glob("wealth/*/report.html")
    assert "Sobol indices" in page.read_text("utf-8")
    record = json.loads((page.parent / "record.json").read_text("utf-8"))
    assert record["n_base"] == 64
    assert re.fullmatch(r"|[0-9a-f]{40}(-dirty)?", record["commit"])
    assert set(record["sha256"]) == {
        f"{wealth.name}/{name}" for name in ("wealth.mdl", "sandbox.toml", "data/series.csv")
    }
    copy = page.parent / "inputs" / wealth.name / "wealth.mdl"
    assert copy.read_bytes() == (wealth / "wealth.mdl").read_bytes()
    assert str(page).replace(str(tmp_path), "") in done.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "nowhere.mdl"], "there is no such file"),
        (["run", "wealth.mdl", "--set", "strnog=3"], "did you mean"),
        (["run", "wealth.mdl", "--set", "strong=9"], "outside its bounds [2, 4]"),
        (["run", "wealth.mdl", "--set", "strong=nan"], "no finite number"),
        (["run", "wealth.mdl", "--set", "strong"], "not of the form name=number"),
        (["run", "wealth.mdl", "--set", "strong=much"], "not of the form name=number"),
        (["run", "wealth.mdl", "--set", "saving=3"], "is a flow"),
        (["run", "wealth.mdl", "--scenario", "rich"], "is not a scenario"),
        (["run", "wealth.mdl", "--policy", "blod"], "did you mean 'bold'"),
        (["run", "wealth.mdl", "--output", "Welth"], "did you mean 'Wealth'"),
        (["run", "wealth.mdl", "--out", "run.xls"], "should end in .nc"),
        (["run", "wealth.mdl", "--recorded", "."], "is no recorded output; name a .tab"),
        (["run", "wealth.mdl", "--recorded", "a.md"], "is no recorded output; name a .tab"),
        (["run", "wealth.mdl", "--set", "weak=1", "--set", "weak=1.5"], "is set twice"),
        (["run", "wealth.mdl", "--time-step", "0"], "must be positive"),
        (["stress", "wealth.mdl", "-n", "100"], "no power of two"),
        (["stress", "wealth.mdl", "--out", "wealth.mdl/in"], "results cannot be written"),
        (["run", "wealth.mdl", "--save-step", "0"], "must be positive"),
        (["stress", "wealth.mdl", "-n", "32"], "at least 64"),
        (["run", "wealth.mdl", "--set", "strong lever=11"], "outside the limits [0, 10] of the"),
        (["check", "unchecked/wealth.mdl"], "did you mean 'Wealth'"),
        (["check", "unfed/wealth.mdl"], "'many' is no number"),
        (["stress", "unspecified/wealth.mdl"], "there is no such file; a model's levers"),
        (["stress", "whole/wealth.mdl"], "'strnog lever' is not a variable"),
    ],
)
def test_refusals_are_one_sentence_and_exit_2(
    wealth: Path, arguments: list[str], says: str, sandbox: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def translated(*arguments: object, **options: object) -> None:
        raise AssertionError("translating takes seconds; refuse before")

    monkeypatch.chdir(wealth)
    monkeypatch.setattr(ReferenceEngine, "__init__", translated)
    done = sandbox(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(wealth.glob("run.*")) and not (wealth / "results").exists()


def test_broken_equation_names_file_line_and_variable(
    wealth: Path, tmp_path: Path, sandbox: Command
) -> None:
    broken = tmp_path / "broken.mdl"
    broken.write_text(MODEL.replace("strong lever * scale", "strong lever * * scale"), "utf-8")
    done = sandbox("run", broken)
    assert done.returncode == 2
    assert "broken.mdl:3: 'saving': '*' stands where" in done.stderr


def test_what_a_code_page_lacks_is_a_question_mark(wealth: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sensitivity.cli", "check", "wealth.mdl"], capture_output=True,
        cwd=wealth, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"2 ? 4" in done.stdout  # the range of a lever


def test_a_full_disk_and_a_stop_are_one_sentence(
    wealth: Path, sandbox: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(error: BaseException) -> Done:
        def show(parts: object) -> None:
            raise error

        monkeypatch.setattr("pysd_runner.cli.show", show)
        return sandbox("check", wealth / "wealth.mdl")

    full = fail(OSError(28, "No space left on device"))
    assert full.returncode == 2
    assert full.stderr.strip().endswith("cannot be read or written (No space left on device).")
    stopped = fail(KeyboardInterrupt())
    assert stopped.returncode == 130
    assert stopped.stderr.strip() == "stopped; no file is left half written."


def test_installed_command_starts_and_refuses_without_a_traceback(wealth: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sensitivity.cli", "check", "nowhere"],
        capture_output=True, text=True, cwd=wealth, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: nowhere: there is no such file or folder")


def test_a_command_starts_without_what_only_others_need() -> None:
    """Each of these takes a fifth of a second to a whole one to import."""
    heavy = ("pysd", "matplotlib", "scipy.stats", "sklearn", "openpyxl")
    code = f"import sys, sensitivity.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
