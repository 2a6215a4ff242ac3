"""What a diagram is made of: boxes, valves, clouds, texts and the arrows between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Point: TypeAlias = tuple[int, int]
NodeKind: TypeAlias = Literal["variable", "valve", "cloud", "comment"]


@dataclass(frozen=True, slots=True)
class Node:
    """Something with a place on a view.

    Parameters
    ----------
    number : int
        By which arrows refer to it; unique on a view.
    kind : str
        ``variable``, ``valve``, ``cloud`` or ``comment``.
    name : str
        Of the variable, or the text of the comment.
    x, y : int
        Centre [pixels], y downwards.
    width, height : int
        Half the extent [pixels], as the file has it.
    boxed : bool
        Whether a frame is drawn, as for a stock.
    shadow : bool
        Whether the variable is at home elsewhere.
    attached : bool
        Whether it names the valve before it.
    line : str
        The line of the file it was read from; ``""`` if it is new.
    """

    number: int
    kind: NodeKind
    name: str
    x: int
    y: int
    width: int
    height: int
    boxed: bool = False
    shadow: bool = False
    attached: bool = False
    line: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A link between two nodes.

    Parameters
    ----------
    number : int
        Unique on a view.
    source, target : int
        Numbers of nodes; for half of a pipe, the valve and the stock or cloud at its end.
    pipe : bool
        Whether material flows in it.
    head : bool
        Whether it ends in a point.
    points : tuple of (int, int)
        What it passes; an arrow with ``(0, 0)`` is straight.
    line : str
        The line of the file it was read from; ``""`` if it is new.
    """

    number: int
    source: int
    target: int
    pipe: bool
    head: bool
    points: tuple[Point, ...]
    line: str = ""


Element: TypeAlias = Node | Arrow | str
"""A node, an arrow, or a line that means nothing to us and stays as it is."""


@dataclass(frozen=True, slots=True)
class View:
    """One page of a diagram.

    Parameters
    ----------
    title : str
        Its name.
    elements : tuple
        Nodes, arrows and other lines in the order of the file.
    header : tuple of str
        The lines above its title.
    """

    title: str
    elements: tuple[Element, ...]
    header: tuple[str, ...] = (
        "\\\\\\---/// Sketch information - do not modify anything except names",
        "V300  Do not put anything below this section - it will be ignored",
    )

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All that has a place."""
        return tuple(each for each in self.elements if isinstance(each, Node))

    @property
    def arrows(self) -> tuple[Arrow, ...]:
        """All links."""
        return tuple(each for each in self.elements if isinstance(each, Arrow))
