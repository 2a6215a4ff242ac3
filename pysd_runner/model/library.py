"""Functions of Vensim that its manual defines by equations: they are macros written here.

References
----------
.. [1] Vensim Reference Manual: NPV, DELAYP, RANDOM PINK NOISE.
.. [2] Sterman, J. D. (2000). Business Dynamics. McGraw-Hill, appendix B: pink noise.
"""

from __future__ import annotations

from functools import cache

from pysd_runner.model.parse import parse_statement
from pysd_runner.model.statement import Statement

_TEXTS: dict[str, tuple[str, ...]] = {
    "NPV(stream, discount rate, start, factor)": (
        "NPV = (sum so far + stream * TIME STEP * discount) * factor",
        "sum so far = INTEG(stream * discount, start)",
        "discount = INTEG(-discount * discount rate / (1 + discount rate * TIME STEP), 1)",
    ),
    "DELAYP(input, delay time : pipeline)": (
        "DELAYP = third / stage time",
        "pipeline = first + second + third",
        "first = INTEG(input - first / stage time, at start)",
        "second = INTEG(first / stage time - second / stage time, at start)",
        "third = INTEG(second / stage time - DELAYP, at start)",
        "at start = input * stage time",
        "stage time = delay time / 3",
    ),
    "RANDOM PINK NOISE(mean, deviation, correlation time, seed)": (
        "RANDOM PINK NOISE = INTEG((scaled - RANDOM PINK NOISE) / correlation time, mean)",
        "scaled = mean + deviation * SQRT((2 - ratio) / ratio) * white",
        "ratio = TIME STEP / correlation time",
        "white = RANDOM NORMAL(-6, 6, 0, 1, seed)",
    ),
}


@cache
def library() -> tuple[tuple[str, tuple[Statement, ...]], ...]:
    """Return the header and the equations of each."""
    return tuple((header, tuple(map(parse_statement, texts))) for header, texts in _TEXTS.items())
