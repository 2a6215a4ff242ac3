"""Put blocks on a grid so that arrows are short and pass no text: simulated annealing."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pysd_runner.sketch.chains import Block

CELL_WIDTH, CELL_HEIGHT = 124, 64
"""Of a cell of the grid [pixels]: a name on three lines of seventeen letters."""

_FILL = 0.55
_ASPECT = 1.5
_CROSSING = 1.8
"""What an arrow through a text costs, as hundred pixels of its length."""

_PULL = 0.12
"""What a hundred pixels from the middle cost, so that nothing drifts away."""

_ROUGH, _FINE = 200, 500
"""Tries for each block."""

_HOT, _COLD = 3.0, 0.03

Cell: TypeAlias = tuple[int, int]
Link: TypeAlias = tuple[str, str]


def arrange(
    blocks: Sequence[Block], links: Sequence[Link], *, hurry: bool = False, seed: int = 1
) -> list[Cell]:
    """Return the cell of each block's corner.

    Parameters
    ----------
    blocks : sequence of Block
        What moves.
    links : sequence of (str, str)
        Names of items that arrows join.
    hurry : bool
        Whether a rough arrangement will do.
    seed : int
        Of the random moves; the same seed gives the same places.
    """
    if not blocks:
        return []
    return _Board(blocks, links, random.Random(seed)).solve(_ROUGH if hurry else _FINE)


@dataclass(slots=True)
class _Board:
    blocks: Sequence[Block]
    links: Sequence[Link]
    random: random.Random
    columns: int = 0
    rows: int = 0
    place: list[Cell] = field(default_factory=list)
    owner: dict[Cell, int] = field(default_factory=dict)
    through: dict[Cell, int] = field(default_factory=dict)
    home: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    mine: list[list[Link]] = field(default_factory=list)
    rays: dict[Cell, tuple[Cell, ...]] = field(default_factory=dict)
    cells: list[tuple[Cell, ...]] = field(default_factory=list)

    def solve(self, tries: int) -> list[Cell]:
        self._prepare()
        self._start()
        for link in self.links:
            self._count(link, 1)
        steps = tries * max(len(self.blocks), 10)
        for step in range(steps):
            heat = _HOT * (_COLD / _HOT) ** (step / steps)
            self._try(self.random.randrange(len(self.blocks)), heat)
        return self.place

    # -- set-up ---------------------------------------------------------------------------------

    def _prepare(self) -> None:
        self.cells = [block.cells for block in self.blocks]
        for index, block in enumerate(self.blocks):
            for item in block.items:
                if item.kind not in ("cloud", "pipe"):
                    self.home[item.name] = (index, item.column, (item.first + item.last) // 2)
        self.mine = [[] for _ in self.blocks]
        for link in self.links:
            for index in {self.home[name][0] for name in link}:
                self.mine[index].append(link)
        area = sum(map(len, self.cells)) / _FILL
        widest = max(c for cells in self.cells for c, _ in cells) + 1
        tallest = max(r for cells in self.cells for _, r in cells) + 1
        ratio = _ASPECT * CELL_HEIGHT / CELL_WIDTH
        self.columns = max(math.ceil(math.sqrt(area * ratio)), widest + 1)
        self.rows = max(math.ceil(area / self.columns), tallest + 1)

    def _start(self) -> None:
        """Put large blocks first, each where there is room, and small ones wherever."""
        order = sorted(range(len(self.blocks)), key=lambda i: -len(self.cells[i]))
        self.place = [(0, 0)] * len(self.blocks)
        for index in order:
            spots = [(c, r) for r in range(self.rows) for c in range(self.columns)]
            if len(self.cells[index]) == 1:
                self.random.shuffle(spots)
            spot = next((s for s in spots if self._fits(index, s)), None)
            while spot is None:
                self.rows += 1
                spots = [(c, r) for r in range(self.rows) for c in range(self.columns)]
                spot = next((s for s in spots if self._fits(index, s)), None)
            self._put(index, spot)

    # -- moves ----------------------------------------------------------------------------------

    def _try(self, index: int, heat: float) -> None:
        spot = self._wish(index, heat)
        if spot == self.place[index]:
            return
        other = self._in_the_way(index, spot)
        if other is None:
            return
        group = [index] if other < 0 else [index, other]
        links = list(dict.fromkeys(link for each in group for link in self.mine[each]))
        for link in links:
            self._count(link, -1)
        before = self._cost(group, links)
        old = [self.place[each] for each in group]
        new = [spot] if other < 0 else [spot, self.place[index]]
        for each in group:
            self._lift(each)
        for each, where in zip(group, new, strict=True):
            self._put(each, where)
        change = self._cost(group, links) - before
        if change > 0 and self.random.random() >= math.exp(-change / heat):
            for each in group:
                self._lift(each)
            for each, where in zip(group, old, strict=True):
                self._put(each, where)
        for link in links:
            self._count(link, 1)

    def _wish(self, index: int, heat: float) -> Cell:
        """Return a place to try: near what the block is linked with, or anywhere."""
        links = self.mine[index]
        if links and self.random.random() < 0.8:
            link = self.random.choice(links)
            name = link[0] if self.home[link[0]][0] != index else link[1]
            column, row = self._where(name)
            reach = 1 + 2 * heat
            return (round(self.random.gauss(column, reach)), round(self.random.gauss(row, reach)))
        return self.random.randrange(self.columns), self.random.randrange(self.rows)

    def _in_the_way(self, index: int, spot: Cell) -> int | None:
        """Return the single block that must swap, -1 if none must, ``None`` if it cannot be."""
        if self._fits(index, spot):
            return -1
        other = self.owner.get(spot, -1)
        both_single = len(self.cells[index]) == 1 and other >= 0 and len(self.cells[other]) == 1
        return other if both_single and other != index else None

    def _fits(self, index: int, spot: Cell) -> bool:
        for c, r in self.cells[index]:
            cell = (spot[0] + c, spot[1] + r)
            if not (0 <= cell[0] < self.columns and 0 <= cell[1] < self.rows):
                return False
            if self.owner.get(cell, index) != index:
                return False
        return True

    def _put(self, index: int, spot: Cell) -> None:
        self.place[index] = spot
        for c, r in self.cells[index]:
            self.owner[spot[0] + c, spot[1] + r] = index

    def _lift(self, index: int) -> None:
        x, y = self.place[index]
        for c, r in self.cells[index]:
            del self.owner[x + c, y + r]

    # -- costs ----------------------------------------------------------------------------------

    def _cost(self, group: Sequence[int], links: Sequence[Link]) -> float:
        total = 0.0
        for link in links:
            (x0, y0), (x1, y1) = self._where(link[0]), self._where(link[1])
            dx, dy = x1 - x0, y1 - y0
            length = math.hypot(dx * CELL_WIDTH, dy * CELL_HEIGHT) / 100
            total += length * (1 + 0.1 * length)
            for c, r in self._ray(dx, dy):
                if (x0 + c, y0 + r) in self.owner:
                    total += _CROSSING
        for index in group:
            x, y = self.place[index]
            for c, r in self.cells[index]:
                total += _CROSSING * self.through.get((x + c, y + r), 0)
                total += _PULL * self._from_middle(x + c, y + r)
        return total

    def _from_middle(self, x: int, y: int) -> float:
        dx, dy = x - self.columns / 2 + 0.5, y - self.rows / 2 + 0.5
        return math.hypot(dx * CELL_WIDTH, dy * CELL_HEIGHT) / 100

    def _count(self, link: Link, by: int) -> None:
        (x0, y0), (x1, y1) = self._where(link[0]), self._where(link[1])
        for c, r in self._ray(x1 - x0, y1 - y0):
            cell = (x0 + c, y0 + r)
            self.through[cell] = self.through.get(cell, 0) + by

    def _where(self, name: str) -> Cell:
        index, c, r = self.home[name]
        x, y = self.place[index]
        return x + c, y + r

    def _ray(self, dx: int, dy: int) -> tuple[Cell, ...]:
        """Return the cells whose text a straight arrow passes, its ends left out."""
        found = self.rays.get((dx, dy))
        if found is None:
            steps = 6 * max(abs(dx), abs(dy), 1)
            hit: dict[Cell, None] = {}
            for step in range(1, steps):
                x, y = dx * step / steps, dy * step / steps
                cell = (round(x), round(y))
                if abs(x - cell[0]) < 0.42 and abs(y - cell[1]) < 0.36:
                    hit[cell] = None
            hit.pop((0, 0), None)
            hit.pop((dx, dy), None)
            found = self.rays[dx, dy] = tuple(hit)
        return found
