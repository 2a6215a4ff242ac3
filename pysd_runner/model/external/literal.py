"""Lookups and data as text that a translator of plain equations reads."""

from __future__ import annotations

import math
from itertools import pairwise

from pysd_runner.model.statement import Statement
from pysd_runner.model.syntax import Call, Reference, Table, write

_GAP = 1e-100
"""Next to a time of 0, where the gap to the next float would make slopes infinite."""


def literal_text(name: str, statement: Statement, table: Table) -> str | None:
    """Return the equation of one element of a lookup or of data.

    Data become ``WITH LOOKUP(Time, …)``; steps become jumps between neighbouring floats.

    Parameters
    ----------
    name : str
        Left side, in quotes where needed.
    statement : Statement
        Tells a lookup from data.
    table : Table
        Points in order of x.

    Returns
    -------
    str or None
        ``None`` if linear pieces cannot say the same.
    """
    if table.between == "exact" or table.outside != "hold":
        return None
    points = _linear(table)
    straight = Table(tuple(x for x, _ in points), tuple(y for _, y in points))
    if statement.kind == "lookup":
        return f"{name}{write(straight)}"
    return f"{name} = {write(Call('WITH LOOKUP', (Reference('Time'), straight)))}"


def _linear(table: Table) -> list[tuple[float, float]]:
    """Return points between which straight lines run as the table does, two at least."""
    points = sorted(zip(table.x, table.y, strict=True), key=lambda point: point[0])
    if len(points) == 1:
        (x, y), = points  # fmt: skip
        return [(x, y), (x + max(1.0, abs(x)), y)]
    if table.between == "linear":
        return points
    found = points[:1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if table.between == "previous":
            found += [(x1, y0), (x1, y1)]
        else:
            found += [(_after(x0), y1), (x1, y1)]
    return found


def _after(x: float) -> float:
    return x + _GAP if abs(x) < _GAP else math.nextafter(x, math.inf)
