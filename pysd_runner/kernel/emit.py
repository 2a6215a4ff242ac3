"""From a program to LLVM text.

One function integrates blocks of ``width`` runs. Every node is one vector value, so a block of
runs costs the instructions of one. What does not change over time is computed before the loop;
what only outputs need is computed at save times only.

The loop, for Euler's method::

    start    what is known before the run; initial values of the states
    loop     for each state, the values that it needs, and the state at the next time
    save     (at save times) the other outputs; outputs and measures are written
    saved
    turn     the halves of the states' memory change places
    finished measures and health are written; next block of runs

The methods of Heun and of Runge and Kutta go round the loop twice or four times a step, once a
*stage*.

Every node is computed when a state first needs it, just before it is used: values live shortly and
stay in registers. Powers and the like may be brought forward to be computed two by two. What lives
through the whole run lies in the working memory and is read where it is used. LLVM is left nothing
to optimise but the choice of instructions and registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pysd_runner.kernel.advance import ADVANCE
from pysd_runner.kernel.blocks import cut_blocks
from pysd_runner.kernel.instructions import Instructions
from pysd_runner.kernel.layout import Advance, Item, Layout, Together, lay_out
from pysd_runner.kernel.loops import Chain, Loop, kind
from pysd_runner.kernel.places import Column, Places
from pysd_runner.kernel.program import Method, Program
from pysd_runner.kernel.saves import Saves
from pysd_runner.kernel.text import Text

ENTRY = "integrate"
POINTERS = ("inputs", "outputs", "measured", "health", "past", "work", "saves", "weights", "stop")
INTEGERS = ("first", "last", "steps", "count", "capacity")


@dataclass(frozen=True, slots=True)
class Emitted:
    """The text of a program.

    Parameters
    ----------
    text : str
        A module with the function ``integrate(inputs, outputs, measured, health, past, work,
        saves, weights, stop, first, last, steps, count, capacity)``. It integrates blocks
        ``first`` to ``last - 1``. ``inputs`` has shape (blocks, inputs, width), ``outputs``
        (blocks, count, outputs, width), ``measured`` (blocks, measures, width), ``health``
        (blocks, 2, width): 0, or no number after a non-finite value; and 1 after a value out of
        its limits. ``saves`` holds the numbers of the ``count`` steps that are saved, and one
        that is never reached; ``weights`` has shape (count, measures). ``past`` is room for
        ``capacity`` values, a power of two greater than any length, of each state of that kind.
        ``work`` is room for ``room`` vectors, zeros at first. Once ``stop`` holds another number
        than 0 the function returns after the step that it is at. All arrays of vectors begin at
        a multiple of 64 bytes.
    room : int
        Vectors of working memory.
    """

    text: str = field(repr=False)
    room: int


def emit(
    program: Program, width: int, method: Method = "euler", layout: Layout | None = None
) -> Emitted:
    """Return the LLVM text of a program.

    Parameters
    ----------
    program : Program
        What one run computes.
    width : int
        Runs integrated together.
    method : str
        ``euler``, ``rk2`` or ``rk4``.
    layout : Layout or None
        Of the program; ``None`` lays it out now.
    """
    return _Emitter(program, width, method, layout or lay_out(program)).emitted()


class _Emitter:
    """Writes the text of a program, each node once in each part of it."""

    def __init__(self, program: Program, width: int, method: Method, layout: Layout) -> None:
        self.program = program
        self.nodes = program.nodes
        self.layout = layout
        self.text = Text(width)
        self.places = Places(self.text)
        self.instructions = Instructions(self.text, program.tables, self.remember)
        self.advance = ADVANCE[method](program, self.text, self.places)
        self.saves = Saves(program, self.text, self.places)
        self.first = self.places.reserve(len(self.layout.places))
        self.names: dict[int, str] = {}
        self.iteration = ("0", 1)

    def emitted(self) -> Emitted:
        """Return the whole text."""
        text = self.text
        self.begin()
        self.compute(self.layout.start, self.begin_states)
        self.saves.begin()
        self.names.clear()
        self.advance.loop()
        self.fetch_rings()
        self.advance.prepare()
        self.compute(self.layout.step, self.advance_states)
        self.advance.due()
        self.compute(self.layout.save, self.advance_states)
        self.saves.write(self)
        self.advance.saved()
        self.saves.finish(self.advance.plain)
        text.lines += [
            "  br label %written",
            "written:",
            "  %b1 = add i64 %b, 1",
            "  %more = icmp slt i64 %b1, %last",
            "  br i1 %more, label %block, label %quit",
            "quit:",
            "  ret void",
            "}",
            # LLVM lays out first what is likely
            '!0 = !{!"branch_weights", i32 1, i32 2000}',
        ]
        definitions = [*self.places.definitions(), *self.instructions.definitions()]
        lines = cut_blocks(text.lines, "entry", "quit")
        return Emitted("\n".join([*definitions, *lines]), self.places.room)

    def begin(self) -> None:
        """Open the function: where a block of runs has its arrays."""
        program, f = self.program, self.text.f
        pointers = ", ".join(f"ptr noalias %{name}" for name in POINTERS)
        integers = ", ".join(f"i64 %{name}" for name in INTEGERS)
        self.text.lines += [
            f"define void @{ENTRY}({pointers}, {integers}) nounwind {{",
            "entry:",
            "  %any = icmp slt i64 %first, %last",
            "  br i1 %any, label %block, label %quit",
            "block:",
            "  %b = phi i64 [%first, %entry], [%b1, %written]",
            f"  %ib = mul i64 %b, {program.inputs}",
            f"  %in = getelementptr {f}, ptr %inputs, i64 %ib",
            f"  %size = mul i64 %count, {len(program.outputs)}",
            "  %ob = mul i64 %b, %size",
            f"  %out0 = getelementptr {f}, ptr %outputs, i64 %ob",
            f"  %mb = mul i64 %b, {len(program.measures)}",
            f"  %own = getelementptr {f}, ptr %measured, i64 %mb",
            "  %hb = mul i64 %b, 2",
            f"  %fit = getelementptr {f}, ptr %health, i64 %hb",
        ]

    def fetch_rings(self) -> None:
        """Bring what the rings hold for this step to where states are read."""
        for index in self.advance.rings:
            initial = self.value(self.program.states[index].initial)
            self.places.store("%now", index, self.advance.past(index, initial))

    def remember(self, count: int) -> str:
        """Return the address of some vectors that belong to one operation alone."""
        e, iterations = self.iteration
        first = self.places.reserve(count * iterations)
        if iterations == 1:
            return self.places.address("%work", first)
        text = self.text
        place = text.new(f"add i64 {text.new(f'mul i64 {e}, {count}')}, {first}")
        return text.new(f"getelementptr {text.f}, ptr %work, i64 {place}")

    # -- items --------------------------------------------------------------------------------

    def compute(self, items: Iterable[Item], advance: Callable[[Sequence[int]], None]) -> None:
        """Write items, each after what it needs."""
        for item in items:
            if isinstance(item, Loop):
                self.loop(item)
            elif isinstance(item, Chain):
                self.chain(item)
            elif isinstance(item, Advance):
                advance(item.indices)
            elif isinstance(item, Together):
                self.together(item)
            elif item not in self.names:
                self.alone(item)

    def alone(self, number: int) -> None:
        """Write a node that stands alone."""
        node = self.nodes[number]
        name = self.instructions.write(node, [self.value(arg) for arg in node.args])
        if number in self.layout.places:
            self.places.store("%work", self.place(number), name)
        self.names[number] = name

    def together(self, pair: Together) -> None:
        """Write two nodes of one function."""
        nodes = [self.nodes[number] for number in pair.nodes]
        ours, theirs = ([self.value(arg) for arg in node.args] for node in nodes)
        names = self.instructions.together(nodes[0].op, ours, theirs)
        self.names.update(zip(pair.nodes, names, strict=True))

    def loop(self, loop: Loop) -> None:
        """Write a loop over bodies of one form."""
        columns = [self.column(numbers) for numbers in loop.columns]
        target = self.places.addresses("%work", [self.place(n) for n in loop.results])
        with self.places.each(len(loop.results)) as e:
            self.iteration = (e, len(loop.results))
            values = [column(e) for column in columns]
            for node in loop.body:
                values.append(self.instructions.write(node, [values[arg] for arg in node.args]))
            self.text.store(target(e), values[-1])
            self.iteration = ("0", 1)

    def chain(self, chain: Chain) -> None:
        """Write loops over the terms of chains."""
        text, length = self.text, len(chain.terms[0])
        term = self.column([n for terms in chain.terms for n in terms])
        target = self.places.addresses("%work", [self.place(n) for n in chain.results])
        with self.places.each(len(chain.results)) as e:
            first = text.new(f"mul i64 {e}, {length}")
            second = text.new(f"add i64 {first}, 1")

            def join(number: str, joined: str) -> str:
                place = text.new(f"add i64 {second}, {number}")
                return self.instructions.write(chain.node, [joined, term(place)])

            text.store(target(e), self.places.fold(length - 1, term(first), join))

    def begin_states(self, indices: Sequence[int]) -> None:
        """Give some states their initial values."""
        states = [self.program.states[index] for index in indices]
        length = states[0].length
        if length is not None:
            self.advance.start_ring(indices[0], self.value(length))
        else:
            self.advance.start(indices, self.column([state.initial for state in states]))

    def advance_states(self, indices: Sequence[int]) -> None:
        """Write some states at the next time."""
        states = [self.program.states[index] for index in indices]
        if states[0].is_ring:
            self.advance.write_ring(indices[0], self.value(states[0].change))
            return
        change = self.column([state.change for state in states])
        self.advance.write(indices, change, self.value(self.program.step))

    # -- values -------------------------------------------------------------------------------

    def place(self, number: int) -> int:
        """Return where in the working memory a node lies."""
        return self.first + self.layout.places[number]

    def home(self, number: int) -> str | None:
        """Return the name of the memory where a value lies, if it lies in one."""
        node = self.nodes[number]
        if node.op in ("state", "held_state", "input"):
            return "%in" if node.op == "input" else "%now"
        return "%work" if number in self.layout.places else None

    def value(self, number: int) -> str:
        """Return the name of the value of a node, which is loaded where it is used."""
        node, text = self.nodes[number], self.text
        if number in self.names:
            return self.names[number]
        if node.op == "const":
            return text.splat(float(node.literal or 0.0))
        if node.op in ("true", "false"):
            return text.truth(node.op == "true")
        if node.op == "time":
            return self.advance.time()
        if node.op == "held":
            return text.broadcast("%t")
        if node.op == "tick":
            return text.broadcast(text.new("sitofp i64 %i to double"))
        home = self.home(number)
        if home is None:  # a truth value that is known before the run
            self.alone(number)
            return self.names[number]
        return self.places.load(home, self._within(number))

    def column(self, numbers: Sequence[int]) -> Column:
        """Return how a loop reads the values of some nodes; called before the loop begins."""
        if len(set(numbers)) == 1:
            name = self.value(numbers[0])
            return lambda e: name
        if kind(self.nodes[numbers[0]]) == "literal":
            return self.places.literals([self.nodes[n] for n in numbers])
        home = self.home(numbers[0])
        assert home is not None
        return self.places.vectors(home, [self._within(n) for n in numbers])

    def _within(self, number: int) -> int:
        """Return where in its home a value lies."""
        node = self.nodes[number]
        if node.op in ("state", "held_state", "input"):
            assert isinstance(node.literal, int)
            held = node.op == "held_state"
            return self.advance.held(node.literal) if held else node.literal
        return self.place(number)
