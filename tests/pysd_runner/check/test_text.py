from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.check.text import counted, text_findings
from pysd_runner.errors import Fault
from tests.pysd_runner.check.example import MODEL
from tests.pysd_runner.check.test_latches import BOOK

InlineModel = Callable[[str], Model]


def test_a_documented_model(inline_model: InlineModel) -> None:
    found = list(text_findings(inline_model(MODEL), None))
    assert [(finding.label, finding.passed, finding.detail) for finding in found] == [
        ("Every variable has a unit", True, "10 variables"),
        ("Every variable has a comment", True, "10 variables"),
        ("Units of every equation balance", True, "10 equations"),
        ("Every constant has a source or an assumption", True, "2 constants"),
    ]


def test_evidence_is_not_asked_of_a_model_that_never_gives_any(inline_model: InlineModel) -> None:
    found = [finding.label for finding in text_findings(inline_model("a = 1 ~ kg ~ One. |"), None)]
    assert "Every constant has a source or an assumption" not in found
    assert len(found) == 3


def test_what_is_missing_is_named_with_its_line(inline_model: InlineModel) -> None:
    unit, comment, *_ = text_findings(inline_model("a = 1 ~ ~ One. |\nb = 2 ~ kg ~ |\n"), None)
    assert [str(fault).split("mdl:")[1] for fault in unit.faults][:1] == [
        "1: 'a': has no unit; add one."
    ]
    assert [fault.variable for fault in comment.faults][:1] == ["b"]


def test_state_machines_are_looked_for_where_there_is_a_spec(inline_model: InlineModel) -> None:
    model = inline_model(BOOK.replace("INDICATOR", "flow"))
    (model.folder / "sandbox.toml").write_text(
        '[model]\ntitle = "T"\nquestion = "?"\nfile = "inline.mdl"\nsave_step = 1\n'
    )
    last = list(text_findings(model, model.spec))[-1]
    assert last.label == "Every state machine is a breaker of the spec"
    assert [fault.variable for fault in last.faults] == ["Closed", "Open", "Half"]


def test_a_stock_that_nothing_moves(inline_model: InlineModel) -> None:
    text = "A = INTEG(0, 1) ~ kg ~ Held. |\nB = INTEG(f, 1) ~ kg ~ Held. |\nf = 0 ~ kg ~ Flow. |"
    found = {each.label: each for each in text_findings(inline_model(text), None)}
    (fault,) = found["Every stock has a flow"].faults
    assert (fault.variable, fault.line) == ("A", 1)


@pytest.mark.parametrize(
    ("step", "instead"), [("0.1", "0.125"), ("1/3", "0.25"), ("0.06", "0.0625")]
)
def test_a_time_step_that_drifts(inline_model: InlineModel, step: str, instead: str) -> None:
    found = list(text_findings(inline_model(f"TIME STEP = {step} ~ yr ~ Step. |"), None))
    (fault,) = next(each for each in found if "binary" in each.label).faults
    assert str(fault).endswith(f"take {instead}.")


def test_faults_are_counted() -> None:
    assert counted("Label", [], "fine").detail == "fine"
    assert counted("Label", [Fault("x.")], "fine").detail == "1 fault"
    two = counted("Label", [Fault("x."), Fault("y.")], "fine")
    assert (two.passed, two.detail) == (False, "2 faults")
