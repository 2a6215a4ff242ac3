"""The tree of an XMILE expression, as it is written; what its names mean is not asked here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``*``, or ``*:Dim``: all elements of an array's dimension, or of another one."""

    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """``low:high``: some elements in a row."""

    low: Tree
    high: Tree


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, an element, a dimension, or a clock such as ``TIME``.

    ``indices`` is ``None`` where no brackets stand; ``transposed`` tells of a ``'`` behind it.
    """

    path: str
    indices: tuple[Index, ...] | None = None
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator, or ``if``, and what it works on."""

    operator: str
    operands: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Application:
    """A function applied to arguments."""

    function: str
    arguments: tuple[Tree, ...]


Tree: TypeAlias = Literal | Name | Operation | Application
Index: TypeAlias = Literal | Name | Operation | Application | Wildcard | Span


def below(node: Index) -> tuple[Index, ...]:
    """Return what stands directly below a node."""
    if isinstance(node, Operation):
        return node.operands
    if isinstance(node, Application):
        return node.arguments
    if isinstance(node, Name):
        return node.indices or ()
    return (node.low, node.high) if isinstance(node, Span) else ()


def walk(node: Index) -> Iterator[Index]:
    """Yield a node and everything below it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(below(current)))


def chain(node: Operation) -> tuple[Tree, list[Operation]]:
    """Return the first operand of a long sum or product, and its operations from the left."""
    links: list[Operation] = []
    left: Tree = node
    while isinstance(left, Operation) and len(left.operands) == 2:
        links.append(left)
        left = left.operands[0]
    return left, links[::-1]
