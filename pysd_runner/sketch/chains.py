"""Stocks and the pipes between them as rigid blocks: every pipe is straight, one below the other.

A stock is as tall as the number of pipes at its fuller side asks for, so that each of them has a
row of its own and none has to bend.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pysd_runner.sketch.plan import Pipe

_MOST_ROWS = 60
_PITCH = 2
"""Rows from a pipe to the next: between them there is room for what acts on the upper one."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something in a block, on a grid of columns and rows.

    Parameters
    ----------
    kind : str
        ``stock``, ``flow``, ``cloud``, ``pipe`` (nothing stands there, but one passes) or
        ``variable``.
    name : str
        Key of the variable; for a cloud and a pipe that of the flow.
    column : int
        Where it stands.
    first, last : int
        Rows that it covers.
    """

    kind: str
    name: str
    column: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Block:
    """What moves as one: a chain of stocks with its pipes, or a single variable."""

    items: tuple[Item, ...]

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """Column and row of every cell that is covered."""
        return tuple(
            (item.column, row) for item in self.items for row in range(item.first, item.last + 1)
        )


def blocks(stocks: Sequence[str], pipes: Sequence[Pipe], others: Iterable[str]) -> list[Block]:
    """Arrange stocks and pipes in blocks; every other variable is a block of its own."""
    found = []
    for members in _components(stocks, pipes):
        found.append(_Chain(members, pipes).block())
    piped = {pipe.flow for pipe in pipes}
    found += [Block((Item("variable", name, 0, 0, 0),)) for name in others if name not in piped]
    return found


def _components(stocks: Sequence[str], pipes: Sequence[Pipe]) -> list[list[str]]:
    beside: dict[str, set[str]] = {stock: set() for stock in stocks}
    for pipe in pipes:
        if pipe.source is not None and pipe.target is not None:
            beside[pipe.source].add(pipe.target)
            beside[pipe.target].add(pipe.source)
    found: list[list[str]] = []
    seen: set[str] = set()
    for stock in stocks:
        if stock in seen:
            continue
        waiting, members = [stock], []
        seen.add(stock)
        while waiting:
            current = waiting.pop()
            members.append(current)
            new = beside[current] - seen
            seen |= new
            waiting += sorted(new)
        found.append([each for each in stocks if each in members])
    return found


@dataclass(slots=True)
class _Chain:
    """Assigns columns to stocks and rows to pipes."""

    members: Sequence[str]
    pipes: Sequence[Pipe]
    column: dict[str, int] = field(default_factory=dict)
    span: dict[str, tuple[int, int]] = field(default_factory=dict)
    taken: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    passing: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    row: dict[str, int] = field(default_factory=dict)

    def block(self) -> Block:
        inside = [p for p in self.pipes if p.source in self.members and p.target in self.members]
        open_ended = [
            p for p in self.pipes
            if (p.source is None and p.target in self.members)
            or (p.target is None and p.source in self.members)
        ]  # fmt: skip
        self._columns(inside)
        inside.sort(key=lambda p: abs(self.column[str(p.source)] - self.column[str(p.target)]))
        for pipe in inside:
            self._join(pipe)
        for pipe in open_ended:
            self._end(pipe)
        for stock in self.members:
            if stock not in self.span:
                self.span[stock] = self._free_span(stock)
        return self._built(inside, open_ended)

    def _columns(self, inside: Sequence[Pipe]) -> None:
        """Put each stock behind those that feed it; what closes a circle goes back."""
        after: dict[str, list[str]] = {stock: [] for stock in self.members}
        for pipe in inside:
            after[str(pipe.source)].append(str(pipe.target))
        state: dict[str, int] = {}

        def depth(stock: str) -> int:
            state[stock] = 1
            best = 0
            for target in after[stock]:
                if state.get(target) == 1:
                    continue
                below = depth(target) if target not in length else length[target]
                best = max(best, below + 1)
            state[stock] = 2
            length[stock] = best
            return best

        length: dict[str, int] = {}
        for stock in self.members:
            if stock not in length:
                depth(stock)
        deepest = max(length.values())
        self.column = {stock: deepest - each for stock, each in length.items()}

    def _join(self, pipe: Pipe) -> None:
        ends = sorted((str(pipe.source), str(pipe.target)), key=lambda s: self.column[s])
        left, right = (self.column[each] for each in ends)
        gaps = range(left + 1, right + 1)
        between = range(left + 1, right)
        for row in self._rows(ends):
            if any(row in self.taken[gap] for gap in gaps):
                continue
            if any(self._covered(column, row, "") for column in between):
                continue
            if all(self._reaches(stock, row) for stock in ends):
                self._use(pipe, row, gaps, ends)
                for column in between:
                    self.passing[column].add(row)
                return

    def _end(self, pipe: Pipe) -> None:
        stock = _stock(pipe)
        gap = self.column[stock] + (0 if pipe.source is None else 1)
        for row in self._rows([stock]):
            if row not in self.taken[gap] and self._reaches(stock, row):
                self._use(pipe, row, [gap], [stock])
                return

    def _rows(self, stocks: Sequence[str]) -> list[int]:
        """Return rows to try: those that the stocks cover already, then the nearest."""
        known = [row for stock in stocks for row in self.span.get(stock, ())]
        centre = min(known) if known else 0
        rows = range(centre - _MOST_ROWS, centre + _MOST_ROWS)
        low, high = (min(known), max(known)) if known else (0, 0)
        return sorted(rows, key=lambda row: (max(low - row, row - high, 0), row < low, row))

    def _reaches(self, stock: str, row: int) -> bool:
        """Tell whether a stock can grow to cover a row."""
        low, high = self.span.get(stock, (row, row))
        wanted = range(min(low, row), max(high, row) + 1)
        return not any(self._covered(self.column[stock], each, stock) for each in wanted)

    def _covered(self, column: int, row: int, but: str) -> bool:
        if row in self.passing[column]:
            return True
        return any(
            self.column[stock] == column and stock != but and low <= row <= high
            for stock, (low, high) in self.span.items()
        )

    def _use(self, pipe: Pipe, row: int, gaps: Iterable[int], stocks: Sequence[str]) -> None:
        self.row[pipe.flow] = row
        for gap in gaps:
            self.taken[gap].add(row)
        for stock in stocks:
            low, high = self.span.get(stock, (row, row))
            self.span[stock] = (min(low, row), max(high, row))

    def _free_span(self, stock: str) -> tuple[int, int]:
        row = next(r for r in range(_MOST_ROWS) if not self._covered(self.column[stock], r, stock))
        return row, row

    def _built(self, inside: Sequence[Pipe], open_ended: Sequence[Pipe]) -> Block:
        """Turn columns of stocks and gaps between them into columns of cells."""
        inside = [pipe for pipe in inside if pipe.flow in self.row]
        open_ended = [pipe for pipe in open_ended if pipe.flow in self.row]
        start, at = self._cells(inside, open_ended)
        items = [Item("stock", s, at[self.column[s]], *self.span[s]) for s in self.members]
        for pipe in inside:
            items += self._between_stocks(pipe, start, at)
        for pipe in open_ended:
            items += self._to_cloud(pipe, at)
        top = min(item.first for item in items)
        left = min(item.column for item in items)
        return Block(tuple(
            Item(i.kind, i.name, i.column - left, _PITCH * (i.first - top), _PITCH * (i.last - top))
            for i in items
        ))  # fmt: skip

    def _cells(
        self, inside: Sequence[Pipe], open_ended: Sequence[Pipe]
    ) -> tuple[dict[int, int], dict[int, int]]:
        """Return the column of cells of each gap's beginning, and of each column of stocks."""
        clouded = {self.column[_stock(p)] + (p.source is not None) for p in open_ended}
        piped = {gap for p in inside for gap in self._gaps(p)}
        start: dict[int, int] = {}
        at: dict[int, int] = {}
        x = 0
        for column in range(max(self.column.values()) + 2):
            start[column] = x
            x += 2 if column in clouded else 1 if column in piped else 0
            at[column] = x
            x += 1
        return start, at

    def _between_stocks(
        self, pipe: Pipe, start: Mapping[int, int], at: Mapping[int, int]
    ) -> Iterator[Item]:
        """Yield the valve in the first gap of a pipe, then the cells that it passes."""
        row, valve = self.row[pipe.flow], start[self._gaps(pipe)[0]]
        yield Item("flow", pipe.flow, valve, row, row)
        left, right = sorted(at[self.column[str(each)]] for each in (pipe.source, pipe.target))
        for column in range(left + 1, right):
            if column != valve:
                yield Item("pipe", pipe.flow, column, row, row)

    def _to_cloud(self, pipe: Pipe, at: Mapping[int, int]) -> Iterator[Item]:
        """Yield the valve beside the stock of a pipe with one end, then its cloud."""
        row, column = self.row[pipe.flow], at[self.column[_stock(pipe)]]
        away = -1 if pipe.source is None else 1
        yield Item("flow", pipe.flow, column + away, row, row)
        yield Item("cloud", pipe.flow, column + 2 * away, row, row)

    def _gaps(self, pipe: Pipe) -> list[int]:
        ends = sorted(self.column[str(each)] for each in (pipe.source, pipe.target))
        return list(range(ends[0] + 1, ends[1] + 1))


def _stock(pipe: Pipe) -> str:
    """Return the stock of a pipe that has one end in the block."""
    return str(pipe.target if pipe.source is None else pipe.source)
