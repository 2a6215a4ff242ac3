"""The order in which variables can be computed, or the loop that has none."""

from __future__ import annotations

from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.dependencies import Moment
from pysd_runner.model.drafts import Cell, Drafts
from pysd_runner.model.order import CircularError, topological

_REMEDY = {
    "now": "these variables need each other at the same time; put a stock (INTEG) or a delay into "
    "the loop",
    "initial": "these initial values need each other; give one of them a number or use ACTIVE "
    "INITIAL",
}


def evaluation_order(drafts: Drafts, moment: Moment, path: Path | None) -> tuple[str, ...]:
    """Return the keys of all variables, each after those that it needs.

    Parameters
    ----------
    drafts : Drafts
        All variables.
    moment : {"now", "initial"}
        See :func:`~pysd_runner.model.dependencies.needs`.
    path : Path or None
        Of the file, for messages.

    Raises
    ------
    ModelError
        Some need each other; the message has the path of a loop, element by element.
    """
    try:
        return tuple(topological(drafts.by_key, lambda name: _variables(drafts, name, moment)))
    except CircularError:
        pass  # perhaps only between elements of the same variables: look closer
    places = {cell: place for name in drafts.by_key for cell, place in drafts.cells(name).items()}

    def before(cell: Cell) -> list[Cell]:
        binding, definition = places[cell]
        needed = drafts.needs(definition, moment)
        return [c for need in needed for c in drafts.cells_needed(need, binding) if c in places]

    try:
        cells = topological(places, before)
    except CircularError as circle:
        loop: list[Cell] = [cell for cell in circle.path if cell in places]
        said = " -> ".join(_name(drafts, cell) for cell in loop)
        first = drafts[loop[0][0]]
        raise ModelError(
            Fault(f"circular definition {said}: {_REMEDY[moment]}.", path,
                  first.definitions[0].entry.line, first.name)
        ) from None  # fmt: skip
    return tuple(dict.fromkeys(name for name, _ in cells))


def _variables(drafts: Drafts, name: str, moment: Moment) -> list[str]:
    needed = (need for each in drafts[name].definitions for need in drafts.needs(each, moment))
    return [need.key for need in needed]


def _name(drafts: Drafts, cell: Cell) -> str:
    name, elements = cell
    return drafts[name].name + (f"[{','.join(elements)}]" if elements else "")
