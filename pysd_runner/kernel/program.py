"""A model as the compiler's back end wants it: nodes, states, outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pysd_runner.kernel.ir import Node, Points

Cell = tuple[str, tuple[str, ...]]
"""Key of a variable and keys of the elements of one of its cells."""


@dataclass(frozen=True, slots=True)
class State:
    """Something that a run remembers from one step to the next.

    Parameters
    ----------
    name : str
        Of the cell that it belongs to, for messages.
    kind : str
        ``rate``: ``change`` is what the state gains in a unit of time; ``next``: it is the value
        at the next step.
    initial, change : int
        Nodes.
    """

    name: str
    kind: Literal["rate", "next"]
    initial: int
    change: int


@dataclass(frozen=True, slots=True)
class Program:
    """What one run computes.

    Parameters
    ----------
    nodes : tuple of Node
        Each after its operands.
    tables : tuple of Points
        Lookup tables, by index.
    inputs : tuple of Cell
        What may differ by run, by index; ``defaults`` are the values of the model file.
    states : tuple of State
        By index; only those that an output depends on.
    outputs : tuple of int
        Nodes of the cells asked for, in their order.
    """

    nodes: tuple[Node, ...] = field(repr=False)
    tables: tuple[Points, ...] = field(repr=False)
    inputs: tuple[Cell, ...] = field(repr=False)
    defaults: tuple[float, ...] = field(repr=False)
    states: tuple[State, ...] = field(repr=False)
    outputs: tuple[int, ...] = field(repr=False)
