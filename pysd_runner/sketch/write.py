"""Write views as the sketch section of a Vensim file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pysd_runner.model.syntax import quoted
from pysd_runner.sketch.elements import Arrow, Node, View

STYLE = "$192-192-192,0,Arial|10||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0"
FOOTER = "///---\\\\\\\n"
_GREY = "128-128-128,0-0-0,|10||128-128-128"


def write_views(views: Sequence[View]) -> str:
    """Return the views as text: what was read stands as it was, what is new is written anew."""
    return "".join(f"{line}\n" for view in views for line in _lines(view))


def _lines(view: View) -> Iterator[str]:
    yield from view.header
    yield f"*{view.title}"
    for element in view.elements:
        if isinstance(element, str):
            yield element
        elif isinstance(element, Node):
            yield element.line or _node(element)
        else:
            yield element.line or _arrow(element)


def _node(node: Node) -> str:
    place = f"{node.x},{node.y},{node.width},{node.height}"
    if node.kind == "valve":
        return f"11,{node.number},0,{place},34,3,0,0,1,0,0,0"
    if node.kind == "cloud":
        return f"12,{node.number},48,{place},0,3,0,0,-1,0,0,0"
    if node.kind == "comment":
        return f"12,{node.number},0,{place},8,7,0,0,-1,0,0,0\n{node.name}"
    name = quoted(node.name)
    if node.shadow:
        return f"10,{node.number},{name},{place},8,2,0,3,-1,0,0,0,{_GREY}"
    if node.boxed:
        return f"10,{node.number},{name},{place},3,3,0,0,0,0,0,0"
    shape = 40 if node.attached else 8
    return f"10,{node.number},{name},{place},{shape},3,0,0,-1,0,0,0"


def _arrow(arrow: Arrow) -> str:
    points = "".join(f"({x},{y})|" for x, y in arrow.points)
    ends = f"{arrow.number},{arrow.source},{arrow.target}"
    if arrow.pipe:
        shape = 4 if arrow.head else 100
        return f"1,{ends},{shape},0,0,22,0,0,0,-1--1--1,,{len(arrow.points)}|{points}"
    shape = 0 if arrow.points == ((0, 0),) else 1
    return f"1,{ends},{shape},0,0,0,0,64,0,-1--1--1,,{len(arrow.points)}|{points}"
