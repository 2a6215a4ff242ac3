"""Lay a view out from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

from pysd_runner.model.graph import ModelGraph
from pysd_runner.sketch.chains import Block, Item, blocks
from pysd_runner.sketch.drawing import Drawing
from pysd_runner.sketch.elements import View
from pysd_runner.sketch.place import Cell, arrange
from pysd_runner.sketch.plan import Plan, name_of
from pysd_runner.sketch.shadows import Cast, positions, settle
from pysd_runner.sketch.write import STYLE

_ROUNDS = 2
"""How often long arrows are replaced by shadows, before all is arranged anew."""


def compose(plan: Plan, graph: ModelGraph) -> View:
    """Return the view that shows a plan.

    Arrows are short: where a cause is far, a shadow of it stands beside the effect.
    """
    joined = {name for link in plan.links for name in link} | {pipe.flow for pipe in plan.pipes}
    stocks = [name for name in plan.own if graph.variables[name].kind == "stock"]
    alone = [name for name in plan.own if name not in stocks and name not in joined]
    others = [name for name in plan.own if name not in stocks and name in joined]
    cast = Cast.of(plan.own, plan.links)
    for number in range(_ROUNDS + 1):
        parts = blocks(stocks, plan.pipes, [*others, *cast.shadows])
        places = arrange(parts, cast.links, hurry=number < _ROUNDS)
        if number < _ROUNDS:
            cast = cast.shortened(positions(parts, places))
    settle(cast, parts, places)
    places = _packed(parts, places)
    _below(alone, parts, places)
    items = [item.name for block in parts for item in block.items]
    names = {item: name_of(graph, cast.shadows.get(item, item)) for item in items}
    drawing = Drawing(names, cast.shadows)
    for block, corner in zip(parts, places, strict=True):
        drawing.put(block, corner)
    for pipe in plan.pipes:
        if pipe.flow in drawing.valve:
            drawing.pipe(pipe)
    drawing.arrows(cast.links)
    return View(plan.title, (STYLE, *drawing.elements))


def _packed(parts: Sequence[Block], places: Sequence[Cell]) -> list[Cell]:
    """Drop the columns and rows in which nothing stands."""
    used = [(x + c, y + r) for block, (x, y) in zip(parts, places, strict=True)
            for c, r in block.cells]  # fmt: skip
    columns = {c: i for i, c in enumerate(sorted({c for c, _ in used}))}
    rows = {r: i for i, r in enumerate(sorted({r for _, r in used}))}
    return [(columns[min(x + c for c, _ in block.cells)], rows[min(y + r for _, r in block.cells)])
            for block, (x, y) in zip(parts, places, strict=True)]  # fmt: skip


def _below(alone: Sequence[str], parts: list[Block], places: list[Cell]) -> None:
    """Put what no arrow joins to anything here into rows of its own below the rest."""
    used = [(x + c, y + r) for block, (x, y) in zip(parts, places, strict=True)
            for c, r in block.cells]  # fmt: skip
    across = max([c + 1 for c, _ in used] + [ceil(sqrt(len(alone)))])
    first = max((r + 1 for _, r in used), default=0)
    for number, name in enumerate(alone):
        parts.append(Block((Item("variable", name, 0, 0, 0),)))
        places.append((number % across, first + number // across))
