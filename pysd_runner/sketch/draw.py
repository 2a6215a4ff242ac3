"""Draw a view as SVG: for reports, and to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as Xml

from pysd_runner.sketch.curves import curve, part
from pysd_runner.sketch.elements import Arrow, Node, View
from pysd_runner.sketch.lettering import IN_BOX, LETTER, LINE, WIDEST, lines_of

_MARGIN = 20
_HEAD = 24
"""Height of the title [pixels]."""
_STEPS = 60
"""Parts of an arrow, to find where it leaves its source and meets its target."""

_INK = {"constant": "#6b6b6b", "control": "#6b6b6b", "lookup": "#6b6b6b", "data": "#6b6b6b"}
_SHADOW, _ARROW, _PIPE, _TEXT, _BOX = "#9a9a9a", "#5b7fa6", "#333333", "#111111", "#f4f7fb"
_FONT = {"font-family": "Helvetica, Arial, sans-serif", "font-size": "10.5"}
_HALO = {"stroke": "white", "stroke-width": "2.5", "paint-order": "stroke"}


def draw(view: View, kinds: Mapping[str, str] | None = None) -> str:
    """Return a view as an SVG document.

    Parameters
    ----------
    view : View
        What was read from a file, or composed.
    kinds : mapping of str to str or None
        Kind of each variable by name, so that constants stand back.
    """
    left, top, width, height = _frame(view)
    top, height = top - _HEAD, height + _HEAD
    size = {"width": f"{width}", "height": f"{height}"}
    svg = Xml.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"{left} {top} {width} {height}",
        "role": "img", "aria-label": view.title, **size,
    })  # fmt: skip
    _add_arrow_head(svg)
    Xml.SubElement(svg, "rect", {"x": f"{left}", "y": f"{top}", "fill": "white", **size})
    title = {"x": f"{left + _MARGIN}", "y": f"{top + _HEAD}", "fill": _TEXT}
    Xml.SubElement(svg, "text", {**_FONT, **title, "font-size": "16"}).text = view.title
    nodes = {node.number: node for node in view.nodes}
    known = [a for a in view.arrows if a.source in nodes and a.target in nodes]
    for arrow in sorted(known, key=lambda each: each.pipe):
        add = _add_pipe if arrow.pipe else _add_arrow
        add(svg, arrow, nodes[arrow.source], nodes[arrow.target])
    for node in view.nodes:
        _add_node(svg, node, (kinds or {}).get(node.name, ""))
    return Xml.tostring(svg, encoding="unicode")


def _frame(view: View) -> tuple[int, int, int, int]:
    """Return left, top, width and height of all that stands on a view."""
    if not view.nodes:
        return 0, 0, 100, 100
    nodes = {node.number: node for node in view.nodes}
    corners = [(n.x + side * max(n.width, 20), n.y + side * max(n.height, 12))
               for n in view.nodes for side in (-1, 1)]  # fmt: skip
    for arrow in view.arrows:
        if not arrow.pipe and {arrow.source, arrow.target} <= nodes.keys():
            places = curve(nodes[arrow.source], nodes[arrow.target], arrow.points, 12)
            corners += [(round(x), round(y)) for x, y in places]
    left, right = (pick(x for x, _ in corners) for pick in (min, max))
    top, bottom = (pick(y for _, y in corners) for pick in (min, max))
    return left - _MARGIN, top - _MARGIN, right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN


def _add_arrow_head(svg: Xml.Element) -> None:
    head = Xml.SubElement(Xml.SubElement(svg, "defs"), "marker", {
        "id": "tip", "viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "6",
        "markerHeight": "6", "orient": "auto",
    })  # fmt: skip
    Xml.SubElement(head, "path", {"d": "M0,0.8 L8,4 L0,7.2 z", "fill": _ARROW})


def _add_path(svg: Xml.Element, path: str, stroke: str, width: float, fill: str = "none") -> None:
    look = {"fill": fill, "stroke": stroke, "stroke-width": f"{width:g}"}
    Xml.SubElement(svg, "path", {"d": path, **look})


# -- nodes ----------------------------------------------------------------------------------------


def _add_node(svg: Xml.Element, node: Node, kind: str) -> None:
    x, y = node.x, node.y
    if node.kind == "valve":
        bow_tie = f"M{x - 6},{y - 8} L{x + 6},{y - 8} L{x - 6},{y + 8} L{x + 6},{y + 8} z"
        _add_path(svg, bow_tie, _PIPE, 1, "white")
    elif node.kind == "cloud":
        puffs = "a5,5 0 0 1 1,-9 a6,6 0 0 1 10,-3 a5,5 0 0 1 8,5 a4,4 0 0 1 -1,8 z"
        _add_path(svg, f"M{x - 10},{y + 5} {puffs}", _PIPE, 1, "white")
    elif node.boxed:
        Xml.SubElement(svg, "rect", {
            "x": f"{x - node.width}", "y": f"{y - node.height}", "width": f"{2 * node.width}",
            "height": f"{2 * node.height}", "fill": _BOX, "stroke": _PIPE, "stroke-width": "1.3",
        })  # fmt: skip
        _add_text(svg, lines_of(node.name, IN_BOX), x, y, {"fill": _TEXT, "font-weight": "bold"})
    else:
        ink = _SHADOW if node.shadow else _INK.get(kind, _TEXT)
        _add_text(svg, lines_of(_written(node)), x, y, {"fill": ink})


def _add_text(svg: Xml.Element, lines: list[str], x: int, y: int, look: Mapping[str, str]) -> None:
    first = y - (len(lines) - 1) * LINE / 2 + 3.5
    for number, line in enumerate(lines):
        place = {"x": f"{x}", "y": f"{first + number * LINE:g}", "text-anchor": "middle"}
        text = Xml.SubElement(svg, "text", {**place, **_FONT, **_HALO, **look})
        text.text = line


def _written(node: Node) -> str:
    return f"<{node.name}>" if node.shadow else node.name


# -- arrows and pipes -----------------------------------------------------------------------------


def _add_arrow(svg: Xml.Element, arrow: Arrow, source: Node, target: Node) -> None:
    """Draw what of an arrow lies outside its ends."""
    places = curve(source, target, arrow.points, _STEPS)
    shown = [n for n, at in enumerate(places) if not (_inside(source, at) or _inside(target, at))]
    if len(shown) > 1:
        ends = (shown[0] / _STEPS, shown[-1] / _STEPS)
        begin, bow, end = (f"{x:.1f},{y:.1f}" for x, y in part(source, target, arrow.points, *ends))
        _add_path(svg, f"M{begin} Q{bow} {end}", _ARROW, 0.9)
        svg[-1].set("marker-end", "url(#tip)")


def _inside(node: Node, place: tuple[float, float]) -> bool:
    """Tell whether a place lies on what a node really covers."""
    width, height = float(node.width), float(node.height)
    if node.kind != "variable":
        width, height = 10, 9
    elif not node.boxed:
        lines = lines_of(_written(node), WIDEST)
        width, height = max(map(len, lines)) * LETTER / 2 + 2, len(lines) * LINE / 2 + 2
    return abs(place[0] - node.x) < width and abs(place[1] - node.y) < height


def _add_pipe(svg: Xml.Element, arrow: Arrow, valve: Node, end: Node) -> None:
    places = _along_pipe(arrow, valve, end)
    path = "M" + " L".join(f"{x:g},{y:g}" for x, y in places)
    _add_path(svg, path, _PIPE, 4)
    _add_path(svg, path, "white", 2)
    if arrow.head:
        (x0, y0), (x, y) = places[-2:]
        level = abs(x - x0) >= abs(y - y0)
        sign = 1 if (x > x0 if level else y > y0) else -1
        back = f"{-7 * sign},-5 l0,10" if level else f"-5,{-7 * sign} l10,0"
        _add_path(svg, f"M{x:g},{y:g} l{back} z", _PIPE, 1, "white")


def _along_pipe(arrow: Arrow, valve: Node, end: Node) -> list[tuple[float, float]]:
    """Return the corners of half a pipe, from the valve to the edge of what it joins."""
    start = (float(valve.x), float(valve.y))
    corners = [(float(x), float(y)) for x, y in arrow.points if (x, y) != (0, 0)]
    x, y = corners[-1] if corners else start
    width, height = (end.width, end.height) if end.boxed else (10, 8)
    level = abs(y - end.y) <= height
    if level:  # it meets the left or right edge, at its own height
        before = corners[-2] if len(corners) > 1 else start
        x = end.x - width if before[0] < end.x else end.x + width
        return [start, *corners[:-1], (x, y)]
    return [start, *corners, (x, end.y - height if y < end.y else end.y + height)]
