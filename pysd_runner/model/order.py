"""The order of computation, and the path of a loop that has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Node = TypeVar("Node")


class CircularError(Exception):
    """``path`` leads from a node back to itself."""

    def __init__(self, path: tuple[object, ...]) -> None:
        super().__init__(" -> ".join(map(str, path)))
        self.path = path


def topological(nodes: Iterable[Node], before: Callable[[Node], Iterable[Node]]) -> list[Node]:
    """Return ``nodes`` so that each comes after all of ``before(node)``.

    Parameters
    ----------
    nodes : iterable
        Ties are broken by their order.
    before : callable
        The nodes that one node needs.

    Raises
    ------
    CircularError
        There is no such order; the path is that of one loop.
    """
    done: set[Node] = set()
    order: list[Node] = []
    for root in nodes:
        if root in done:
            continue
        path: list[Node] = [root]
        on_path = {root}
        pending = [iter(before(root))]
        while pending:
            for node in pending[-1]:
                if node in on_path:
                    raise CircularError((*path[path.index(node) :], node))
                if node not in done:
                    path.append(node)
                    on_path.add(node)
                    pending.append(iter(before(node)))
                    break
            else:
                pending.pop()
                finished = path.pop()
                on_path.discard(finished)
                done.add(finished)
                order.append(finished)
    return order
