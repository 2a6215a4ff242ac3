from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model
from pysd_runner.check.runs import RunFindings, run_findings
from pysd_runner.spec.checks import read_checks
from tests.pysd_runner.check.example import CHECKS, MODEL, SPEC

InlineModel = Callable[[str], Model]


@pytest.fixture
def found(inline_model: InlineModel, tmp_path: Path) -> Callable[[str, str], RunFindings]:
    def of(text: str, checks: str) -> RunFindings:
        (tmp_path / "checks.toml").write_text(checks)
        (tmp_path / "sandbox.toml").write_text(SPEC)
        model = inline_model(text)
        rules = read_checks(tmp_path / "checks.toml", model.graph, model.spec)
        return run_findings(model, model.spec, rules)

    return of


def test_each_sort_of_run_has_its_findings(found: Callable[[str, str], RunFindings]) -> None:
    runs = found(MODEL, CHECKS)
    labels = {
        "base": [each.label for each in runs.base], "books": [each.label for each in runs.books],
        "reality": [each.label for each in runs.reality],
        "integration": [each.label for each in runs.integration],
    }  # fmt: skip
    assert labels == {
        "base": ["Base case runs to its end, within its limits"], "books": ["Money conserved"],
        "reality": ["Without growth nothing comes"],
        "integration": ["Halving the time step", "Runge-Kutta for Euler, where nothing jumps"],
    }  # fmt: skip
    assert all(each.passed for part in (runs.base, runs.books, runs.reality) for each in part)
    assert (runs.history, runs.breakers, runs.pairs) == ((), (), ())


def test_books_that_close_in_the_base_case_only(found: Callable[[str, str], RunFindings]) -> None:
    """A leak that a constant opens: nothing is lost until it is set."""
    text = MODEL.replace("INTEG(move, 5)", "INTEG(move - drip, 5)") + (
        "drip = leak * B ~ kg/yr ~ Lost. |\nleak = 0 ~ 1/yr ~ Speed. [assumption: none] |\n"
    )
    checks = CHECKS + '[checks.leak]\nlabel = "Leak"\nsettings = { leak = 1 }\nthen = ["A > 0"]\n'
    (books,) = found(text, checks).books
    assert not books.passed
    assert [fault.variable for fault in books.faults] == ["drip"]
    assert books.detail.endswith("; lost or made under 'Leak' too")


def test_runge_kutta_runs_where_nothing_jumps(found: Callable[[str, str], RunFindings]) -> None:
    text = MODEL.replace("growth * A", "growth * A * (1 + jump * STEP(99, start))") + (
        "jump = 1 ~ 1 ~ Size. [assumption: x] |\nstart = 4.9 ~ yr ~ When. [assumption: x] |\n"
    )
    text = text.replace("growth = 0.1", "growth = 0.01").replace("lag = 4 ", "lag = 40 ")
    tight = CHECKS.replace("[runge_kutta]", "[runge_kutta]\nsettings = { jump = 0 }")
    rough, smooth = found(text, CHECKS).integration[1], found(text, tight).integration[1]
    assert (rough.passed, smooth.passed) == (False, True)
    assert "moves 'end' most, by" in rough.detail
