"""One node as LLVM instructions over a block of runs.

exp, log and pow are our own. Sines and the like are the C library's, lane by lane: slower, and
their last bit may differ from one platform to the next.
"""

from __future__ import annotations

from collections.abc import Callable

from pysd_runner.kernel import market, noise, philox, vector_math
from pysd_runner.kernel.ir import Node, Points
from pysd_runner.kernel.lookup import Lookups
from pysd_runner.kernel.market import CLEAR
from pysd_runner.kernel.noise import DRAW
from pysd_runner.kernel.text import Text

_BINARY = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_COMPARE = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_INTRINSIC = {"abs": "fabs", "sqrt": "sqrt", "trunc": "trunc", "rint": "rint",
              "floor": "floor"}  # fmt: skip
_LIBM = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erfc", "lgamma")


class Instructions:
    """Writes nodes whose operands have names.

    Parameters
    ----------
    text : Text
        Where to write.
    tables : tuple of Points
        Lookup tables of the program.
    remember : callable
        Returns the address of a number of vectors that belong to one operation alone.
    """

    def __init__(
        self, text: Text, tables: tuple[Points, ...], remember: Callable[[int], str]
    ) -> None:
        self.text = text
        self.tables = tables
        self.lookups = Lookups(text, remember)
        self.remember = remember
        self.functions: set[tuple[str, int]] = set()
        self.libm: set[str] = set()
        self.subroutines: dict[str, str] = {}

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
            return self.lookups.read(self.tables[node.literal], args[0])
        if op.startswith((CLEAR, DRAW)):
            return self.subroutine(op, args)
        rules: dict[str, Callable[..., str]] = {
            "and": lambda a, b: text.new(f"and {text.m} {a}, {b}"),
            "or": lambda a, b: text.new(f"or {text.m} {a}, {b}"),
            "not": lambda a: text.new(f"xor {text.m} {a}, {text.truth(True)}"),
            "neg": lambda a: text.new(f"fneg {text.f} {a}"),
            "select": text.select,
            "min": lambda a, b: text.extreme("olt", a, b),
            "max": lambda a, b: text.extreme("ogt", a, b),
            "before": self.before,
        }
        return rules[op](*args) if op in rules else self.call(op, args)

    def own(self, op: str, args: list[str], width: int) -> str:
        """Return a function of our own over vectors of some width."""
        self.functions.add((op, width))
        f = f"<{width} x double>"
        listed = ", ".join(f"{f} {each}" for each in args)
        return self.text.new(f"call {f} {vector_math.called(op, width)}({listed})")

    def together(self, op: str, args: list[str], others: list[str]) -> tuple[str, str]:
        """Return two values of a function of our own, from one call over twice as many lanes."""
        text = self.text
        joined = [text.join(*each) for each in zip(args, others, strict=True)]
        both = self.own(op, joined, 2 * text.width)
        return text.half(both, 0), text.half(both, 1)

    def subroutine(self, op: str, args: list[str]) -> str:
        """Return the value of a function with a loop in it, written when it is first called."""
        text = self.text
        name = op.replace(":", ".")
        if name not in self.subroutines:
            inner = Instructions(text, self.tables, self.remember)
            inner.functions, inner.libm = self.functions, self.libm

            def write(target: Text, node: Node, operands: list[str]) -> str:
                inner.text = target
                return inner.write(node, operands)

            if op.startswith(DRAW):
                self.subroutines[philox.NAME] = philox.definition(text.width)
            function = noise.function if op.startswith(DRAW) else market.function
            self.subroutines[name] = function(name, op, text.width, write)
        listed = ", ".join(f"{text.f} {each}" for each in args)
        return text.new(f"call {text.f} @{name}({listed})")

    def before(self, a: str) -> str:
        """Return the next float below a finite one."""
        text = self.text
        below = text.whole("sub", market.reordered(text, text.bits(a)), text.splat(1))
        return text.floats(market.reordered(text, below))

    def definitions(self) -> list[str]:
        """Return the LLVM text of what the instructions refer to."""
        return [
            *(f"declare double @{name}(double)" for name in sorted(self.libm)),
            *(vector_math.definition(*each) for each in sorted(self.functions)),
            *self.lookups.definitions(),
            *self.subroutines.values(),
        ]

    def call(self, op: str, args: list[str]) -> str:
        """Return a function: one of our own for vectors, or libm's lane by lane."""
        text, f = self.text, self.text.f
        if op in vector_math.NAMES:
            return self.own(op, args, text.width)
        assert op in _LIBM, op
        self.libm.add(op)
        found = "undef"
        for lane in range(text.width):
            one = text.new(f"extractelement {f} {args[0]}, i64 {lane}")
            value = text.new(f"call double @{op}(double {one})")
            found = text.new(f"insertelement {f} {found}, double {value}, i64 {lane}")
        return found
