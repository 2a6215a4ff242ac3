"""Bring views up to date with the equations; what stands on them already keeps its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from pysd_runner.model.graph import TIME, ModelGraph
from pysd_runner.names import key
from pysd_runner.sketch.chains import Block, Item
from pysd_runner.sketch.compose import compose
from pysd_runner.sketch.drawing import LANE, MARGIN, Drawing
from pysd_runner.sketch.elements import Arrow, Element, Node, View
from pysd_runner.sketch.place import CELL_HEIGHT, CELL_WIDTH, Cell
from pysd_runner.sketch.plan import Plan, causes, name_of, plans
from pysd_runner.sketch.shadows import LONGEST, beside

_LARGEST = 5_000
"""Half the extent [pixels] up to which a thing keeps others off the cells below it."""

Progress: TypeAlias = Callable[[int, int], None]


def update(
    views: Sequence[View], graph: ModelGraph, progress: Progress | None = None
) -> tuple[View, ...]:
    """Return views on which every variable has one place.

    Parameters
    ----------
    views : sequence of View
        As read; what they show is left where it is, but for variables that are gone.
    graph : ModelGraph
        The model.
    progress : callable or None
        Called with the numbers of views done and in all.

    Notes
    -----
    A new variable goes to the view with the name of its group, which is made if there is none.
    An arrow is added for each new use, and taken away with the shadow that it left where the
    equation no longer uses what it comes from: a diagram must not show causes that are none.
    """
    kept = [_without_past_causes(_without_strangers(view, graph), graph) for view in views]
    homes: dict[str, str] = {}
    for view in kept:
        for node in view.nodes:
            if node.kind == "variable" and not node.shadow and node.name in graph:
                homes.setdefault(key(node.name), view.title)
    wanted = {plan.title: plan for plan in plans(graph, homes)}
    known = {view.title for view in kept}
    new = [plan for plan in wanted.values() if plan.title not in known]
    found = [
        _completed(view, wanted[view.title], graph) if view.title in wanted else view
        for view in kept
    ]
    for plan in new:
        if progress is not None:
            progress(len(found), len(kept) + len(new))
        found.append(compose(plan, graph))
    return tuple(found)


def _without_strangers(view: View, graph: ModelGraph) -> View:
    """Leave out variables that the model does not have, and arrows that hang on nothing."""
    gone: set[int] = set()
    before: Node | None = None
    for node in view.nodes:
        if node.kind == "variable" and node.name not in graph and key(node.name) != TIME:
            gone.add(node.number)
            if node.attached and before is not None and before.kind == "valve":
                gone.add(before.number)
        before = node
    if not gone:
        return view
    ends = {
        end for arrow in view.arrows if arrow.pipe and {arrow.source, arrow.target} & gone
        for end in (arrow.source, arrow.target)
    }  # fmt: skip
    gone |= {node.number for node in view.nodes if node.kind == "cloud" and node.number in ends}

    def stays(element: Element) -> bool:
        if isinstance(element, Arrow):
            return not {element.source, element.target} & gone
        return not (isinstance(element, Node) and element.number in gone)

    return replace(view, elements=tuple(filter(stays, view.elements)))


def _without_past_causes(view: View, graph: ModelGraph) -> View:
    """Leave out arrows from what an equation no longer uses, and shadows that join nothing else."""
    nodes, named = {node.number: node for node in view.nodes}, _named_by(view)

    def at(number: int) -> Node | None:
        node = nodes.get(named.get(number, number))
        return node if node is not None and node.kind == "variable" else None

    past: set[int] = set()
    loose: set[int] = set()
    used: dict[str, frozenset[str]] = {}
    for arrow in view.arrows:
        cause, effect = at(arrow.source), at(arrow.target)
        if arrow.pipe or cause is None or effect is None or effect.shadow:
            continue
        name = key(effect.name)
        if name == TIME:  # which nothing causes; the arrow is a person's own
            continue
        if name not in used:
            used[name] = frozenset(causes(graph.variables[name], graph))
        if key(cause.name) not in used[name]:
            past.add(arrow.number)
            loose |= {cause.number} if cause.shadow else set()
    loose -= {
        end for arrow in view.arrows if arrow.number not in past
        for end in (arrow.source, arrow.target)
    }  # fmt: skip
    if not past:
        return view

    def stays(element: Element) -> bool:
        return isinstance(element, str) or element.number not in past | loose

    return replace(view, elements=tuple(filter(stays, view.elements)))


def _completed(view: View, plan: Plan, graph: ModelGraph) -> View:
    """Add what a plan has and a view lacks."""
    page = _Page(view, plan, graph)
    for name in plan.own:
        if name not in page.drawing.number:
            page.add(name)
    for pipe in plan.pipes:
        if pipe.flow in page.new_flows:
            page.drawing.pipe(pipe)
    for cause, effect in plan.links:
        page.link(cause, effect)
    if page.drawing.last == page.first:
        return view
    return replace(view, elements=tuple(page.drawing.elements))


class _Page:
    """A view that grows."""

    def __init__(self, view: View, plan: Plan, graph: ModelGraph) -> None:
        self.plan, self.graph = plan, graph
        self.names = {name: name_of(graph, name) for name in plan.own}
        self.shadows: dict[str, str] = {}
        numbers = [node.number for node in view.nodes] + [arrow.number for arrow in view.arrows]
        self.first = max(numbers, default=0)
        self.drawing = Drawing(self.names, self.shadows, list(view.elements), last=self.first)
        self.standing: dict[str, list[Node]] = {}
        self.new_flows: set[str] = set()
        self.taken = {cell for node in view.nodes for cell in _cells(node)}
        for node in view.nodes:
            if node.kind == "variable":
                self.standing.setdefault(key(node.name), []).append(node)
                if not node.shadow:
                    self.drawing.number.setdefault(key(node.name), node.number)
        nodes, named = self.drawing.nodes, _named_by(view)
        self.joined = {
            (key(nodes[named.get(arrow.source, arrow.source)].name),
             named.get(arrow.target, arrow.target))
            for arrow in view.arrows
            if arrow.source in nodes and not arrow.pipe
        }  # fmt: skip

    def add(self, name: str) -> None:
        """Give a new variable a place: near what it is linked with, or in a corner below."""
        pipe = next((each for each in self.plan.pipes if each.flow == name), None)
        spot = beside(self._pull(name), self.taken)
        if pipe is None:
            kind = "stock" if self.graph.variables[name].kind == "stock" else "variable"
            self.taken.add(spot)
            self.drawing.put(Block((Item(kind, name, 0, 0, 0),)), spot)
        else:
            self._add_flow(name, spot, None in (pipe.source, pipe.target))
        self.standing[name] = [self.drawing.nodes[self.drawing.number[name]]]

    def _add_flow(self, name: str, spot: Cell, open_ended: bool) -> None:
        self.new_flows.add(name)
        self.taken.add(spot)
        x, y = _pixels(spot)
        self.drawing.put_flow(name, x, y)
        if open_ended:
            cloud = beside((spot[0] * CELL_WIDTH, spot[1] * CELL_HEIGHT), self.taken)
            self.taken.add(cloud)
            self.drawing.put_cloud(name, *_pixels(cloud))

    def _pull(self, name: str) -> tuple[float, float]:
        """Return where a new variable is drawn to: the middle of what it is linked with."""
        others = [
            other for link in (*self.plan.links, *_ends(self.plan)) if name in link
            for other in link if other != name
        ]  # fmt: skip
        at = [node for other in others for node in self.standing.get(other, [])[:1]]
        if not at:
            lowest = max((row for _, row in self.taken), default=-1)
            return 0.0, float((lowest + 1) * CELL_HEIGHT)
        x = sum(node.x for node in at) / len(at)
        y = sum(node.y for node in at) / len(at)
        return x - MARGIN - CELL_WIDTH / 2, y - MARGIN - CELL_HEIGHT / 2

    def link(self, cause: str, effect: str) -> None:
        """Join a cause with an effect, if nothing does: itself if it is near, or a shadow of it."""
        number = self.drawing.number[effect]
        if (cause, number) in self.joined:
            return
        target = self.drawing.nodes[number]
        near = [node for node in self.standing.get(cause, [])
                if math.dist((node.x, node.y), (target.x, target.y)) <= LONGEST]  # fmt: skip
        if near:
            item = f"{cause} #{near[0].number}"
            self.drawing.number[item] = near[0].number
        else:
            item = f"{cause} @{self.drawing.last}"
            self.names[item] = name_of(self.graph, cause)
            self.shadows[item] = cause
            spot = beside((target.x - MARGIN - CELL_WIDTH / 2,
                           target.y - MARGIN - CELL_HEIGHT / 2), self.taken)  # fmt: skip
            self.taken.add(spot)
            self.drawing.put(Block((Item("variable", item, 0, 0, 0),)), spot)
            self.standing.setdefault(cause, []).append(
                self.drawing.nodes[self.drawing.number[item]]
            )
        self.drawing.arrows([(item, effect)])


def _named_by(view: View) -> dict[int, int]:
    """Return the number of the name of each valve; an arrow may meet either."""
    pairs = pairwise(view.nodes)
    return {one.number: two.number for one, two in pairs if one.kind == "valve" and two.attached}


def _ends(plan: Plan) -> Iterator[tuple[str, str]]:
    for pipe in plan.pipes:
        for end in (pipe.source, pipe.target):
            if end is not None:
                yield pipe.flow, end


def _cells(node: Node) -> Iterator[Cell]:
    """Yield the cells of the grid that a node covers, wherever a person has put it."""
    width, height = (min(max(size, 10), _LARGEST) for size in (node.width, node.height))
    first = (
        int((node.x - width - MARGIN) // CELL_WIDTH),
        int((node.y - height - MARGIN) // CELL_HEIGHT),
    )
    last = (
        int((node.x + width - MARGIN) // CELL_WIDTH),
        int((node.y + height - MARGIN) // CELL_HEIGHT),
    )
    for column in range(first[0], last[0] + 1):
        for row in range(first[1], last[1] + 1):
            yield column, row


def _pixels(cell: Cell) -> tuple[int, int]:
    return (
        MARGIN + round((cell[0] + 0.5) * CELL_WIDTH), MARGIN + cell[1] * CELL_HEIGHT + LANE
    )  # fmt: skip
