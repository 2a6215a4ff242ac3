"""Functions that remember: smooths, delays, trends, samples; rewritten as states.

Order of operations and initial values are PySD's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pysd_runner.kernel.elementwise import ELEMENTWISE
from pysd_runner.model.syntax import Call

if TYPE_CHECKING:
    from pysd_runner.kernel.lower import Lowering, Scope

Rule = Callable[["Lowering", Call, "Scope"], int]


def _initial(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.number(node.arguments[0], scope.at("start"))


def _active_initial(lower: Lowering, node: Call, scope: Scope) -> int:
    return lower.node(node.arguments[1 if scope.moment == "start" else 0], scope)


def _smooth(order: int) -> Rule:
    """SMOOTH, SMOOTHI, SMOOTH3, SMOOTH3I: a chain of first-order adjustments."""

    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        given, smooth_time = node.arguments[:2]
        start = node.arguments[2] if len(node.arguments) > 2 else given
        if scope.moment == "start":
            return lower.number(start, scope)
        build = lower.build

        def change(target: Callable[[], int], stage: int) -> int:
            gap = build.mul(build.sub(target(), stage), build.const(float(order)))
            return build.div(gap, lower.number(smooth_time, scope))

        return _chain(lower, node, scope, order, lambda: lower.number(start, scope.at("start")),
                      lambda: lower.number(given, scope), change)  # fmt: skip

    return rule


def _delay(order: int) -> Rule:
    """DELAY1, DELAY1I, DELAY3, DELAY3I: a chain of stocks, each with its part of the delay."""

    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        given, delay_time = node.arguments[:2]
        start = node.arguments[2] if len(node.arguments) > 2 else given
        build = lower.build

        def level() -> int:
            at_start = scope.at("start")
            return build.mul(lower.number(start, at_start), lower.number(delay_time, at_start))

        def out(stage: int) -> int:
            return build.div(stage, lower.number(delay_time, scope))

        def change(into: Callable[[], int], stage: int) -> int:
            return build.mul(build.sub(into(), out(stage)), build.const(float(order)))

        if scope.moment == "start":
            return out(level())
        last = _chain(lower, node, scope, order, level, lambda: lower.number(given, scope), change,
                      between=out)  # fmt: skip
        return out(last)

    return rule


def _chain(
    lower: Lowering,
    node: Call,
    scope: Scope,
    order: int,
    initial: Callable[[], int],
    given: Callable[[], int],
    change: Callable[[Callable[[], int], int], int],
    between: Callable[[int], int] = lambda stage: stage,
) -> int:
    """Return the last of ``order`` states in a row, each fed by the one before.

    Parameters
    ----------
    initial : callable
        Initial value of every stage.
    given : callable
        What feeds the first stage.
    change : callable
        Rate of a stage from what feeds it and the stage itself.
    between : callable
        What a stage passes on to the next.
    """

    def stage(number: int) -> int:
        def rate() -> int:
            feed = given if number == 0 else lambda: between(stage(number - 1))
            return change(feed, stage(number))

        return lower.state((scope.cell, node, number), "rate", initial, rate, scope)

    return stage(order - 1)


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
        return lower.state((scope.cell, node), "rate", initial, change, scope)

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
        return lower.state((scope.cell, node), "next", initial, value, scope)

    return value()


def _delay_fixed(lower: Lowering, node: Call, scope: Scope) -> int:
    given, delay_time, start = node.arguments
    build, at_start = lower.build, scope.at("start")

    def initial() -> int:
        return lower.number(start, at_start)

    def length() -> int:
        """Return the number of steps, at least one; PySD rounds a half to even, upwards a bit."""
        step = lower.cell(("time step", ()), "start")
        steps = build.div(lower.number(delay_time, at_start), step)
        at_least = build.maximum(steps, build.const(1.0))
        return build.unary("rint", build.add(at_least, build.const(1e-6)))

    if scope.moment == "start":
        return initial()
    return lower.state((scope.cell, node), "past", initial, lambda: lower.number(given, scope),
                       scope, length)  # fmt: skip


MEMORY: dict[str, Rule] = {
    "initial": _initial,
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
    "delay fixed": _delay_fixed,
}
