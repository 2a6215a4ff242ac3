"""The price at which a market clears: demand curves, and the search for the price.

The search is one operation of the intermediate language, ``clear:`` with the kinds of the curves
behind it; its operands are the requests, the priorities, the widths and the supply. It becomes a
function of its own with a loop, because 64 halvings written one after the other would be long.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.subroutine import Write, write_nodes
from pysd_runner.kernel.text import Text

CLEAR = "clear:"
_FARTHEST = 1e300
_HALVINGS = 64


@dataclass(frozen=True, slots=True)
class Curve:
    """How a demand falls with the price.

    Parameters
    ----------
    kind : int
        One of :data:`CURVES`.
    priority, width : int
        Nodes of the price at its middle, and of how far it is spread.
    """

    kind: int
    priority: int
    width: int


def _rectangular(build: Builder, curve: Curve, price: int) -> int:
    half = build.mul(build.const(0.5), curve.width)
    left = build.sub(build.add(curve.priority, half), price)
    return _between(build, curve, price, build.div(left, curve.width))


def _triangular(build: Builder, curve: Curve, price: int) -> int:
    half = build.mul(build.const(0.5), curve.width)
    two = build.const(2.0)

    def square(a: int, b: int) -> int:
        share = build.div(build.sub(a, b), curve.width)
        return build.mul(two, build.mul(share, share))

    early = build.sub(build.const(1.0), square(price, build.sub(curve.priority, half)))
    late = square(build.add(curve.priority, half), price)
    inner = build.select(build.compare("lt", price, curve.priority), early, late)
    return _between(build, curve, price, inner)


def _between(build: Builder, curve: Curve, price: int, inner: int) -> int:
    """Return 1 below the curve's spread, 0 above it, and ``inner`` in between."""
    half = build.mul(build.const(0.5), curve.width)
    above = build.compare("ge", price, build.add(curve.priority, half))
    below = build.compare("le", price, build.sub(curve.priority, half))
    return build.select(below, build.const(1.0), build.select(above, build.const(0.0), inner))


def _normal(build: Builder, curve: Curve, price: int) -> int:
    spread = build.mul(build.const(math.sqrt(2.0)), curve.width)
    away = build.div(build.sub(price, curve.priority), spread)
    return build.mul(build.const(0.5), build.unary("erfc", away))


def _exponential(build: Builder, curve: Curve, price: int) -> int:
    away = build.div(build.sub(price, curve.priority), curve.width)
    tail = build.unary("exp", build.unary("neg", build.unary("abs", away)))
    late = build.mul(build.const(0.5), tail)
    below = build.compare("lt", price, curve.priority)
    return build.select(below, build.sub(build.const(1.0), late), late)


CURVES: dict[float | None, Callable[[Builder, Curve, int], int]] = {
    1: _rectangular,
    2: _triangular,
    3: _normal,
    4: _exponential,
}
"""Share of a request that is demanded at a price, by the number that Vensim gives the curve."""


def clearing(build: Builder, requests: Sequence[int], curves: Sequence[Curve], supply: int) -> int:
    """Return the node of the lowest price at which the demands are no more than the supply."""
    kinds = "".join(str(curve.kind) for curve in curves)
    priorities = [curve.priority for curve in curves]
    widths = [curve.width for curve in curves]
    return build.operation(f"{CLEAR}{kinds}", *requests, *priorities, *widths, supply)


def function(name: str, op: str, width: int, write: Write) -> str:
    """Return the LLVM text of the search for curves of some kinds.

    Parameters
    ----------
    name : str
        Of the function.
    op : str
        ``clear:`` and the kinds.
    width : int
        Runs computed together.
    write : callable
        Writes a node that is no leaf into a text and returns the name of its value.
    """
    text = Text(width)
    kinds = [int(digit) for digit in op.removeprefix(CLEAR)]
    count = len(kinds)
    operands = ", ".join(f"{text.f} %a{n}" for n in range(3 * count + 1))
    low, high = (text.splat(_ordered_bits(end)) for end in (-_FARTHEST, _FARTHEST))
    text.lines += [
        f"define internal {text.f} @{name}({operands}) nounwind readnone {{",
        "entry:",
        "  br label %halve",
        "halve:",
        "  %i = phi i64 [0, %entry], [%next, %halve]",
        f"  %low = phi {text.i} [{low}, %entry], [%lower, %halve]",
        f"  %high = phi {text.i} [{high}, %entry], [%upper, %halve]",
    ]
    both, odd = text.whole("and", "%low", "%high"), text.whole("xor", "%low", "%high")
    middle = text.whole("add", both, text.whole("ashr", odd, text.splat(1)))
    price = text.floats(reordered(text, middle))
    demand = _demand(text, kinds, price, write)
    scarce = text.compare("ogt", demand, f"%a{3 * count}")
    text.lines += [
        f"  %lower = select {text.m} {scarce}, {text.i} {middle}, {text.i} %low",
        f"  %upper = select {text.m} {scarce}, {text.i} %high, {text.i} {middle}",
        "  %next = add i64 %i, 1",
        f"  %more = icmp slt i64 %next, {_HALVINGS}",
        "  br i1 %more, label %halve, label %found",
        "found:",
    ]
    text.lines += [f"  ret {text.f} {text.floats(reordered(text, '%upper'))}", "}"]
    return "\n".join(text.lines)


def _demand(text: Text, kinds: Sequence[int], price: str, write: Write) -> str:
    """Write the demands of all curves at a price; return the name of their sum."""
    build, count = Builder(), len(kinds)
    at = build.input(3 * count + 1)
    demands = [
        build.mul(
            build.input(n),
            CURVES[kind](
                build, Curve(kind, build.input(count + n), build.input(2 * count + n)), at
            ),
        )
        for n, kind in enumerate(kinds)
    ]
    total = reduce(build.add, demands)
    inputs = {n: f"%a{n}" for n in range(3 * count)} | {3 * count + 1: price}
    return write_nodes(build, inputs, text, write)[total]


def _ordered_bits(value: float) -> int:
    """Return a whole number that grows with the float."""
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return int(bits if bits >= 0 else bits ^ (2**63 - 1))


def reordered(text: Text, whole: str) -> str:
    """Turn bits of floats into numbers that grow with them, or back."""
    sign = text.whole("ashr", whole, text.splat(63))
    return text.whole("xor", whole, text.whole("lshr", sign, text.splat(1)))
