"""The intermediate language of the compiler: a graph of small operations on floats.

A *node* is one operation; its operands are earlier nodes, named by number. A node is made once:
asking for the same operation on the same operands again returns the same number, operations on
literals are carried out on the spot, and identities such as ``x + 0`` that are exact in floating
point are applied. So a variable that two equations use is computed once, and constants disappear.

Each node knows its *stage*, the earliest point at which its value is known:

====== ===== ==============================================================================
stage  name  what it depends on
====== ===== ==============================================================================
0      CODE  literals only; known when the code is written
1      RUN   inputs of the run; computed once, before the first step
2      STEP  time or a state; computed at every step
====== ===== ==============================================================================

Masks (truth values, one bit a run) and numbers are different types and never mix.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from pysd_runner.model.syntax import Between, Outside


class Stage(IntEnum):
    """When the value of a node is known."""

    CODE = 0
    RUN = 1
    STEP = 2


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Parameters
    ----------
    op : str
        Name of the operation; leaves such as ``const``, ``state`` and ``time`` have no operands.
    args : tuple of int
        Numbers of the operands.
    literal : float or int or None
        Value of a ``const``; index of an ``input``, ``state``, ``held_state`` or ``table``.
    stage : Stage
        When the value is known.
    is_mask : bool
        Whether it is a truth value.
    """

    op: str
    args: tuple[int, ...]
    literal: float | int | None
    stage: Stage
    is_mask: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """A lookup table: at least one point, ``x`` not decreasing.

    Parameters
    ----------
    x, y : tuple of float
        The points.
    outside : str
        ``hold`` the end values, or ``extend`` the end slopes.
    between : str
        ``linear``; ``previous`` or ``next``: the value of that point; ``exact``: no number.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    outside: Outside = "hold"
    between: Between = "linear"


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
UNARY = frozenset(
    {"neg", "abs", "sqrt", "exp", "log", "trunc", "rint", "sin", "cos", "tan", "asin", "acos",
     "atan", "sinh", "cosh", "tanh", "erfc", "lgamma", "floor", "before"}
)  # fmt: skip


@dataclass(slots=True)
class Builder:
    """Makes nodes; the only way to get one."""

    nodes: list[Node] = field(default_factory=list)
    tables: list[Points] = field(default_factory=list)
    _made: dict[tuple[object, ...], int] = field(default_factory=dict)
    _tables: dict[Points, int] = field(default_factory=dict)

    # -- leaves -------------------------------------------------------------------------------

    def const(self, value: float) -> int:
        """Return the node of a literal; each bit pattern has its own."""
        # repr keeps -0.0 apart from 0.0, and lets one nan equal another
        return self._make("const", (), float(value), Stage.CODE, key=repr(float(value)))

    def input(self, index: int) -> int:
        """Return the value that the run was given for input ``index``."""
        return self._make("input", (), index, Stage.RUN)

    def state(self, index: int) -> int:
        """Return the current value of state ``index``."""
        return self._make("state", (), index, Stage.STEP)

    def held_state(self, index: int) -> int:
        """Return the value that state ``index`` had when the current step began."""
        return self._make("held_state", (), index, Stage.STEP)

    def time(self) -> int:
        """Return the current time."""
        return self._make("time", (), None, Stage.STEP)

    def held_time(self) -> int:
        """Return the time at which the current step began; inside it Runge and Kutta look ahead."""
        return self._make("held", (), None, Stage.STEP)

    def tick(self) -> int:
        """Return the number of the current step, counted from 0."""
        return self._make("tick", (), None, Stage.STEP)

    # -- arithmetic ---------------------------------------------------------------------------

    def add(self, a: int, b: int) -> int:
        """Return a + b."""
        if (folded := self._fold(lambda x, y: x + y, a, b)) is not None:
            return folded
        if self._is(b, -0.0) or self._is(a, -0.0):
            return a if self._is(b, -0.0) else b
        return self._op("add", a, b)

    def sub(self, a: int, b: int) -> int:
        """Return a - b."""
        if (folded := self._fold(lambda x, y: x - y, a, b)) is not None:
            return folded
        return a if self._is(b, 0.0) else self._op("sub", a, b)

    def mul(self, a: int, b: int) -> int:
        """Return a * b."""
        if (folded := self._fold(lambda x, y: x * y, a, b)) is not None:
            return folded
        if self._is(a, 1.0) or self._is(b, 1.0):
            return b if self._is(a, 1.0) else a
        return self._op("mul", a, b)

    def div(self, a: int, b: int) -> int:
        """Return a / b; x/0 is infinite or no number, as in IEEE 754."""
        if (folded := self._fold(_divide, a, b)) is not None:
            return folded
        value = self.value(b)
        if value is not None and abs(math.frexp(value)[0]) == 0.5 and _is_normal(1 / value):
            return self.mul(a, self.const(1 / value))  # of a power of two this is exact
        return self._op("div", a, b)

    def pow(self, a: int, b: int) -> int:
        """Return a ** b; of a negative base only whole powers exist."""
        if (folded := self._fold(_power, a, b)) is not None:
            return folded
        if self._is(b, 1.0):
            return a
        if self._is(b, 2.0):
            return self.mul(a, a)
        if self._is(b, 0.5):
            # pow(-0.0, 0.5) is +0, which is unheard of in models
            return self.unary("sqrt", a)
        if self._is(b, -1.0):
            return self.div(self.const(1.0), a)
        return self._op("pow", a, b)

    def minimum(self, a: int, b: int) -> int:
        """Return the smaller one; nan if either is nan."""
        folded = self._fold(lambda x, y: math.nan if math.isnan(x + y) else min(x, y), a, b)
        return self._extreme("min", a, b) if folded is None else folded

    def maximum(self, a: int, b: int) -> int:
        """Return the larger one; nan if either is nan."""
        folded = self._fold(lambda x, y: math.nan if math.isnan(x + y) else max(x, y), a, b)
        return self._extreme("max", a, b) if folded is None else folded

    def _extreme(self, op: str, a: int, b: int) -> int:
        # processors return the second operand if one is nan, so a literal goes first
        first, second = (b, a) if self.value(b) is not None else (a, b)
        return first if self.is_missing(first) else self._op(op, first, second)

    def unary(self, op: str, a: int) -> int:
        """Return one of :data:`UNARY` of a."""
        value = self.value(a)
        if value is not None:
            return self.const(_apply(op, value))
        if op == "neg" and self.nodes[a].op == "neg":
            return self.nodes[a].args[0]
        return self._op(op, a)

    def operation(self, op: str, *args: int) -> int:
        """Return an operation of any number of operands, of which none is carried out here."""
        return self._op(op, *args)

    # -- truth --------------------------------------------------------------------------------

    def compare(self, op: str, a: int, b: int) -> int:
        """Return the mask of a comparison, one of :data:`COMPARISONS`."""
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.truth(COMPARISONS[op](x, y))
        return self._op(op, a, b, mask=True)

    def truth(self, value: bool) -> int:
        """Return the mask that is ``value`` in every run."""
        return self._make("true" if value else "false", (), None, Stage.CODE, is_mask=True)

    def both(self, a: int, b: int) -> int:
        """Return a and b."""
        for one, other in ((a, b), (b, a)):
            if self.nodes[one].op in ("true", "false"):
                return other if self.nodes[one].op == "true" else one
        return self._op("and", a, b, mask=True)

    def either(self, a: int, b: int) -> int:
        """Return a or b."""
        for one, other in ((a, b), (b, a)):
            if self.nodes[one].op in ("true", "false"):
                return one if self.nodes[one].op == "true" else other
        return self._op("or", a, b, mask=True)

    def invert(self, a: int) -> int:
        """Return not a."""
        if self.nodes[a].op in ("true", "false"):
            return self.truth(self.nodes[a].op == "false")
        return self._op("not", a, mask=True)

    def select(self, mask: int, a: int, b: int) -> int:
        """Return a where the mask holds, else b."""
        if self.nodes[mask].op in ("true", "false"):
            return a if self.nodes[mask].op == "true" else b
        return a if a == b else self._op("select", mask, a, b)

    def number(self, node: int) -> int:
        """Return a node as a number: 1 and 0 for a mask."""
        if not self.nodes[node].is_mask:
            return node
        return self.select(node, self.const(1.0), self.const(0.0))

    def mask(self, node: int) -> int:
        """Return a node as a mask: whether a number is other than 0."""
        if self.nodes[node].is_mask:
            return node
        return self.compare("ne", node, self.const(0.0))

    # -- tables -------------------------------------------------------------------------------

    def curve(self, x: Sequence[float], y: Sequence[int], at: int) -> int:
        """Return the value at ``at`` of points whose values are nodes; the ends are held."""
        value = y[0]
        for x0, x1, y0, y1 in zip(x, x[1:], y, y[1:], strict=False):
            slope = self.div(self.sub(y1, y0), self.const(x1 - x0))
            line = self.add(self.mul(slope, self.sub(at, self.const(x0))), y0)
            value = self.select(self.compare("ge", at, self.const(x0)), line, value)
        value = self.select(self.compare("ge", at, self.const(x[-1])), y[-1], value)
        return self._unless_missing(at, value)

    def lookup(self, points: Points, x: int) -> int:
        """Return the value of a table at x, linear between its points."""
        value = self.value(x)
        if value is not None:
            return self.const(read_points(points, value))
        if len(points.x) == 1 and points.between != "exact":
            return self._unless_missing(x, self.const(points.y[0]))
        if points not in self._tables:
            self._tables[points] = len(self.tables)
            self.tables.append(points)
        return self._op("lookup", x, literal=self._tables[points])

    def _unless_missing(self, x: int, value: int) -> int:
        """Return a value that does not depend on x where x is a number, else x."""
        if self.nodes[x].op in ("time", "held", "input"):  # always numbers
            return value
        return self.select(self.compare("eq", x, x), value, x)

    def is_missing(self, node: int) -> bool:
        """Tell whether a node is a literal that is no number."""
        value = self.value(node)
        return value is not None and math.isnan(value)

    # -- inside -------------------------------------------------------------------------------

    def value(self, node: int) -> float | None:
        """Return the value of a literal node, or ``None``."""
        found = self.nodes[node]
        return float(found.literal) if found.op == "const" and found.literal is not None else None

    def _is(self, node: int, value: float) -> bool:
        found = self.value(node)
        return found is not None and repr(found) == repr(value)

    def _fold(self, function: Callable[[float, float], float], a: int, b: int) -> int | None:
        x, y = self.value(a), self.value(b)
        return None if x is None or y is None else self.const(function(x, y))

    def _op(self, op: str, *args: int, mask: bool = False, literal: int | None = None) -> int:
        stage = max((self.nodes[each].stage for each in args), default=Stage.CODE)
        return self._make(op, args, literal, max(stage, Stage.RUN), is_mask=mask)

    def _make(
        self,
        op: str,
        args: tuple[int, ...],
        literal: float | int | None,
        stage: Stage,
        *,
        is_mask: bool = False,
        key: object = None,
    ) -> int:
        known = (op, args, literal if key is None else key)
        found = self._made.get(known)
        if found is None:
            found = self._made[known] = len(self.nodes)
            self.nodes.append(Node(op, args, literal, stage, is_mask))
        return found


def read_points(points: Points, x: float) -> float:
    """Return the value of a table at one x, with the operations of the compiled code."""
    xs, ys = points.x, points.y
    if points.between == "exact":
        return dict(zip(xs, ys, strict=True)).get(x, math.nan)
    if math.isnan(x):
        return math.nan
    if len(xs) == 1:
        return ys[0]
    segment = 0
    for place in range(1, len(xs) - 1):
        if x > xs[place] or (x == xs[place] and points.between != "next"):
            segment = place
    # of points with the same x the last one counts, and the first one for "next"
    back = points.between == "next"
    if points.outside == "hold" and (x > xs[-1] or (x == xs[-1] and not back)):
        return ys[-1]
    if points.outside == "hold" and (x < xs[0] or (x == xs[0] and back)):
        return ys[0]
    if points.between != "linear":
        return ys[segment + back]
    width = xs[segment + 1] - xs[segment]
    slope = (ys[segment + 1] - ys[segment]) / width if width > 0 else 0.0
    return slope * (x - xs[segment]) + ys[segment] if slope else ys[segment]


def _is_normal(x: float) -> bool:
    return math.isfinite(x) and abs(x) >= sys.float_info.min


def _divide(x: float, y: float) -> float:
    if y == 0:
        if x == 0 or math.isnan(x):
            return math.nan
        return math.copysign(math.inf, x) * math.copysign(1.0, y)
    return x / y


def _power(x: float, y: float) -> float:
    if x < 0 and math.isfinite(y) and not y.is_integer():
        return math.nan
    try:
        found = x**y
    except ZeroDivisionError:
        odd = y == int(y) and int(y) % 2 == 1
        return math.copysign(math.inf, x) if odd else math.inf
    except OverflowError:
        odd = y == int(y) and int(y) % 2 == 1
        return -math.inf if x < 0 and odd else math.inf
    return float(found)


_WHOLE: dict[str, Callable[[float], float]] = {
    "trunc": lambda x: math.copysign(float(math.trunc(x)), x),
    "floor": lambda x: math.copysign(float(math.floor(x)), x),
    "rint": lambda x: math.copysign(float(round(x)), x),
}


def _apply(op: str, x: float) -> float:
    try:
        if op in _WHOLE:
            return _WHOLE[op](x) if math.isfinite(x) else x
        if op in ("neg", "abs"):
            return -x if op == "neg" else abs(x)
        if op == "before":
            return math.nextafter(x, -math.inf)
        if op == "log":
            return -math.inf if x == 0 else math.log(x)
        if op == "lgamma" and x <= 0 and x.is_integer():
            return math.inf
        return float(getattr(math, op)(x))
    except OverflowError:
        return -math.inf if op == "sinh" and x < 0 else math.inf
    except ValueError:
        return math.nan
