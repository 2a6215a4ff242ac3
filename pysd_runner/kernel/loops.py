"""Equations of one form as one loop over their elements.

A large array makes thousands of nodes that differ in their operands alone. Straight-line code for
them would take minutes to compile, so nodes are gathered into *bodies*: a node that others share,
or that is asked for, with all below it down to the next such node. Bodies of the same form that
do not depend on each other become one loop; their operands and results lie in memory, side by
side. The operations of each element, and so its bits, stay what they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pysd_runner.kernel.ir import Node, Stage
from pysd_runner.kernel.program import Program

MANY = 4000
"""Nodes beyond which straight-line code takes seconds to compile."""
_LEAST = 16
"""Elements that make a loop worth its memory."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Bodies of one form.

    Parameters
    ----------
    body : tuple of Node
        Operands are numbers of columns, or of earlier nodes of the body counted after them.
    columns : tuple of tuple of int
        For each operand from outside, its node in every iteration.
    results : tuple of int
        Node that each iteration computes.
    """

    body: tuple[Node, ...]
    columns: tuple[tuple[int, ...], ...]
    results: tuple[int, ...]


Item: TypeAlias = Loop | int
"""A loop, or a node that stands alone; each after what it needs."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is computed in loops, and where values lie that loops read or write.

    Parameters
    ----------
    start, step, save : tuple of Item
        What is computed before the run, at every step, and at save times only.
    slots : dict
        Node -> place in the working memory; the states come first, by index.
    room : int
        Places in all.
    """

    start: tuple[Item, ...] = field(repr=False)
    step: tuple[Item, ...] = field(repr=False)
    save: tuple[Item, ...] = field(repr=False)
    slots: dict[int, int] = field(repr=False)
    room: int


def lay_out(program: Program) -> Layout | None:
    """Return the loops of a large program; ``None`` if straight-line code will do."""
    nodes = program.nodes
    if len(nodes) < MANY:
        return None
    changes = [program.step, *(state.change for state in program.states)]
    watched = [*(m.node for m in program.measures), *(limit.node for limit in program.limits)]
    shown = [*program.outputs, *watched]
    step = _plan(nodes, changes, lambda n: nodes[n].stage == Stage.STEP)
    done = _computed(step)
    save = _plan(nodes, shown, lambda n: nodes[n].stage == Stage.STEP and n not in done)
    first = [state.initial for state in program.states]
    first += [state.length for state in program.states if state.length is not None]
    outside = [*first, *changes, *shown, *_operands(nodes, (*step, *save))]
    start = _plan(nodes, outside, lambda n: nodes[n].stage <= Stage.RUN)
    loops = [item for item in (*start, *step, *save) if isinstance(item, Loop)]
    if not loops:
        return None
    slots, room = _slots(program, loops, [*first, *changes, *shown])
    return Layout(tuple(start), tuple(step), tuple(save), slots, room)


def _slots(
    program: Program, loops: Sequence[Loop], wanted: Sequence[int]
) -> tuple[dict[int, int], int]:
    """Return the places of all that loops write or read, results of one loop side by side."""
    nodes = program.nodes
    slots: dict[int, int] = {}
    for number, node in enumerate(nodes):
        if node.op == "state":
            assert isinstance(node.literal, int)
            slots[number] = node.literal
    used = 2 * len(program.states)  # the states, and their next values
    read = [n for loop in loops for column in loop.columns if len(set(column)) > 1 for n in column]
    for n in (*(n for loop in loops for n in loop.results), *wanted, *read):
        if n not in slots and kind(nodes[n]) == "memory":
            slots[n] = used
            used += 1
    return slots, used


def kind(node: Node) -> str:
    """Return where a loop finds a value: ``literal``, ``input``, ``memory``, or ``same``.

    ``same`` are leaves that have one value for all elements, such as the time.
    """
    if node.op in ("const", "input"):
        return "literal" if node.op == "const" else "input"
    return "memory" if node.args or node.op == "state" else "same"


def _plan(
    nodes: Sequence[Node], wanted: Iterable[int], is_member: Callable[[int], bool]
) -> list[Item]:
    """Return what computes the wanted nodes, of those that are members."""
    members = _closure(nodes, wanted, is_member)
    uses = Counter(arg for n in members for arg in set(nodes[n].args))
    asked = set(wanted)
    edges = {
        n for n in members
        if nodes[n].args and not nodes[n].is_mask and (uses[n] > 1 or n in asked)
    }  # fmt: skip
    level: dict[int, int] = {}
    groups: dict[tuple[object, ...], list[tuple[int, list[int], list[int]]]] = {}
    for root in sorted(edges):
        leaves, inner = _body(nodes, root, lambda n: n in edges or n not in members)
        level[root] = 1 + max((level.get(leaf, 0) for leaf in leaves), default=0)
        form = _form(nodes, leaves, inner)
        groups.setdefault((level[root], form), []).append((root, leaves, inner))
    items: list[Item] = []
    for _, group in sorted(groups.items(), key=lambda pair: pair[0][0]):  # type: ignore[arg-type, return-value]
        if len(group) < _LEAST:
            items += [n for _, _, inner in group for n in inner]
            continue
        _, leaves, inner = group[0]
        local = {n: place for place, n in enumerate([*leaves, *inner])}
        body = tuple(
            Node(nodes[n].op, tuple(local[arg] for arg in nodes[n].args), nodes[n].literal,
                 nodes[n].stage, nodes[n].is_mask)
            for n in inner
        )  # fmt: skip
        columns = tuple(zip(*(each for _, each, _ in group), strict=True))
        items.append(Loop(body, columns, tuple(root for root, _, _ in group)))
    return items


def _closure(
    nodes: Sequence[Node], wanted: Iterable[int], is_member: Callable[[int], bool]
) -> set[int]:
    """Return the wanted members and all members that they need."""
    stack = [n for n in wanted if is_member(n)]
    found = set(stack)
    while stack:
        for arg in nodes[stack.pop()].args:
            if arg not in found and is_member(arg):
                found.add(arg)
                stack.append(arg)
    return found


def _body(
    nodes: Sequence[Node], root: int, is_edge: Callable[[int], bool]
) -> tuple[list[int], list[int]]:
    """Return the leaves of a body, in order of appearance, and its nodes, operands first.

    Truth values are never leaves: memory holds numbers only.
    """
    leaves: dict[int, None] = {}
    inner: dict[int, None] = {}
    stack = [(root, False)]
    while stack:
        n, opened = stack.pop()
        if n in inner or n in leaves:
            continue
        node = nodes[n]
        if opened:
            inner[n] = None
        elif n != root and (not node.args or (is_edge(n) and not node.is_mask)):
            leaves[n] = None
        else:
            stack.append((n, True))
            stack += [(arg, False) for arg in reversed(node.args)]
    return list(leaves), list(inner)


def _form(nodes: Sequence[Node], leaves: Sequence[int], inner: Sequence[int]) -> tuple[object, ...]:
    """Return what two bodies have in common if one loop can compute both."""
    local = {n: place for place, n in enumerate([*leaves, *inner])}
    kinds = tuple(
        (found, leaf) if (found := kind(nodes[leaf])) == "same" else found for leaf in leaves
    )
    operations = tuple(
        (nodes[n].op, nodes[n].literal, *(local[arg] for arg in nodes[n].args)) for n in inner
    )
    return kinds, operations


def _computed(items: Iterable[Item]) -> set[int]:
    """Return the nodes whose values are at hand once the items have been computed."""
    found: set[int] = set()
    for item in items:
        found.update(item.results if isinstance(item, Loop) else (item,))
    return found


def _operands(nodes: Sequence[Node], items: Iterable[Item]) -> list[int]:
    """Return the numbers from outside that items need."""
    found: dict[int, None] = {}
    for item in items:
        if isinstance(item, Loop):
            found.update((n, None) for column in item.columns for n in column)
        else:
            found.update((arg, None) for arg in nodes[item].args)
    return list(found)
