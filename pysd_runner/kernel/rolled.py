"""The text of a large program: equations of one form as loops, values in working memory.

The working memory of a block of runs holds a vector of runs for each state, for each next value
of a state, and for each value that a loop reads or writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from pysd_runner.kernel.advance import AdvanceEuler, Names
from pysd_runner.kernel.emit import Emitter
from pysd_runner.kernel.ir import Node
from pysd_runner.kernel.loops import Item, Layout, Loop, kind
from pysd_runner.kernel.program import Program
from pysd_runner.kernel.text import Text, literal

Column = Callable[[str], str]
"""From the number of an iteration to the value of an operand in it."""


def emit_rolled(program: Program, width: int, layout: Layout) -> str:
    """Return the LLVM text of a program with loops, for Euler's method.

    Parameters
    ----------
    program : Program
        What one run computes.
    width : int
        Runs integrated together.
    layout : Layout
        Its loops, and where its values lie.

    Returns
    -------
    str
        As :func:`~pysd_runner.kernel.emit.emit`; ``work`` is room for ``layout.room`` vectors.
    """
    return _RolledEmitter(program, width, layout).module()


class _InMemory(dict[int, str]):
    """Names of values; one that has none yet is loaded, or made if it is a leaf."""

    def __init__(self, find: Callable[[int], str], known: Names = {}) -> None:  # noqa: B006
        super().__init__(known)
        self.find = find

    def __missing__(self, number: int) -> str:
        self[number] = self.find(number)
        return self[number]

    def copy(self) -> _InMemory:
        return _InMemory(self.find, self)


class _Memory:
    """Loops over the working memory, the inputs and tables of numbers."""

    def __init__(self, text: Text, nodes: Sequence[Node], layout: Layout) -> None:
        self.text = text
        self.nodes = nodes
        self.slots = layout.slots
        self.tables: dict[str, str] = {}
        self.count = 0

    @contextmanager
    def each(self, count: int) -> Iterator[str]:
        """Write a loop; what is written inside is its body. Yields the number of the iteration."""
        self.count += 1
        label, lines = f"each{self.count}", self.text.lines
        lines += [
            f"  br label %{label}.head",
            f"{label}.head:",
            f"  br label %{label}",
            f"{label}:",
            f"  %{label}.e = phi i64 [0, %{label}.head], [%{label}.next, %{label}]",
        ]
        yield f"%{label}.e"
        lines += [
            f"  %{label}.next = add i64 %{label}.e, 1",
            f"  %{label}.more = icmp slt i64 %{label}.next, {count}",
            f"  br i1 %{label}.more, label %{label}, label %{label}.end",
            f"{label}.end:",
        ]

    def column(self, nodes: Sequence[int], names: Names) -> Column:
        """Return how to read an operand of a loop; called before the loop begins."""
        if len(set(nodes)) == 1:
            name = names[nodes[0]]
            return lambda e: name
        where = kind(self.nodes[nodes[0]])
        if where == "literal":
            return self._literals(nodes)
        if where == "input":
            return self.vectors("%in", [self._index(n) for n in nodes])
        return self.vectors("%work", [self.slots[n] for n in nodes])

    def _index(self, number: int) -> int:
        index = self.nodes[number].literal
        assert isinstance(index, int)
        return index

    def _literals(self, nodes: Sequence[int]) -> Column:
        values = [float(self.nodes[n].literal or 0.0) for n in nodes]
        table = self._table("double", [literal(value) for value in values])

        def read(e: str) -> str:
            address = self.text.new(f"getelementptr double, ptr {table}, i64 {e}")
            return self.text.broadcast(self.text.new(f"load double, ptr {address}"))

        return read

    def vectors(self, base: str, places: Sequence[int]) -> Column:
        """Return how to read vectors at some places of a memory."""
        address = self.addresses(base, places)
        return lambda e: self.text.new(f"load {self.text.f}, ptr {address(e)}, align 8")

    def addresses(self, base: str, places: Sequence[int]) -> Column:
        """Return how to find the addresses of some places of a memory."""
        text, stride = self.text, places[1] - places[0] if len(places) > 1 else 1
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

    def _table(self, of: str, numbers: Sequence[str]) -> str:
        listed = ", ".join(f"{of} {number}" for number in numbers)
        content = f"private constant [{len(numbers)} x {of}] [{listed}]"
        return self.tables.setdefault(content, f"@table{len(self.tables)}")


class _AdvanceInMemory(AdvanceEuler):
    """Euler's method over states in working memory; delays by whole steps are kept as before."""

    def __init__(self, program: Program, text: Text, memory: _Memory) -> None:
        super().__init__(program, text)
        self.memory = memory
        self.plain = [n for n, state in enumerate(program.states) if state.kind != "past"]

    def room(self) -> list[str]:
        return []

    def start(self, names: Names) -> None:
        states, text = self.program.states, self.text
        for index, state in enumerate(states):
            if state.length is not None:
                steps = names[state.length]
                self.lengths[index] = text.new(f"fptosi {text.f} {steps} to {text.i}")
        for group in self._alike([(n, states[n].initial) for n in self.plain]):
            value = self.memory.column([node for _, node in group], names)
            place = self.memory.addresses("%work", [n for n, _ in group])
            with self.memory.each(len(group)) as e:
                text.store(place(e), value(e))

    def fetch_rings(self, names: Names) -> None:
        """Bring what the rings hold for this step to where loops read."""
        for index in self.rings:
            value = super().load(index, names)
            place = self.text.new(f"getelementptr {self.text.f}, ptr %work, i64 {index}")
            self.text.store(place, value)

    def load(self, index: int, names: Names) -> str:
        text = self.text
        address = text.new(f"getelementptr {text.f}, ptr %work, i64 {index}")
        return text.new(f"load {text.f}, ptr {address}, align 8")

    def step(self, names: Names) -> None:
        states, text, dt = self.program.states, self.text, names[self.program.step]
        count = len(states)
        for wanted in ("rate", "next"):
            pairs = [(n, states[n].change) for n in self.plain if states[n].kind == wanted]
            for group in self._alike(pairs):
                change = self.memory.column([node for _, node in group], names)
                old = self.memory.vectors("%work", [n for n, _ in group])
                place = self.memory.addresses("%work", [count + n for n, _ in group])
                with self.memory.each(len(group)) as e:
                    value = change(e)
                    if wanted == "rate":
                        value = text.two("fadd", old(e), text.two("fmul", value, dt))
                    text.store(place(e), value)
        rings = [(index, names[states[index].change]) for index in self.lengths]
        if self.plain:
            fresh = self.memory.vectors("%work", [count + n for n in self.plain])
            place = self.memory.addresses("%work", self.plain)
            with self.memory.each(len(self.plain)) as e:
                text.store(place(e), fresh(e))
        for index, value in rings:
            text.store(self.slot(index), value)
        text.lines += [
            "  %next = add i64 %i, 1",
            f"  %later = fadd double %t, {literal(self.program.time_step)}",
            "  br label %turn",
            "turn:",
            "  br label %loop",
        ]

    def _alike(self, pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
        """Return (state, node) pairs in groups that one loop can read."""
        groups: dict[object, list[tuple[int, int]]] = {}
        for index, number in pairs:
            found = kind(self.memory.nodes[number])
            groups.setdefault((found, number) if found == "same" else found, []).append(
                (index, number)
            )
        return list(groups.values())

    def last_states(self) -> Sequence[str]:
        return []


class _RolledEmitter(Emitter):
    def __init__(self, program: Program, width: int, layout: Layout) -> None:
        super().__init__(program, width, "euler")
        self.layout = layout
        self.memory = _Memory(self.text, program.nodes, layout)
        self.advance: _AdvanceInMemory = _AdvanceInMemory(program, self.text, self.memory)
        self.names = _InMemory(self.value)

    def tables(self) -> list[str]:
        return [f"{name} = {content}" for content, name in self.memory.tables.items()]

    # -- the blocks of the function -----------------------------------------------------------

    def before_the_loop(self) -> None:
        self.compute_items(self.layout.start)
        self.advance.start(self.names)

    def at_every_step(self) -> None:
        self.names_of_time()
        self.advance.fetch_rings(self.names)
        self.compute_items(self.layout.step)

    def at_save_times(self) -> None:
        self.compute_items(self.layout.save)
        self.save()

    def names_of_time(self) -> None:
        """Name the leaves that all loops may use."""
        for number in self.closure([*self.changes, *self.shown]):
            if kind(self.nodes[number]) == "same":
                self.leaves([number])

    def save_outputs(self) -> None:
        """Write the outputs, those that lie in memory by one loop."""
        text, slots = self.text, self.layout.slots
        pairs = list(enumerate(self.program.outputs))
        in_memory = [(place, node) for place, node in pairs if self.in_memory(node)]
        if in_memory:
            value = self.memory.vectors("%work", [slots[node] for _, node in in_memory])
            target = self.memory.addresses("%out", [place for place, _ in in_memory])
            with self.memory.each(len(in_memory)) as e:
                found = value(e)
                text.store(target(e), found)
                self.check(found)
        self.save_one_by_one([pair for pair in pairs if not self.in_memory(pair[1])])

    def finish(self) -> None:
        plain = self.advance.plain
        if plain:
            last = self.memory.vectors("%work", plain)
            with self.memory.each(len(plain)) as e:
                self.check(last(e))
        super().finish()

    # -- values -------------------------------------------------------------------------------

    def in_memory(self, number: int) -> bool:
        """Tell whether a value lies in working memory."""
        return number in self.layout.slots

    def value(self, number: int) -> str:
        """Return the value of a node that has no name here."""
        node, text = self.nodes[number], self.text
        if node.op == "state":
            assert isinstance(node.literal, int)
            return self.advance.load(node.literal, self.names)
        if node.args:
            place = self.layout.slots[number]
            address = text.new(f"getelementptr {text.f}, ptr %work, i64 {place}")
            return text.new(f"load {text.f}, ptr {address}, align 8")
        return self.instruction(node)

    def compute_items(self, items: Sequence[Item]) -> None:
        """Write items, each after what it needs."""
        text, slots = self.text, self.layout.slots
        for item in items:
            if isinstance(item, Loop):
                self.loop(item)
                continue
            node = self.nodes[item]
            args = [self.names[arg] for arg in node.args]
            self.names[item] = self.instructions.write(node, args)
            if item in slots:
                address = text.new(f"getelementptr {text.f}, ptr %work, i64 {slots[item]}")
                text.store(address, self.names[item])

    def loop(self, loop: Loop) -> None:
        """Write a loop over bodies of one form."""
        columns = [self.memory.column(nodes, self.names) for nodes in loop.columns]
        place = self.memory.addresses("%work", [self.layout.slots[n] for n in loop.results])
        with self.memory.each(len(loop.results)) as e:
            values = [column(e) for column in columns]
            for node in loop.body:
                args = [values[arg] for arg in node.args]
                values.append(self.instructions.write(node, args))
            self.text.store(place(e), values[-1])
