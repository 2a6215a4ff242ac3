from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from pysd_runner import Model
from pysd_runner.check.page import page
from pysd_runner.check.scorecard import check_model
from pysd_runner.spec.series import COLUMNS
from tests.pysd_runner.check.example import CHECKS, MODEL, SPEC
from tests.pysd_runner.check.test_latches import BOOK

InlineModel = Callable[[str], Model]
MORE = """
[levers.growth]
code = "L1"
variable = "growth"
label = "Growth"
unit = "1/yr"
base = 0.1
bounds = [0.0, 0.5]
cost_note = "paid by somebody else, who has not been asked"
paper = "1"
assumption = "none"

[shocks.slump]
code = "S1"
label = "Slump"
acts_on = "inflow"
start = { variable = "lag", base = 4, bounds = [2, 3] }
depth = { variable = "slump", base = 0, bounds = [0.1, 0.2] }
assumption = "none"

[history.a]
label = "A"
variable = "A"
unit = "kg"
indicator = "a"
"""
SETS = """
[scenarios.slow]
label = "Slow"
values = { "growth" = 0.05 }

[policies.bold]
label = "Bold"
values = { growth = 0.3 }
"""
LOOP = '\n[loops.R1]\nlabel = "Growth"\nkind = "reinforcing"\nswitch = "on"\npath = "A -> inflow"\n'


@pytest.fixture
def shown(inline_model: InlineModel, tmp_path: Path) -> Callable[[str, str], str]:
    def of(model: str, spec: str) -> str:
        (tmp_path / "checks.toml").write_text(CHECKS)
        (tmp_path / "sandbox.toml").write_text(spec)
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "series.csv").write_text(
            ",".join(COLUMNS) + "\na,1,9,kg,,final,calibration,s,\na,5,5,kg,,final,calibration,s,\n"
        )
        loaded = inline_model(model)
        console = Console(width=110, file=io.StringIO(), force_terminal=False)
        for part in page(loaded, check_model(loaded)):
            console.print(part)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    return of


def test_all_that_a_spec_has_is_on_the_page(shown: Callable[[str, str], str]) -> None:
    text = shown(
        MODEL.replace("growth * A", "growth * A * on") + "on = 1 ~ 1 ~ Switch. [assumption: on] |\n"
        "slump = 0 ~ 1 ~ Depth. [assumption: none] |\n",
        SPEC + MORE + SETS + LOOP,
    )  # fmt: skip
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for expected in (
        "Test",
        "Money 2 2 2 2",
        "all 2 2 4 4",
        "Evidence (4 constants): 100% assumed; 0 set initial values only",
        "Stocks (2): A, B",
        "L1 growth Growth 0.1 0 … 0.5 1/yr paid by somebody else, …",
        "S1 slump inflow 0.1 … 0.2 2 … 3",
        "Reinforcing loops (1): R1 Growth",
        "Scenarios (1): slow",
        "Policies (1): bold",
        "Held against (1 series): a (1–5, 2 rows)",
        "pass Without growth nothing comes: 4 claims hold",
        "pass 1 series lie inside their bands",
        "all 10 checks hold",
    ):
        assert expected in lines, (expected, text)


def test_what_fails_is_told_with_its_line(shown: Callable[[str, str], str]) -> None:
    text = shown(MODEL + "wrong = A ~ yr ~ Not a time. |\n", SPEC)
    assert "FAIL  Units of every equation balance: 1 fault" in text
    assert "inline.mdl:17: 'wrong': its equation gives kg, but it is declared in yr" in " ".join(
        text.split()
    )
    assert text.rstrip().endswith("1 of 9 checks fail")


def test_breakers_are_shown_with_their_thresholds(
    inline_model: InlineModel, tmp_path: Path
) -> None:
    (tmp_path / "sandbox.toml").write_text(
        '[model]\ntitle = "Loans"\nquestion = "?"\nfile = "inline.mdl"\nsave_step = 1\n'
        '[breakers.loans]\nlabel = "Loans"\nenabled = "on"\ntrip = "trip"\nreset = "reset"\n'
        'indicator = "indicator"\nclosed = "Closed"\nopen = "Open"\nhalf_open = "Half"\n'
        'trips = "Trips"\ntime_open = "Time Open"\nthrottle = "throttle"\naction = "New loans"\n'
    )
    loaded = inline_model(BOOK.replace("INDICATOR", "ratio"))
    card = check_model(loaded)
    console = Console(width=110, file=io.StringIO(), force_terminal=False)
    for part in page(loaded, card):
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    text = " ".join(console.file.getvalue().split())
    assert "Loans indicator > 0.05 < 0.035 New loans" in text
    assert "FAIL Loans does not latch: 1 fault" in text
    assert "inline.mdl:26: 'Open': latches: it has not closed 9 after its trigger was gone" in text
