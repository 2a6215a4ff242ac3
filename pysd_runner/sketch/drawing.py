"""Collect the nodes and arrows of a view: from items on a grid to places in pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pysd_runner.sketch.chains import Block, Item
from pysd_runner.sketch.curves import bend
from pysd_runner.sketch.elements import Arrow, Element, Node, Point
from pysd_runner.sketch.lettering import extent
from pysd_runner.sketch.place import CELL_HEIGHT, CELL_WIDTH, Cell, Link
from pysd_runner.sketch.plan import Pipe

MARGIN = 24
LANE = 20
"""Depth of the middle of a pipe below the top of its row [pixels]."""

_STOCK_WIDTH, _STOCK_HEIGHT = 50, 18
_GAP = 9
"""From the middle of a valve to the top of its name [pixels]."""


@dataclass(slots=True)
class Drawing:
    """What a view shows, as it grows.

    Parameters
    ----------
    names : mapping of str to str
        Item -> name that is written.
    shadows : collection of str
        Items that are shadows.
    elements : list
        Nodes and arrows so far.
    number : dict of str to int
        Item -> number of its node.
    """

    names: Mapping[str, str]
    shadows: Mapping[str, str]
    elements: list[Element] = field(default_factory=list)
    number: dict[str, int] = field(default_factory=dict)
    valve: dict[str, int] = field(default_factory=dict)
    cloud: dict[tuple[str, bool], int] = field(default_factory=dict)
    last: int = 0

    @property
    def nodes(self) -> dict[int, Node]:
        """Nodes so far, by number."""
        return {each.number: each for each in self.elements if isinstance(each, Node)}

    def next(self) -> int:
        """Return a number that nothing has yet."""
        self.last += 1
        return self.last

    def put(self, block: Block, corner: Cell) -> None:
        """Place the items of a block."""
        for item in block.items:
            x = MARGIN + round((corner[0] + item.column + 0.5) * CELL_WIDTH)
            top = MARGIN + (corner[1] + item.first) * CELL_HEIGHT
            if item.kind == "cloud":
                self.put_cloud(item.name, x, top + LANE)
            elif item.kind == "flow":
                self.put_flow(item.name, x, top + LANE)
            elif item.kind == "stock":
                self._put_stock(item, x, top)
            elif item.kind == "variable":
                self._put_text(item.name, x, top + CELL_HEIGHT // 2)

    def put_cloud(self, flow: str, x: int, y: int) -> None:
        """Place the cloud at the open end of a flow."""
        self.cloud[flow, True] = number = self.next()
        self.elements.append(Node(number, "cloud", "", x, y, 10, 8))

    def put_flow(self, name: str, x: int, y: int) -> None:
        """Place a valve and, below it, its name."""
        self.valve[name] = number = self.next()
        self.elements.append(Node(number, "valve", "", x, y, 6, 8))
        width, height = extent(self.names[name])
        self.number[name] = number = self.next()
        self.elements.append(
            Node(number, "variable", self.names[name], x, y + _GAP + height, width, height,
                 attached=True)
        )  # fmt: skip

    def pipe(self, pipe: Pipe) -> None:
        """Join a valve with what its flow leaves and enters."""
        nodes = self.nodes
        valve = nodes[self.valve[pipe.flow]]
        for end, head in ((pipe.target, True), (pipe.source, False)):
            number = self.cloud[pipe.flow, True] if end is None else self.number[end]
            node = nodes[number]
            points: tuple[Point, ...] = ((node.x, valve.y),)
            self.elements.append(Arrow(self.next(), valve.number, number, True, head, points))

    def arrows(self, links: Sequence[Link]) -> None:
        """Join causes with effects; one end of a flow is its name or, from above, its valve."""
        nodes = self.nodes
        texts = [node for node in nodes.values() if node.kind != "cloud"]
        for cause, effect in links:
            source, target = nodes[self.number[cause]], nodes[self.number[effect]]
            if effect in self.valve and source.y <= nodes[self.valve[effect]].y:
                target = nodes[self.valve[effect]]
            points = bend(source, target, texts)
            self.elements.append(
                Arrow(self.next(), source.number, target.number, False, True, points)
            )

    def _put_stock(self, item: Item, x: int, top: int) -> None:
        half = (item.last - item.first) * CELL_HEIGHT // 2
        self.number[item.name] = number = self.next()
        self.elements.append(
            Node(number, "variable", self.names[item.name], x, top + LANE + half, _STOCK_WIDTH,
                 _STOCK_HEIGHT + half, boxed=True)
        )  # fmt: skip

    def _put_text(self, item: str, x: int, y: int) -> None:
        name, shadow = self.names[item], item in self.shadows
        width, height = extent(f"<{name}>" if shadow else name)
        self.number[item] = number = self.next()
        self.elements.append(Node(number, "variable", name, x, y, width, height, shadow=shadow))
