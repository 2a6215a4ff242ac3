"""What an XMILE file says, before any equation is parsed: its records, as they stand in the file.

References
----------
.. [1] OASIS (2015). XML Interchange Language for System Dynamics (XMILE) Version 1.0, chapters 2
   to 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pysd_runner.model.syntax import Table

VariableTag = Literal["stock", "flow", "aux", "gf"]
MethodName = Literal["euler", "rk2", "rk4"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text and the line on which it starts."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Part:
    """The equation of a variable, or of some elements of it.

    Parameters
    ----------
    subscripts : tuple of str or None
        The element that it is for; ``None`` means all elements that have no other.
    equation : Piece or None
        What stands in ``<eqn>``.
    start : Piece or None
        What stands in ``<init_eqn>``.
    graph : Table or None
        Points of its graphical function.
    """

    subscripts: tuple[str, ...] | None
    equation: Piece | None
    start: Piece | None = None
    graph: Table | None = None


@dataclass(frozen=True, slots=True)
class Conveyor:
    """A stock whose contents travel.

    Parameters
    ----------
    length : Piece
        Time that the journey takes.
    """

    length: Piece


@dataclass(frozen=True, slots=True)
class VariableText:
    """A variable as the file has it.

    Parameters
    ----------
    tag : str
        ``stock``, ``flow``, ``aux`` or ``gf``.
    name : str
        With single blanks.
    line : int
        Line of its start tag.
    parts : tuple of Part
        Its equations.
    dimensions : tuple of str
        Names of the dimensions it runs over.
    unit, comment, group : str
        What ``<units>`` and ``<doc>`` say, and the sector that lists it.
    limits : tuple of float or None
        What ``<range>`` says.
    inflows, outflows : tuple of Piece
        Of a stock, in the order of the file, which is that of priority.
    non_negative : bool
        Whether a stock cannot be drained below zero, or a flow cannot run backwards.
    conveyor : Conveyor or None
        Of a stock whose contents travel.
    leak : Piece or None
        Of a flow through which a conveyor leaks: the fraction of what came in.
    """

    tag: VariableTag
    name: str
    line: int
    parts: tuple[Part, ...]
    dimensions: tuple[str, ...] = ()
    unit: str = ""
    comment: str = ""
    group: str = ""
    limits: tuple[float | None, float | None, float | None] = (None, None, None)
    inflows: tuple[Piece, ...] = ()
    outflows: tuple[Piece, ...] = ()
    non_negative: bool = False
    conveyor: Conveyor | None = None
    leak: Piece | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A model used inside another one.

    Parameters
    ----------
    name : str
        Of this use.
    model : str
        Name of the model that is used.
    connections : tuple of (str, str)
        An input of it, and the variable that it is joined to.
    line : int
        Line of its start tag.
    """

    name: str
    model: str
    connections: tuple[tuple[str, str], ...]
    line: int


@dataclass(frozen=True, slots=True)
class ModelText:
    """A model as the file has it."""

    name: str
    variables: tuple[VariableText, ...]
    modules: tuple[Module, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Macro:
    """A function that the file defines.

    Parameters
    ----------
    name : str
        What it is called by.
    parameters : tuple of (str, str)
        Names of its arguments, and what stands for one that is not given, or ``""``.
    equation : Piece
        What it returns.
    variables : tuple of VariableText
        Variables of its own.
    line : int
        Line of its start tag.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    equation: Piece
    variables: tuple[VariableText, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension, its elements, and the dimensions that it is mapped to, place by place."""

    name: str
    elements: tuple[str, ...]
    line: int
    mapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SimSpecs:
    """The times of a run [model's time unit] and how it is integrated."""

    start: float
    stop: float
    step: float
    save: float
    method: MethodName
    unit: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """An XMILE file.

    Parameters
    ----------
    specs : SimSpecs
        Times and method.
    dimensions : tuple of Dimension
        Those of all its arrays.
    models : tuple of ModelText
        The first is the model itself, others are used by modules.
    macros : tuple of Macro
        Functions that it defines.
    """

    specs: SimSpecs
    dimensions: tuple[Dimension, ...] = ()
    models: tuple[ModelText, ...] = field(default=(), repr=False)
    macros: tuple[Macro, ...] = ()
