"""The working memory of a block of runs: where values lie, and loops over them.

A place holds one vector of runs. States have places, and so has what is computed once before the
run, and what loops over elements read or write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from pysd_runner.kernel.ir import Node
from pysd_runner.kernel.text import Text, literal

Column = Callable[[str], str]
"""From the number of an iteration to a value, or to an address, in it."""


class Places:
    """Writes loads and stores.

    Parameters
    ----------
    text : Text
        Where to write.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self.room = 0
        self._tables: dict[str, str] = {}
        self._loops = 0

    def reserve(self, count: int) -> int:
        """Return the first of some places that nothing else has."""
        first = self.room
        self.room += count
        return first

    def definitions(self) -> list[str]:
        """Return the LLVM text of the tables that loops read."""
        return [f"{name} = {content}" for content, name in self._tables.items()]

    # -- one value ----------------------------------------------------------------------------

    def address(self, base: str, place: int) -> str:
        """Return the address of a place behind a base."""
        if place == 0:
            return base
        return self.text.new(f"getelementptr {self.text.f}, ptr {base}, i64 {place}")

    def load(self, base: str, place: int) -> str:
        """Return the value at a place."""
        return self.text.load(self.address(base, place))

    def store(self, base: str, place: int, value: str) -> None:
        """Put a value at a place."""
        self.text.store(self.address(base, place), value)

    # -- loops --------------------------------------------------------------------------------

    @contextmanager
    def each(self, count: int) -> Iterator[str]:
        """Write a loop; what is written inside is its body. Yields the number of the iteration.

        There is no loop around a single iteration.
        """
        if count == 1:
            yield "0"
            return
        self._loops += 1
        label, lines = f"each{self._loops}", self.text.lines
        lines += [
            f"  br label %{label}.head",
            f"{label}.head:",
            f"  br label %{label}",
            f"{label}:",
            f"  %{label}.e = phi i64 [0, %{label}.head], [%{label}.next, %{label}.turn]",
        ]
        yield f"%{label}.e"
        lines += [
            f"  br label %{label}.turn",
            f"{label}.turn:",
            f"  %{label}.next = add i64 %{label}.e, 1",
            f"  %{label}.more = icmp slt i64 %{label}.next, {count}",
            f"  br i1 %{label}.more, label %{label}, label %{label}.end",
            f"{label}.end:",
        ]

    def fold(self, count: int, start: str, join: Callable[[str, str], str]) -> str:
        """Write a loop that joins more and more to a value; return the value at its end.

        Parameters
        ----------
        count : int
            Number of iterations, at least one.
        start : str
            The value at first.
        join : callable
            Writes one iteration, from its number and the value so far to the next value.
        """
        self._loops += 1
        label, lines, f = f"fold{self._loops}", self.text.lines, self.text.f
        lines += [
            f"  br label %{label}.head",
            f"{label}.head:",
            f"  br label %{label}",
            f"{label}:",
            f"  %{label}.e = phi i64 [0, %{label}.head], [%{label}.next, %{label}]",
            f"  %{label}.v = phi {f} [{start}, %{label}.head], [%{label}.w, %{label}]",
        ]
        joined = join(f"%{label}.e", f"%{label}.v")
        lines += [
            f"  %{label}.w = freeze {f} {joined}",
            f"  %{label}.next = add i64 %{label}.e, 1",
            f"  %{label}.more = icmp slt i64 %{label}.next, {count}",
            f"  br i1 %{label}.more, label %{label}, label %{label}.end",
            f"{label}.end:",
        ]
        return f"%{label}.w"

    def vectors(self, base: str, places: Sequence[int]) -> Column:
        """Return how to read vectors at some places."""
        address = self.addresses(base, places)
        return lambda e: self.text.load(address(e))

    def addresses(self, base: str, places: Sequence[int]) -> Column:
        """Return how to find the addresses of some places."""
        if len(places) == 1:
            return lambda e: self.address(base, places[0])
        text, stride = self.text, places[1] - places[0]
        even = all(b - a == stride for a, b in pairwise(places))
        table = "" if even else self._table("i64", [str(place) for place in places])

        def find(e: str) -> str:
            if even:
                scaled = e if stride == 1 else text.new(f"mul i64 {e}, {stride}")
                place = text.new(f"add i64 {scaled}, {places[0]}")
            else:
                entry = text.new(f"getelementptr i64, ptr {table}, i64 {e}")
                place = text.new(f"load i64, ptr {entry}")
            return text.new(f"getelementptr {text.f}, ptr {base}, i64 {place}")

        return find

    def literals(self, nodes: Sequence[Node]) -> Column:
        """Return how to read the values of literals."""
        table = self._table("double", [literal(float(node.literal or 0.0)) for node in nodes])

        def read(e: str) -> str:
            address = self.text.new(f"getelementptr double, ptr {table}, i64 {e}")
            return self.text.broadcast(self.text.new(f"load double, ptr {address}"))

        return read

    def _table(self, of: str, numbers: Sequence[str]) -> str:
        listed = ", ".join(f"{of} {number}" for number in numbers)
        content = f"private constant [{len(numbers)} x {of}] [{listed}]"
        return self._tables.setdefault(content, f"@table{len(self._tables)}")
