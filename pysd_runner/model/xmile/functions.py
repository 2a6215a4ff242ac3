"""The functions of XMILE and Stella, in terms of the shared table of functions.

A function that has Vensim's meaning under another name becomes that one; one whose meaning
differs has an entry of its own, which begins with ``XMILE``.

References
----------
.. [1] OASIS (2015). XMILE Version 1.0, sections 3.5 (functions) and 3.7 (arrays).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, Unary

TIME = Reference("Time")
STEP = Reference("TIME STEP")
START = Reference("INITIAL TIME")
CLOCKS: dict[str, Expression] = {
    "time": TIME, "dt": STEP, "starttime": START, "stoptime": Reference("FINAL TIME"),
    "time step": STEP, "initial time": START, "final time": Reference("FINAL TIME"),
    "saveper": Reference("SAVEPER"),
    "pi": Number(math.pi), "inf": Number(math.inf), "nan": Number(math.nan),
}  # fmt: skip
ZERO = Number(0.0)
Arguments = Sequence[Expression]


class NotSupportedError(Exception):
    """A function is used in a way that has no counterpart; the message says which."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """How many arguments a function takes, and what it becomes."""

    least: int
    most: int
    build: Callable[[Arguments], Expression]


def _renamed(name: str, count: int, most: int | None = None) -> Builtin:
    return Builtin(count, most or count, lambda given: Call(name, tuple(given)))


def _folded(name: str) -> Builtin:
    return Builtin(1, 99, lambda given: reduce(lambda a, b: Call(name, (a, b)), given))


def _with_start(plain: str, started: str) -> Builtin:
    """Return a function of two arguments, or three of which the last is the initial value."""
    return Builtin(2, 3, lambda given: Call(plain if len(given) < 3 else started, tuple(given)))


def _of_order(name: str) -> Builtin:
    """Return a function of input, time, order and perhaps an initial value."""

    def build(given: Arguments) -> Expression:
        start = given[3] if len(given) > 3 else given[0]
        return Call(name, (given[0], given[1], start, given[2]))

    return Builtin(3, 4, build)


def _delay(given: Arguments) -> Expression:
    start = given[2] if len(given) > 2 else given[0]
    return Call("XMILE DELAY", (given[0], given[1], start))


def _trend(given: Arguments) -> Expression:
    return Call("TREND", (given[0], given[1], given[2] if len(given) > 2 else ZERO))


def _forecast(given: Arguments) -> Expression:
    trend = _trend([given[0], given[1], *given[3:]])
    ahead = Binary("+", Number(1.0), Binary("*", trend, given[2]))
    return Binary("*", given[0], ahead)


def _history(given: Arguments) -> Expression:
    """Return the value some time ago, zero before the run; other times are not supported."""
    at = given[1]
    if not isinstance(at, Binary) or (at.operator, at.left) != ("-", TIME):
        raise NotSupportedError("HISTORY at another time than TIME less a constant")
    return Call("XMILE DELAY", (given[0], at.right, ZERO))


def _pulse(given: Arguments) -> Expression:
    return Call("XMILE PULSE", (*given, ZERO) if len(given) < 3 else tuple(given))


def _wave(name: str) -> Builtin:
    def build(given: Arguments) -> Expression:
        turn = Binary("/", Binary("*", Number(2 * math.pi), TIME), given[1])
        return Binary("*", given[0], Call(name, (turn,)))

    return Builtin(2, 2, build)


def _counter(given: Arguments) -> Expression:
    if given[0] != ZERO:
        raise NotSupportedError("COUNTER that does not start at 0")
    return Call("XMILE MOD", (TIME, given[1]))


def _sign(given: Arguments) -> Expression:
    below = Call("IF THEN ELSE", (Binary("<", given[0], ZERO), Number(-1.0), ZERO))
    return Call("IF THEN ELSE", (Binary(">", given[0], ZERO), Number(1.0), below))


def _mean(given: Arguments) -> Expression:
    total = reduce(lambda a, b: Binary("+", a, b), given)
    return total if len(given) == 1 else Binary("/", total, Number(float(len(given))))


def _switch(given: Arguments) -> Expression:
    return Call("IF THEN ELSE", (Binary(">", given[0], given[1]), Number(1.0), ZERO))


def _log_factorial(n: Expression) -> Expression:
    return Call("GAMMA LN", (Binary("+", n, Number(1.0)),))


def _whole(logarithm: Expression) -> Expression:
    return Call("XMILE ROUND", (Call("EXP", (logarithm,)),))


def _factorial(given: Arguments) -> Expression:
    return _whole(_log_factorial(given[0]))


def _permutations(given: Arguments) -> Expression:
    n, taken = given
    left = _log_factorial(Binary("-", n, taken))
    return _whole(Binary("-", _log_factorial(n), left))


def _combinations(given: Arguments) -> Expression:
    n, taken = given
    ordered = Binary("-", _log_factorial(n), _log_factorial(Binary("-", n, taken)))
    return _whole(Binary("-", ordered, _log_factorial(taken)))


def _annuity(unknown: str) -> Builtin:
    """Return PMT, PV or FV, which solve the equation of a spreadsheet: what is paid is negative.

    ``pv * growth + payment * paid + fv = 0``, where growth is ``(1 + rate) ^ periods`` and paid is
    ``(growth - 1) / rate``, or the number of periods without interest.
    """

    def build(given: Arguments) -> Expression:
        rate, periods, first = given[:3]
        total: Expression
        share: Expression
        second = given[3] if len(given) > 3 else ZERO
        growth = Binary("^", Binary("+", Number(1.0), rate), periods)
        with_interest = Binary("/", Binary("-", growth, Number(1.0)), rate)
        paid = Call("IF THEN ELSE", (Binary("=", rate, ZERO), periods, with_interest))
        if unknown == "payment":
            total, share = Binary("+", Binary("*", first, growth), second), paid
        elif unknown == "pv":
            total, share = Binary("+", Binary("*", first, paid), second), growth
        else:
            total = Binary("+", Binary("*", first, paid), Binary("*", second, growth))
            share = Number(1.0)
        return Unary("-", Binary("/", total, share))

    return Builtin(3, 4, build)


def _uniform(given: Arguments) -> Expression:
    return Call("RANDOM UNIFORM", (given[0], given[1], given[2] if len(given) > 2 else ZERO))


def _normal(given: Arguments) -> Expression:
    low, high = (given[3], given[4]) if len(given) > 4 else (Number(-math.inf), Number(math.inf))
    seed = given[2] if len(given) > 2 else ZERO
    return Call("RANDOM NORMAL", (low, high, given[0], given[1], seed))


def _monte_carlo(given: Arguments) -> Expression:
    """Return 1 where an event happens of so many percent in a unit of time, else 0."""
    drawn = Call("RANDOM UNIFORM", (ZERO, Number(100.0), given[1] if len(given) > 1 else ZERO))
    happens = Binary("<", drawn, Binary("*", given[0], STEP))
    return Call("IF THEN ELSE", (happens, Number(1.0), ZERO))


def _exponential(given: Arguments) -> Expression:
    seed = given[1] if len(given) > 1 else ZERO
    return Call("RANDOM EXPONENTIAL", (ZERO, Number(math.inf), ZERO, given[0], seed))


def _poisson(given: Arguments) -> Expression:
    seed = given[1] if len(given) > 1 else ZERO
    return Call("RANDOM POISSON", (ZERO, Number(math.inf), given[0], ZERO, Number(1.0), seed))


BUILTINS: dict[str, Builtin] = {
    "abs": _renamed("ABS", 1), "arccos": _renamed("ARCCOS", 1), "arcsin": _renamed("ARCSIN", 1),
    "arctan": _renamed("ARCTAN", 1), "cos": _renamed("COS", 1), "sin": _renamed("SIN", 1),
    "tan": _renamed("TAN", 1), "exp": _renamed("EXP", 1), "ln": _renamed("LN", 1),
    "log10": Builtin(1, 1, lambda given: Call("LOG", (given[0], Number(10.0)))),
    "sign": Builtin(1, 1, _sign), "sqrt": _renamed("SQRT", 1), "gammaln": _renamed("GAMMA LN", 1),
    "rootn": Builtin(2, 2, lambda given: Binary("^", given[0], Binary("/", Number(1.0), given[1]))),
    "int": _renamed("XMILE INT", 1),
    "round": _renamed("XMILE ROUND", 1), "mod": _renamed("XMILE MOD", 2),
    "max": _folded("MAX"), "min": _folded("MIN"), "mean": Builtin(1, 99, _mean),
    "percent": Builtin(1, 1, lambda given: Binary("*", given[0], Number(100.0))),
    "safediv": Builtin(2, 3, lambda given: Call("XMILE SAFEDIV", (*given, ZERO)[:3])),
    "sinwave": _wave("SIN"), "coswave": _wave("COS"), "counter": Builtin(2, 2, _counter),
    "step": _renamed("STEP", 2), "ramp": _renamed("XMILE RAMP", 2, 3),
    "pulse": Builtin(2, 3, _pulse),
    "delay": Builtin(2, 3, _delay), "delay1": _with_start("DELAY1", "DELAY1I"),
    "delay3": _with_start("DELAY3", "DELAY3I"), "delayn": _of_order("XMILE DELAYN"),
    "smth1": _with_start("SMOOTH", "SMOOTHI"), "smth3": _with_start("SMOOTH3", "SMOOTH3I"),
    "smthn": _of_order("SMOOTH N"), "trend": Builtin(2, 3, _trend),
    "history": Builtin(2, 2, _history),
    "forcst": Builtin(3, 4, _forecast), "init": _renamed("INITIAL", 1),
    "previous": Builtin(2, 2, lambda given: Call("DELAY FIXED", (given[0], STEP, given[1]))),
    "random": Builtin(2, 3, _uniform), "uniform": Builtin(2, 3, _uniform),
    "normal": Builtin(2, 5, _normal), "exprnd": Builtin(1, 2, _exponential),
    "poisson": Builtin(1, 2, _poisson), "switch": Builtin(2, 2, _switch),
    "logn": _renamed("LN", 1), "factorial": Builtin(1, 1, _factorial),
    "combinations": Builtin(2, 2, _combinations), "permutations": Builtin(2, 2, _permutations),
    "montecarlo": Builtin(1, 2, _monte_carlo), "nan": Builtin(0, 99, lambda _: Number(math.nan)),
    "pmt": _annuity("payment"), "pv": _annuity("pv"), "fv": _annuity("fv"),
}  # fmt: skip

FROM_START_ZERO = frozenset({"sinwave", "coswave", "counter"})
"""Functions whose phase the documentation leaves open unless a run starts at 0."""

TABLE_CALLS = {"lookup": "WITH LOOKUP", "lookupinv": "LOOKUP INVERT"}
"""Functions of a graphical function and a number."""

REDUCTIONS = {"sum": "SUM", "prod": "PROD", "min": "VMIN", "max": "VMAX"}
ARRAY_FUNCTIONS = frozenset({*REDUCTIONS, "mean", "stddev", "size"})
