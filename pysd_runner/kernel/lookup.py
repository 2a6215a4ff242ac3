"""Lookup tables as LLVM instructions: a run remembers the segment where it read a table last.

A table is a list of *rows*, each with the line that holds from its left end to the next row. Runs
are smooth, so nearly always the row of the last step still holds, and reading the table is one
comparison, one subtraction and one multiplication. If it does not hold in some lane, a search
finds the rows of all lanes anew; it is the same code for all tables and costs as much as reading a
short table without memory.

The value is that of :func:`pysd_runner.kernel.ir.read_points`, to the bit, whichever way it came.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pysd_runner.kernel.ir import Points
from pysd_runner.kernel.text import Text

COLUMNS = 4
"""Vectors that a run remembers for each place where a table is read."""
_SHORT = 32
"""Rows up to which counting the ones passed is faster than halving."""
_BEYOND = 1e6
"""How far a row beyond the ends reaches, in units of the table's largest x."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The lines that make up a table; row ``n`` holds from ``begins[n]`` on.

    Parameters
    ----------
    begins : tuple of float
        The first is minus infinity.
    lines : tuple of (float, float, float, float)
        ``left, width, slope, base`` of each row: the value is ``slope (x - left) + base``. Where
        ``0 <= x - left < width`` the row certainly holds, however the difference is rounded.
    """

    begins: tuple[float, ...]
    lines: tuple[tuple[float, float, float, float], ...]

    @classmethod
    def of(cls, points: Points) -> Rows:
        """Return the rows of a table that is linear, or takes the value of the previous point."""
        xs, ys = points.x, tuple(y + 0.0 for y in points.y)  # -0 + 0 is 0, as when computed
        reach = _BEYOND * max(abs(xs[0]), abs(xs[-1]), 1.0)
        lines: list[tuple[float, float, float]] = []  # left, slope, base
        for x0, x1, y0, y1 in zip(xs, xs[1:], ys, ys[1:], strict=False):
            rises = points.between == "linear" and x1 > x0
            lines.append((x0, (y1 - y0) / (x1 - x0) if rises else 0.0, y0))
        begins = [-math.inf, *xs[1:-1]]
        ends = [*xs[1:-1], math.inf]
        if points.outside == "hold" or len(xs) == 1:
            below = max(xs[0] - reach, -_LARGEST)
            lines = [(below, 0.0, ys[0]), *lines, (xs[-1], 0.0, ys[-1])]
            begins, ends = [-math.inf, *xs], [*xs, min(xs[-1] + reach, _LARGEST)]
        return cls(
            tuple(begins),
            tuple(
                (left, end - left, slope, base)
                for (left, slope, base), end in zip(lines, ends, strict=True)
            ),
        )


_LARGEST = math.nextafter(math.inf, 0.0)


class Lookups:
    """Writes lookups; equal tables share one place in memory.

    Parameters
    ----------
    text : Text
        Where to write.
    remember : callable
        Returns the address of a number of vectors, zeros at first, that belong to one place.
    """

    def __init__(self, text: Text, remember: Callable[[int], str]) -> None:
        self.text = text
        self.remember = remember
        self._globals: dict[str, str] = {}
        self._searches: set[str] = set()
        self._count = 0

    def definitions(self) -> list[str]:
        """Return the LLVM text of the tables in memory, and of the searches."""
        tables = [f"{name} = {content}" for content, name in self._globals.items()]
        return tables + [_search(self.text.width, kind) for kind in sorted(self._searches)]

    def read(self, points: Points, x: str) -> str:
        """Return the value of a table at x."""
        text = self.text
        if points.between == "exact":
            places = replace(points, y=points.x, between="previous", outside="hold")
            values = replace(points, between="previous", outside="hold")
            at, value = self.read(places, x), self.read(values, x)
            return text.select(text.compare("oeq", x, at), value, text.splat(math.nan))
        if points.between == "next":
            # the next point is the previous one, seen in a mirror
            xs, ys = tuple(-each for each in reversed(points.x)), tuple(reversed(points.y))
            mirrored = replace(points, x=xs, y=ys, between="previous")
            return self.read(mirrored, text.new(f"fneg {text.f} {x}"))
        return self._remembered(Rows.of(points), x, self.remember(COLUMNS))

    def _remembered(self, rows: Rows, x: str, memory: str) -> str:
        """Return the value of the rows at x; a search if the rows of the last time do not hold."""
        text = self.text
        self._count += 1
        here = f"table{self._count}"
        left, width, slope, base = (self.column(memory, number) for number in range(COLUMNS))
        from_left = text.two("fsub", x, left)
        negative = text.new(f"icmp slt {text.i} {text.bits(from_left)}, zeroinitializer")
        beyond = text.compare("uge", from_left, width)
        out = text.any(text.new(f"or {text.m} {negative}, {beyond}"))
        text.lines += [
            f"  br i1 {out}, label %{here}.search, label %{here}.holds, !prof !0",
            f"{here}.holds:",
        ]
        fast = text.two("fadd", text.two("fmul", slope, from_left), base)
        text.lines += [f"  br label %{here}.read", f"{here}.search:"]
        slow = self._call(rows, x, memory)
        text.lines += [f"  br label %{here}.read", f"{here}.read:"]
        return text.new(f"phi {text.f} [{fast}, %{here}.holds], [{slow}, %{here}.search]")

    def column(self, memory: str, number: int) -> str:
        """Return a column that is remembered."""
        text = self.text
        address = text.new(f"getelementptr {text.f}, ptr {memory}, i64 {number}")
        return text.load(address)

    def _call(self, rows: Rows, x: str, memory: str) -> str:
        kind = "short" if len(rows.begins) <= _SHORT else "long"
        self._searches.add(kind)
        begins = [*rows.begins]
        if kind == "long":  # a search by halves may probe behind the end, where nothing begins
            begins += [math.nan] * ((1 << len(begins).bit_length()) - len(begins))
        lines = self._global([number for line in rows.lines for number in line])
        arguments = (
            f"ptr {memory}, ptr {self._global(begins)}, ptr {lines}, i64 {len(rows.begins)}, "
            f"{self.text.f} {x}"
        )
        return self.text.new(f"call {self.text.f} @search.{kind}({arguments})")

    def _global(self, numbers: Sequence[float]) -> str:
        """Return the name of a constant in memory, the same for the same content."""
        # bytes, for LLVM reads them much faster than numbers
        content = struct.pack(f"={len(numbers)}d", *numbers)
        escaped = content.hex("\\")
        constant = f'internal unnamed_addr constant [{len(content)} x i8] c"\\{escaped}", align 64'
        return self._globals.setdefault(constant, f"@rows{len(self._globals)}")


# -- the search -------------------------------------------------------------------------------


def _search(width: int, kind: str) -> str:
    """Return the function that finds the rows of all lanes, remembers them and reads the table."""
    text = Text(width)
    row = _counted(text) if kind == "short" else _halved(text)
    left, _, slope, base = columns = _columns(text, row)
    for number, column in enumerate(columns):
        address = text.new(f"getelementptr {text.f}, ptr %memory, i64 {number}")
        text.store(address, column)
    value = text.two("fmul", slope, text.two("fsub", "%x", left))
    value = text.two("fadd", value, base)
    # beyond the ends x may be infinite, and 0 times infinity is no number
    level = text.compare("oeq", slope, text.splat(0.0))
    value = text.select(level, base, value)
    value = text.select(text.compare("uno", "%x", "%x"), "%x", value)
    head = (
        f"define internal {text.f} @search.{kind}(ptr %memory, ptr %begins, ptr %lines, "
        f"i64 %count, {text.f} %x) noinline cold nounwind {{"
    )
    return "\n".join([head, "entry:", *text.lines, f"  ret {text.f} {value}", "}"])


def _counted(text: Text) -> str:
    """Return the number of the last row that begins at or before x: those that do are counted."""
    text.lines += [
        "  %several = icmp sgt i64 %count, 1",
        "  br i1 %several, label %more, label %found",
        "more:",
        "  %n = phi i64 [1, %entry], [%n1, %more]",
        f"  %sum = phi {text.i} [zeroinitializer, %entry], [%sum1, %more]",
        "  %place = getelementptr double, ptr %begins, i64 %n",
        "  %begin = load double, ptr %place",
    ]
    after = text.compare("oge", "%x", text.broadcast("%begin"))
    text.lines += [
        f"  %one = zext {text.m} {after} to {text.i}",
        f"  %sum1 = add {text.i} %sum, %one",
        "  %n1 = add i64 %n, 1",
        "  %left = icmp slt i64 %n1, %count",
        "  br i1 %left, label %more, label %found",
        "found:",
        f"  %row = phi {text.i} [zeroinitializer, %entry], [%sum1, %more]",
    ]
    return "%row"


def _halved(text: Text) -> str:
    """Return the number of the last row that begins at or before x: by halves."""
    text.lines += [
        "  %zeros = call i64 @llvm.ctlz.i64(i64 %count, i1 false)",
        "  %power = sub i64 63, %zeros",
        "  %widest = shl i64 1, %power",
        "  br label %more",
        "more:",
        "  %step = phi i64 [%widest, %entry], [%step1, %more]",
        f"  %low = phi {text.i} [zeroinitializer, %entry], [%low1, %more]",
    ]
    probe = text.whole("add", "%low", text.broadcast("%step", "i64"))
    begin = "undef"
    for lane in range(text.width):
        number = text.new(f"extractelement {text.i} {probe}, i64 {lane}")
        address = text.new(f"getelementptr double, ptr %begins, i64 {number}")
        one = text.new(f"load double, ptr {address}")
        begin = text.new(f"insertelement {text.f} {begin}, double {one}, i64 {lane}")
    after = text.compare("oge", "%x", begin)
    text.lines += [
        f"  %low1 = select {text.m} {after}, {text.i} {probe}, {text.i} %low",
        "  %step1 = lshr i64 %step, 1",
        "  %left = icmp ne i64 %step1, 0",
        "  br i1 %left, label %more, label %found",
        "found:",
    ]
    return "%low1"


def _columns(text: Text, row: str) -> list[str]:
    """Return the columns of a row of lines, each lane its own row."""
    rows = []
    for lane in range(text.width):
        number = text.new(f"extractelement {text.i} {row}, i64 {lane}")
        address = text.new(f"getelementptr [{8 * COLUMNS} x i8], ptr %lines, i64 {number}")
        rows.append(text.new(f"load <{COLUMNS} x double>, ptr {address}, align 32"))
    size = COLUMNS
    while len(rows) > 1:
        both = ", ".join(f"i32 {place}" for place in range(2 * size))
        half = f"<{size} x double>"
        rows = [
            text.new(f"shufflevector {half} {a}, {half} {b}, <{2 * size} x i32> <{both}>")
            for a, b in zip(rows[::2], rows[1::2], strict=True)
        ]
        size *= 2
    columns = []
    for column in range(COLUMNS):
        places = ", ".join(f"i32 {COLUMNS * lane + column}" for lane in range(text.width))
        columns.append(
            text.new(
                f"shufflevector <{size} x double> {rows[0]}, <{size} x double> undef, "
                f"<{text.width} x i32> <{places}>"
            )
        )
    return columns
