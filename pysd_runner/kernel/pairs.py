"""Values of one function computed two by two.

exp, log and pow have to wait for their own intermediate results. A call over twice as many lanes
computes for another value meanwhile, and what lives is put aside once for two calls. That saves an
eighth of the time of the city model; values of two registers hide the waits by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from pysd_runner.kernel import vector_math
from pysd_runner.kernel.ir import Node
from pysd_runner.kernel.layout import Item, Layout, Together, needed
from pysd_runner.kernel.loops import Chain, Loop
from pysd_runner.kernel.program import Program

_TRIED = 8
"""Partners that are tried for a value."""
_FAR = 200
"""Nodes computed earlier for a partner at most, so that few values wait in memory."""


def in_pairs(program: Program, layout: Layout) -> Layout:
    """Return a layout with values of one function two by two at every step.

    A value is brought forward, with what it needs, to the first one before it that it does not
    need. A layout in loops is returned as it is.

    Parameters
    ----------
    program : Program
        What one run computes.
    layout : Layout
        Of the program.
    """
    if any(isinstance(item, Loop | Chain) for item in (*layout.step, *layout.save)):
        return layout
    nodes = program.nodes
    return replace(layout, step=_joined(nodes, layout.step), save=_joined(nodes, layout.save))


def _joined(nodes: Sequence[Node], items: Sequence[Item]) -> tuple[Item, ...]:
    waiting = {item for item in items if isinstance(item, int)}
    later: dict[str, list[int]] = {op: [] for op in vector_math.NAMES}
    for item in reversed(items):
        if isinstance(item, int) and nodes[item].op in later:
            later[nodes[item].op].append(item)
    found: list[Item] = []
    for item in items:
        if not isinstance(item, int):
            found.append(item)
        elif item in waiting:
            waiting.remove(item)
            *before, partner = _partner(nodes, item, waiting, later.get(nodes[item].op, []))
            found += [*before, item if partner == item else Together((item, partner))]
            waiting -= {*before, partner}
    return tuple(found)


def _partner(nodes: Sequence[Node], number: int, waiting: set[int], later: list[int]) -> list[int]:
    """Return the partner of a node after what must be computed for it; the node if it has none."""

    def lacking(n: int) -> bool:
        return n == number or n in waiting

    while later and later[-1] not in waiting:
        later.pop()
    for other in reversed(later[-_TRIED:]):
        if other in waiting:
            found = list(islice(needed(nodes, [other], lacking, set()), _FAR))
            if found[-1] == other and number not in found:
                return found
    return [number]
