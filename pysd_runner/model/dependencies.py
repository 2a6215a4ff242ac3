"""Which variables an expression needs, and when: at the same time, at the start, or for a rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from pysd_runner.model.functions import REDUCTIONS, function_named
from pysd_runner.model.syntax import Call, Expression, Reference, children
from pysd_runner.names import key

Moment = Literal["now", "initial"]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that an expression needs: a variable, with the subscripts it is asked for."""

    name: str
    subscripts: tuple[str, ...]

    @property
    def key(self) -> str:
        """Key of the variable's name."""
        return key(self.name)


def needs(node: Expression, moment: Moment, is_variable: Callable[[str], bool]) -> Iterator[Need]:
    """Yield what ``node`` needs for its value at ``moment``.

    Parameters
    ----------
    node : Expression
        The right side of an equation.
    moment : {"now", "initial"}
        During a run, or at the initial time, when stocks take their initial values.
    is_variable : callable
        Tells whether a called name is a lookup variable rather than a function.
    """
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Reference):
            yield Need(current.name, current.subscripts)
            continue
        inner = children(current)
        if isinstance(current, Call):
            if is_variable(current.function):
                yield Need(current.function, current.subscripts)
            elif (function := function_named(current.function)) is not None:
                wanted = function.now
                if moment == "initial" and function.initial is not None:
                    wanted = function.initial
                if wanted is not None:
                    inner = tuple(inner[i] for i in wanted if i < len(inner))
        stack += reversed(inner)


def marked_ranges(node: Expression) -> list[str]:
    """Return the keys of the ranges marked ``!`` below a reduction, without those of inner ones.

    Two spellings of a range mean one and the same, as everywhere.
    """
    found: list[str] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Call) and is_reduction(current):
            continue
        if isinstance(current, Reference | Call):
            found += [key(s) for s in current.subscripts if s.endswith("!")]
        stack += reversed(children(current))
    return found


def is_reduction(node: Call) -> bool:
    """Tell whether a call is one of SUM, PROD, VMIN and VMAX."""
    return key(node.function).upper() in REDUCTIONS
