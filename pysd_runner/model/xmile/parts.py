"""Which part of an array variable defines an element."""

from __future__ import annotations

from collections.abc import Sequence

from pysd_runner.model.xmile.arrays import Dimensions
from pysd_runner.model.xmile.document import Part
from pysd_runner.model.xmile.scope import MeaningFault
from pysd_runner.names import key


def part_of(
    parts: Sequence[Part], cell: Sequence[str], dimensions: Dimensions, own: Sequence[str]
) -> Part:
    """Return the part of an array variable that defines an element."""
    wanted = tuple(map(key, cell))
    for part in parts:
        if part.subscripts is not None and covers(part, wanted, dimensions, own):
            return part
    whole = next((part for part in parts if part.subscripts is None), None)
    if whole is None:
        raise MeaningFault(f"has no graphical function for [{','.join(cell)}]")
    return whole


def covers(part: Part, cell: tuple[str, ...], dimensions: Dimensions, own: Sequence[str]) -> bool:
    """Tell whether a part defines an element, given by the keys of its subscripts."""
    assert part.subscripts is not None
    if len(part.subscripts) != len(own):
        return False
    return all(
        key(given) == element or given == "*"
        or (given == str(dimensions.keys(key(dim)).index(element) + 1)
            and key(given) not in dimensions.keys(key(dim)))
        for given, element, dim in zip(part.subscripts, cell, own, strict=True)
    )  # fmt: skip
