"""From the states at one time to the states at the next: Euler, and Runge and Kutta.

Both go round one loop; they differ in what they keep of a state and in how often they go round
for a step. Delays by a whole number of steps are kept as rings of past values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pysd_runner.kernel.program import Program
from pysd_runner.kernel.text import Text, literal

Names = Mapping[int, str]


class AdvanceEuler:
    """Explicit Euler: the state grows by its rate times the time step.

    Parameters
    ----------
    program : Program
        Whose states advance.
    text : Text
        Where to write.
    """

    per_state: tuple[str, ...] = ("s",)
    """What is kept of each state; the first is what the loop begins with."""
    is_due = "%hit"
    """Whether values are saved in this round."""

    def __init__(self, program: Program, text: Text) -> None:
        self.program = program
        self.text = text
        self.now: dict[int, str] = {}
        self.rings = [n for n, state in enumerate(program.states) if state.kind == "past"]
        self.lengths: dict[int, str] = {}

    # -- before the loop ----------------------------------------------------------------------

    def room(self) -> list[str]:
        """Return the instructions that make room for the states."""
        return [
            f"  %{kept}{index} = alloca {self.text.f}"
            for index, state in enumerate(self.program.states)
            if state.kind != "past"
            for kept in self.per_state
        ]

    def start(self, names: Names) -> None:
        """Give every state its initial value."""
        text = self.text
        for index, state in enumerate(self.program.states):
            if state.length is not None:
                steps = names[state.length]
                self.lengths[index] = text.new(f"fptosi {text.f} {steps} to {text.i}")
            else:
                for kept in self.per_state:
                    text.store(f"%{kept}{index}", names[state.initial])

    # -- the loop -----------------------------------------------------------------------------

    def loop(self) -> None:
        """Open the loop over the steps."""
        self.text.lines += [
            "  br label %begun",
            "begun:",
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [0, %begun], [%next, %turn]",
            *self.carried(),
        ]

    def carried(self) -> list[str]:
        """Return what every round of the loop hands to the next one."""
        t0 = literal(self.program.initial_time)
        return [
            "  %save = phi i64 [0, %begun], [%saves.next, %turn]",
            "  %out = phi ptr [%out0, %begun], [%out.next, %turn]",
            f"  %t = phi double [{t0}, %begun], [%later, %turn]",
            "  %place = getelementptr i64, ptr %saves, i64 %save",
            "  %when = load i64, ptr %place",
            "  %hit = icmp eq i64 %i, %when",
        ]

    def time(self) -> str:
        """Return the time at which the rates are taken."""
        return self.text.broadcast("%t")

    def load(self, index: int, names: Names) -> str:
        """Return the value of a state."""
        if index not in self.now:
            text = self.text
            self.now[index] = (
                self.past(index, names[self.program.states[index].initial])
                if index in self.lengths
                else text.new(f"load {text.f}, ptr %{self.per_state[0]}{index}")
            )
        return self.now[index]

    def past(self, index: int, initial: str) -> str:
        """Return the value of a ring ``length`` steps ago, lane by lane."""
        text, width = self.text, self.text.width
        lengths = self.lengths[index]
        steps = text.broadcast("%i", "i64")
        ago = text.new(f"sub {text.i} {steps}, {lengths}")
        last = text.broadcast(text.new("sub i64 %capacity, 1"), "i64")
        slots = text.new(f"and {text.i} {ago}, {last}")
        found = "undef"
        for lane in range(width):
            slot = text.new(f"extractelement {text.i} {slots}, i64 {lane}")
            block = text.new(f"getelementptr {text.f}, ptr {self.ring(index)}, i64 {slot}")
            address = text.new(f"getelementptr double, ptr {block}, i64 {lane}")
            one = text.new(f"load double, ptr {address}")
            found = text.new(f"insertelement {text.f} {found}, double {one}, i64 {lane}")
        early = text.new(f"icmp slt {text.i} {ago}, zeroinitializer")
        return text.select(early, initial, found)

    def ring(self, index: int) -> str:
        """Return the address of the ring of a state."""
        text = self.text
        start = text.new(f"mul i64 %capacity, {self.rings.index(index)}")
        return text.new(f"getelementptr {text.f}, ptr %past, i64 {start}")

    def due(self) -> None:
        """Go to the save block if this is a save time."""
        self.text.lines += [
            "  br label %computed",
            "computed:",
            f"  br i1 {self.is_due}, label %save.now, label %saved",
            "save.now:",
        ]

    def saved(self) -> None:
        """Close the save block; leave the loop after the last step."""
        text = self.text
        text.lines += [
            f"  %after = getelementptr {text.f}, ptr %out, i64 {len(self.program.outputs)}",
            "  %save.after = add i64 %save, 1",
            "  br label %stored",
            "stored:",
            "  br label %saved",
            "saved:",
            "  %out.next = phi ptr [%after, %stored], [%out, %computed]",
            "  %saves.next = phi i64 [%save.after, %stored], [%save, %computed]",
            "  %done = icmp eq i64 %i, %steps",
            "  br i1 %done, label %finished, label %advance",
            "advance:",
        ]

    def step(self, names: Names) -> None:
        """Write the states at the next time, all from values at this one."""
        text, dt = self.text, names[self.program.step]
        fresh: list[tuple[int, str]] = []
        for index, state in enumerate(self.program.states):
            change = names[state.change]
            if state.kind == "rate":
                gained = text.two("fmul", change, dt)
                change = text.two("fadd", self.load(index, names), gained)
            fresh.append((index, change))
        for index, value in fresh:
            self.keep(index, value)
        text.lines += [
            "  %next = add i64 %i, 1",
            f"  %later = fadd double %t, {literal(self.program.time_step)}",
            "  br label %turn",
            "turn:",
            "  br label %loop",
        ]

    def keep(self, index: int, value: str) -> None:
        """Store a state."""
        text = self.text
        address = f"%{self.per_state[0]}{index}"
        text.store(self.slot(index) if index in self.lengths else address, value)

    def slot(self, index: int) -> str:
        """Return the address in the ring of a state that belongs to this step."""
        text = self.text
        last = text.new("sub i64 %capacity, 1")
        slot = text.new(f"and i64 %i, {last}")
        return text.new(f"getelementptr {text.f}, ptr {self.ring(index)}, i64 {slot}")

    def last_states(self) -> Sequence[str]:
        """Return the states at the last time, but for the rings."""
        return [self.now[index] for index in self.now if index not in self.lengths]


class AdvanceRungeKutta(AdvanceEuler):
    """The classical method of fourth order: four rates a step.

    Of each state are kept: where the rates are taken (``x``), its value when the step began
    (``s``), and the weighted sum of the rates so far (``k``). States that are no stocks take the
    value that they had in the first stage, as pulses and data do.

    References
    ----------
    .. [1] Hairer, E., Norsett, S. P., Wanner, G. (1993). Solving Ordinary Differential
       Equations I, table 1.2.
    """

    per_state = ("x", "s", "k")
    is_due = "%due"
    last_stage = 3
    divisor = 6.0
    weights: tuple[str, ...] = (
        # the rates weigh 1 2 2 1; the stages lie 0, 1/2, 1/2 and 1 step ahead
        "  %outer = or i1 %opens, %closes",
        "  %weight = select i1 %outer, double 1.0, double 2.0",
        "  %third = icmp eq i64 %stage, 2",
        "  %reach = select i1 %third, double 1.0, double 0.5",
    )

    def loop(self) -> None:
        """Open the loop over the steps and their stages."""
        dt = self.program.time_step
        self.text.lines += [
            "  br label %begun",
            "begun:",
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [0, %begun], [%next, %turn]",
            "  %stage = phi i64 [0, %begun], [%stage.next, %turn]",
            "  %ahead = phi double [0.0, %begun], [%ahead.next, %turn]",
            *self.carried(),
            f"  %into = fmul double %ahead, {literal(dt)}",
            "  %at = fadd double %t, %into",
            "  %opens = icmp eq i64 %stage, 0",
            f"  %closes = icmp eq i64 %stage, {self.last_stage}",
            "  %due = and i1 %hit, %opens",
        ]

    def time(self) -> str:
        """Return the time of the stage."""
        return self.text.broadcast("%at")

    def step(self, names: Names) -> None:
        """Write what the next stage begins with."""
        text, dt = self.text, literal(self.program.time_step)
        text.lines += [
            *self.weights,
            f"  %far = fmul double %reach, {dt}",
            f"  %sixth = fdiv double {dt}, {self.divisor}",
        ]
        weight, far, sixth = (text.broadcast(each) for each in ("%weight", "%far", "%sixth"))
        fresh: list[tuple[str, str]] = []
        for index, state in enumerate(self.program.states):
            change = names[state.change]
            if state.kind == "past":
                before = text.new(f"load {text.f}, ptr {self.slot(index)}, align 8")
                fresh.append((self.slot(index), self.where("%opens", change, before)))
                continue
            base, total = (text.new(f"load {text.f}, ptr %{kept}{index}") for kept in "sk")
            if state.kind == "next":
                total = self.where("%opens", change, total)
                end, ahead = total, self.load(index, names)
            else:
                total = self.where("%opens", text.splat(0.0), total)
                total = text.two("fadd", total, text.two("fmul", weight, change))
                end = text.two("fadd", base, text.two("fmul", total, sixth))
                ahead = text.two("fadd", base, text.two("fmul", far, change))
            fresh.append((f"%k{index}", total))
            fresh.append((f"%s{index}", self.where("%closes", end, base)))
            fresh.append((f"%x{index}", self.where("%closes", end, ahead)))
        for address, value in fresh:
            text.store(address, value)
        text.lines += [
            "  %step.after = add i64 %i, 1",
            f"  %t.after = fadd double %t, {dt}",
            "  %stage.after = add i64 %stage, 1",
            "  %next = select i1 %closes, i64 %step.after, i64 %i",
            "  %later = select i1 %closes, double %t.after, double %t",
            "  %stage.next = select i1 %closes, i64 0, i64 %stage.after",
            "  %ahead.next = select i1 %closes, double 0.0, double %reach",
            "  br label %turn",
            "turn:",
            "  br label %loop",
        ]

    def where(self, condition: str, a: str, b: str) -> str:
        """Return a where a condition of all runs holds, else b."""
        return self.text.new(f"select i1 {condition}, {self.text.f} {a}, {self.text.f} {b}")


class AdvanceHeun(AdvanceRungeKutta):
    """Heun's method of second order: the mean of the rates at both ends of a step.

    References
    ----------
    .. [1] Hairer, E., Norsett, S. P., Wanner, G. (1993). Solving Ordinary Differential
       Equations I, section II.1.
    """

    last_stage = 1
    divisor = 2.0
    weights = (
        "  %weight = fadd double 1.0, 0.0",
        "  %reach = fadd double 1.0, 0.0",
    )
