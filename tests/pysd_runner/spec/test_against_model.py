from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner.errors import Fault

Break = Callable[[str, str], Fault]


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
        ('"grant rate"\nlabel', '"grant rte"\nlabel', 8, "levers.grants.variable",
         "'grant rte' is not a variable of the model; did you mean 'grant rate'?"),
        ('"grant rate"\nlabel', '"outlay"\nlabel', 8, "levers.grants.variable",
         "'outlay' is a flow; only constants can be varied."),
        ('element = "SHB"', 'element = "SHC"', 18, "uncertainties.return.variable",
         "'r' has no element 'SHC' (it has sha, shb)."),
        ('element = "SHB"\n', "", 18, "uncertainties.return.variable",
         "has different values by element; name one with 'element'."),
        ('unit = "1/yr"', 'unit = "1/month"', 10, "levers.grants.unit",
         "is '1/month', but '1/yr' in the model."),
        ("base = 0.1", "base = 0.11", 11, "levers.grants.base",
         "is 0.11, but 0.1 in the model; make them equal."),
        ('cost = "outlay"', 'cost = "outley"', 13, "levers.grants.cost",
         "'outley' is not a variable of the model; did you mean 'outlay'?"),
        ('cost = "outlay"', 'cost = "outlay"\nramp = "drought hould"', 14, "levers.grants.ramp",
         "'drought hould' is not a variable of the model; did you mean 'drought hold'?"),
        ('cost = "outlay"', 'cost = "outlay"\nsunset = "loss rate"', 14, "levers.grants.sunset",
         "'loss rate' has '1/yr' in the model; a time is in 'yr'."),
        ('cost = "outlay"', 'cost = "outlay"\ncode = "S1"', 55, "shocks.drought.code",
         "is that of 'grants'; give it another one."),
        ("to = 8", "to = 80", 33, "outcomes.fund.to", "the time 80 lies outside the run, 0 to 10."),
        ('"r[SHB]" = 1.5', '"r[SHX]" = 1.5', 39, "scenarios.poor.values", "has no element 'SHX'"),
        ("grants = 0.4", "grant = 0.4", 43, "policies.more.values",
         "'grant' is not a lever; did you mean 'grants'?"),
        ("grants = 0.4", "grants = 0.6", 43, "policies.more.values",
         "'grants' = 0.6 lies outside its bounds [0, 0.5]."),
        ("[uncertainties.return]\nvariable", "[uncertainties.grants]\nvariable", 17,
         "uncertainties.grants", "is a lever too; give it another identifier."),
        ("save_step = 1.0", "save_step = 0.6", 5, "model.save_step",
         "is 0.6, no multiple of the model's time step 0.25; change one of them."),
        ("save_step = 1.0", "save_step = 0.1", 5, "model.save_step", "no multiple"),
        ("bounds = [0.0, 0.5]", "bounds = [0.0, 0.7]", 12, "levers.grants.bounds",
         "0.7 lies outside the limits [0, 0.6] of the model file (line 3); make one fit"),
        ("bounds = [0.0, 0.5]", "bounds = [-1.0, 0.5]", 12, "levers.grants.bounds",
         "-1 lies outside the limits [0, 0.6]"),
        ('"grant rate" = 0.2', '"grant rate" = 0.9', 39, "scenarios.poor.values",
         "'grant rate' = 0.9 lies outside the limits [0, 0.6]"),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    fault_of: Break, old: str, new: str, line: int, variable: str, message: str
) -> None:
    fault = fault_of(old, new)
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)
