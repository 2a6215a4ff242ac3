"""Functions of numbers at one time: mathematics, rounding, and the time inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    "gamma ln": _plain("lgamma"),
    "log": _log, "max": Builder.maximum, "min": Builder.minimum, "power": Builder.pow,
    "zidz": _zidz, "xidz": _xidz, "quantum": _quantum, "modulo": _modulo,
    "game": lambda build, x: x,
}  # fmt: skip


def timed(build: Builder, name: str, arguments: Sequence[int], time: int, step: int) -> int | None:
    """Return the node of a time input, or ``None`` if ``name`` is none.

    A step, a pulse or a train begins at the time step that is nearest to its start, as in Vensim:
    half a time step is added to the time before it is compared.
    """
    if name not in _TIMED:
        return None
    middle = build.add(time, build.mul(step, build.const(0.5)))
    return _TIMED[name](build, Now(time, step, middle), *arguments)


@dataclass(frozen=True, slots=True)
class Now:
    """Nodes of the time, the time step, and the middle of the step that begins now."""

    time: int
    step: int
    middle: int


def _step(build: Builder, now: Now, height: int, start: int) -> int:
    on = build.compare("gt", now.middle, start)
    return build.select(on, height, build.const(0.0))


def _ramp(build: Builder, now: Now, slope: int, start: int, end: int | None = None) -> int:
    """RAMP; one whose end lies before its start goes on for ever, as in Vensim."""
    until = now.time
    if end is not None:
        endless = build.compare("gt", start, end)
        until = build.select(endless, now.time, build.minimum(end, now.time))
    on = build.compare("gt", build.add(now.time, build.const(SMALL)), start)
    risen = build.mul(slope, build.sub(until, start))
    return build.select(on, risen, build.const(0.0))


def _pulse(build: Builder, now: Now, start: int, width: int) -> int:
    return build.number(_within(build, now, build.sub(now.middle, start), width))


def _pulse_train(build: Builder, now: Now, start: int, width: int, period: int, end: int) -> int:
    since, zero = build.sub(now.middle, start), build.const(0.0)
    most = build.unary("floor", build.div(build.sub(end, start), period))
    number = build.minimum(build.unary("floor", build.div(since, period)), most)
    repeated = build.compare("gt", period, zero)
    last = build.select(repeated, build.mul(number, period), zero)
    begun = build.compare("gt", since, zero)
    on = build.both(begun, _within(build, now, build.sub(since, last), width))
    not_over = build.compare("le", build.sub(now.time, build.const(SMALL)), end)
    return build.number(build.both(on, not_over))


def _within(build: Builder, now: Now, since: int, width: int) -> int:
    """Tell whether a pulse that began some time ago is on; one without width lasts a step."""
    zero = build.const(0.0)
    wide = build.select(build.compare("eq", width, zero), now.step, width)
    return build.both(build.compare("gt", since, zero), build.compare("lt", since, wide))


_TIMED: dict[str, Callable[..., int]] = {
    "step": _step,
    "ramp": _ramp,
    "pulse": _pulse,
    "pulse train": _pulse_train,
}
