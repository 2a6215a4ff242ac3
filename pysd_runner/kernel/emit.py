"""From a program to LLVM text.

One function integrates blocks of ``width`` runs. Every node is one vector value, so a block of
runs costs the instructions of one. What does not change over time is computed before the loop;
what only outputs need is computed at save times only.

The loop, for Euler's method::

    start    what is known before the run; initial values of the states
    loop     values that the changes of the states need
    save     (at save times) the other outputs; outputs and measures are written
    saved
    advance  states at the next time
    finished measures and health are written; next block of runs

The methods of Heun and of Runge and Kutta go round the loop twice or four times a step, once a
*stage*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pysd_runner.kernel import vector_math
from pysd_runner.kernel.advance import AdvanceEuler, AdvanceHeun, AdvanceRungeKutta
from pysd_runner.kernel.instructions import Instructions
from pysd_runner.kernel.ir import Node, Stage
from pysd_runner.kernel.program import Limit, Measure, Method, Program
from pysd_runner.kernel.text import Text, literal

ENTRY = "integrate"
POINTERS = ("inputs", "outputs", "measured", "health", "past", "work", "saves", "weights")
INTEGERS = ("first", "last", "steps", "count", "capacity")
_ADVANCE: dict[Method, type[AdvanceEuler]] = {
    "euler": AdvanceEuler, "rk2": AdvanceHeun, "rk4": AdvanceRungeKutta,
}  # fmt: skip
_LOOSE = 1e-9
"""Share of a limit, or of 1, by which a value may lie outside: rounding is no finding."""


def emit(program: Program, width: int, method: Method = "euler") -> str:
    """Return the LLVM text of a program.

    Parameters
    ----------
    program : Program
        What one run computes.
    width : int
        Runs integrated together.
    method : str
        ``euler``, ``rk2`` or ``rk4``.

    Returns
    -------
    str
        A module with the function ``integrate(inputs, outputs, measured, health, past, work,
        saves, weights, first, last, steps, count, capacity)``. It integrates blocks ``first`` to
        ``last - 1``. ``inputs`` has shape (blocks, inputs, width), ``outputs`` (blocks, count,
        outputs, width), ``measured`` (blocks, measures, width), ``health`` (blocks, 2, width):
        0, or no number after a non-finite value; and 1 after a value out of its limits. ``saves``
        holds the numbers of the ``count`` steps that are saved, and one that is never reached;
        ``weights`` has shape (count, measures). ``past`` is room for ``capacity`` values, a
        power of two greater than any length, of each state of that kind.
    """
    return Emitter(program, width, method).module()


class Emitter:
    """Writes the text of a program, every node once, one after the other."""

    def __init__(self, program: Program, width: int, method: Method) -> None:
        self.program = program
        self.width = width
        self.text = Text(width)
        self.instructions = Instructions(self.text, program.tables)
        self.nodes = program.nodes
        self.names: dict[int, str] = {}
        self.changes: list[int] = []
        self.shown: list[int] = []
        self.advance: AdvanceEuler = _ADVANCE[method](program, self.text)

    # -- module -------------------------------------------------------------------------------

    def module(self) -> str:
        """Return the whole text."""
        body = self.function()
        f = self.text.f
        declared = [
            f"declare {f} @llvm.sqrt.v{self.width}f64({f})",
            f"declare {f} @llvm.floor.v{self.width}f64({f})",
            *(f"declare double @{name}(double)" for name in sorted(self.instructions.libm)),
        ]
        declared += self.instructions.definitions()
        declared += self.tables()
        likely = '!0 = !{!"branch_weights", i32 1, i32 2000}'
        return "\n".join([vector_math.definitions(self.width), *declared, body, likely])

    def function(self) -> str:
        """Return the text of the function."""
        program, text = self.program, self.text
        self.changes = [program.step, *(state.change for state in program.states)]
        watched = [measure.node for measure in program.measures]
        watched += [limit.node for limit in program.limits]
        self.shown = [*program.outputs, *watched]
        self.begin()
        self.before_the_loop()
        self.start_measures()
        self.advance.loop()
        self.at_every_step()
        self.advance.due()
        inside = self.names.copy()
        self.at_save_times()
        self.names = inside
        self.advance.saved()
        self.advance.step(self.names)
        text.lines.append("finished:")
        self.finish()
        text.lines += [
            "  br label %written",
            "written:",
            "  %b1 = add i64 %b, 1",
            "  %more = icmp slt i64 %b1, %last",
            "  br i1 %more, label %block, label %quit",
            "quit:",
            "  ret void",
            "}",
        ]
        return "\n".join(text.lines)

    def tables(self) -> list[str]:
        """Return the constants that the function refers to."""
        return []

    def before_the_loop(self) -> None:
        """Compute what is known before the run, and give the states their initial values."""
        states = self.program.states
        lengths = [state.length for state in states if state.length is not None]
        wanted = [*(s.initial for s in states), *self.changes, *self.shown, *lengths]
        self.compute(n for n in self.closure(wanted) if self.nodes[n].stage <= Stage.RUN)
        self.advance.start(self.names)

    def at_every_step(self) -> None:
        """Compute what the states need to advance."""
        self.leaves(self.closure([*self.changes, *self.shown]))
        self.compute(n for n in self.closure(self.changes) if self.nodes[n].stage == Stage.STEP)

    def at_save_times(self) -> None:
        """Compute what else is shown, and write it."""
        self.compute(n for n in self.closure(self.shown) if self.nodes[n].stage == Stage.STEP)
        self.save()

    def begin(self) -> None:
        """Open the function: room for the states, and where a block of runs has its arrays."""
        program, text = self.program, self.text
        pointers = ", ".join(f"ptr noalias %{name}" for name in POINTERS)
        integers = ", ".join(f"i64 %{name}" for name in INTEGERS)
        text.lines += [f"define void @{ENTRY}({pointers}, {integers}) nounwind {{", "entry:"]
        text.lines += self.advance.room()
        text.lines += [f"  %m{n} = alloca {text.f}" for n in range(len(program.measures))]
        text.lines += [
            f"  %sound = alloca {text.f}",
            f"  %outside = alloca {text.f}",
            "  %any = icmp slt i64 %first, %last",
            "  br i1 %any, label %block, label %quit",
            "block:",
            "  %b = phi i64 [%first, %entry], [%b1, %written]",
            f"  %ib = mul i64 %b, {program.inputs}",
            f"  %in = getelementptr {text.f}, ptr %inputs, i64 %ib",
            f"  %size = mul i64 %count, {len(program.outputs)}",
            "  %ob = mul i64 %b, %size",
            f"  %out0 = getelementptr {text.f}, ptr %outputs, i64 %ob",
            f"  %mb = mul i64 %b, {len(program.measures)}",
            f"  %own = getelementptr {text.f}, ptr %measured, i64 %mb",
            "  %hb = mul i64 %b, 2",
            f"  %fit = getelementptr {text.f}, ptr %health, i64 %hb",
            "  br label %start",
            "start:",
        ]

    # -- what is saved ------------------------------------------------------------------------

    def start_measures(self) -> None:
        """Give every measure its value before anything was seen."""
        empty = {"sum": 0.0, "max": -float("inf"), "min": float("inf"), "first": float("nan")}
        for index, measure in enumerate(self.program.measures):
            self.text.store(f"%m{index}", self.text.splat(empty[measure.kind]))
        self.text.store("%sound", self.text.splat(0.0))
        self.text.store("%outside", self.text.splat(0.0))

    def save(self) -> None:
        """Write the outputs of a save time, bring the measures up to date, look at limits."""
        self.save_outputs()
        for index, measure in enumerate(self.program.measures):
            self.measure(index, measure)
        for limit in self.program.limits:
            self.limit(limit)

    def save_outputs(self) -> None:
        """Write the outputs of a save time."""
        self.save_one_by_one(list(enumerate(self.program.outputs)))

    def save_one_by_one(self, outputs: Sequence[tuple[int, int]]) -> None:
        """Write some outputs, given their places and nodes."""
        text = self.text
        for place, node in outputs:
            address = text.new(f"getelementptr {text.f}, ptr %out, i64 {place}")
            text.store(address, self.names[node])
            self.check(self.names[node])

    def check(self, value: str) -> None:
        """Remember whether a value is a finite number: x - x is 0, or it is none."""
        text = self.text
        sound = text.new(f"load {text.f}, ptr %sound")
        text.store("%sound", text.two("fadd", sound, text.two("fsub", value, value)))

    def measure(self, index: int, measure: Measure) -> None:
        """Bring one measure up to date."""
        text, value = self.text, self.names[measure.node]
        row = text.new(f"mul i64 %save, {len(self.program.measures)}")
        place = text.new(f"add i64 {row}, {index}")
        weight = text.new(
            f"load double, ptr {text.new(f'getelementptr double, ptr %weights, i64 {place}')}"
        )
        counts = text.new(f"fcmp une double {weight}, {literal(0.0)}")
        before = text.new(f"load {text.f}, ptr %m{index}")
        if measure.kind == "sum":
            after = text.two("fadd", before, text.two("fmul", text.broadcast(weight), value))
        elif measure.kind == "first":
            unmet = text.compare("uno", before, before)
            met = text.compare("une", value, text.splat(0.0))
            now = text.new(f"and {text.m} {unmet}, {met}")
            after = text.select(now, text.broadcast("%t"), before)
        else:
            compare = "olt" if measure.kind == "min" else "ogt"
            after = self.instructions.extreme(compare, value, before)
        chosen = text.new(f"select i1 {counts}, {text.f} {after}, {text.f} {before}")
        text.store(f"%m{index}", chosen)

    def limit(self, limit: Limit) -> None:
        """Remember whether a value has left its limits."""
        text, value = self.text, self.names[limit.node]
        outside = text.new(f"load {text.f}, ptr %outside")
        for bound, compare, sign in ((limit.low, "olt", -1), (limit.high, "ogt", 1)):
            if bound is not None:
                edge = text.splat(bound + sign * _LOOSE * max(abs(bound), 1.0))
                beyond = text.compare(compare, value, edge)
                outside = text.select(beyond, text.splat(1.0), outside)
        text.store("%outside", outside)

    def finish(self) -> None:
        """Write what a block of runs leaves behind."""
        text = self.text
        for name in self.advance.last_states():
            self.check(name)
        for index in range(len(self.program.measures)):
            address = text.new(f"getelementptr {text.f}, ptr %own, i64 {index}")
            value = text.new(f"load {text.f}, ptr %m{index}")
            text.store(address, value)
            if self.program.measures[index].kind != "first":
                self.check(value)
        for place, name in enumerate(("%sound", "%outside")):
            address = text.new(f"getelementptr {text.f}, ptr %fit, i64 {place}")
            text.store(address, text.new(f"load {text.f}, ptr {name}"))

    # -- nodes --------------------------------------------------------------------------------

    def leaves(self, needed: Collection[int]) -> None:
        """Name the time and the states, whose values the loop begins with."""
        clock = {"time": self.advance.time(), "held": self.text.broadcast("%t")}
        if any(self.program.nodes[number].op == "tick" for number in needed):
            clock["tick"] = self.text.broadcast(self.text.new("sitofp i64 %i to double"))
        for number in needed:
            node = self.program.nodes[number]
            if node.op in clock:
                self.names[number] = clock[node.op]
            elif node.op == "state":
                assert isinstance(node.literal, int)
                self.names[number] = self.advance.load(node.literal, self.names)

    def closure(self, roots: Iterable[int]) -> list[int]:
        """Return the roots and all that they need, operands first."""
        wanted = set(roots)
        stack = list(wanted)
        while stack:
            for operand in self.program.nodes[stack.pop()].args:
                if operand not in wanted:
                    wanted.add(operand)
                    stack.append(operand)
        return sorted(wanted)

    def compute(self, numbers: Iterable[int]) -> None:
        """Write nodes that have no name yet."""
        for number in numbers:
            if number not in self.names:
                self.names[number] = self.instruction(self.program.nodes[number])

    def instruction(self, node: Node) -> str:
        """Write a node; return the name of its value."""
        text = self.text
        if node.op == "const":
            assert node.literal is not None
            return text.splat(float(node.literal))
        if node.op == "input":
            address = text.new(f"getelementptr {text.f}, ptr %in, i64 {node.literal}")
            return text.new(f"load {text.f}, ptr {address}, align 8")
        if node.op in ("true", "false"):
            return text.truth(node.op == "true")
        return self.instructions.write(node, [self.names[operand] for operand in node.args])
