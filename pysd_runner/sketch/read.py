"""Read the sketch section of a Vensim file: the views, with every line kept as it was written."""

from __future__ import annotations

import re

from pysd_runner.names import clean
from pysd_runner.sketch.elements import Arrow, Element, Node, NodeKind, Point, View

MARK = "\\\\\\---///"
"""The line above each view begins so."""

_FIELD = re.compile(r'"(?:\\.|[^"\\])*"|[^,]*')
_POINTS = re.compile(r"(?<!\d)\d+\|((?:\(-?\d{1,9},-?\d{1,9}\)\|)+)\s*$")
_POINT = re.compile(r"\((-?\d+),(-?\d+)\)")
_INTEGER = re.compile(r"-?\d{1,9}")
_CLOUD = "48"
_BITS = 8
"""Field of a node whose lowest bit says that it is the variable itself, no shadow of it."""

_BOX_SHAPES = (3, 4)


def read_views(sketch: str) -> tuple[View, ...]:
    """Return the views of the sketch part of a file, with its marks."""
    return tuple(_view(header, block) for header, block in _blocks(sketch) if block)


def lines_without_view(sketch: str) -> str:
    """Return what stands behind the last view and belongs to none; ``""`` if there is no view."""
    *views, (header, block) = _blocks(sketch) or [([], [])]
    return "".join(f"{line}\n" for line in header) if views and not block else ""


def _blocks(sketch: str) -> list[tuple[list[str], list[str]]]:
    """Return what stands above each title, and the title with what stands below it.

    What stands above no title comes last, with an empty block.
    """
    found: list[tuple[list[str], list[str]]] = []
    header: list[str] = []
    block: list[str] = []
    for line in sketch.removesuffix("\n").split("\n") if sketch else ():
        if line.startswith(MARK):
            if block:
                found.append((header, block))
                header, block = [], []
            header.append(line)
        elif line.startswith("*"):
            if block:
                found.append((header, block))
                header = []
            block = [line]
        else:
            (block if block else header).append(line)
    return [*found, (header, block)] if header or block else found


def _view(header: list[str], block: list[str]) -> View:
    elements: list[Element] = []
    lines = iter(block[1:])
    for line in lines:
        fields = _split(line)
        if fields[0] in ("10", "11", "12") and len(fields) > _BITS:
            below = next(lines, "") if _has_text_below(fields) else ""
            elements.append(_node(fields, line, below))
        elif fields[0] == "1" and len(fields) > _BITS and (points := _POINTS.search(line)):
            elements.append(_arrow(fields, points[1], line))
        else:
            elements.append(line)
    return View(block[0][1:].strip(), tuple(elements), tuple(header))


def _split(line: str) -> list[str]:
    """Split at commas outside quotes."""
    found, start = [], 0
    while True:
        match = _FIELD.match(line, start)
        assert match is not None
        found.append(match[0])
        if match.end() == len(line):
            return found
        start = match.end() + 1


def _has_text_below(fields: list[str]) -> bool:
    return fields[0] == "12" and bool(_integer(fields[_BITS]) & 4)


def _node(fields: list[str], line: str, below: str) -> Node:
    number, x, y, width, height, shape, bits = (
        _integer(fields[i]) for i in (1, 3, 4, 5, 6, 7, _BITS)
    )
    kind: NodeKind = "variable"
    name = clean(fields[2])
    if fields[0] == "11":
        kind, name = "valve", ""
    elif fields[0] == "12":
        kind = "cloud" if fields[2] == _CLOUD else "comment"
        name = "" if kind == "cloud" else below or name
    text = f"{line}\n{below}" if below else line
    boxed = kind == "variable" and shape & 31 in _BOX_SHAPES
    shadow = kind == "variable" and not bits & 1
    attached = kind == "variable" and bool(shape & 32)
    return Node(number, kind, name, x, y, width, height, boxed, shadow, attached, text)


def _arrow(fields: list[str], points: str, line: str) -> Arrow:
    number, source, target, shape = (_integer(fields[i]) for i in (1, 2, 3, 4))
    pipe = _integer(fields[7]) == 22
    found: list[Point] = [(int(x), int(y)) for x, y in _POINT.findall(points)]
    return Arrow(number, source, target, pipe, not (pipe and shape == 100), tuple(found), line)


def _integer(text: str) -> int:
    return int(text) if _INTEGER.fullmatch(text.strip()) else 0
