from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pysd_runner import Model
from pysd_runner.check.scorecard import check_model
from pysd_runner.spec.series import COLUMNS

InlineModel = Callable[[str], Model]
MODEL = (
    "***\n.Money\n***~ |\nA = INTEG(inflow - move, 10) ~ kg ~ Held. |\n"
    "B = INTEG(move, 5) ~ kg ~ Held. |\ninflow = growth * A ~ kg/yr ~ Comes. |\n"
    "growth = 0.1 ~ 1/yr ~ Speed. |\nlag = 4 ~ yr ~ Delay. |\nmove = A / lag ~ kg/yr ~ Goes. |\n"
    "***\n.Control\n***~ |\nINITIAL TIME = 0 ~ yr ~ Start. |\nFINAL TIME = 10 ~ yr ~ End. |\n"
    "TIME STEP = 0.25 ~ yr ~ Step. |\nSAVEPER = 1 ~ yr ~ Save. |\n"
)
CHECKS = (
    '[conservation.money]\nlabel = "Money"\nstocks = ["A", "B"]\nexternal_in = ["inflow"]\n'
    "[time_step]\nhalve_to = 0.125\ntolerance = 0.001\n"
)
SPEC = (
    '[model]\ntitle = "T"\nquestion = "?"\nfile = "inline.mdl"\nsave_step = 1\n'
    '[outcomes.end]\nlabel = "A"\nvariable = "A"\nreduction = "final"\nunit = "kg"\n'
    'direction = "none"\n'
)


def results(model: Model) -> dict[str, bool]:
    return {finding.label: finding.passed for finding in check_model(model).findings}


def test_a_sound_model_passes(inline_model: InlineModel, tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text(CHECKS.replace("0.001", "0.05"))
    (tmp_path / "sandbox.toml").write_text(SPEC)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "series.csv").write_text(
        ",".join(COLUMNS) + "\na,2020,1,kg,,,calibration,s,\na,2022,2,kg,,,rejected,s,\n"
    )
    scorecard = check_model(inline_model(MODEL))
    assert scorecard.passed, scorecard.findings
    assert len(scorecard.findings) == 7
    assert scorecard.sectors.loc["Money"].to_dict() == {
        "stock": 2, "flow": 2, "constant": 2,
    }  # fmt: skip
    assert scorecard.coverage is not None
    assert scorecard.coverage.loc["a"].to_dict() == {
        "rows": 1, "first": 2020, "last": 2020, "used for": "calibration",
    }  # fmt: skip


def test_what_is_missing_leaky_or_coarse_fails(inline_model: InlineModel, tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text(CHECKS)
    (tmp_path / "sandbox.toml").write_text(SPEC)
    text = MODEL.replace("INTEG(move, 5)", "INTEG(lost, 5)") + "lost = move / 2 ~ ~ Half. |\n"
    text = text.replace("A / lag", "A")
    found = check_model(inline_model(text)).findings
    assert [finding.passed for finding in found] == [False, True, False, False, True, False, False]
    unit, _, units, books, *_, step = found
    assert [(fault.line, fault.variable) for fault in unit.faults] == [(17, "lost")]
    assert [(fault.line, fault.variable) for fault in units.faults] == [(9, "move")]
    assert "must be debited from one stock" in books.faults[0].message
    assert (unit.detail, len(books.faults), books.detail) == ("1 fault", 2, "2 faults")
    assert step.detail.startswith("moves 'end' most, by ")


def test_without_spec_and_checks_the_base_case_is_still_run(inline_model: InlineModel) -> None:
    found = results(inline_model(MODEL))
    assert found["Base case runs to its end, within its limits"]
    assert len(found) == 4


def test_a_base_case_that_breaks_fails(inline_model: InlineModel) -> None:
    scorecard = check_model(inline_model(MODEL.replace("growth * A", "growth / (Time - 5)")))
    assert not scorecard.passed
    assert scorecard.findings[-1].detail == "non-finite in 'inflow' at 5"
