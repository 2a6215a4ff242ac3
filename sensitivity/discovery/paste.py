"""Pasting: give back what a greedy peeling took too much of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sensitivity.discovery.box import Box, Score, score
from sensitivity.discovery.cases import Cases, Floats
from sensitivity.discovery.prim import PEEL


def paste(cases: Cases, box: Box, share: float = PEEL) -> Box:
    """Enlarge a box side by side as long as its density does not fall.

    Each step adds the slice next to one side, as many runs as a peel would remove, or one
    category, and takes the one that leaves the density highest. Coverage never falls.

    References
    ----------
    .. [1] Friedman and Fisher (1999), Stat. Comput. 9, 123–143: bottom-up pasting.
    """
    now = score(box, cases)
    while True:
        found = [(score(larger, cases), larger) for larger in _larger(cases, box, now, share)]
        grown = [each for each in found if each[0].runs > now.runs]
        if not grown:
            return box
        best, larger = max(grown, key=lambda each: (each[0].density, each[0].hits))
        if best.density < now.density:
            return box
        box, now = larger, best


def _larger(cases: Cases, box: Box, now: Score, share: float) -> Iterator[Box]:
    """Yield the box with one side moved outward by a slice, for each side that it has."""
    count = max(1, int(share * now.runs))
    for name, (low, high) in box.ranges.items():
        free = box.without(name)
        within = free.contains(cases.inputs)
        values = cases.inputs[name].to_numpy(float)[within]
        above, below = np.sort(values[values > high]), np.sort(-values[values < low])
        if len(above):
            yield _with_range(free, name, low, _beyond(above, count))
        if len(below):
            yield _with_range(free, name, -_beyond(below, count), high)
    for name, inside in box.among.items():
        for category in cases.categories[name]:
            if category not in inside:
                more = inside | {category}
                rest = {k: v for k, v in box.among.items() if k != name}
                every = len(more) == len(cases.categories[name])
                yield Box(box.ranges, rest if every else {**rest, name: more})


def _beyond(ordered: Floats, count: int) -> float:
    """Return an upper limit that lets in the next ``count`` values; infinite if it lets in all."""
    last = ordered[min(count, len(ordered)) - 1]
    further = ordered[ordered > last]
    return float(last + further[0]) / 2 if len(further) else np.inf


def _with_range(free: Box, name: str, low: float, high: float) -> Box:
    if np.isinf(low) and np.isinf(high):
        return free
    return Box({**free.ranges, name: (low, high)}, free.among)
