"""Which variables an expression needs, and when: at the same time, at the start, or for a rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from pysd_runner.model.functions import function_named
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
    if isinstance(node, Reference):
        yield Need(node.name, node.subscripts)
        return
    inner = children(node)
    if isinstance(node, Call):
        if is_variable(node.function):
            yield Need(node.function, node.subscripts)
        elif (function := function_named(node.function)) is not None:
            wanted = function.now
            if moment == "initial" and function.initial is not None:
                wanted = function.initial
            if wanted is not None:
                inner = tuple(inner[i] for i in wanted if i < len(inner))
    for child in inner:
        yield from needs(child, moment, is_variable)
