"""Functions that remember: smooths, delays, trends, samples; rewritten as states.

Order of operations and initial values are PySD's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pysd_runner.errors import Fault, RunError
from pysd_runner.kernel.elementwise import ELEMENTWISE
from pysd_runner.kernel.ir import Stage
from pysd_runner.kernel.lowering import Lowering, Rule, Scope
from pysd_runner.model.syntax import Call, Reference

_HIGHEST_ORDER = 1000
_HIGHEST_BY_RUN = 24


def _stock(lower: Lowering, node: Call, scope: Scope) -> int:
    """INTEG inside an expression: a stock without a name."""
    rate, start = node.arguments

    def initial() -> int:
        return lower.number(start, scope.at("start"))

    if scope.moment == "start":
        return initial()
    place = lower.place(node, scope)
    return lower.state(place, "rate", initial, lambda: lower.number(rate, scope), scope)


def _initial(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.number(node.arguments[0], scope.at("start"))


def _active_initial(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.node(node.arguments[1 if scope.moment == "start" else 0], scope)


def _smooth(order: int | None) -> Rule:
    """SMOOTH, SMOOTHI, SMOOTH3, SMOOTH3I, SMOOTH N: a chain of first-order adjustments."""

    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        given, smooth_time = node.arguments[:2]
        start = node.arguments[2] if len(node.arguments) > 2 else given
        if scope.moment == "start":
            return lower.number(start, scope)
        build = lower.build
        most, count = _order(lower, node, scope, order)

        def change(target: Callable[[], int], number: int, stage: int) -> int:
            gap = build.mul(build.sub(target(), stage), count)
            return build.div(gap, lower.number(smooth_time, scope))

        stages = _chain(lower, node, scope, most, lambda: lower.number(start, scope.at("start")),
                        lambda: lower.number(given, scope), change)  # fmt: skip
        return _last(lower, stages, count)

    return rule


def _delay(order: int | None) -> Rule:
    """DELAY1, DELAY1I, DELAY3, DELAY3I, DELAY N: stocks in a row, each with its part of the delay.

    A delay shorter than as many time steps as it has stages gets fewer stages. The stages of
    DELAY N each keep the delay time that held when what they contain came in.
    """

    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        given, delay_time = node.arguments[:2]
        start = node.arguments[2] if len(node.arguments) > 2 else given
        build, at_start = lower.build, scope.at("start")
        wanted, count = _order(lower, node, scope, order)
        at_first = lower.number(delay_time, at_start)
        length = build.minimum(_stages_that_fit(lower, wanted, at_first), count)

        def level() -> int:
            return build.mul(lower.number(start, at_start), at_first)

        if scope.moment == "start":
            return build.div(level(), at_first)

        def lag(ago: int) -> int:
            """Return the delay time some steps ago."""
            now = lower.number(delay_time, scope)
            if ago == 0 or build.nodes[now].stage < Stage.STEP:
                return now
            return lower.state((lower.place(node, scope), "lag", ago), "next", lambda: at_first,
                               lambda: lag(ago - 1), scope)  # fmt: skip

        def out(number: int, stage: int) -> int:
            return build.div(stage, lag(number if order is None else 0))

        def change(into: Callable[[], int], number: int, stage: int) -> int:
            return build.mul(build.sub(into(), out(number, stage)), length)

        stages = _chain(lower, node, scope, wanted, level, lambda: lower.number(given, scope),
                        change, between=out)  # fmt: skip
        return build.div(_last(lower, stages, length), lag(1 if order is None else 0))

    return rule


def _order(lower: Lowering, node: Call, scope: Scope, known: int | None) -> tuple[int, int]:
    """Return how many stages there are at most, and the node of their number.

    The number is that at the start. Where it differs by run it may be up to ``_HIGHEST_BY_RUN``;
    beyond, it is no number, and so is what comes out.
    """
    build = lower.build
    if known is not None:
        return known, build.const(float(known))
    count = build.unary("floor", lower.number(node.arguments[3], scope.at("start")))
    order = build.value(count)
    if order is None:
        most = build.const(float(_HIGHEST_BY_RUN))
        fits = build.both(build.compare("ge", count, build.const(1.0)),
                          build.compare("le", count, most))  # fmt: skip
        return _HIGHEST_BY_RUN, build.select(fits, count, build.const(float("nan")))
    if not 1 <= order <= _HIGHEST_ORDER:
        raise lower.refusal(
            scope, f"{node.function.upper()} of an order that is no number from 1 to "
            f"{_HIGHEST_ORDER}"
        )  # fmt: skip
    return int(order), count


def _last(lower: Lowering, stages: Sequence[int], count: int) -> int:
    """Return the stage whose number, counted from 1, is given."""
    build, last = lower.build, stages[0]
    for number, stage in enumerate(stages[1:], start=1):
        last = build.select(build.compare("gt", count, build.const(float(number))), stage, last)
    return last


def _stages_that_fit(lower: Lowering, wanted: int, delay_time: int) -> int:
    """Return the node of the number of stages: no more than the delay has time steps."""
    build = lower.build
    step = lower.cell(("time step", ()), "start")
    fitting = build.const(1.0)
    for number in range(2, wanted + 1):
        enough = build.compare("le", build.mul(build.const(float(number)), step), delay_time)
        fitting = build.select(enough, build.const(float(number)), fitting)
    return fitting


def _chain(
    lower: Lowering,
    node: Call,
    scope: Scope,
    order: int,
    initial: Callable[[], int],
    given: Callable[[], int],
    change: Callable[[Callable[[], int], int, int], int],
    between: Callable[[int, int], int] = lambda number, stage: stage,
) -> list[int]:
    """Return ``order`` states in a row, each fed by the one before.

    Parameters
    ----------
    initial : callable
        Initial value of every stage.
    given : callable
        What feeds the first stage.
    change : callable
        Rate of a stage from what feeds it, its number and the stage itself.
    between : callable
        What a stage passes on to the next, from its number and the stage itself.
    """

    def stage(number: int) -> int:
        def rate() -> int:
            feed = given if number == 0 else lambda: between(number - 1, stage(number - 1))
            return change(feed, number, stage(number))

        return lower.state((lower.place(node, scope), number), "rate", initial, rate, scope)

    return [stage(number) for number in range(order)]


def _trend(lower: Lowering, node: Call, scope: Scope) -> int:
    given, average_time, start = node.arguments
    build, at_start = lower.build, scope.at("start")

    def trend() -> int:
        return build.mul(lower.number(start, at_start), lower.number(average_time, at_start))

    average = _past(lower, node, scope, trend)
    time = lower.number(average_time, scope)
    below = build.mul(time, build.unary("abs", average))
    return ELEMENTWISE["zidz"](build, build.sub(lower.number(given, scope), average), below)


def _forecast(lower: Lowering, node: Call, scope: Scope) -> int:
    given, average_time, horizon, *start = node.arguments
    build, at_start = lower.build, scope.at("start")

    def trend() -> int:
        return lower.number(start[0], at_start) if start else build.const(0.0)

    average = _past(lower, node, scope, trend)
    now, time = lower.number(given, scope), lower.number(average_time, scope)
    growth = ELEMENTWISE["zidz"](build, build.sub(now, average), build.mul(time, average))
    ahead = build.mul(growth, lower.number(horizon, scope))
    return build.mul(now, build.add(build.const(1.0), ahead))


def _past(lower: Lowering, node: Call, scope: Scope, trend: Callable[[], int]) -> int:
    """Return the smoothed past of an input, started below it by the trend it is said to have."""
    given, average_time = node.arguments[:2]
    build = lower.build

    def initial() -> int:
        growth = build.add(build.const(1.0), trend())
        return build.div(lower.number(given, scope.at("start")), growth)

    def change() -> int:
        gap = build.sub(lower.number(given, scope), state())
        return build.div(gap, lower.number(average_time, scope))

    def state() -> int:
        return lower.state(lower.place(node, scope), "rate", initial, change, scope)

    return initial() if scope.moment == "start" else state()


def _sample(lower: Lowering, node: Call, scope: Scope) -> int:
    condition, given, start = node.arguments

    def initial() -> int:
        return lower.number(start, scope.at("start"))

    def value() -> int:
        mask, now = lower.mask(condition, scope), lower.number(given, scope)
        return lower.build.select(mask, now, held())

    def held() -> int:
        if scope.moment == "start":
            return initial()
        return lower.state(lower.place(node, scope), "next", initial, value, scope)

    return value()


def _delay_fixed(lower: Lowering, node: Call, scope: Scope) -> int:
    given, delay_time, start = node.arguments[:3]
    build, at_start = lower.build, scope.at("start")

    def initial() -> int:
        return lower.number(start, at_start)

    def length() -> int:
        """Return the number of steps, at least one; PySD rounds a half to even, upwards a bit."""
        _step_must_stay(lower, node, scope)
        step = lower.cell(("time step", ()), "start")
        steps = build.div(lower.number(delay_time, at_start), step)
        at_least = build.maximum(steps, build.const(1.0))
        return build.unary("rint", build.add(at_least, build.const(1e-6)))

    if scope.moment == "start":
        return initial()
    place = lower.place(node, scope)
    return lower.state(place, "past", initial, lambda: lower.number(given, scope), scope, length)


def _step_must_stay(lower: Lowering, node: Call, scope: Scope) -> None:
    """Refuse a time step that changes during a run: as many steps would last another time."""
    step = lower.number(Reference("TIME STEP"), scope.at("step"))
    if lower.build.nodes[step].stage == Stage.STEP:
        raise lower.refusal(scope, f"{node.function.upper()} with a TIME STEP that changes",
                            "let TIME STEP depend on constants only")  # fmt: skip


def _material(lower: Lowering, node: Call, scope: Scope) -> int:
    """DELAY MATERIAL and DELAY INFORMATION: as DELAY FIXED, while the delay time stays the same."""
    delay_time = lower.number(node.arguments[1], scope)
    if lower.build.nodes[delay_time].stage == Stage.STEP:
        raise lower.refusal(scope, f"{node.function.upper()} of a delay time that changes",
                            "let it depend on constants only")  # fmt: skip
    return _delay_fixed(lower, node, scope)


def _time_value(lower: Lowering, node: Call, scope: Scope) -> int:
    """GET TIME VALUE: the time, or the initial time, and an offset."""
    relative, offset, measure = node.arguments
    kind = lower.build.value(lower.number(relative, scope))
    if lower.build.value(lower.number(measure, scope)) != 0.0 or kind not in (0.0, 1.0):
        raise lower.refusal(scope, "GET TIME VALUE of the calendar or of the computer's clock")
    initial = lower.cell(("initial time", ()), "start")
    base = initial if kind == 1.0 else lower.time(scope)
    return lower.build.add(base, lower.number(offset, scope))


def _unwritten(lower: Lowering, node: Call, scope: Scope) -> int:
    """Refuse A FUNCTION OF, which Vensim writes where nobody has written an equation yet."""
    entry = scope.definition.entry
    raise RunError(
        Fault("has no equation yet, only A FUNCTION OF; write one.", lower.graph.source.path,
              entry.line, lower.graph[scope.cell[0]].name)
    )  # fmt: skip


MEMORY: dict[str, Rule] = {
    "a function of": _unwritten,
    "get time value": _time_value,
    "initial": _initial,
    "integ": _stock,
    "reinitial": _initial,
    "delay material": _material,
    "delay information": _material,
    "active initial": _active_initial,
    "smooth": _smooth(1),
    "smoothi": _smooth(1),
    "smooth3": _smooth(3),
    "smooth3i": _smooth(3),
    "delay1": _delay(1),
    "delay1i": _delay(1),
    "delay3": _delay(3),
    "delay3i": _delay(3),
    "trend": _trend,
    "forecast": _forecast,
    "sample if true": _sample,
    "smooth n": _smooth(None),
    "delay n": _delay(None),
    "delay fixed": _delay_fixed,
}
