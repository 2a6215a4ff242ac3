from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, SpecError
from pysd_runner.spec.checks import Checks, Conservation, HalvedStep, read_checks

InlineModel = Callable[[str], Model]
MODEL = "Fund = INTEG(grants, 0) ~~|\ngrants = 1 ~~|"
CHECKS = """\
[conservation.money]
label = "Money"
stocks = ["Fund"]
external_in = ["grants"]

[time_step]
halve_to = 0.125
"""


def test_checks_are_read(inline_model: InlineModel, tmp_path: Path) -> None:
    graph = inline_model(MODEL).graph
    assert read_checks(tmp_path / "checks.toml", graph) == Checks()
    (tmp_path / "checks.toml").write_text(CHECKS)
    assert read_checks(tmp_path / "checks.toml", graph) == Checks(
        conservation={
            "money": Conservation(label="Money", stocks=("Fund",), external_in=("grants",))
        },
        time_step=HalvedStep(halve_to=0.125, tolerance=0.005),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
        ('["grants"]', '["grant"]', 1, "conservation.money",
         "'grant' is not a variable of the model; did you mean 'grants'?"),
        ("external_in", "external_inn", 4, "conservation.money.external_inn",
         "unknown key; did you mean 'external_in'?"),
        ("[time_step]", "[timestep]", 6, "timestep", "unknown key; did you mean 'time_step'?"),
        ('["Fund"]', "[]", 3, "conservation.money.stocks", "holds no value; write at least 1."),
        ("halve_to = 0.125", "halve_to = 0", 7, "time_step.halve_to",
         "is 0; write a number above 0."),
        ("halve_to = 0.125", "halve_to = 0.125\ntolerance = 0.5", 8, "time_step.tolerance",
         "is 0.5; write at most 0.05."),
        ("halve_to = 0.125", "halve_to = ", 7, None, "is no valid TOML"),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    inline_model: InlineModel, tmp_path: Path,
    old: str, new: str, line: int, variable: str | None, message: str,
) -> None:  # fmt: skip
    path = tmp_path / "checks.toml"
    path.write_text(CHECKS.replace(old, new))
    with pytest.raises(SpecError) as caught:
        read_checks(path, inline_model(MODEL).graph)
    (fault,) = caught.value.faults
    assert message in fault.message
    assert (fault.path, fault.line, fault.variable) == (path, line, variable)
