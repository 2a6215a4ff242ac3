from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import SpecError
from pysd_runner.errors import Fault
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import SPEC

Break = Callable[[str, str], Fault]


@pytest.mark.parametrize(
    ("old", "new", "variable", "message"),
    [
        ('acts_on = "demand"', 'acts_on = "demnad"', "shocks.drought.acts_on",
         "'demnad' is not a variable of the model; did you mean 'demand'?"),
        ('variable = "drought depth"', 'variable = "demand"', "shocks.drought.depth",
         "'demand' is an auxiliary; only constants can be varied."),
        ('variable = "drought depth", base = 0.0', 'variable = "drought depth", base = 0.1',
         "shocks.drought.depth.base", "is 0.1, but 0 in the model; make them equal."),
        ("bounds = [0.1, 0.4]", "bounds = [0.1, 1.4]", "shocks.drought.depth.bounds",
         "1.4 lies outside the limits [0, 1] of the model file (line 11); make one fit the other."),
        ("element = 'SHB'", "element = 'SHC'", "shocks.flood.depth",
         "'flood depth' has no element 'SHC' (it has sha, shb)."),
        ('variable = "drought hold", base = 1.0', 'variable = "loss rate", base = 0.1',
         "shocks.drought.hold", "'loss rate' has '1/yr' in the model; a time is in 'yr'."),
        ('variable = "drought hold", base = 1.0', 'variable = "r", base = 1.0',
         "shocks.drought.hold", "'r' has 'Dmnl' in the model; a time is in 'yr'."),
        ('variable = "drought depth", base = 0.0', 'variable = "r", base = 0.0',
         "shocks.drought.depth", "has different values by element; name one with 'element'."),
        ('variable = "drought depth", base = 0.0', 'variable = "grant rate", base = 0.1',
         "shocks.drought.depth", "draws what 'grants' varies; remove that one."),
        ("source = 'key'", "source = 'kye'", "shocks.flood.source",
         "'kye' is no key of data/sources.csv; did you mean 'key'?"),
        ("[compounds.both]", "[compounds.flood]", "compounds.flood",
         "is a shock too; give it another identifier."),
        ('shocks = ["drought", "flood"]', 'shocks = ["drought", "flod"]', "compounds.both.shocks",
         "'flod' is not a shock; did you mean 'flood'?"),
        ("variable = \"flood depth\"\nelement = 'SHB'\n", 'variable = "drought depth"\n',
         "compounds.both.shocks", "'drought' and 'flood' both draw 'drought depth'; remove one."),
        ('"drought start", base = 4.0, bounds = [2.0, 6.0]',
         '"drought start", base = 4.0, bounds = [2.0, 5.0]', "compounds.both.shocks",
         "start between different bounds; make those equal, or same_start false."),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_model(
    fault_of: Break, old: str, new: str, variable: str, message: str
) -> None:
    fault = fault_of(old, new)
    assert message in fault.message
    assert fault.variable == variable
    assert fault.line is not None


def test_starts_lie_inside_the_run(read: Callable[[str], Spec]) -> None:
    with pytest.raises(SpecError) as caught:
        read(SPEC.replace("bounds = [2.0, 6.0]", "bounds = [2.0, 12.0]"))
    assert [(fault.variable, fault.message) for fault in caught.value.faults] == [
        (f"shocks.{name}.start.bounds", "the time 12 lies outside the run, 0 to 10.")
        for name in ("drought", "flood")
    ]


def test_one_start_may_serve_shocks_that_strike_together(read: Callable[[str], Spec]) -> None:
    shared = SPEC.replace('variable = "flood start"', 'variable = "drought start"')
    assert read(shared).shocks["flood"].start.setting == "drought start"
    with pytest.raises(SpecError, match="both draw 'drought start'; remove one"):
        read(shared.replace("correlation = 0.5", "same_start = false"))


def test_a_faulty_shock_is_still_a_shock_to_a_compound(read: Callable[[str], Spec]) -> None:
    with pytest.raises(SpecError) as caught:
        read(SPEC.replace("bounds = [0.1, 0.4]", "bounds = [0.4, 0.1]"))
    assert [fault.variable for fault in caught.value.faults] == ["shocks.drought.depth.bounds"]
