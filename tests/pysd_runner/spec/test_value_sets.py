"""Bundles: measures that are held against their sum at equal cost; and notes on thresholds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner.errors import Fault
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import SPEC

PLACE = "[policies.more]"
BUNDLE = """\
[levers.repair]
variable = "loss rate"
label = "Repair"
unit = "1/yr"
base = 0.1
bounds = [0.0, 0.2]
cost = "wear"
paper = "3.2"
assumption = "Nobody knows."

[outcomes.spent]
label = "Spent"
variable = "outlay"
reduction = "mean"
unit = "MCNY/yr"
direction = "minimise"

[bundles.both]
label = "Both"
cost = "spent"

[bundles.both.parts.aid]
label = "Aid"
values = { grants = 0.4 }

[bundles.both.parts.care]
label = "Care"
values = { repair = 0.05 }

"""


def test_parts_are_sets_of_lever_values(read: Callable[[str], Spec]) -> None:
    bundle = read(SPEC.replace(PLACE, BUNDLE + PLACE)).bundles["both"]
    assert (bundle.label, bundle.cost) == ("Both", "spent")
    assert {name: part.values for name, part in bundle.parts.items()} == {
        "aid": {"grants": 0.4}, "care": {"repair": 0.05},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "variable", "message"),
    [
        ("repair = 0.05", "grants = 0.3", "bundles.both.parts",
         "'grants' is moved by 'aid' and by 'care'; leave it in one of them."),
        ('"Care"', '"Aid"', "bundles.both.parts", "'aid' and 'care' have the same label"),
        ("repair = 0.05", "repiar = 0.05", "bundles.both.parts.care.values",
         "'repiar' is not a lever; did you mean 'repair'?"),
        ("repair = 0.05", "repair = 0.5", "bundles.both.parts.care.values",
         "'repair' = 0.5 lies outside its bounds [0, 0.2]."),
        ('cost = "spent"', 'cost = "spend"', "bundles.both.cost",
         "'spend' is not an outcome; did you mean 'spent'?"),
        ('cost = "spent"', 'cost = "fund"', "bundles.both.cost",
         "'fund' is not to be minimised, so it is no cost."),
        ('label = "Care"', 'lable = "Care"\nlabel = "Care"', "bundles.both.parts.care.lable",
         "unknown key; did you mean 'label'? (known: label, values)"),
        (BUNDLE[BUNDLE.index("[bundles.both.parts.care]") :], "", "bundles.both.parts",
         "holds 1 value; write at least 2"),
    ],
)  # fmt: skip
def test_a_bundle_that_compares_nothing(
    fault_of: Callable[[str, str], Fault], old: str, new: str, variable: str, message: str
) -> None:
    fault = fault_of(PLACE, BUNDLE.replace(old, new) + PLACE)
    assert message in fault.message
    assert fault.variable == variable


def test_a_note_needs_a_threshold(fault_of: Callable[[str, str], Fault]) -> None:
    fault = fault_of("to = 8", 'to = 8\nthreshold_note = "As last year."')
    assert "there is no threshold to note anything on" in fault.message
    assert fault.variable == "outcomes.fund.threshold_note"
