from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, SpecError
from pysd_runner.spec.checks import Checks, read_checks
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import MODEL, SPEC

CHECKS = """\
[checks.poor]
label = "Without grants there is no fund"
scenario = "poor"
policy = "more"
levers = { grants = 0 }
shocks = { drought = 0.9 }
cut = ["B1"]
settings = { "loss rate" = 0 }
from = 2
to = 8
then = ["Fund <= BASE(Fund)", "IN(Fund, other) > 0"]
never_negative = ["stocks"]

[checks.other]
label = "Other"
then = ["Fund >= 0"]
"""


@pytest.fixture
def read_both(
    read: Callable[[str], Spec], inline_model: Callable[[str], Model], tmp_path: Path
) -> Callable[[str], Checks]:
    spec = read(SPEC)
    graph = inline_model(MODEL).graph

    def of(text: str) -> Checks:
        path = tmp_path / "checks.toml"
        path.write_text(text)
        return read_checks(path, graph, spec)

    return of


def test_a_reality_check_is_read(read_both: Callable[[str], Checks]) -> None:
    check = read_both(CHECKS).checks["poor"]
    assert (check.scenario, check.policy, check.levers) == ("poor", "more", {"grants": 0.0})
    assert (check.shocks, check.cut, check.settings) == (
        {"drought": 0.9}, ("B1",), {"loss rate": 0.0},
    )  # fmt: skip
    assert (check.start, check.end, check.tolerance, check.method) == (2, 8, 1e-6, "euler")
    assert check.then == ("Fund <= BASE(Fund)", "IN(Fund, other) > 0")
    assert check.never_negative == ("stocks",)


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
        ('scenario = "poor"', 'scenario = "por"', 3, "checks.poor.scenario",
         "'por' is not a scenario of sandbox.toml; did you mean 'poor'?"),
        ('policy = "more"', 'policy = "mor"', 4, "checks.poor.policy",
         "'mor' is not a policy of sandbox.toml; did you mean 'more'?"),
        ("grants = 0", "grant = 0", 5, "checks.poor.levers", "did you mean 'grants'?"),
        ("drought = 0.9", "rain = 0.9", 6, "checks.poor.shocks", "'rain' is not a shock of"),
        ('cut = ["B1"]', 'cut = ["B2"]', 7, "checks.poor.cut", "'B2' is not a loop of"),
        ('"loss rate" = 0', '"loss rte" = 0', 8, "checks.poor.settings",
         "did you mean 'loss rate'?"),
        ('"loss rate" = 0', '"trip[SHA]" = 4', 8, "checks.poor.settings",
         "'trip[SHA]' = 4 lies outside the limits [0, 1]"),
        ("to = 8", "to = 2", 10, "checks.poor.to", "'to' is not later than 'from'."),
        ("Fund <= BASE(Fund)", "Fund", 11, "checks.poor.then",
         "in 'Fund': compares nothing; write two sides with =, <>, <, <=, > or >= between them."),
        ("Fund <= BASE(Fund)", "Fnd > 0", 11, "checks.poor.then",
         "in 'Fnd > 0': 'Fnd' is not a variable of the model; did you mean 'Fund'?"),
        ("Fund <= BASE(Fund)", "Fund >", 11, "checks.poor.then", "in 'Fund >': the equation"),
        ("Fund <= BASE(Fund)", "SMOOTH(Fund, 1) > 0", 11, "checks.poor.then",
         "may not use SMOOTH; it knows ABS, AT, BASE,"),
        ("Fund <= BASE(Fund)", "AT(Fund) > 0", 11, "checks.poor.then", "AT takes 2 argument(s)"),
        ("Fund <= BASE(Fund)", "seen[SHC] > 0", 11, "checks.poor.then", "'SHC' is neither"),
        ("Fund <= BASE(Fund)", "seen > 0", 11, "checks.poor.then", "needs the subscripts [D]"),
        ("Fund <= BASE(Fund)", "(Fund > 1) > 0", 11, "checks.poor.then",
         "has > inside a side of a comparison."),
        ("Fund <= BASE(Fund)", "Fund > 1 :AND: 3", 11, "checks.poor.then", "compares nothing"),
        ("IN(Fund, other)", "IN(Fund, others)", 11, "checks.poor.then",
         "'others' is not a check; did you mean 'other'?"),
        ("IN(Fund, other)", "IN(Fnd, other)", 11, "checks.poor.then", "did you mean 'Fund'?"),
        ('["stocks"]', '["Funds"]', 12, "checks.poor.never_negative", "did you mean 'Fund'?"),
        ('then = ["Fund >= 0"]', "", 14, "checks.other.then",
         "claims nothing; give 'then' or 'never_negative'."),
        ("from = 2", "form = 2", 9, "checks.poor.form", "unknown key; did you mean 'from'?"),
        ("from = 2", "method = \"heun\"", 9, "checks.poor.method",
         "is 'heun'; write 'euler' or 'rk4'."),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    read_both: Callable[[str], Checks],
    old: str, new: str, line: int, variable: str, message: str,
) -> None:  # fmt: skip
    assert CHECKS.count(old) == 1
    with pytest.raises(SpecError) as caught:
        read_both(CHECKS.replace(old, new))
    (fault,) = caught.value.faults
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)


def test_claims_may_use_the_clock_and_leave_a_range_open(
    read_both: Callable[[str], Checks],
) -> None:
    text = CHECKS.replace("Fund <= BASE(Fund)", "Time < 3 :OR: seen[D] > 0 :AND: :NOT: Time = 4")
    assert read_both(text).checks["poor"].then[0].startswith("Time < 3")


def test_without_a_spec_only_the_model_is_looked_at(
    inline_model: Callable[[str], Model], tmp_path: Path
) -> None:
    path = tmp_path / "checks.toml"
    path.write_text(CHECKS.replace('"poor"', '"unknown"'))
    assert read_checks(path, inline_model(MODEL).graph).checks["poor"].scenario == "unknown"


def test_settings_of_the_smooth_run_are_constants(read_both: Callable[[str], Checks]) -> None:
    assert read_both('[runge_kutta]\nsettings = { "loss rate" = 0 }').runge_kutta is not None
    with pytest.raises(SpecError, match="'Fund' is a stock; only constants can be varied"):
        read_both("[runge_kutta]\nsettings = { Fund = 0 }")
