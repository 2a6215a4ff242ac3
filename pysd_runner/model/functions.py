"""The functions of the equation language: how many arguments each takes, and when it needs them.

*When* decides the order of computation: a stock needs its rate only after everything else is
known, and its initial value only at the start.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """What the language says of one function.

    Parameters
    ----------
    name : str
        In capitals.
    least, most : int
        Number of arguments.
    now : tuple of int or None
        Arguments needed to compute the value at the same time; ``None`` means all of them.
    initial : tuple of int or None
        Arguments needed to compute the value at the initial time; ``None`` means those of ``now``.
    """

    name: str
    least: int
    most: int
    now: tuple[int, ...] | None = None
    initial: tuple[int, ...] | None = None


def _state(name: str, arguments: int, now: tuple[int, ...], initial: tuple[int, ...]) -> Function:
    return Function(name, arguments, arguments, now, initial)


_PLAIN: dict[str, tuple[int, int]] = {
    "ABS": (1, 1), "ARCCOS": (1, 1), "ARCSIN": (1, 1), "ARCTAN": (1, 1), "COS": (1, 1),
    "COSH": (1, 1), "ELMCOUNT": (1, 1), "EXP": (1, 1), "GAME": (1, 1), "GAMMA LN": (1, 1),
    "IF THEN ELSE": (3, 3), "INTEGER": (1, 1), "LN": (1, 1), "LOG": (2, 2), "MAX": (2, 2),
    "MIN": (2, 2), "MODULO": (2, 2), "POWER": (2, 2), "PROD": (1, 1), "PULSE": (2, 2),
    "PULSE TRAIN": (4, 4), "QUANTUM": (2, 2), "RAMP": (2, 3), "SIN": (1, 1), "SINH": (1, 1),
    "SQRT": (1, 1), "STEP": (2, 2), "SUM": (1, 1), "TAN": (1, 1), "TANH": (1, 1),
    "VMAX": (1, 1), "VMIN": (1, 1), "WITH LOOKUP": (2, 2), "XIDZ": (3, 3), "ZIDZ": (2, 2),
    "A FUNCTION OF": (0, 99), "ALLOCATE AVAILABLE": (3, 3), "ALLOCATE BY PRIORITY": (5, 5),
    "GET DIRECT CONSTANTS": (3, 3), "GET DIRECT DATA": (4, 4), "GET DIRECT LOOKUPS": (4, 4),
    "GET DIRECT SUBSCRIPT": (5, 5), "GET TIME VALUE": (3, 3), "GET XLS CONSTANTS": (3, 3),
    "GET XLS DATA": (4, 4), "GET XLS LOOKUPS": (4, 4), "GET XLS SUBSCRIPT": (5, 5),
    "GET DATA AT TIME": (2, 2), "GET DATA BETWEEN TIMES": (3, 3), "GET DATA FIRST TIME": (1, 1),
    "GET DATA LAST TIME": (1, 1), "GET DATA TOTAL POINTS": (1, 1),
    "INVERT MATRIX": (2, 2), "LOOKUP AREA": (3, 3), "LOOKUP BACKWARD": (2, 2),
    "LOOKUP EXTRAPOLATE": (2, 2), "LOOKUP FORWARD": (2, 2), "LOOKUP INVERT": (2, 2),
    "LOOKUP SLOPE": (3, 3), "TABXL": (2, 2), "RANDOM 0 1": (0, 0),
    "RANDOM EXPONENTIAL": (5, 5), "RANDOM NORMAL": (5, 5), "RANDOM UNIFORM": (3, 3),
    "RANDOM TRIANGULAR": (6, 6), "RANDOM WEIBULL": (6, 6), "RANDOM GAMMA": (6, 6),
    "RANDOM BETA": (7, 7), "RANDOM POISSON": (6, 6),
    "VECTOR ELM MAP": (2, 2), "VECTOR RANK": (2, 2), "VECTOR REORDER": (2, 2),
    "VECTOR SELECT": (5, 5), "VECTOR SORT ORDER": (2, 2), "TABBED ARRAY": (1, 99),
    "XMILE HELD": (1, 1), "XMILE INT": (1, 1), "XMILE MOD": (2, 2), "XMILE PULSE": (3, 3),
    "XMILE RAMP": (2, 3), "XMILE ROUND": (1, 1), "XMILE SAFEDIV": (3, 3),
}  # fmt: skip

_STATEFUL: tuple[Function, ...] = (
    _state("INTEG", 2, now=(), initial=(1,)),
    _state("SMOOTH", 2, now=(), initial=(0,)),
    _state("SMOOTHI", 3, now=(), initial=(2,)),
    _state("SMOOTH3", 2, now=(), initial=(0,)),
    _state("SMOOTH3I", 3, now=(), initial=(2,)),
    _state("SMOOTH N", 4, now=(), initial=(2, 3)),
    _state("DELAY1", 2, now=(1,), initial=(0, 1)),
    _state("DELAY1I", 3, now=(1,), initial=(1, 2)),
    _state("DELAY3", 2, now=(1,), initial=(0, 1)),
    _state("DELAY3I", 3, now=(1,), initial=(1, 2)),
    _state("DELAY N", 4, now=(1,), initial=(1, 2, 3)),
    _state("DELAY FIXED", 3, now=(), initial=(1, 2)),
    _state("TREND", 3, now=(0, 1), initial=(0, 1, 2)),
    Function("FORECAST", 3, 4, None, None),
    _state("SAMPLE IF TRUE", 3, now=(0, 1), initial=(0, 1, 2)),
    _state("INITIAL", 1, now=(), initial=(0,)),
    _state("REINITIAL", 1, now=(), initial=(0,)),
    _state("DELAY MATERIAL", 4, now=(), initial=(1, 2)),
    _state("DELAY INFORMATION", 4, now=(), initial=(1, 2)),
    Function("ACTIVE INITIAL", 2, 2, now=(0,), initial=(1,)),
    _state("XMILE CONVEYOR", 4, now=(3,), initial=(1, 2, 3)),
    _state("XMILE LEAK", 5, now=(1, 4), initial=(1, 2, 3, 4)),
    _state("XMILE DELAY", 3, now=(), initial=(1, 2)),
    _state("XMILE DELAYN", 4, now=(1,), initial=(1, 2, 3)),
)

FUNCTIONS: dict[str, Function] = {
    name: Function(name, least, most) for name, (least, most) in _PLAIN.items()
} | {function.name: function for function in _STATEFUL}

UNSUPPORTED = frozenset({
    "DELAY CONVEYOR", "DELAY PROFILE", "DELAY BATCH", "DEPRECIATE STRAIGHTLINE",
    "DEPRECIATE BY SCHEDULE", "SHIFT IF TRUE", "INTERNAL RATE OF RETURN", "TIME SHIFT",
    "SIMULTANEOUS", "FIND ZERO", "SSHAPE", "VECTOR LOOKUP", "FIND MARKET PRICE",
    "DEMAND AT PRICE", "SUPPLY AT PRICE", "SAMPLE UNTIL", "SINTEG", "ALLOC P", "MARKETP",
    "RANDOM BINOMIAL", "RANDOM NEGATIVE BINOMIAL", "RANDOM LOOKUP", "GET VDF CONSTANTS",
    "GET VDF DATA", "GET VDF LOOKUPS", "GET 123 CONSTANTS", "GET 123 DATA", "GET 123 LOOKUPS",
    "GET ODBC DATA", "MESSAGE", "VENSIM COMMAND", "GET DATA MAX", "GET DATA MEAN",
    "GET DATA MEDIAN", "GET DATA MIN", "GET DATA STDV", "RAMP FROM TO", "TIME BASE",
})  # fmt: skip
"""Functions that Vensim has and no engine here; a model may hold them where nothing needs them."""

REDUCTIONS = frozenset({"SUM", "PROD", "VMIN", "VMAX"})


def function_named(name: str) -> Function | None:
    """Return the function of that name, however it is spelled, or ``None``."""
    return FUNCTIONS.get(_capitals(name))


def is_unsupported(name: str) -> bool:
    """Tell whether a name is that of one of :data:`UNSUPPORTED`."""
    return _capitals(name) in UNSUPPORTED


def _capitals(name: str) -> str:
    return " ".join(name.replace("_", " ").upper().split())
