"""Functions of XMILE that mean something else than Vensim's of the same name, or that it lacks.

References
----------
.. [1] OASIS (2015). XMILE Version 1.0, section 3.5.
"""

from __future__ import annotations

from collections.abc import Callable

from pysd_runner.kernel.elementwise import timed
from pysd_runner.kernel.ir import Builder, Stage
from pysd_runner.kernel.lowering import Lowering, Rule, Scope
from pysd_runner.kernel.memory import MEMORY
from pysd_runner.model.syntax import Call, Reference
from pysd_runner.names import key

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


def _ramp(lower: Lowering, node: Call, scope: Scope) -> int:
    """RAMP: a function of the time like any other, which a step of Runge and Kutta looks ahead of.

    Vensim's stays what it was when the step began.
    """
    arguments = [lower.number(each, scope) for each in node.arguments]
    step = lower.cell(("time step", ()), scope.moment)
    found = timed(lower.build, "ramp", arguments, lower.time(scope), step)
    assert found is not None
    return found


def _delay(lower: Lowering, node: Call, scope: Scope) -> int:
    """DELAY: by a time that does not change during a run."""
    _must_stay(lower, node, scope, "DELAY by a time")
    return MEMORY["delay fixed"](lower, node, scope)


def _must_stay(lower: Lowering, node: Call, scope: Scope, what: str) -> None:
    """Refuse a time, the second argument, that changes during a run."""
    length = lower.number(node.arguments[1], scope.at("step"))
    if lower.build.nodes[length].stage > Stage.RUN:
        remedy = "let it depend on constants only"
        raise lower.refusal(scope, f"{what} that changes during the run", remedy)


def _held(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return what a non-negative stock held when the step began; stages look ahead of that."""
    (stock,) = node.arguments
    now = lower.number(stock, scope)
    if scope.moment == "start" or not isinstance(stock, Reference):
        return now
    state = lower.states[key(stock.name), lower.elements(stock.subscripts, scope)]
    return lower.build.maximum(lower.build.held_state(state), lower.build.const(0.0))


def _conveyor(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return what reaches the end of a conveyor: what came in, less what has leaked."""
    build = lower.build
    gross = _arrivals(lower, node, scope)
    kept = build.sub(build.const(1.0), lower.number(node.arguments[3], scope))
    return build.mul(gross, kept)


def _leak(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return what leaks from a conveyor: a part of all that came in and is still on its way.

    As what arrives, it stays what it was when the step began, so that nothing is lost.
    """
    build = lower.build
    given, _, _, _, own = node.arguments
    time = build.mul(_steps(lower, node, scope), lower.cell(("time step", ()), "start"))

    def initial() -> int:
        return build.mul(_at_first(lower, node, scope), time)

    def change() -> int:
        return build.sub(lower.number(given, scope), _arrivals(lower, node, scope))

    place = (lower.place(node, scope), "on its way")
    if scope.moment == "start":
        on_its_way = initial()
    else:
        lower.state(place, "rate", initial, change, scope)
        on_its_way = build.held_state(lower.states[place])
    return build.div(build.mul(on_its_way, lower.number(own, scope)), time)


def _arrivals(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return what came into a conveyor a transit time ago."""
    _must_stay(lower, node, scope, "a conveyor with a transit time")
    if scope.moment == "start":
        return _at_first(lower, node, scope)
    return lower.state(lower.place(node, scope), "carried", lambda: _at_first(lower, node, scope),
                       lambda: lower.number(node.arguments[0], scope), scope,
                       lambda: _steps(lower, node, scope))  # fmt: skip


def _steps(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return the number of time steps that a transit takes, at least one."""
    build = lower.build
    step = lower.cell(("time step", ()), "start")
    time = lower.number(node.arguments[1], scope.at("start"))
    steps = build.maximum(build.div(time, step), build.const(1.0))
    return build.unary("rint", build.add(steps, build.const(1e-6)))


def _at_first(lower: Lowering, node: Call, scope: Scope) -> int:
    """Return the rate at which a conveyor would always have been filled to hold what it holds."""
    build, at_start = lower.build, scope.at("start")
    content, leakage = (lower.number(each, at_start) for each in node.arguments[2:4])
    steps = _steps(lower, node, scope)
    half = build.mul(build.const(0.5), build.sub(steps, build.const(1.0)))
    left = build.sub(steps, build.mul(leakage, half))
    return build.div(content, build.mul(left, lower.cell(("time step", ()), "start")))


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
    "xmile held": _held,
    "xmile pulse": _pulse,
    "xmile ramp": _ramp,
    "xmile conveyor": _conveyor,
    "xmile leak": _leak,
    "xmile delay": _delay,
    "xmile delayn": _delayn,
}
