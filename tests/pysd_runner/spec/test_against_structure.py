from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner.errors import Fault
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import SPEC

Break = Callable[[str, str], Fault]
PATH = 'path = "round -> round trip"'


@pytest.mark.parametrize(
    ("old", "new", "variable", "message"),
    [
        ('enabled = "breaker on[SHA]"', 'enabled = "reset[SHB]"', "breakers.fund.enabled",
         "'reset[SHB]' is 0.3 in the model; a switch is 0 or 1."),
        ('enabled = "breaker on[SHA]"', 'enabled = "reset"', "breakers.fund.enabled",
         "'reset' differs by element in the model; a switch is 0 or 1."),
        ('reset = "reset[SHA]"', 'reset = "reset[SHB]"', "breakers.fund.reset",
         "is 0.3 in the model, which is not below the trip at 0.1; the breaker would chatter."),
        ('throttle = "passing[SHA]"', 'throttle = "passing[SHA]"\nlow_side = true',
         "breakers.fund.reset", "is 0.05 in the model, which is not above the trip at 0.1"),
        ("bounds = [0.08, 0.2]", "bounds = [0.08, 1.2]", "breakers.fund.trip.bounds",
         "1.2 lies outside the limits [0, 1]"),
        ('reset = "reset[SHA]"', 'reset = "reste[SHA]"', "breakers.fund.reset",
         "'reste' is not a variable of the model; did you mean 'reset'?"),
        ('indicator = "seen[SHA]"', 'indicator = "seen"', "breakers.fund.indicator",
         "'seen' needs an element (it has sha, shb)."),
        ('trips = "Fund"', 'trips = "shape"', "breakers.fund.trips",
         "'shape' is a lookup and has no value over time; name one that uses it."),
        ('trips = "Fund"', 'trips = "Funds"', "breakers.fund.trips", "did you mean 'Fund'?"),
        (PATH, 'path = "round -> round tip"', "loops.B1.path",
         "'round tip' is not a variable of the model; did you mean 'round trip'?"),
        (PATH, 'path = "round trip"', "loops.B1.path",
         "'round trip' does not use 'round trip'; write what lies between: round trip -> round "
         "-> round trip."),
        (PATH, 'path = "Fund -> Old -> Fund -> loss"', "loops.B1.path", "passes 'Fund' twice"),
        ('switch = "switch B1"', 'switch = "flood depth[SHA]"', "loops.B1.path",
         "passes no variable that uses the switch 'flood depth', so nothing cuts it; 'loss' "
         "uses it."),
        ('switch = "switch B1"', 'switch = "loss rate"', "loops.B1.switch",
         "'loss rate' is 0.1 in the model; a switch is 0 or 1."),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_model(
    fault_of: Break, old: str, new: str, variable: str, message: str
) -> None:
    fault = fault_of(old, new)
    assert message in fault.message
    assert fault.variable == variable
    assert fault.line is not None


def test_each_link_of_a_path_is_checked(read: Callable[[str], Spec]) -> None:
    with pytest.raises(Exception, match="loops") as caught:
        read(SPEC.replace(PATH, 'path = "Fund -> Old"'))
    assert [fault.message for fault in caught.value.faults] == [
        "'Old' does not use 'Fund'; write what lies between: Fund -> loss -> wear -> Old.",
        "'Fund' does not use 'Old', directly or through others.",
        "passes no variable that uses the switch 'switch B1', so nothing cuts it; 'loss', "
        "'round trip' uses it.",
    ]
