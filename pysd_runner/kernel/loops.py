"""Equations of one form as one loop over their elements.

A large array makes thousands of nodes that differ in their operands alone. Straight-line code for
them would take minutes to compile, so nodes are gathered into *bodies*: a node that others share,
or that is asked for, with all below it down to the next such node. Bodies of the same form that
do not depend on each other become one loop; their operands and results lie in memory, side by
side. A long sum is a *chain* of one operation, and becomes a loop over its terms. The operations
of each element, and so its bits, stay what they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pysd_runner.kernel.ir import Node

_LEAST = 16
"""Elements, or terms, that make a loop worth its memory."""
_CHAINED = ("add", "mul", "min", "max")


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


@dataclass(frozen=True, slots=True)
class Chain:
    """Chains of one operation, all as long: ``((a + b) + c) + …``.

    Parameters
    ----------
    node : Node
        The operation.
    terms : tuple of tuple of int
        For each chain, the nodes that it joins.
    results : tuple of int
        Node that each chain computes.
    """

    node: Node
    terms: tuple[tuple[int, ...], ...]
    results: tuple[int, ...]


Planned: TypeAlias = Loop | Chain | int
"""Loops, or a node that stands alone."""


def kind(node: Node) -> str:
    """Return where a loop finds a value: ``literal``, the name of a leaf, ``memory``, ``same``.

    ``same`` are leaves that have one value for all elements, such as the time.
    """
    if node.op in ("const", "input", "state", "held_state"):
        return "literal" if node.op == "const" else node.op
    return "memory" if node.args else "same"


def plan(
    nodes: Sequence[Node], wanted: Iterable[int], is_member: Callable[[int], bool]
) -> list[Planned]:
    """Return what computes the wanted nodes, of those that are members."""
    wanted = list(wanted)
    members = _closure(nodes, wanted, is_member)
    uses = Counter(arg for n in members for arg in set(nodes[n].args))
    asked = set(wanted)
    chains = _chains(nodes, members, lambda n: uses[n] > 1 or n in asked)
    edges = {
        n for n in members
        if nodes[n].args and not nodes[n].is_mask and (uses[n] > 1 or n in asked)
    }  # fmt: skip
    edges.update(chains)
    edges.update(t for terms in chains.values() for t in terms if t in members and nodes[t].args)
    level: dict[int, int] = {}
    groups: dict[tuple[object, ...], list[tuple[int, list[int], list[int]]]] = {}
    for root in sorted(edges):
        leaves = chains.get(root, [])
        inner: list[int] = []
        form: tuple[object, ...] = (nodes[root].op, len(leaves))
        if leaves:
            form = (*form, kind(nodes[leaves[0]]))
        else:
            leaves, inner = _body(nodes, root, lambda n: n in edges or n not in members)
            form = _form(nodes, leaves, inner)
        level[root] = 1 + max((level.get(leaf, 0) for leaf in leaves), default=0)
        groups.setdefault((level[root], form), []).append((root, leaves, inner))
    items: list[Planned] = []
    for _, group in sorted(groups.items(), key=lambda pair: pair[0][0]):  # type: ignore[arg-type, return-value]
        items += _items(nodes, group)
    return items


def results_of(items: Iterable[Planned]) -> Iterator[int]:
    """Yield the nodes whose values are at hand once the items have been computed."""
    for item in items:
        yield from (item,) if isinstance(item, int) else item.results


def operands(nodes: Sequence[Node], items: Iterable[Planned]) -> list[int]:
    """Return the numbers from outside that items need."""
    found: dict[int, None] = {}
    for item in items:
        if isinstance(item, int):
            found.update((arg, None) for arg in nodes[item].args)
        else:
            several = item.columns if isinstance(item, Loop) else item.terms
            found.update((n, None) for column in several for n in column)
    return list(found)


def _items(
    nodes: Sequence[Node], group: Sequence[tuple[int, Sequence[int], Sequence[int]]]
) -> list[Planned]:
    """Return what computes bodies, or chains, of one form."""
    roots = tuple(root for root, _, _ in group)
    _, leaves, inner = group[0]
    if not inner:
        return [Chain(nodes[roots[0]], tuple(tuple(terms) for _, terms, _ in group), roots)]
    if len(group) < _LEAST:
        return [n for _, _, inner in group for n in inner]
    local = {n: place for place, n in enumerate([*leaves, *inner])}
    body = tuple(
        Node(nodes[n].op, tuple(local[arg] for arg in nodes[n].args), nodes[n].literal,
             nodes[n].stage, nodes[n].is_mask)
        for n in inner
    )  # fmt: skip
    columns = tuple(zip(*(each for _, each, _ in group), strict=True))
    return [Loop(body, columns, roots)]


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


def _chains(
    nodes: Sequence[Node], members: set[int], is_shared: Callable[[int], bool]
) -> dict[int, list[int]]:
    """Return the terms of each long chain, by the node at its end."""
    inside: set[int] = set()
    chains: dict[int, list[int]] = {}
    for end in sorted(members, reverse=True):
        op = nodes[end].op
        if op not in _CHAINED or end in inside:
            continue
        terms, n = [], end
        while n in members and nodes[n].op == op and (n == end or not is_shared(n)):
            inside.add(n)
            n, term = nodes[n].args
            terms.append(term)
            if n == term:  # twice the same is no longer part of the chain
                break
        terms = [n, *reversed(terms)]
        kinds = {kind(nodes[term]) for term in terms}
        if len(terms) >= _LEAST and len(kinds) == 1 and kinds <= {"memory", "state", "input"}:
            chains[end] = terms
    return chains


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
