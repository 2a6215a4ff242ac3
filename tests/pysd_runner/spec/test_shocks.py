from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner.errors import Fault
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import SPEC

Break = Callable[[str, str], Fault]
DEPTH = '{ variable = "drought depth", base = 0.0, bounds = [0.1, 0.4] }'


def test_shocks_are_read(read: Callable[[str], Spec]) -> None:
    spec = read(SPEC)
    drought, flood = spec.shocks["drought"], spec.shocks["flood"]
    assert (drought.code, drought.acts_on, drought.depth.bounds) == ("S1", "demand", (0.1, 0.4))
    assert {part: draw.setting for part, draw in drought.draws.items()} == {
        "start": "drought start", "depth": "drought depth", "hold": "drought hold",
    }  # fmt: skip
    assert list(flood.draws) == ["start", "depth"]
    assert flood.depth.setting == "flood depth[SHB]"
    both = spec.compounds["both"]
    assert (both.shocks, both.same_start, both.correlation) == (("drought", "flood"), True, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "key", "variable", "message"),
    [
        ("bounds = [0.1, 0.4]", "bounds = [0.4, 0.1]", "depth", "shocks.drought.depth.bounds",
         "the bounds [0.4, 0.1] are inverted; write the lower first."),
        ("depth = " + DEPTH, "", "[shocks.drought]", "shocks.drought.depth", "is missing; add it."),
        ("depth = " + DEPTH, "depth = 0.3", "depth", "shocks.drought.depth",
         "is 0.3; make it a table, with its keys below."),
        ("element = 'SHB'", "elemnt = 'SHB'", "elemnt",
         "shocks.flood.depth.elemnt", "unknown key; did you mean 'element'? (known: variable, el"),
        ('assumption = "Once in a decade."', "", "[shocks.drought]", "shocks.drought.source",
         "give exactly one of 'source' (a key) and 'assumption' (a reason)."),
        ('code = "S1"', 'code = "S1 to S9"', "code", "shocks.drought.code",
         "has 8 characters; shorten it to 6."),
        ('shocks = ["drought", "flood"]', 'shocks = ["drought"]', "shocks =",
         "compounds.both.shocks", "holds 1 value; write at least 2."),
        ('shocks = ["drought", "flood"]', 'shocks = ["flood", "flood"]', "shocks =",
         "compounds.both.shocks", "names 'flood' twice; remove one."),
        ("correlation = 0.5", "correlation = 1.5", "correlation", "compounds.both.correlation",
         "is 1.5; write at most 1."),
        ("correlation = 0.5", "correlation = -0.5", "correlation", "compounds.both.correlation",
         "is -0.5; write at least 0."),
        ("correlation = 0.5", 'same_start = "perhaps"', "same_start",
         "compounds.both.same_start", "is 'perhaps'; write true or false."),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    fault_of: Break, old: str, new: str, key: str, variable: str, message: str
) -> None:
    fault = fault_of(old, new)
    assert message in fault.message
    assert fault.variable == variable
    assert fault.line is not None
    assert SPEC.replace(old, new).splitlines()[fault.line - 1].startswith(key)
