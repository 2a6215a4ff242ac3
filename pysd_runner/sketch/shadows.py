"""Shadows: a cause that is far from its effect, or at home elsewhere, is named again beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pysd_runner.sketch.chains import Block, Item
from pysd_runner.sketch.place import CELL_HEIGHT, CELL_WIDTH, Cell, Link

LONGEST = 3.1 * CELL_WIDTH
"""A longer arrow is replaced by a shadow [pixels]."""

_NEAR = 2.2 * CELL_WIDTH
"""Effects that are nearer to each other than this share a shadow [pixels]."""

Places: TypeAlias = Mapping[str, tuple[float, float]]


@dataclass(slots=True)
class Cast:
    """What stands on a view: who is at home, who is a shadow of whom, and the arrows between them.

    Parameters
    ----------
    own : frozenset of str
        Keys of variables at home.
    links : list of (str, str)
        Cause and effect, by name of item; the cause may be a shadow.
    shadows : dict of str to str
        Name of item -> key of the variable that it stands for.
    """

    own: frozenset[str]
    links: list[Link] = field(default_factory=list)
    shadows: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, own: Sequence[str], links: Sequence[Link]) -> Cast:
        """Return a cast in which every cause from elsewhere has one shadow."""
        cast = cls(frozenset(own))
        for cause, effect in links:
            item = cause if cause in cast.own else f"{cause} @"
            if item != cause:
                cast.shadows[item] = cause
            cast.links.append((item, effect))
        return cast

    def shortened(self, at: Places) -> Cast:
        """Return a cast in which effects far from a cause have a shadow of it of their own."""
        effects: dict[str, list[str]] = {}
        for cause, effect in self.links:
            effects.setdefault(self.shadows.get(cause, cause), []).append(effect)
        new = Cast(self.own)
        for cause, all_of in effects.items():
            far = all_of
            if cause in self.own:
                near = [e for e in all_of if math.dist(at[cause], at[e]) <= LONGEST]
                # A cause that is near to nothing comes nearer when all move again.
                near = near or next(_clusters(all_of, at))
                new.links += [(cause, effect) for effect in near]
                far = [e for e in all_of if e not in near]
            for number, cluster in enumerate(_clusters(far, at), 1):
                name = f"{cause} @{number}"
                new.shadows[name] = cause
                new.links += [(name, effect) for effect in cluster]
        return new


def positions(parts: Sequence[Block], places: Sequence[Cell]) -> dict[str, tuple[float, float]]:
    """Return where items stand [pixels]."""
    return {
        item.name: (
            (x + item.column) * CELL_WIDTH, (y + (item.first + item.last) / 2) * CELL_HEIGHT
        )
        for block, (x, y) in zip(parts, places, strict=True)
        for item in block.items if item.kind not in ("cloud", "pipe")
    }  # fmt: skip


def settle(cast: Cast, parts: list[Block], places: list[Cell]) -> None:
    """Leave no long arrow: move a cause that has no other, or put a shadow beside the effect."""
    at = positions(parts, places)
    taken = {(x + c, y + r) for block, (x, y) in zip(parts, places, strict=True)
             for c, r in block.cells}  # fmt: skip
    alone = {block.items[0].name: i for i, block in enumerate(parts) if len(block.items) == 1}
    for index, (cause, effect) in enumerate(cast.links):
        if math.dist(at[cause], at[effect]) <= LONGEST:
            continue
        spot = beside(at[effect], taken)
        taken.add(spot)
        if cause in alone and sum(cause in link for link in cast.links) == 1:
            places[alone[cause]] = spot
            continue
        of = cast.shadows.get(cause, cause)
        name = f"{of} @@{index}"
        parts.append(Block((Item("variable", name, 0, 0, 0),)))
        places.append(spot)
        cast.shadows[name] = of
        cast.links[index] = (name, effect)
    used = {cause for cause, _ in cast.links}
    idle = [i for i, block in enumerate(parts)
            if block.items[0].name in cast.shadows and block.items[0].name not in used]  # fmt: skip
    for index in reversed(idle):
        del cast.shadows[parts[index].items[0].name], parts[index], places[index]


def beside(place: tuple[float, float], taken: set[Cell]) -> Cell:
    """Return the free cell that is nearest to a place [pixels]."""
    column, row = place[0] / CELL_WIDTH, place[1] / CELL_HEIGHT
    reach = 4
    while True:
        spots = [
            (round(column) + c, round(row) + r)
            for c in range(-reach, reach + 1) for r in range(-reach - 1, reach + 2)
            if (round(column) + c, round(row) + r) not in taken
        ]  # fmt: skip
        if spots:
            return min(spots, key=lambda s: math.hypot((s[0] - column) * CELL_WIDTH,
                                                       (s[1] - row) * CELL_HEIGHT))  # fmt: skip
        reach *= 2


def _clusters(names: Sequence[str], at: Places) -> Iterator[list[str]]:
    rest = list(names)
    while rest:
        first = rest[0]
        cluster = [name for name in rest if math.dist(at[first], at[name]) <= _NEAR]
        rest = [name for name in rest if name not in cluster]
        yield cluster
