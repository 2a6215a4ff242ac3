"""A model as the compiler's back end wants it: nodes, states, outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pysd_runner.kernel.ir import Node, Points

Cell: TypeAlias = tuple[str, tuple[str, ...]]
"""Key of a variable and keys of the elements of one of its cells."""

Reduction: TypeAlias = Literal["sum", "max", "min", "first"]
Method: TypeAlias = Literal["euler", "rk2", "rk4"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A table that differs by run: the values of a lookup, or of anything else over time.

    Parameters
    ----------
    cell : Cell
        A lookup, or a variable that is to follow the curve over time.
    x : tuple of float
        Where the values are given, increasing; the values are inputs of the run.
    """

    cell: Cell
    x: tuple[float, ...]


Input: TypeAlias = Cell | Curve
"""What may differ by run: a constant, the initial value of a stock, or a curve."""


StateKind: TypeAlias = Literal["rate", "next", "past", "carried"]


@dataclass(frozen=True, slots=True)
class State:
    """Something that a run remembers from one step to the next.

    Parameters
    ----------
    name : str
        Of the cell that it belongs to, for messages.
    kind : str
        ``rate``: ``change`` is what the state gains in a unit of time; ``next``: it is the value
        at the next step; ``past``: it is the value ``length`` steps later, ``initial`` until then;
        ``carried``: as ``past``, but of the mean over a step, so that what is carried is not lost.
    initial, change : int
        Nodes.
    length : int or None
        Node of the number of steps that a ``past`` lasts; known when the run starts.
    """

    name: str
    kind: StateKind
    initial: int
    change: int
    length: int | None = None

    @property
    def is_ring(self) -> bool:
        """Whether it is a value from some steps ago."""
        return self.kind in ("past", "carried")


@dataclass(frozen=True, slots=True)
class Measure:
    """A number for each run, reduced while it runs.

    Parameters
    ----------
    kind : str
        ``sum``: of the values at the save times times their weights; ``max``, ``min``: of the
        values whose weight is not zero; ``first``: the first time of weight other than zero at
        which the value is not zero, no number if there is none.
    node : int
        What is reduced.
    """

    kind: Reduction
    node: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that must stay within limits; it is looked at when values are saved."""

    node: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Program:
    """What one run computes.

    Parameters
    ----------
    nodes : tuple of Node
        Each after its operands.
    tables : tuple of Points
        Lookup tables, by index.
    inputs : int
        How many numbers a run is given.
    states : tuple of State
        By index; only those that an output depends on.
    outputs : tuple of int
        Nodes of the cells asked for, in their order.
    initial_time, time_step : float
        In the model's time unit; where the time step changes, it is not used.
    step : int
        Node of the time step.
    measures : tuple of Measure
        What is reduced while the run goes on.
    limits : tuple of Limit
        What is watched.
    """

    nodes: tuple[Node, ...] = field(repr=False)
    tables: tuple[Points, ...] = field(repr=False)
    inputs: int
    states: tuple[State, ...] = field(repr=False)
    outputs: tuple[int, ...] = field(repr=False)
    initial_time: float
    time_step: float
    step: int
    measures: tuple[Measure, ...] = field(default=(), repr=False)
    limits: tuple[Limit, ...] = field(default=(), repr=False)
