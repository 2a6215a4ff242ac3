"""From the states at one time to the states at the next: Euler, Heun, and Runge and Kutta.

All go round one loop; they differ in what they keep of a state and in how often they go round
for a step. What others read of states is read from one half of a memory and written to the other,
so each can be written as soon as it is known; then the halves change places. Delays by a whole
number of steps are kept as rings of past values.
"""

from __future__ import annotations

from collections.abc import Sequence

from pysd_runner.kernel.places import Column, Places
from pysd_runner.kernel.program import Method, Program
from pysd_runner.kernel.text import Text, literal


class AdvanceEuler:
    """Explicit Euler: the state grows by its rate times the time step.

    Parameters
    ----------
    program : Program
        Whose states advance.
    text : Text
        Where to write.
    places : Places
        Where states lie.
    """

    in_half = 1
    """Places of each state in a half of the memory."""
    beside = 0
    """Places of each state beside the halves."""
    is_due = "%hit"
    """Whether values are saved in this round."""

    def __init__(self, program: Program, text: Text, places: Places) -> None:
        self.program = program
        self.text = text
        self.places = places
        self.rings = [n for n, state in enumerate(program.states) if state.is_ring]
        self.plain = [n for n, state in enumerate(program.states) if not state.is_ring]
        self.first = places.reserve((2 * self.in_half + self.beside) * len(program.states))
        self.lengths = places.reserve(len(self.rings))

    # -- before the loop ----------------------------------------------------------------------

    def start(self, indices: Sequence[int], initial: Column) -> None:
        """Give some states their initial values."""
        first, count = self.first, len(self.program.states)
        targets = [
            self.places.addresses("%work", [first + part * count + index for index in indices])
            for part in range(self.in_half)
        ]
        with self.places.each(len(indices)) as e:
            value = initial(e)
            for target in targets:
                self.text.store(target(e), value)

    def start_ring(self, index: int, length: str) -> None:
        """Note how many steps a ring remembers."""
        whole = self.text.new(f"fptosi {self.text.f} {length} to {self.text.i}")
        self.places.store("%work", self._length(index), self.text.floats(whole))

    def held(self, index: int) -> int:
        """Return where in its half the value lies that a state had when the step began."""
        return index

    @property
    def _half(self) -> int:
        return self.in_half * len(self.program.states)

    def _length(self, index: int) -> int:
        return self.lengths + self.rings.index(index)

    # -- the loop -----------------------------------------------------------------------------

    def loop(self) -> None:
        """Open the loop over the steps."""
        self.text.lines += [
            f"  %half = getelementptr {self.text.f}, ptr %work, i64 {self.first}",
            f"  %other = getelementptr {self.text.f}, ptr %half, i64 {self._half}",
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
            "  %now = phi ptr [%half, %begun], [%new, %turn]",
            "  %new = phi ptr [%other, %begun], [%now, %turn]",
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

    def past(self, index: int, initial: str) -> str:
        """Return the value of a ring ``length`` steps ago, lane by lane."""
        text, width = self.text, self.text.width
        lengths = text.bits(self.places.load("%work", self._length(index)))
        steps = text.broadcast("%i", "i64")
        ago = text.new(f"sub {text.i} {steps}, {lengths}")
        last = text.broadcast(text.new("sub i64 %capacity, 1"), "i64")
        slots = text.new(f"and {text.i} {ago}, {last}")
        found = "undef"
        for lane in range(width):
            slot = text.new(f"extractelement {text.i} {slots}, i64 {lane}")
            block = text.new(f"getelementptr {text.f}, ptr {self._ring(index)}, i64 {slot}")
            address = text.new(f"getelementptr double, ptr {block}, i64 {lane}")
            one = text.new(f"load double, ptr {address}")
            found = text.new(f"insertelement {text.f} {found}, double {one}, i64 {lane}")
        early = text.new(f"icmp slt {text.i} {ago}, zeroinitializer")
        return text.select(early, initial, found)

    def _ring(self, index: int) -> str:
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
            "  br i1 %done, label %finished, label %turn",
            "turn:",
        ]
        self.turn()
        text.lines += [
            "  %halt = load volatile i64, ptr %stop",
            "  %go.on = icmp eq i64 %halt, 0",
            "  br i1 %go.on, label %loop, label %quit",
            "finished:",
        ]

    def turn(self) -> None:
        """Write what the next round begins with."""
        self.text.lines += [
            "  %next = add i64 %i, 1",
            f"  %later = fadd double %t, {literal(self.program.time_step)}",
        ]

    # -- states at the next time --------------------------------------------------------------

    def prepare(self) -> None:
        """Write what all states need to advance."""

    def write(self, indices: Sequence[int], change: Column, step: str) -> None:
        """Write some states of one kind at the next time."""
        text = self.text
        rises = self.program.states[indices[0]].kind == "rate"
        now = self.places.vectors("%now", indices)
        target = self.places.addresses("%new", indices)
        with self.places.each(len(indices)) as e:
            value = change(e)
            if rises:
                value = text.two("fadd", now(e), text.two("fmul", value, step))
            text.store(target(e), value)

    def write_ring(self, index: int, value: str) -> None:
        """Store what a ring remembers of this step."""
        self.text.store(self._slot(index), value)

    def _slot(self, index: int) -> str:
        """Return the address in the ring of a state that belongs to this step."""
        text = self.text
        last = text.new("sub i64 %capacity, 1")
        slot = text.new(f"and i64 %i, {last}")
        return text.new(f"getelementptr {text.f}, ptr {self._ring(index)}, i64 {slot}")


class AdvanceRungeKutta(AdvanceEuler):
    """The classical method of fourth order: four rates a step.

    Beside the value at which rates are taken are kept: the value when the step began; and, outside
    of the halves, for nothing else reads it, the weighted sum of the rates so far. States that are
    no stocks take the value that they had in the first stage, as pulses and data do.

    References
    ----------
    .. [1] Hairer, E., Norsett, S. P., Wanner, G. (1993). Solving Ordinary Differential
       Equations I, table 1.2.
    """

    in_half = 2
    beside = 1
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

    def carried(self) -> list[str]:
        """Return what every round of the loop hands to the next one."""
        return [
            "  %stage = phi i64 [0, %begun], [%stage.next, %turn]",
            "  %ahead = phi double [0.0, %begun], [%ahead.next, %turn]",
            *super().carried(),
            f"  %into = fmul double %ahead, {literal(self.program.time_step)}",
            "  %at = fadd double %t, %into",
            "  %opens = icmp eq i64 %stage, 0",
            f"  %closes = icmp eq i64 %stage, {self.last_stage}",
            "  %due = and i1 %hit, %opens",
        ]

    def held(self, index: int) -> int:
        """Return where in its half the value lies that a state had when the step began."""
        return len(self.program.states) + index

    def time(self) -> str:
        """Return the time of the stage."""
        return self.text.broadcast("%at")

    def prepare(self) -> None:
        """Write the weights of this stage."""
        dt = literal(self.program.time_step)
        self.text.lines += [
            *self.weights,
            f"  %far = fmul double %reach, {dt}",
            f"  %share = fdiv double {dt}, {self.divisor}",
            "  %opens.bits = sext i1 %opens to i64",
            "  %closes.bits = sext i1 %closes to i64",
        ]

    def write(self, indices: Sequence[int], change: Column, step: str) -> None:
        """Write some states of one kind at the next stage."""
        text, places = self.text, self.places
        rises = self.program.states[indices[0]].kind == "rate"
        weight, far, share = (text.broadcast(each) for each in ("%weight", "%far", "%share"))
        base_places = [self.held(index) for index in indices]
        now, base_now = places.vectors("%now", indices), places.vectors("%now", base_places)
        target, of_base = places.addresses("%new", indices), places.addresses("%new", base_places)
        totals = self.first + 2 * self._half
        of_total = places.addresses("%work", [totals + index for index in indices])
        with places.each(len(indices)) as e:
            rate, base, total = change(e), base_now(e), text.load(of_total(e))
            if rises:
                total = self._where("%opens", text.splat(0.0), total)
                total = text.two("fadd", total, text.two("fmul", weight, rate))
                end = text.two("fadd", base, text.two("fmul", total, share))
                ahead = text.two("fadd", base, text.two("fmul", far, rate))
            else:
                end = total = self._where("%opens", rate, total)
                ahead = now(e)
            text.store(of_total(e), total)
            text.store(of_base(e), self._where("%closes", end, base))
            text.store(target(e), self._where("%closes", end, ahead))

    def write_ring(self, index: int, value: str) -> None:
        """Store what a ring remembers of this step: the value of the first stage, or the mean."""
        text, slot = self.text, self._slot(index)
        before = text.new(f"load {text.f}, ptr {slot}, align {text.align}")
        if self.program.states[index].kind == "carried":
            weighted = text.two("fmul", text.broadcast("%weight"), value)
            total = text.two("fadd", self._where("%opens", text.splat(0.0), before), weighted)
            mean = text.two("fdiv", total, text.splat(self.divisor))
            text.store(slot, self._where("%closes", mean, total))
        else:
            text.store(slot, self._where("%opens", value, before))

    def turn(self) -> None:
        """Write what the next stage begins with."""
        dt = literal(self.program.time_step)
        self.text.lines += [
            "  %step.after = add i64 %i, 1",
            f"  %t.after = fadd double %t, {dt}",
            "  %stage.after = add i64 %stage, 1",
            "  %next = select i1 %closes, i64 %step.after, i64 %i",
            "  %later = select i1 %closes, double %t.after, double %t",
            "  %stage.next = select i1 %closes, i64 0, i64 %stage.after",
            "  %ahead.next = select i1 %closes, double 0.0, double %reach",
        ]

    def _where(self, condition: str, a: str, b: str) -> str:
        """Return a where a condition of all runs holds, else b.

        A mask for each lane: LLVM would make a branch of one condition for all, at every state.
        """
        text = self.text
        bits = text.broadcast(f"{condition}.bits", "i64")
        return text.select(text.new(f"icmp ne {text.i} {bits}, zeroinitializer"), a, b)


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


ADVANCE: dict[Method, type[AdvanceEuler]] = {
    "euler": AdvanceEuler, "rk2": AdvanceHeun, "rk4": AdvanceRungeKutta,
}  # fmt: skip
