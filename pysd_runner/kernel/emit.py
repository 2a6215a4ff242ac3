"""From a program to LLVM text.

One function integrates blocks of ``width`` runs. Every node is one vector value, so a block of
runs costs the instructions of one. What does not change over time is computed before the loop;
what only outputs need is computed at save steps only.
"""

from __future__ import annotations

from collections.abc import Iterable

from pysd_runner.kernel import vector_math
from pysd_runner.kernel.instructions import Instructions
from pysd_runner.kernel.ir import Node, Stage
from pysd_runner.kernel.program import Program
from pysd_runner.kernel.text import Text

ENTRY = "integrate"


def emit(program: Program, width: int) -> str:
    """Return the LLVM text of a program.

    Parameters
    ----------
    program : Program
        What one run computes.
    width : int
        Runs integrated together.

    Returns
    -------
    str
        A module with the function ``integrate(inputs, outputs, ends, uniforms, first, last,
        steps, every)``: it integrates blocks ``first`` to ``last - 1``; ``inputs`` has shape
        (blocks, inputs, width), ``outputs`` (blocks, saves, outputs, width), ``ends`` (blocks,
        states, width), the states at the last time; ``uniforms`` holds initial time and time
        step; every ``every`` of ``steps`` steps is saved.
    """
    return _Emitter(program, width).module()


class _Emitter:
    def __init__(self, program: Program, width: int) -> None:
        self.program = program
        self.width = width
        self.text = Text(width)
        self.instructions = Instructions(self.text, program.tables)
        self.names: dict[int, str] = {}
        self.states: dict[int, str] = {}

    # -- module -------------------------------------------------------------------------------

    def module(self) -> str:
        body = self.function()
        f = self.text.f
        declared = [
            f"declare {f} @llvm.sqrt.v{self.width}f64({f})",
            *(f"declare double @{name}(double)" for name in sorted(self.instructions.libm)),
        ]
        declared += self.instructions.lookups.definitions()
        return "\n".join([vector_math.definitions(self.width), *declared, body])

    def function(self) -> str:
        program, text = self.program, self.text
        self.begin()
        before = self.closure(
            [s.initial for s in program.states]
            + [s.change for s in program.states]
            + list(program.outputs)
        )
        self.compute(n for n in before if program.nodes[n].stage <= Stage.RUN)
        for index, state in enumerate(program.states):
            self.store(f"%s{index}", self.names[state.initial])
        text.lines += ["  br label %loop", "loop:"]
        text.lines += [
            "  %i = phi i64 [0, %start], [%next, %advance]",
            "  %wait = phi i64 [0, %start], [%waiting, %advance]",
            "  %out = phi ptr [%out0, %start], [%outgoing, %advance]",
            "  %t = phi double [%t0, %start], [%later, %advance]",
        ]
        self.names_of_time()
        changing = self.closure([state.change for state in program.states])
        for index in range(len(program.states)):
            self.load_state(index)
        self.compute(n for n in changing if program.nodes[n].stage == Stage.STEP)
        text.lines += [
            "  %due = icmp eq i64 %wait, 0",
            "  br i1 %due, label %save, label %saved",
            "save:",
        ]
        inside = dict(self.names)
        self.compute(
            n for n in self.closure(program.outputs) if program.nodes[n].stage == Stage.STEP
        )
        for place, node in enumerate(program.outputs):
            address = text.new(f"getelementptr {text.f}, ptr %out, i64 {place}")
            self.store(address, self.names[node])
        self.names = inside
        count = len(program.outputs)
        text.lines += [
            f"  %after = getelementptr {text.f}, ptr %out, i64 {count}",
            "  br label %saved",
            "saved:",
            "  %outgoing = phi ptr [%after, %save], [%out, %loop]",
            "  %left = phi i64 [%every, %save], [%wait, %loop]",
            "  %waiting = sub i64 %left, 1",
            "  %done = icmp eq i64 %i, %steps",
            "  br i1 %done, label %finished, label %advance",
            "advance:",
        ]
        self.advance()
        text.lines += [
            "  %next = add i64 %i, 1",
            "  %later = fadd double %t, %dt",
            "  br label %loop",
            "finished:",
        ]
        for index in range(len(program.states)):
            address = text.new(f"getelementptr {text.f}, ptr %end, i64 {index}")
            self.store(address, self.states[index])
        text.lines += [
            "  %b1 = add i64 %b, 1",
            "  %more = icmp slt i64 %b1, %last",
            "  br i1 %more, label %block, label %quit",
            "quit:",
            "  ret void",
            "}",
        ]
        return "\n".join(text.lines)

    def begin(self) -> None:
        program, text = self.program, self.text
        saves = "%saves"
        text.lines += [
            f"define void @{ENTRY}(ptr noalias %inputs, ptr noalias %outputs, ptr noalias %ends, "
            "ptr noalias %uniforms, i64 %first, i64 %last, i64 %steps, i64 %every) nounwind {",
            "entry:",
            "  %t0 = load double, ptr %uniforms",
            "  %dtp = getelementptr double, ptr %uniforms, i64 1",
            "  %dt = load double, ptr %dtp",
            "  %whole = udiv i64 %steps, %every",
            f"  {saves} = add i64 %whole, 1",
        ]
        for index in range(len(program.states)):
            text.lines.append(f"  %s{index} = alloca {text.f}")
        text.lines += [
            "  %any = icmp slt i64 %first, %last",
            "  br i1 %any, label %block, label %quit",
            "block:",
            "  %b = phi i64 [%first, %entry], [%b1, %finished]",
            f"  %ib = mul i64 %b, {len(program.inputs)}",
            f"  %in = getelementptr {text.f}, ptr %inputs, i64 %ib",
            f"  %size = mul i64 %saves, {len(program.outputs)}",
            "  %ob = mul i64 %b, %size",
            f"  %out0 = getelementptr {text.f}, ptr %outputs, i64 %ob",
            f"  %eb = mul i64 %b, {len(program.states)}",
            f"  %end = getelementptr {text.f}, ptr %ends, i64 %eb",
            "  br label %start",
            "start:",
        ]

    def names_of_time(self) -> None:
        for number, node in enumerate(self.program.nodes):
            if node.op == "time":
                self.names[number] = self.splat_of("%t")

    def load_state(self, index: int) -> None:
        name = self.text.new(f"load {self.text.f}, ptr %s{index}")
        self.states[index] = name
        for number, node in enumerate(self.program.nodes):
            if node.op == "state" and node.literal == index:
                self.names[number] = name

    def advance(self) -> None:
        text = self.text
        step = self.splat_of("%dt")
        fresh = []
        for index, state in enumerate(self.program.states):
            change = self.names[state.change]
            if state.kind == "rate":
                gained = text.two("fmul", change, step)
                change = text.two("fadd", self.states[index], gained)
            fresh.append(change)
        for index, name in enumerate(fresh):
            self.store(f"%s{index}", name)

    # -- nodes --------------------------------------------------------------------------------

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
        if node.op == "uniform":
            return self.splat_of("%t0" if node.literal == 0 else "%dt")
        if node.op in ("true", "false"):
            return text.truth(node.op == "true")
        return self.instructions.write(node, [self.names[operand] for operand in node.args])

    def splat_of(self, scalar: str) -> str:
        text, f = self.text, self.text.f
        one = text.new(f"insertelement {f} undef, double {scalar}, i64 0")
        zeros = f"<{self.width} x i32> zeroinitializer"
        return text.new(f"shufflevector {f} {one}, {f} undef, {zeros}")

    def store(self, address: str, value: str) -> None:
        # numpy promises the alignment of one float only
        self.text.lines.append(f"  store {self.text.f} {value}, ptr {address}, align 8")
