"""In what order a program is computed, and what lies in memory.

A node is computed when a state first needs it, just before it is used, so that values live
shortly. A large program is computed in loops over equations of one form instead, if that makes it
much smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pysd_runner.kernel.ir import Node, Stage
from pysd_runner.kernel.loops import Chain, Loop, Planned, kind, operands, plan, results_of
from pysd_runner.kernel.program import Program

MANY = 4000
"""Nodes beyond which straight-line code takes long to compile."""
_SMALLER = 0.5
"""Nodes to write in loops, for each one, at which loops pay."""


@dataclass(frozen=True, slots=True)
class Advance:
    """Some states of one kind are given their initial values, or their values at the next time."""

    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Two nodes of one function, neither of which needs the other; one call computes both."""

    nodes: tuple[int, int]


Item: TypeAlias = Planned | Together | Advance
"""Loops, a node that stands alone or with another one, or states to advance; each after what it
needs."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is computed when, and what is kept in memory.

    Parameters
    ----------
    start, step, save : tuple of Item
        What is computed before the run, at every step, and at save times only.
    places : dict
        Node -> its place among the values that lie in memory.
    """

    start: tuple[Item, ...] = field(repr=False)
    step: tuple[Item, ...] = field(repr=False)
    save: tuple[Item, ...] = field(repr=False)
    places: dict[int, int] = field(repr=False)

    @property
    def size(self) -> int:
        """How many nodes are written, with what loops read."""
        return sum(
            len(item.body) + len(item.columns)
            if isinstance(item, Loop)
            else 2
            if isinstance(item, Together)
            else 1
            for item in (*self.start, *self.step, *self.save)
            if not isinstance(item, Advance)
        )


def lay_out(program: Program) -> Layout:
    """Return the layout of a program."""
    if len(program.nodes) >= MANY:
        in_loops = _arrange_in_loops(program)
        if in_loops.size < _SMALLER * sum(1 for node in program.nodes if node.args):
            return in_loops
    return _arrange_one_by_one(program)


def _arrange_one_by_one(program: Program) -> Layout:
    nodes = program.nodes
    seen: set[int] = set()

    def moves(n: int) -> bool:
        # a truth value is cheaper computed again than kept
        return nodes[n].stage == Stage.STEP or (nodes[n].stage == Stage.RUN and nodes[n].is_mask)

    step: list[Item] = [*needed(nodes, [program.step], moves, seen)]
    for index, state in enumerate(program.states):
        step += [*needed(nodes, [state.change], moves, seen), Advance((index,))]
    save = [*needed(nodes, _shown(program), moves, seen)]
    kept = _kept(program, seen)
    start: list[Item] = [*needed(nodes, [*_initials(program), *kept], lambda n: True, set())]
    start += [Advance((index,)) for index in range(len(program.states))]
    return Layout(tuple(start), tuple(step), tuple(save), {n: p for p, n in enumerate(kept)})


def needed(
    nodes: Sequence[Node], roots: Iterable[int], is_member: Callable[[int], bool], seen: set[int]
) -> Iterator[int]:
    """Yield the members that some nodes need and that were not seen before, operands first."""
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        n, opened = stack.pop()
        if opened:
            yield n
        elif n not in seen and nodes[n].args and is_member(n):
            seen.add(n)
            stack.append((n, True))
            stack += [(arg, False) for arg in reversed(nodes[n].args)]


def _arrange_in_loops(program: Program) -> Layout:
    nodes, states = program.nodes, program.states
    changes = [program.step, *(state.change for state in states)]
    shown = _shown(program)
    step = plan(nodes, changes, lambda n: nodes[n].stage == Stage.STEP)
    done = set(results_of(step))
    save = plan(nodes, shown, lambda n: nodes[n].stage == Stage.STEP and n not in done)
    outside = [*_initials(program), *changes, *shown, *operands(nodes, (*step, *save))]
    start = plan(nodes, outside, lambda n: nodes[n].stage <= Stage.RUN)
    return Layout(
        (*start, *_alike(program, [state.initial for state in states])),
        (*step, *_alike(program, [state.change for state in states])),
        tuple(save),
        _places(nodes, [*start, *step, *save], [*outside, *changes]),
    )


def _alike(program: Program, values: Sequence[int]) -> list[Advance]:
    """Return the states in groups whose values one loop can read."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, (state, value) in enumerate(zip(program.states, values, strict=True)):
        where = kind(program.nodes[value])
        form = (state.kind, where, value if where == "same" else 0)
        groups.setdefault((*form, index) if state.is_ring else form, []).append(index)
    return [Advance(tuple(group)) for group in groups.values()]


def _places(
    nodes: Sequence[Node], items: Sequence[Planned], wanted: Sequence[int]
) -> dict[int, int]:
    """Return the places of all that loops write or read, results of one loop side by side."""
    loops = [item for item in items if isinstance(item, Loop)]
    chains = [item for item in items if isinstance(item, Chain)]
    results = [n for loop in loops for n in loop.results]
    results += [n for chain in chains for n in chain.results]
    read = [n for loop in loops for column in loop.columns if len(set(column)) > 1 for n in column]
    read += [n for chain in chains for terms in chain.terms for n in terms]
    places: dict[int, int] = {}
    for n in (*results, *wanted, *read):
        if n not in places and nodes[n].args and not nodes[n].is_mask:
            places[n] = len(places)
    return places


def _kept(program: Program, moving: set[int]) -> list[int]:
    """Return the values known before the run that are read later."""
    nodes = program.nodes
    read = [arg for n in sorted(moving) for arg in nodes[n].args]
    read += [program.step, *(state.change for state in program.states), *_shown(program)]
    read += [state.initial for state in program.states if state.is_ring]
    return [
        n
        for n in dict.fromkeys(read)
        if nodes[n].args and nodes[n].stage == Stage.RUN and not nodes[n].is_mask
    ]


def _initials(program: Program) -> list[int]:
    lengths = [state.length for state in program.states if state.length is not None]
    return [*(state.initial for state in program.states), *lengths]


def _shown(program: Program) -> list[int]:
    watched = [*(m.node for m in program.measures), *(limit.node for limit in program.limits)]
    return [*program.outputs, *watched]
