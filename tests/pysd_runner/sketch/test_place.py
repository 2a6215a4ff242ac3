from __future__ import annotations

import math

from pysd_runner.sketch.chains import Block, Item
from pysd_runner.sketch.place import CELL_HEIGHT, CELL_WIDTH, arrange

TALL = Block((Item("stock", "tall", 0, 0, 2), Item("flow", "flow", 1, 1, 1)))


def texts(*names: str) -> list[Block]:
    return [Block((Item("variable", name, 0, 0, 0),)) for name in names]


def test_blocks_do_not_cover_each_other() -> None:
    blocks = [TALL, *texts(*"abcdefghij")]
    places = arrange(blocks, [("a", "tall"), ("b", "flow"), ("c", "d")])
    covered = [(x + c, y + r) for block, (x, y) in zip(blocks, places, strict=True)
               for c, r in block.cells]  # fmt: skip
    assert len(covered) == len(set(covered)) == 4 + 10


def test_what_is_linked_stands_together() -> None:
    names = [f"n{i}" for i in range(24)]
    links = [(names[i], names[i + 1]) for i in range(0, 24, 2)]
    places = dict(zip(names, arrange(texts(*names), links), strict=True))
    for one, other in links:
        (x0, y0), (x1, y1) = places[one], places[other]
        assert math.hypot((x1 - x0) * CELL_WIDTH, (y1 - y0) * CELL_HEIGHT) <= CELL_WIDTH


def test_the_same_seed_gives_the_same_places() -> None:
    blocks, links = texts(*"abcdef"), [("a", "b"), ("b", "c")]
    assert arrange(blocks, links) == arrange(blocks, links)
    assert arrange([], []) == []
