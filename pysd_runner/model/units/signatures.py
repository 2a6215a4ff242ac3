"""What each function asks of the units of its arguments, and which unit it gives.

A line reads ``unit = role; unit = role; … -> unit``. A unit is a letter that stands for the same
unit wherever it occurs, ``time`` for the model's unit of time, ``1`` for a pure number, ``?`` for
any unit, or a product of these; an exclamation mark says that a bare number takes the unit that
is needed, as the number of a constant does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pysd_runner.model.units.text import Powers, split_unit

_LINES = """
+                       x = left side; x = right side -> x
-                       x = left side; x = right side -> x
*                       x = left side; y = right side -> x*y
/                       x = left side; y = right side -> x/y
COMPARISON              x = left side; x = right side -> 1
:AND:                   1 = left side; 1 = right side -> 1
:OR:                    1 = left side; 1 = right side -> 1
:NOT:                   1 = condition -> 1

ABS                     x = argument -> x
GAME                    x = argument -> x
INITIAL                 x = argument -> x
REINITIAL               x = argument -> x
INTEGER                 x = argument -> x
SUM                     x = argument -> x
VMAX                    x = argument -> x
VMIN                    x = argument -> x
SQRT                    x = argument -> x^0.5
MAX                     x = first argument; x = second argument -> x
MIN                     x = first argument; x = second argument -> x
MODULO                  x = first argument; x = second argument -> x
QUANTUM                 x = first argument; x = second argument -> x
ZIDZ                    x = dividend; y = divisor -> x/y
XIDZ                    x = dividend; y = divisor; x/y! = value for a zero divisor -> x/y
IF THEN ELSE            1 = condition; x = value if true; x = value if false -> x

ARCCOS                  1 = argument -> 1
ARCSIN                  1 = argument -> 1
ARCTAN                  1 = argument -> 1
COS                     1 = argument -> 1
COSH                    1 = argument -> 1
EXP                     1 = argument -> 1
GAMMA LN                1 = argument -> 1
LN                      1 = argument -> 1
LOG                     1 = argument; 1 = base -> 1
SIN                     1 = argument -> 1
SINH                    1 = argument -> 1
TAN                     1 = argument -> 1
TANH                    1 = argument -> 1
ELMCOUNT                ? = range -> 1

PULSE                   time = start; time = width -> 1
PULSE TRAIN             time = start; time = width; time = interval; time = end -> 1
RAMP                    x/time = slope; time = start; time = end -> x
STEP                    x = height; time = start -> x
GET TIME VALUE          ? = relative to; ? = offset; ? = kind -> ?

INTEG                   x/time = rate; x! = initial value -> x
SMOOTH                  x = input; time = smoothing time -> x
SMOOTHI                 x = input; time = smoothing time; x! = initial value -> x
SMOOTH3                 x = input; time = smoothing time -> x
SMOOTH3I                x = input; time = smoothing time; x! = initial value -> x
SMOOTH N                x = input; time = smoothing time; x! = initial value; 1 = order -> x
DELAY1                  x = input; time = delay time -> x
DELAY1I                 x = input; time = delay time; x! = initial value -> x
DELAY3                  x = input; time = delay time -> x
DELAY3I                 x = input; time = delay time; x! = initial value -> x
DELAY N                 x = input; time = delay time; x! = initial value; 1 = order -> x
DELAY FIXED             x = input; time = delay time; x! = initial value -> x
DELAY MATERIAL          x = input; time = delay time; x! = initial value; x! = missing value -> x
DELAY INFORMATION       x = input; time = delay time; x! = initial value; x! = missing value -> x
TREND                   x = input; time = averaging time; 1/time! = initial trend -> 1/time
FORECAST                x = input; time = averaging time; time = horizon; ? = initial trend -> x
SAMPLE IF TRUE          1 = condition; x = input; x! = initial value -> x
ACTIVE INITIAL          x = value; x! = initial value -> x

XMILE HELD              x = stock -> x
XMILE INT               x = argument -> x
XMILE ROUND             x = argument -> x
XMILE MOD               x = first argument; x = second argument -> x
XMILE SAFEDIV           x = dividend; y = divisor; x/y! = value for a zero divisor -> x/y
XMILE RAMP              x/time = slope; time = start; time = end -> x
XMILE PULSE             x! = volume; time! = first pulse; time! = interval -> x/time
XMILE DELAY             x = input; time = delay time; x! = initial value -> x
XMILE DELAYN            x = input; time = delay time; x! = initial value; 1 = order -> x
XMILE CONVEYOR          x = inflow; time = transit time; x*time! = contents; 1 = leakage -> x
XMILE LEAK              x = inflow; time = transit time; x*time! = contents; 1 = all; 1 = own -> x

RANDOM 0 1              -> 1
RANDOM UNIFORM          x = least; x = greatest; ? = seed -> x
RANDOM NORMAL           x = least; x = greatest; x = mean; x = spread; ? = seed -> x
RANDOM EXPONENTIAL      x = least; x = greatest; x = start; x = stretch; ? = seed -> x
RANDOM TRIANGULAR       x = least; x = greatest; x = start; x = peak; x = stop; ? = seed -> x
RANDOM WEIBULL          x = least; x = greatest; 1 = shape; x = shift; x = stretch; ? = seed -> x
RANDOM GAMMA            x = least; x = greatest; 1 = order; x = shift; x = stretch; ? = seed -> x
RANDOM POISSON          x = least; x = greatest; 1 = mean; x = shift; x = stretch; ? = seed -> x
RANDOM BETA             x = least; x = most; 1 = a; 1 = b; x = shift; x = stretch; ? = seed -> x

ALLOCATE AVAILABLE      x = request; ? = priority; x = supply -> x
ALLOCATE BY PRIORITY    x = request; y = priority; ? = size; y = width; x = supply -> x
INVERT MATRIX           x = matrix; ? = size -> 1/x
VECTOR ELM MAP          x = vector; 1 = offset -> x
VECTOR RANK             ? = vector; 1 = direction -> 1
VECTOR REORDER          x = vector; 1 = order -> x
VECTOR SELECT           1 = selection; x = vector; ? = missing value; ? = action; ? = error -> x
VECTOR SORT ORDER       ? = vector; 1 = direction -> 1

GET DATA AT TIME        x = data; time = time -> x
GET DATA BETWEEN TIMES  x = data; time = time; ? = mode -> x
GET DATA FIRST TIME     ? = data -> time
GET DATA LAST TIME      ? = data -> time
GET DATA TOTAL POINTS   ? = data -> 1
"""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a function asks of one argument.

    Parameters
    ----------
    unit : dict or None
        Exponent by letter (or ``time``); ``None`` for any unit.
    role : str
        What the argument is, for messages.
    takes_numbers : bool
        Whether a bare number has the unit that is needed.
    """

    unit: Powers | None
    role: str
    takes_numbers: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function asks, and what it gives (``None``: any unit)."""

    slots: tuple[Slot, ...]
    gives: Powers | None


@cache
def signatures() -> dict[str, Signature]:
    """Return the signatures by name of function or operator, in capitals."""
    found = {}
    for line in filter(None, _LINES.splitlines()):
        name, text = line[:24].strip(), line[24:]
        asked, _, given = text.rpartition("->")
        slots = tuple(_slot(each) for each in asked.split(";") if each.strip())
        found[name] = Signature(slots, _pattern(given))
    return found


def _slot(text: str) -> Slot:
    unit, _, role = (part.strip() for part in text.partition("="))
    return Slot(_pattern(unit.removesuffix("!")), role, unit.endswith("!"))


def _pattern(text: str) -> Powers | None:
    return None if text.strip() == "?" else split_unit(text)
