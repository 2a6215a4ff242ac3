from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner.errors import Fault
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.structure import Loop, Threshold
from tests.pysd_runner.spec.example import SPEC

Break = Callable[[str, str], Fault]


def test_breakers_and_loops_are_read(read: Callable[[str], Spec]) -> None:
    spec = read(SPEC)
    fund = spec.breakers["fund"]
    assert (fund.trip.setting, fund.trip.bounds) == ("trip[SHA]", (0.08, 0.2))
    assert (fund.reset.setting, fund.reset.bounds) == ("reset[SHA]", None)
    assert fund.variables["throttle"] == "passing[SHA]"
    assert (fund.low_side, fund.enabled) == (False, "breaker on[SHA]")
    assert spec.loops["B1"].variables == ("round", "round trip")


@pytest.mark.parametrize(
    ("text", "variable", "element"),
    [("trip", "trip", None), (" trip [SHA] ", "trip", "SHA"), ("trip[A, B]", "trip", "A, B")],
)
def test_a_text_names_the_constant_of_a_threshold(
    text: str, variable: str, element: str | None
) -> None:
    found = Threshold.model_validate(text)
    assert (found.variable, found.element) == (variable, element)


def test_a_path_may_return_to_its_start() -> None:
    loop = Loop(label="x", kind="balancing", switch="s", path="A -> B  b->C -> A")
    assert loop.variables == ("A", "B  b", "C")


@pytest.mark.parametrize(
    ("old", "new", "variable", "message"),
    [
        ('path = "round -> round trip"', 'path = "round -> -> round trip"', "loops.B1.path",
         "has an arrow without a variable before or behind it."),
        ('path = "round -> round trip"', 'path = "round -> round trip -> round trip -> round"',
         "loops.B1.path", "passes 'round trip' twice; write one turn."),
        ('kind = "balancing"', 'kind = "negative"', "loops.B1.kind",
         "is 'negative'; write 'reinforcing' or 'balancing'."),
        ("bounds = [0.08, 0.2]", "bounds = [0.2, 0.08]", "breakers.fund.trip.bounds",
         "the bounds [0.2, 0.08] are inverted; write the lower first."),
        ('element = "SHA", bounds', 'elemnt = "SHA", bounds', "breakers.fund.trip.elemnt",
         "unknown key; did you mean 'element'?"),
        ('indicator = "seen[SHA]"', "", "breakers.fund.indicator", "is missing; add it."),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    fault_of: Break, old: str, new: str, variable: str, message: str
) -> None:
    fault = fault_of(old, new)
    assert message in fault.message
    assert fault.variable == variable
    assert fault.line is not None
