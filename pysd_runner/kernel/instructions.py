"""One node as LLVM instructions over a block of runs."""

from __future__ import annotations

import math
from collections.abc import Callable

from pysd_runner.kernel.ir import Node, Points
from pysd_runner.kernel.text import Text

_BINARY = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_COMPARE = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_INTRINSIC = {"abs": "fabs", "sqrt": "sqrt", "trunc": "trunc", "rint": "rint"}
_OWN = ("exp", "log", "pow")
_LIBM = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")


class Instructions:
    """Writes nodes whose operands have names.

    Parameters
    ----------
    text : Text
        Where to write.
    tables : tuple of Points
        Lookup tables of the program.
    """

    def __init__(self, text: Text, tables: tuple[Points, ...]) -> None:
        self.text = text
        self.tables = tables
        self.libm: set[str] = set()

    def write(self, node: Node, args: list[str]) -> str:
        """Write a node that is no leaf; return the name of its value."""
        text, op = self.text, node.op
        if op in _BINARY:
            return text.two(_BINARY[op], *args)
        if op in _COMPARE:
            return text.compare(_COMPARE[op], *args)
        if op in _INTRINSIC:
            return text.one(_INTRINSIC[op], args[0])
        if op == "lookup":
            assert isinstance(node.literal, int)
            return self.lookup(self.tables[node.literal], args[0])
        rules: dict[str, Callable[..., str]] = {
            "and": lambda a, b: text.new(f"and {text.m} {a}, {b}"),
            "or": lambda a, b: text.new(f"or {text.m} {a}, {b}"),
            "not": lambda a: text.new(f"xor {text.m} {a}, {text.truth(True)}"),
            "neg": lambda a: text.new(f"fneg {text.f} {a}"),
            "select": text.select,
            "min": lambda a, b: self.extreme("olt", a, b),
            "max": lambda a, b: self.extreme("ogt", a, b),
        }
        return rules[op](*args) if op in rules else self.call(op, args)

    def extreme(self, compare: str, a: str, b: str) -> str:
        """Return the smaller or the larger of two values; no number if either is none."""
        text = self.text
        chosen = text.select(text.compare(compare, a, b), a, b)
        return text.select(text.compare("uno", a, a), a, chosen)

    def call(self, op: str, args: list[str]) -> str:
        """Return a function: one of our own for vectors, or libm's lane by lane."""
        text, f = self.text, self.text.f
        if op in _OWN:
            listed = ", ".join(f"{f} {each}" for each in args)
            return text.new(f"call {f} @v{op}({listed})")
        assert op in _LIBM, op
        self.libm.add(op)
        found = "undef"
        for lane in range(text.width):
            one = text.new(f"extractelement {f} {args[0]}, i64 {lane}")
            value = text.new(f"call double @{op}(double {one})")
            found = text.new(f"insertelement {f} {found}, double {value}, i64 {lane}")
        return found

    def lookup(self, points: Points, x: str) -> str:
        """Return the value of a table, its segment chosen by comparing with every point."""
        text, xs, ys = self.text, points.x, points.y
        if points.between == "exact":
            value = text.splat(math.nan)
            for place, at in enumerate(xs):
                hit = text.compare("oeq", x, text.splat(float(at)))
                value = text.select(hit, text.splat(ys[place]), value)
            return value
        value = self.segment(points, x)
        if points.outside == "hold":
            low = text.compare("ole", x, text.splat(xs[0]))
            value = text.select(low, text.splat(ys[0]), value)
            high = text.compare("oge", x, text.splat(xs[-1]))
            value = text.select(high, text.splat(ys[-1]), value)
        return text.select(text.compare("uno", x, x), x, value)

    def segment(self, points: Points, x: str) -> str:
        """Return the value of a table as if its end segments went on for ever."""
        text, xs = self.text, points.x
        slopes = [
            (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
            for x0, x1, y0, y1 in zip(xs, xs[1:], points.y, points.y[1:], strict=False)
        ]
        bases = points.y[1:] if points.between == "next" else points.y
        beyond = "ogt" if points.between == "next" else "oge"
        left, base, slope = (text.splat(v) for v in (xs[0], bases[0], slopes[0]))
        for place in range(1, len(xs) - 1):
            after = text.compare(beyond, x, text.splat(xs[place]))
            base = text.select(after, text.splat(bases[place]), base)
            if points.between == "linear":
                left = text.select(after, text.splat(xs[place]), left)
                slope = text.select(after, text.splat(slopes[place]), slope)
        if points.between != "linear":
            return base
        return text.two("fadd", text.two("fmul", slope, text.two("fsub", x, left)), base)
