"""Functions of XMILE that mean something else than Vensim's of the same name, or that it lacks.

References
----------
.. [1] OASIS (2015). XMILE Version 1.0, section 3.5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pysd_runner.kernel.ir import Stage
from pysd_runner.kernel.memory import MEMORY
from pysd_runner.model.syntax import Call

if TYPE_CHECKING:
    from pysd_runner.kernel.ir import Builder
    from pysd_runner.kernel.lower import Lowering, Scope

Rule = Callable[["Lowering", Call, "Scope"], int]
_HIGHEST_ORDER = 1000
_NEAR = 1e-3
"""Share of a time step by which the time of a pulse may be missed, for rounding."""


def _plain(operation: Callable[..., int]) -> Rule:
    def rule(lower: Lowering, node: Call, scope: Scope) -> int:
        return operation(lower.build, *(lower.number(each, scope) for each in node.arguments))

    return rule


def _floor(build: Builder, x: int) -> int:
    """INT: the next whole number that is not larger."""
    whole = build.unary("trunc", x)
    below = build.compare("lt", x, whole)
    return build.select(below, build.sub(whole, build.const(1.0)), whole)


def _mod(build: Builder, x: int, y: int) -> int:
    """MOD: the remainder, with the sign of the divisor."""
    return build.sub(x, build.mul(y, _floor(build, build.div(x, y))))


def _safediv(build: Builder, x: int, y: int, otherwise: int) -> int:
    """SAFEDIV and ``//``: the quotient, or another value where the divisor is zero."""
    zero = build.compare("eq", y, build.const(0.0))
    return build.select(zero, otherwise, build.div(x, y))


def _pulse(lower: Lowering, node: Call, scope: Scope) -> int:
    """PULSE: a volume within one time step, once or again after each interval.

    The step is the first one at or after the time that is given.
    """
    build = lower.build
    volume, first, interval = (lower.number(each, scope) for each in node.arguments)
    step = lower.cell(("time step", ()), scope.moment)
    since = build.sub(lower.held_time(scope.moment), first)
    since = build.add(since, build.mul(build.const(_NEAR), step))
    begun = build.compare("ge", since, build.const(0.0))
    again = build.compare("gt", interval, build.const(0.0))
    within = build.select(again, _mod(build, since, interval), since)
    on = build.both(begun, build.compare("lt", within, step))
    return build.select(on, build.div(volume, step), build.const(0.0))


def _delay(lower: Lowering, node: Call, scope: Scope) -> int:
    """DELAY: by a time that does not change during a run."""
    _must_stay(lower, node, scope, "DELAY by a time")
    return MEMORY["delay fixed"](lower, node, scope)


def _must_stay(lower: Lowering, node: Call, scope: Scope, what: str) -> None:
    length = lower.number(node.arguments[1], scope.at("step"))
    if lower.build.nodes[length].stage > Stage.RUN:
        remedy = "let it depend on constants only"
        raise lower.refusal(scope, f"{what} that changes during the run", remedy)


def _conveyor(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return what leaves a conveyor; what it holds at first lies evenly on its length."""
    given, time, content = node.arguments
    build, at_start = lower.build, scope.at("start")
    _must_stay(lower, node, scope, "a conveyor with a transit time")

    def length() -> int:
        step = lower.cell(("time step", ()), "start")
        steps = build.maximum(build.div(lower.number(time, at_start), step), build.const(1.0))
        return build.unary("rint", build.add(steps, build.const(1e-6)))

    def initial() -> int:
        whole = build.mul(length(), lower.cell(("time step", ()), "start"))
        return build.div(lower.number(content, at_start), whole)

    if scope.moment == "start":
        return initial()
    return lower.state(lower.place(node, scope), "past", initial,
                       lambda: lower.number(given, scope), scope, length)  # fmt: skip


def _delayn(lower: Lowering, node: Call, scope: Scope) -> int:
    """DELAYN: stocks in a row, each drained in its share of the delay time."""
    given, delay_time, start, _ = node.arguments
    build, at_start = lower.build, scope.at("start")
    if scope.moment == "start":
        return lower.number(start, at_start)
    order = _order(lower, node, scope)
    share = build.const(float(order))
    place = lower.place(node, scope)

    def level() -> int:
        whole = build.mul(lower.number(start, at_start), lower.number(delay_time, at_start))
        return build.div(whole, share)

    def out(number: int) -> int:
        drained = build.mul(stage(number), share)
        return build.div(drained, lower.number(delay_time, scope))

    def stage(number: int) -> int:
        def rate() -> int:
            into = lower.number(given, scope) if number == 0 else out(number - 1)
            return build.sub(into, out(number))

        return lower.state((place, number), "rate", level, rate, scope)

    return out(order - 1)


def _order(lower: Lowering, node: Call, scope: Scope) -> int:
    order = lower.build.value(lower.number(node.arguments[3], scope.at("start")))
    if order is None or not 1 <= order <= _HIGHEST_ORDER:
        raise lower.refusal(scope, "DELAYN of an order that is no number from 1 to "
                                   f"{_HIGHEST_ORDER} known beforehand")  # fmt: skip
    return int(order)


XMILE_FUNCTIONS: dict[str, Rule] = {
    "xmile int": _plain(_floor),
    "xmile mod": _plain(_mod),
    "xmile round": _plain(lambda build, x: build.unary("rint", x)),
    "xmile safediv": _plain(_safediv),
    "xmile pulse": _pulse,
    "xmile conveyor": _conveyor,
    "xmile delay": _delay,
    "xmile delayn": _delayn,
}
