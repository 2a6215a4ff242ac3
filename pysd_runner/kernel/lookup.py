"""Lookup tables as LLVM instructions: short ones as comparisons, long ones as a search in memory.

Both ways choose the segment that :func:`pysd_runner.kernel.ir.read_points` chooses and compute
with its operations, so all three give the same bits.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pysd_runner.kernel.ir import Points
from pysd_runner.kernel.text import Text

LONG = 24
"""More points than this are searched.

A point to compare with costs 0.10 ns a lane with AVX-512 and 0.15 with AVX2; a search costs 2 to
3 ns among evenly spaced points, 3 to 4 among scattered ones, and 3 to 7 among ten thousand.
"""
_BUCKETS_PER_POINT = 2
_WHOLE = 2.0**52  # floats from here to its double hold a whole number in their last bits
_WHOLE_BITS = 0x433 << 52


class Lookups:
    """Writes lookups; equal tables share one place in memory.

    Parameters
    ----------
    text : Text
        Where to write.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self._globals: dict[str, str] = {}

    def definitions(self) -> list[str]:
        """Return the LLVM text of the tables in memory."""
        return [f"{name} = {content}" for content, name in self._globals.items()]

    def read(self, points: Points, x: str) -> str:
        """Return the value of a table at x."""
        text, xs, ys = self.text, points.x, points.y
        if points.between == "exact":
            return self._exact(points, x)
        value = self._segment(points, x)
        if points.outside == "hold":
            low = text.compare("ole", x, text.splat(xs[0]))
            value = text.select(low, text.splat(ys[0]), value)
            high = text.compare("oge", x, text.splat(xs[-1]))
            value = text.select(high, text.splat(ys[-1]), value)
        # linear, what is no number comes out as none by itself
        linear = points.between == "linear"
        return value if linear else text.select(text.compare("uno", x, x), x, value)

    def _exact(self, points: Points, x: str) -> str:
        text, nan = self.text, self.text.splat(math.nan)
        if len(points.x) > LONG:
            left, base, _ = self._found(points.x, [points.y], x, "oge")
            return text.select(text.compare("oeq", x, left), base, nan)
        value = nan
        for at, y in zip(points.x, points.y, strict=True):
            value = text.select(text.compare("oeq", x, text.splat(at)), text.splat(y), value)
        return value

    def _segment(self, points: Points, x: str) -> str:
        """Return the value of a table as if its end segments went on for ever."""
        text, xs = self.text, points.x
        slopes = [
            (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
            for x0, x1, y0, y1 in zip(xs, xs[1:], points.y, points.y[1:], strict=False)
        ]
        bases = points.y[1:] if points.between == "next" else points.y[:-1]
        beyond = "ogt" if points.between == "next" else "oge"
        columns = [bases, slopes] if points.between == "linear" else [bases]
        choose = self._found if len(xs) > LONG else self._compared
        left, base, slope = choose(xs[:-1], columns, x, beyond)
        if points.between != "linear":
            return base
        return text.two("fadd", text.two("fmul", slope, text.two("fsub", x, left)), base)

    def _compared(
        self, lefts: Sequence[float], columns: Sequence[Sequence[float]], x: str, beyond: str
    ) -> list[str]:
        """Return left end and columns of the last row that x is beyond, else of the first."""
        text = self.text
        every = [lefts, *columns]
        chosen = [text.splat(column[0]) for column in every]
        for place in range(1, len(lefts)):
            after = text.compare(beyond, x, text.splat(lefts[place]))
            chosen = [
                text.select(after, text.splat(column[place]), now)
                for column, now in zip(every, chosen, strict=True)
            ]
        return [*chosen, ""][:3]

    def _found(
        self, lefts: Sequence[float], columns: Sequence[Sequence[float]], x: str, beyond: str
    ) -> list[str]:
        """Return what ``_compared`` returns, by bucket and binary search without branches."""
        text, buckets = self.text, _Buckets.of(lefts)
        rows = self._rows(lefts, columns, padding=buckets.deepest + 1)
        row = self._first_row(buckets, x)
        step = 1 << buckets.deepest.bit_length() >> 1
        while step:
            probe = text.whole("add", row, text.splat(step))
            at = self._lanes(rows, "double", probe, stride=32)
            after = text.compare(beyond, x, at)
            row = text.new(f"select {text.m} {after}, {text.i} {probe}, {text.i} {row}")
            step >>= 1
        return self._row(rows, row)

    def _first_row(self, buckets: _Buckets, x: str) -> str:
        """Return the row before the first point in the bucket of x."""
        text = self.text
        # the operations of _Buckets.number, in vectors; what is no number comes out as 0
        place = text.two("fsub", x, text.splat(buckets.origin))
        place = text.two("fmul", place, text.splat(buckets.scale))
        for compare, end in (("ogt", 0.0), ("olt", len(buckets.before) - 1.0)):
            inside = text.compare(compare, place, text.splat(end))
            place = text.select(inside, place, text.splat(end))
        bits = text.bits(text.two("fadd", place, text.splat(_WHOLE)))
        bucket = text.whole("sub", bits, text.splat(_WHOLE_BITS))
        content = struct.pack(f"={len(buckets.before)}i", *buckets.before)
        first = self._lanes(self._global(content), "i32", bucket, stride=4)
        return text.new(f"zext <{text.width} x i32> {first} to {text.i}")

    # -- memory -------------------------------------------------------------------------------

    def _global(self, content: bytes) -> str:
        """Return the name of a constant in memory, the same for the same content."""
        # bytes, for LLVM reads them much faster than numbers
        escaped = content.hex("\\")
        constant = f'internal unnamed_addr constant [{len(content)} x i8] c"\\{escaped}", align 64'
        return self._globals.setdefault(constant, f"@table{len(self._globals)}")

    def _rows(
        self, lefts: Sequence[float], columns: Sequence[Sequence[float]], padding: int
    ) -> str:
        """Return the name of a table of four columns; the rows behind it are never reached."""
        wide = [lefts, *columns, [0.0] * len(lefts), [0.0] * len(lefts)][:4]
        flat = [number for row in zip(*wide, strict=True) for number in row]
        flat += [math.nan] * (4 * padding)
        return self._global(struct.pack(f"={len(flat)}d", *flat))

    def _lanes(self, table: str, kind: str, index: str, stride: int) -> str:
        """Return numbers of a table, each lane its own; faster than the processors' gathers."""
        text, found = self.text, "undef"
        for lane in range(text.width):
            address = self._address(table, index, stride, lane)
            one = text.new(f"load {kind}, ptr {address}")
            vector = f"<{text.width} x {kind}>"
            found = text.new(f"insertelement {vector} {found}, {kind} {one}, i64 {lane}")
        return found

    def _address(self, table: str, index: str, stride: int, lane: int) -> str:
        text = self.text
        number = text.new(f"extractelement {text.i} {index}, i64 {lane}")
        return text.new(f"getelementptr [{stride} x i8], ptr {table}, i64 {number}")

    def _row(self, table: str, index: str) -> list[str]:
        """Return the first three columns of a row, each lane its own."""
        text = self.text
        rows = [
            text.new(f"load <4 x double>, ptr {self._address(table, index, 32, lane)}, align 32")
            for lane in range(text.width)
        ]
        size = 4
        while len(rows) > 1:
            both = ", ".join(f"i32 {place}" for place in range(2 * size))
            half = f"<{size} x double>"
            rows = [
                text.new(f"shufflevector {half} {a}, {half} {b}, <{2 * size} x i32> <{both}>")
                for a, b in zip(rows[::2], rows[1::2], strict=True)
            ]
            size *= 2
        columns = []
        for column in range(3):
            places = ", ".join(f"i32 {4 * lane + column}" for lane in range(text.width))
            columns.append(
                text.new(
                    f"shufflevector <{size} x double> {rows[0]}, <{size} x double> undef, "
                    f"<{text.width} x i32> <{places}>"
                )
            )
        return columns


@dataclass(frozen=True, slots=True)
class _Buckets:
    """Points sorted into buckets of equal width, so that a search starts near its end.

    The bucket of a number never falls as the number grows, whatever is rounded on the way, so
    the points of lower buckets are all below it, and those of higher ones above.

    Parameters
    ----------
    origin, scale : float
        ``x`` falls into the bucket ``(x - origin) * scale``, rounded.
    before : tuple of int
        For each bucket, how many points lie in lower ones; the first point, where every search
        starts, does not count.
    deepest : int
        Points of the fullest bucket.
    """

    origin: float
    scale: float
    before: tuple[int, ...]
    deepest: int

    @classmethod
    def of(cls, lefts: Sequence[float]) -> _Buckets:
        """Sort all points but the first."""
        origin, width = lefts[0], lefts[-1] - lefts[0]
        count = _BUCKETS_PER_POINT * len(lefts) if width > 0 else 1
        scale = (count - 1) / width if width > 0 else 0.0
        numbers = [cls.number(x, origin, scale, count) for x in lefts[1:]]
        before = tuple(bisect_left(numbers, bucket) for bucket in range(count))
        deepest = max(bisect_right(numbers, b) - first for b, first in enumerate(before))
        return cls(origin, scale, before, deepest)

    @staticmethod
    def number(x: float, origin: float, scale: float, count: int) -> int:
        """Return the bucket of a number, with the operations of the compiled code."""
        place = (x - origin) * scale
        place = place if place > 0.0 else 0.0
        place = place if place < count - 1.0 else count - 1.0
        return int(place + _WHOLE) - int(_WHOLE)
