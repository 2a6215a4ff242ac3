"""A writer of LLVM text: vectors of floats, one lane a run."""

from __future__ import annotations

import struct

ALIGNMENT = 64
"""Bytes; arrays that the kernel is given begin at a multiple of it."""


def literal(value: float) -> str:
    """Return a float as LLVM writes it, exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Text:
    """LLVM text of one function over vectors of ``width`` floats."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.f = f"<{width} x double>"
        self.i = f"<{width} x i64>"
        self.m = f"<{width} x i1>"
        self.align = min(8 * width, ALIGNMENT)
        self.lines: list[str] = []
        self.count = 0

    def new(self, right: str) -> str:
        """Add an instruction and return its name."""
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {right}")
        return name

    def splat(self, value: float | int) -> str:
        """Return a vector literal with the same value in every lane."""
        one = f"double {literal(value)}" if isinstance(value, float) else f"i64 {value}"
        return "<" + ", ".join([one] * self.width) + ">"

    def two(self, op: str, a: str, b: str) -> str:
        """Return a floating operation of two vectors."""
        return self.new(f"{op} {self.f} {a}, {b}")

    def fma(self, a: str, b: str, c: str) -> str:
        """Return a * b + c, rounded once."""
        f = self.f
        return self.new(f"call {f} @llvm.fma.v{self.width}f64({f} {a}, {f} {b}, {f} {c})")

    def one(self, intrinsic: str, a: str) -> str:
        """Return an intrinsic of one vector."""
        return self.new(f"call {self.f} @llvm.{intrinsic}.v{self.width}f64({self.f} {a})")

    def compare(self, op: str, a: str, b: str) -> str:
        """Return the mask of a comparison."""
        return self.new(f"fcmp {op} {self.f} {a}, {b}")

    def select(self, mask: str, a: str, b: str) -> str:
        """Return a where the mask holds, else b."""
        return self.new(f"select {self.m} {mask}, {self.f} {a}, {self.f} {b}")

    def extreme(self, compare: str, a: str, b: str) -> str:
        """Return the smaller or the larger of two values; no number if either is none."""
        chosen = self.select(self.compare(compare, a, b), a, b)  # b if either is none
        if a.startswith("<"):  # a literal
            return chosen
        return self.select(self.compare("uno", a, a), a, chosen)

    def bits(self, a: str) -> str:
        """Return floats as integers of the same bits."""
        return self.new(f"bitcast {self.f} {a} to {self.i}")

    def floats(self, a: str) -> str:
        """Return integers as floats of the same bits."""
        return self.new(f"bitcast {self.i} {a} to {self.f}")

    def whole(self, op: str, a: str, b: str) -> str:
        """Return an integer operation of two vectors."""
        return self.new(f"{op} {self.i} {a}, {b}")

    def truth(self, value: bool) -> str:
        """Return a mask literal that is the same in every lane."""
        return "<" + ", ".join([f"i1 {'true' if value else 'false'}"] * self.width) + ">"

    def any(self, mask: str) -> str:
        """Return whether a mask holds in any lane."""
        bits = self.new(f"bitcast {self.m} {mask} to i{self.width}")
        return self.new(f"icmp ne i{self.width} {bits}, 0")

    def broadcast(self, scalar: str, kind: str = "double") -> str:
        """Return a vector with one number in every lane."""
        vector = f"<{self.width} x {kind}>"
        one = self.new(f"insertelement {vector} undef, {kind} {scalar}, i64 0")
        zeros = f"<{self.width} x i32> zeroinitializer"
        return self.new(f"shufflevector {vector} {one}, {vector} undef, {zeros}")

    def join(self, a: str, b: str) -> str:
        """Return a vector of the lanes of a and of b."""
        return self._lanes(a, b, range(2 * self.width))

    def half(self, both: str, number: int) -> str:
        """Return the first or the second vector of two that were joined."""
        first = number * self.width
        f = f"<{2 * self.width} x double>"
        return self._lanes(both, "undef", range(first, first + self.width), f)

    def _lanes(self, a: str, b: str, lanes: range, f: str = "") -> str:
        f = f or self.f
        places = ", ".join(f"i32 {lane}" for lane in lanes)
        return self.new(f"shufflevector {f} {a}, {f} {b}, <{len(lanes)} x i32> <{places}>")

    def load(self, address: str) -> str:
        """Return a vector in the working memory."""
        return self.new(f"load {self.f}, ptr {address}, align {self.align}")

    def store(self, address: str, value: str) -> None:
        """Store a vector in the working memory."""
        self.lines.append(f"  store {self.f} {value}, ptr {address}, align {self.align}")
