"""Curved arrows: where they run, and which way they bow so that they meet no text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pysd_runner.sketch.elements import Node, Point

STRAIGHT: tuple[Point, ...] = ((0, 0),)
"""How a file writes an arrow without a bend."""

_BENDS = (0.13, -0.13, 0.24, -0.24, 0.0, 0.36, -0.36, 0.5, -0.5)
"""How far an arrow may bow out, relative to its length; the first that meets no text is taken."""


def bend(source: Node, target: Node, texts: Sequence[Node]) -> tuple[Point, ...]:
    """Return the point that an arrow passes, bowed to where it meets the fewest texts."""
    dx, dy = target.x - source.x, target.y - source.y
    middle = ((source.x + target.x) / 2, (source.y + target.y) / 2)
    reach = math.hypot(dx, dy)
    near = [
        text for text in texts
        if text.number not in (source.number, target.number)
        and math.dist((text.x, text.y), middle) < reach + text.width
    ]  # fmt: skip
    best, fewest = STRAIGHT, len(near) + 1
    for bent in _BENDS:
        point = (round(middle[0] - bent * dy), round(middle[1] + bent * dx))
        met = _met(source, target, point, near)
        if met < fewest:
            best, fewest = ((point,) if bent else STRAIGHT), met
    return best


def curve(
    source: Node, target: Node, points: Sequence[Point], steps: int
) -> list[tuple[float, float]]:
    """Return places along an arrow from the middle of its source to that of its target."""
    point: tuple[float, float] = points[0] if points else (0, 0)
    if point == (0, 0):
        point = ((source.x + target.x) / 2, (source.y + target.y) / 2)
    cx = 2 * point[0] - (source.x + target.x) / 2
    cy = 2 * point[1] - (source.y + target.y) / 2
    places = []
    for step in range(steps + 1):
        t = step / steps
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        places.append((a * source.x + b * cx + c * target.x, a * source.y + b * cy + c * target.y))
    return places


def _met(source: Node, target: Node, point: Point, texts: Sequence[Node]) -> int:
    places = curve(source, target, (point,), 20)[1:-1]
    return sum(
        any(abs(x - text.x) < text.width and abs(y - text.y) < text.height for x, y in places)
        for text in texts
    )
