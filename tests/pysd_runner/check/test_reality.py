from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model
from pysd_runner.check.cases import cases_of, cases_of_file
from pysd_runner.check.finding import Finding
from pysd_runner.check.reality import judge, run_cases
from pysd_runner.spec.checks import read_checks

InlineModel = Callable[[str], Model]
MODEL = """
D: P, Q ~~|
Stock[D] = INTEG(inflow[D] - outflow[D], start[D]) ~ kg ~|
inflow[D] = supply[D] * open ~ kg/yr ~|
supply[D] = 2, 4 ~ kg/yr ~|
open = 1 ~ Dmnl ~|
outflow[D] = open * Stock[D] / tau ~ kg/yr ~|
tau = 2 ~ yr ~|
start[D] = 1, 8 ~ kg ~|
wave = SIN(Time) ~ Dmnl ~|
leak = 0 ~ kg/yr ~|
Tank = INTEG(-leak, 1) ~ kg ~|
"""
SPEC = """
[model]
title = "T"
question = "?"
file = "inline.mdl"
save_step = 1

[levers.supply]
variable = "supply"
element = "P"
label = "Supply"
unit = "kg/yr"
base = 2
bounds = [0, 4]
cost_note = "none"
paper = "1"
assumption = "none"

[policies.more]
label = "More"
values = { supply = 3 }

[scenarios.slow]
label = "Slow"
values = { tau = 4 }

[shocks.leak]
label = "Leak"
acts_on = "Tank"
assumption = "none"
start = { variable = "tau", base = 2, bounds = [1, 3] }
depth = { variable = "leak", base = 0, bounds = [0.1, 0.2] }

[loops.B1]
label = "Outflow"
kind = "balancing"
switch = "open"
path = "Stock -> outflow"
"""


@pytest.fixture
def found(inline_model: InlineModel, tmp_path: Path) -> Callable[[str], Finding]:
    """Return a function that runs one check of a ``checks.toml`` and returns what it finds."""

    def of(text: str) -> Finding:
        model = inline_model(MODEL)
        (tmp_path / "sandbox.toml").write_text(SPEC)
        path = tmp_path / "checks.toml"
        path.write_text(f'[checks.it]\nlabel = "It"\n{text}\n[checks.shut]\nlabel = "Shut"\n'
                        'settings = { open = 0 }\nthen = ["inflow[D] = 0"]\n')  # fmt: skip
        checks = read_checks(path, model.graph, model.spec)
        cases = list(cases_of(checks, model.graph, model.spec))
        first, shut = judge(cases, run_cases(model, cases, ()), model.graph)
        assert shut.passed
        return first

    return of


@pytest.mark.parametrize(
    "text",
    [
        'then = ["FINAL(Stock[P]) = 4"]\ntolerance = 0.01',
        'then = ["Stock[D] > 0", "Tank = 1"]',
        'then = ["Stock[D] <= HIGHEST(Stock[D])", "LOWEST(Stock[P]) = START(Stock[P])"]',
        'then = ["AT(Stock[P], 0) = 1", "AT(Stock[Q], 10) = FINAL(Stock[Q])"]',
        'then = ["MEAN(Tank) = 1", "INTEGRAL(Tank) = 10"]',
        'then = ["INTEGRAL(Tank) = 3"]\nfrom = 2\nto = 5',
        'then = ["Time >= 2 :AND: Time <= 5"]\nfrom = 2\nto = 5',
        'then = [":NOT: Stock[D] < 0 :OR: Tank = 5"]',
        'then = ["SUM(inflow[D!]) = 6"]',
        'settings = { open = 0 }\nthen = ["Stock[D] <= BASE(Stock[D])"]',
        'settings = { open = 0 }\nthen = ["FINAL(Stock[P]) < FINAL(BASE(Stock[P]))"]',
        'settings = { "supply[P]" = 0 }\nthen = ["inflow[P] = 0", "inflow[Q] = BASE(inflow[Q])"]',
        'settings = { supply = 1 }\nthen = ["inflow[D] = 1"]',
        'then = ["Stock[D] >= IN(Stock[D], shut)", "IN(inflow[P], shut) = 0"]',
        'scenario = "slow"\nthen = ["FINAL(Stock[P]) > FINAL(BASE(Stock[P]))"]',
        'policy = "more"\nthen = ["inflow[P] = 3"]',
        'policy = "more"\nlevers = { supply = 9 }\nthen = ["inflow[P] = 9"]',
        'shocks = { leak = 0.05 }\nthen = ["FINAL(Tank) = 0.5"]',
        'cut = ["B1"]\nthen = ["inflow[D] = 0"]',
        'equations = ["inflow[D] = 7"]\nthen = ["inflow[D] = 7", "BASE(inflow[P]) = 2"]',
        'final_time = 20\nthen = ["Time <= 20", "FINAL(Time) = 20"]',
        'method = "rk4"\nthen = ["FINAL(Stock[P]) = 4 - 3 * EXP(-5)"]',
        'never_negative = ["stocks", "inflow"]',
    ],
)  # fmt: skip
def test_claims_that_hold(found: Callable[[str], Finding], text: str) -> None:
    finding = found(text)
    assert finding.passed, finding.detail
    assert "hold" in finding.detail


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('then = ["Stock[D] < 5"]', "at 0, for Q: not 'Stock[D] < 5', but 8 and 5"),
        ('then = ["Stock[Q] < 8.001"]\nfrom = 3\nto = 5', "hold"),
        ('then = ["inflow[D] = 2"]', "at 0, for Q: not 'inflow[D] = 2', but 4 and 2"),
        ('then = ["Time < 4"]', "at 4: not 'Time < 4', but 4 and 4"),
        ('then = ["FINAL(Tank) > 1"]', "not 'FINAL(Tank) > 1', but 1 and 1"),
        ('then = ["Tank > 2 :AND: Tank < 3"]', "at 0: not 'Tank > 2 :AND: Tank < 3'"),
        ('never_negative = ["wave"]', "'wave' is -0.108195 at 3.25"),
        ('shocks = { leak = 0.2 }\nnever_negative = ["stocks"]', "'Tank' is -0.05 at 5.25"),
        ('settings = { tau = 0 }\nthen = ["Stock[D] >= 0"]', "the run non-finite in 'outflow"),
        ('equations = ["inflow[D] = nothing"]\nthen = ["Tank = 1"]', "uses 'nothing', which"),
    ],
)  # fmt: skip
def test_claims_that_do_not_hold(found: Callable[[str], Finding], text: str, detail: str) -> None:
    finding = found(text)
    assert finding.passed == ("hold" in detail)
    assert detail in finding.detail


def test_a_claim_that_is_no_number_does_not_hold(found: Callable[[str], Finding]) -> None:
    assert not found('then = ["LN(wave - 2) < 0"]').passed
    assert not found('then = ["LN(wave - 2) = LN(wave - 2)"]').passed


VENSIM = """
shut :TEST INPUT: open = 0 ~~|
wide :TEST INPUT: open = STEP(5, 2) ~~|
no supply no inflow :THE CONDITION: shut :IMPLIES: inflow[D] = 0 ~ ~ Nothing comes from nothing. |
late :THE CONDITION: wide :AND: Time > 2 :IMPLIES: inflow[P] = 10 ~~|
either :THE CONDITION: shut :OR: wide :IMPLIES: inflow[P] < 5 ~~|
always :THE CONDITION: Stock[P] > 3 :IMPLIES: outflow[P] > 1.5 ~~|
"""


def test_the_reality_checks_of_vensim_are_run(inline_model: InlineModel) -> None:
    model = inline_model(MODEL + VENSIM)
    cases = list(cases_of_file(model.graph))
    findings = judge(cases, run_cases(model, cases, ()), model.graph)
    assert [(finding.label, finding.passed) for finding in findings] == [
        ("no supply no inflow (line 16)", True), ("late (line 17)", True),
        ("either (line 18)", True), ("either (line 18)", False), ("always (line 19)", True),
    ]  # fmt: skip
    assert findings[3].detail == "at 2: not 'inflow[P] < 5', but 10 and 5"
