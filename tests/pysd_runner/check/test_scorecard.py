from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pysd_runner import Model
from pysd_runner.check.scorecard import Scorecard, as_json, check_model
from pysd_runner.spec.series import COLUMNS
from tests.pysd_runner.check.example import CHECKS, MODEL, SPEC

InlineModel = Callable[[str], Model]


def results(scorecard: Scorecard) -> dict[str, bool]:
    return {finding.label: finding.passed for finding in scorecard.findings}


def with_files(folder: Path, checks: str = CHECKS, spec: str = SPEC) -> None:
    (folder / "checks.toml").write_text(checks)
    (folder / "sandbox.toml").write_text(spec)


def test_a_sound_model_passes(inline_model: InlineModel, tmp_path: Path) -> None:
    with_files(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "series.csv").write_text(
        ",".join(COLUMNS) + "\na,2020,1,kg,,,calibration,s,\na,2022,2,kg,,,rejected,s,\n"
    )
    scorecard = check_model(inline_model(MODEL))
    assert scorecard.passed, scorecard.findings
    assert [topic.heading for topic in scorecard.topics] == [
        "Model file", "Base case", "Books", "Reality checks",
    ]  # fmt: skip
    assert len(scorecard.findings) == 9
    assert scorecard.sectors.loc["Money"].to_dict() == {
        "stock": 2, "flow": 2, "constant": 2,
    }  # fmt: skip
    assert scorecard.evidence.loc["Money", "assumed"] == 2
    assert scorecard.coverage is not None
    assert scorecard.coverage.loc["a"].to_dict() == {
        "rows": 1, "first": 2020, "last": 2020, "used for": "calibration",
    }  # fmt: skip


def test_bad_edits_are_named_in_one_line_each(inline_model: InlineModel, tmp_path: Path) -> None:
    with_files(tmp_path, CHECKS.replace("halve_to = 0.125\ntolerance = 0.05", "halve_to = 0.125"))
    text = MODEL.replace("INTEG(move, 5)", "INTEG(lost, 5)") + "lost = move / 2 ~ ~ |\n"
    text = text.replace("A / lag", "A").replace(" [assumption: slow]", "")
    scorecard = check_model(inline_model(text))
    faults = {fault.variable: (finding.label, fault.line)
              for finding in scorecard.findings for fault in finding.faults}  # fmt: skip
    assert faults["lost"] == ("Money conserved", 17)
    assert faults["move"] == ("Money conserved", 9)
    assert faults["lag"] == ("Every constant has a source or an assumption", 8)
    failed = {label for label, passed in results(scorecard).items() if not passed}
    assert failed == {
        "Every variable has a unit", "Every variable has a comment",
        "Units of every equation balance", "Every constant has a source or an assumption",
        "Money conserved", "Halving the time step", "Runge-Kutta for Euler, where nothing jumps",
    }  # fmt: skip
    units = next(f for f in scorecard.findings if f.label.startswith("Units"))
    assert [(fault.variable, fault.line) for fault in units.faults] == [("move", 9)]


def test_without_spec_and_checks_the_base_case_is_still_run(inline_model: InlineModel) -> None:
    found = results(check_model(inline_model(MODEL)))
    assert found["Base case runs to its end, within its limits"]
    assert len(found) == 5


def test_a_base_case_that_breaks_fails(inline_model: InlineModel, tmp_path: Path) -> None:
    with_files(tmp_path)
    scorecard = check_model(inline_model(MODEL.replace("growth * A", "growth / (Time - 5)")))
    assert not scorecard.passed
    found = {finding.label: finding for finding in scorecard.findings}
    base = found["Base case runs to its end, within its limits"]
    assert base.detail == "non-finite in 'inflow' at 5"
    # what needs no run is still said
    assert found["Money conserved"].detail == "each flow debited and credited once"


def test_a_scorecard_for_machines(inline_model: InlineModel, tmp_path: Path) -> None:
    with_files(tmp_path)
    text = json.dumps(as_json(check_model(inline_model(MODEL + "x = A ~ yr ~ Wrong. |"))),
                      allow_nan=False)  # fmt: skip
    found = json.loads(text)
    assert found["passed"] is False
    assert found["sectors"]["Money"]["stock"] == 2
    (wrong,) = [each for each in found["findings"] if not each["passed"]]
    assert wrong["label"] == "Units of every equation balance"
    assert wrong["faults"][0]["line"] == 17
    assert wrong["faults"][0]["variable"] == "x"
