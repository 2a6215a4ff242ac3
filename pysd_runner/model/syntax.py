"""The abstract syntax of equations: what a parsed equation is made of.

Small frozen nodes without positions, so that equal text gives equal trees and a tree can be a
dictionary key. Every pass of the software reads these and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A literal. Always a float: Vensim has no integers."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted literal, as in the arguments of ``GET DIRECT DATA``."""

    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of a variable, or of an element or slice of it.

    ``subscripts`` holds range names, element names, and ``range!`` where a reduction runs.
    """

    name: str
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x``, ``+x`` or ``:NOT: x``."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator of ``+ - * / ^ = <> < <= > >= :AND: :OR:`` between two expressions."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function, a macro or a lookup applied to arguments; the graph tells which.

    ``subscripts`` are those of a subscripted lookup, ``table[industry](x)``.
    """

    function: str
    arguments: tuple[Expression, ...]
    subscripts: tuple[str, ...] = ()


Outside: TypeAlias = Literal["hold", "extend"]
Between: TypeAlias = Literal["linear", "previous", "next", "exact"]


@dataclass(frozen=True, slots=True)
class Table:
    """The points of a lookup, in the order written.

    ``outside`` tells whether the end values hold or the end slopes go on; ``between`` whether
    values between two points lie on the line, or are those of the previous or the next point, or
    are missing (``exact``).
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    outside: Outside = "hold"
    between: Between = "linear"


@dataclass(frozen=True, slots=True)
class Tables:
    """A table for each element of a subscripted lookup or of subscripted data, last one fastest.

    Only files give several at once; a model's text has one table in each equation.
    """

    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """Literal numbers of a subscripted constant, row by row."""

    rows: tuple[tuple[float, ...], ...]


Expression: TypeAlias = Number | Text | Reference | Unary | Binary | Call | Table | Tables | Array


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly below ``node``, left to right."""
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Call):
        return node.arguments
    return ()


def walk(node: Expression) -> Iterator[Expression]:
    """Yield ``node`` and everything below it, depth first, left to right."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def references(node: Expression) -> Iterator[Reference | Call]:
    """Yield what ``node`` may refer to by name: references, and calls (perhaps of lookups)."""
    return (below for below in walk(node) if isinstance(below, Reference | Call))


_BINDING = {
    ":OR:": 1, ":AND:": 2, ":NOT:": 3, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "^": 8,
}  # fmt: skip
_UNARY_BINDING = 7
_PLAIN_NAME = re.compile(r"[^\W\d][\w$']*(?: [\w$][\w$']*)*")


def quoted(name: str) -> str:
    """Return a name as an equation must spell it: in quotes if it holds unusual characters."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    escaped = name.replace('"', '\\"')
    return f'"{escaped}"'


def write(node: Expression, binding: int = 0) -> str:
    """Return ``node`` as Vensim text with no more parentheses than needed."""
    if isinstance(node, Number):
        return _digits(node.value)
    if isinstance(node, Text):
        return f"'{node.value}'"
    if isinstance(node, Reference):
        return quoted(node.name) + (f"[{','.join(node.subscripts)}]" if node.subscripts else "")
    if isinstance(node, Table):
        points = zip(map(_digits, node.x), map(_digits, node.y), strict=True)
        return "(" + ",".join(f"({x},{y})" for x, y in points) + ")"
    if isinstance(node, Tables):
        return ", ".join(map(write, node.tables))
    if isinstance(node, Array):
        rows = ";".join(",".join(map(_digits, row)) for row in node.rows)
        return rows if "," in rows or ";" in rows else f"{rows};"
    if isinstance(node, Call):
        subscripts = f"[{','.join(node.subscripts)}]" if node.subscripts else ""
        return f"{quoted(node.function)}{subscripts}({', '.join(write(a) for a in node.arguments)})"
    if isinstance(node, Unary):
        own = _BINDING[":NOT:"] if node.operator == ":NOT:" else _UNARY_BINDING
        space = " " if node.operator == ":NOT:" else ""
        text = f"{node.operator}{space}{write(node.operand, own)}"
    else:
        own = _BINDING[node.operator]
        right = own if node.operator == "^" else own + 1
        left = own + 1 if node.operator == "^" else own
        text = f"{write(node.left, left)} {node.operator} {write(node.right, right)}"
    return f"({text})" if own < binding else text


def _digits(value: float) -> str:
    """Return a number with every digit that tells it from its neighbours."""
    return ":NA:" if math.isnan(value) else repr(value).removesuffix(".0")


def height(node: Expression) -> int:
    """Return the number of nodes on the longest way down; passes that recurse go as deep."""
    deepest = 0
    stack = [(node, 1)]
    while stack:
        current, depth = stack.pop()
        deepest = max(deepest, depth)
        stack += [(child, depth + 1) for child in children(current)]
    return deepest
