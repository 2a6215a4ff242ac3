"""The abstract syntax of equations: what a parsed equation is made of.

Small frozen nodes without positions, so that equal text gives equal trees and a tree can be a
dictionary key. Every pass of the software reads these and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
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

    ``subscripts`` holds range names, element names, and ``range!`` where a reduction runs. A range
    with itself so marked, ``range!`` alone in the text, is the number of the element it stands for.
    """

    name: str
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x``, ``+x`` or ``:NOT: x``."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """An operator of ``+ - * / ^ = <> < <= > >= :AND: :OR:`` between two expressions.

    A sum of thousands of terms leans to the left as deep as it is long; to compare, hash or
    pickle it takes no more of the stack than a short one.
    """

    operator: str
    left: Expression
    right: Expression

    def _flat(self) -> tuple[Expression, tuple[tuple[str, Expression], ...]]:
        first, links = spine(self)
        return first, tuple((link.operator, link.right) for link in links)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Binary) and self._flat() == other._flat()

    def __hash__(self) -> int:
        return hash(self._flat())

    def __reduce__(self) -> tuple[Callable[..., Expression], tuple[object, ...]]:
        return _chain, self._flat()


@dataclass(frozen=True, slots=True)
class Call:
    """A function, a macro or a lookup applied to arguments; the graph tells which.

    ``subscripts`` are those of a subscripted lookup, ``table[industry](x)``; ``outputs`` are the
    variables that a macro defines besides its value, ``macro(x : more)``.
    """

    function: str
    arguments: tuple[Expression, ...]
    subscripts: tuple[str, ...] = ()
    outputs: tuple[Reference, ...] = ()


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


def spine(node: Binary) -> tuple[Expression, list[Binary]]:
    """Return what stands leftmost in a chain of operators, and the links from there upwards."""
    links = [node]
    while isinstance(links[-1].left, Binary):
        links.append(links[-1].left)
    return links[-1].left, links[::-1]


def _chain(first: Expression, links: Sequence[tuple[str, Expression]]) -> Expression:
    for operator, right in links:
        first = Binary(operator, first, right)
    return first


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
        return _write_reference(node)
    if isinstance(node, Table):
        points = zip(map(_digits, node.x), map(_digits, node.y), strict=True)
        return "(" + ",".join(f"({x},{y})" for x, y in points) + ")"
    if isinstance(node, Tables):
        return ", ".join(map(write, node.tables))
    if isinstance(node, Array):
        rows = ";".join(",".join(map(_digits, row)) for row in node.rows)
        return rows if "," in rows or ";" in rows else f"{rows};"
    if isinstance(node, Call):
        return _write_call(node)
    return _write_operation(node, binding)


def _write_reference(node: Reference) -> str:
    if node.subscripts == (f"{node.name}!",):
        return f"{quoted(node.name)}!"
    return quoted(node.name) + (f"[{','.join(node.subscripts)}]" if node.subscripts else "")


def _write_call(node: Call) -> str:
    subscripts = f"[{','.join(node.subscripts)}]" if node.subscripts else ""
    inside = ", ".join(map(write, node.arguments))
    if node.outputs:
        inside = f"{inside} : {', '.join(map(write, node.outputs))}"
    return f"{quoted(node.function)}{subscripts}({inside})"


def _write_operation(node: Unary | Binary, binding: int) -> str:
    if isinstance(node, Unary):
        own = _BINDING[":NOT:"] if node.operator == ":NOT:" else _UNARY_BINDING
        space = " " if node.operator == ":NOT:" else ""
        operand = write(node.operand, own)
        if operand.startswith("-"):  # PySD takes one sign only
            operand = f"({operand})"
        text = f"{node.operator}{space}{operand}"
        return f"({text})" if own < binding else text
    return _write_chain(node, binding)


def _write_chain(node: Binary, binding: int) -> str:
    """Return a chain of operators as text; the brackets that open on the left come last."""
    first, links = spine(node)
    text = ""
    for link, above in zip(links, [*links[1:], None], strict=True):
        own = _BINDING[link.operator]
        on_right = link.operator == "^"
        text = text or write(first, own + on_right)
        text = f"{text} {link.operator} {write(link.right, own + (not on_right))}"
        wanted = binding
        if above is not None:
            wanted = _BINDING[above.operator] + (above.operator == "^")
        text = f"({text})" if own < wanted else text
    return text


def _digits(value: float) -> str:
    """Return a number with every digit that tells it from its neighbours."""
    return ":NA:" if math.isnan(value) else repr(value).removesuffix(".0")


def rebuild(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return ``node`` with each expression in it replaced by what ``change`` makes of it.

    Operands come first, so ``change`` sees what has become of them.
    """
    found: list[Expression] = []
    stack: list[tuple[Expression, bool]] = [(node, False)]
    while stack:
        current, opened = stack.pop()
        below = children(current)
        if below and not opened:
            stack.append((current, True))
            stack += [(child, False) for child in reversed(below)]
            continue
        fresh = tuple(found[len(found) - len(below) :])
        del found[len(found) - len(below) :]
        found.append(change(_with_children(current, below, fresh)))
    return found[0]


def _with_children(
    node: Expression, old: tuple[Expression, ...], new: tuple[Expression, ...]
) -> Expression:
    if all(a is b for a, b in zip(old, new, strict=True)):
        return node
    if isinstance(node, Unary):
        return Unary(node.operator, new[0])
    if isinstance(node, Binary):
        return Binary(node.operator, new[0], new[1])
    assert isinstance(node, Call)
    return replace(node, arguments=new)
