"""Functions of numbers at one time: mathematics, rounding, and the time inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pysd_runner.kernel.ir import Builder

SMALL = 1e-6
"""A denominator closer to zero counts as zero, and so near a time counts as reached."""


def _zidz(build: Builder, a: int, b: int) -> int:
    return _xidz(build, a, b, build.const(0.0))


def _xidz(build: Builder, a: int, b: int, otherwise: int) -> int:
    zero = build.compare("lt", build.unary("abs", b), build.const(SMALL))
    return build.select(zero, otherwise, build.div(a, b))


def _quantum(build: Builder, a: int, b: int) -> int:
    tiny = build.compare("lt", b, build.const(SMALL))
    return build.select(tiny, a, build.mul(b, build.unary("trunc", build.div(a, b))))


def _modulo(build: Builder, a: int, b: int) -> int:
    return build.sub(a, _quantum(build, a, b))


def _log(build: Builder, x: int, base: int) -> int:
    return build.div(build.unary("log", x), build.unary("log", base))


def _plain(op: str) -> Callable[..., int]:
    return lambda build, x: build.unary(op, x)


ELEMENTWISE: dict[str, Callable[..., int]] = {
    "abs": _plain("abs"), "exp": _plain("exp"), "ln": _plain("log"), "sqrt": _plain("sqrt"),
    "sin": _plain("sin"), "cos": _plain("cos"), "tan": _plain("tan"), "arcsin": _plain("asin"),
    "arccos": _plain("acos"), "arctan": _plain("atan"), "sinh": _plain("sinh"),
    "cosh": _plain("cosh"), "tanh": _plain("tanh"), "integer": _plain("trunc"),
    "log": _log, "max": Builder.maximum, "min": Builder.minimum, "power": Builder.pow,
    "zidz": _zidz, "xidz": _xidz, "quantum": _quantum, "modulo": _modulo,
    "game": lambda build, x: x,
}  # fmt: skip


def timed(build: Builder, name: str, arguments: Sequence[int], time: int, step: int) -> int | None:
    """Return the node of a time input, or ``None`` if ``name`` is none.

    Tolerances are PySD's, but that PULSE TRAIN has one at its start as Vensim documents it.
    """
    small = build.const(SMALL)
    if name == "step":
        height, start = arguments
        half = build.mul(step, build.const(0.5))
        on = build.compare("gt", build.add(time, half), start)
        return build.select(on, height, build.const(0.0))
    if name == "ramp":
        slope, start = arguments[:2]
        until = build.minimum(arguments[2], time) if len(arguments) > 2 else time
        on = build.compare("gt", build.add(time, small), start)
        risen = build.mul(slope, build.sub(until, start))
        return build.select(on, risen, build.const(0.0))
    if name == "pulse":
        start, width = arguments
        return build.number(_between(build, time, start, build.add(start, width)))
    if name == "pulse train":
        start, width, period, end = arguments
        since = build.add(build.sub(time, start), small)
        in_pulse = build.compare("lt", _remainder(build, since, period), width)
        started = build.compare("le", build.sub(start, small), time)
        running = build.both(started, build.compare("lt", time, end))
        once = _between(build, time, start, build.add(start, width))
        single = build.compare("eq", period, build.const(0.0))
        train = build.both(running, in_pulse)
        either = build.either(build.both(single, once), build.both(build.invert(single), train))
        return build.number(either)
    return None


def _between(build: Builder, time: int, start: int, end: int) -> int:
    begun = build.compare("le", build.sub(start, build.const(SMALL)), time)
    return build.both(begun, build.compare("lt", time, end))


def _remainder(build: Builder, a: int, b: int) -> int:
    return build.sub(a, build.mul(b, build.unary("trunc", build.div(a, b))))
