"""Which part of an array variable defines an element."""

from __future__ import annotations

import pytest

from pysd_runner.model.xmile.arrays import Dimensions
from pysd_runner.model.xmile.document import Part
from pysd_runner.model.xmile.parts import covers, part_of
from pysd_runner.model.xmile.scope import MeaningFault

KNOWN = Dimensions({"r": ("North", "South"), "n": ("1", "2")}, {"r": "R", "n": "N"})


@pytest.mark.parametrize(
    ("subscripts", "cell", "is_covered"),
    [
        (("north", "1"), ("north", "1"), True),
        (("2", "1"), ("south", "1"), True),
        (("*", "2"), ("south", "2"), True),
        (("North", "2"), ("north", "1"), False),
        (("North",), ("north", "1"), False),
    ],
)
def test_elements_by_name_by_number_and_all(
    subscripts: tuple[str, ...], cell: tuple[str, ...], is_covered: bool
) -> None:
    part = Part(subscripts, equation=None)
    assert covers(part, cell, KNOWN, ("R", "N")) == is_covered


def test_the_whole_defines_what_no_part_does() -> None:
    whole, part = (Part(s, equation=None) for s in (None, ("North", "*")))
    assert part_of([whole, part], ("North", "1"), KNOWN, ("R", "N")) is part
    assert part_of([whole, part], ("South", "1"), KNOWN, ("R", "N")) is whole
    with pytest.raises(MeaningFault, match=r"no graphical function for \[South,1\]"):
        part_of([part], ("South", "1"), KNOWN, ("R", "N"))
