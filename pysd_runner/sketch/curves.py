"""Curved arrows: where they run, and which way they bow so that they meet no text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from pysd_runner.sketch.elements import Node, Point

Place: TypeAlias = tuple[float, float]

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


def curve(source: Node, target: Node, points: Sequence[Point], steps: int) -> list[Place]:
    """Return places along an arrow from the middle of its source to that of its target."""
    corners = _corners(source, target, points)
    return [_blossom(corners, step / steps, step / steps) for step in range(steps + 1)]


def part(
    source: Node, target: Node, points: Sequence[Point], first: float, last: float
) -> tuple[Place, Place, Place]:
    """Return a part of an arrow as the three points of a quadratic Bézier curve.

    Parameters
    ----------
    first, last : float
        Where it begins and ends: 0 is the middle of the source, 1 that of the target.
    """
    corners = _corners(source, target, points)
    begin, middle, end = ((first, first), (first, last), (last, last))
    return _blossom(corners, *begin), _blossom(corners, *middle), _blossom(corners, *end)


def _corners(source: Node, target: Node, points: Sequence[Point]) -> tuple[Place, Place, Place]:
    """Return the Bézier curve that passes the one point that a file gives, in its middle."""
    halfway = ((source.x + target.x) / 2, (source.y + target.y) / 2)
    point: Place = points[0] if points and points[0] != (0, 0) else halfway
    control = (2 * point[0] - halfway[0], 2 * point[1] - halfway[1])
    return (source.x, source.y), control, (target.x, target.y)


def _blossom(corners: tuple[Place, Place, Place], s: float, t: float) -> Place:
    """Return the polar form of the curve; at s = t it is the place on it."""
    a, b, c = (1 - s) * (1 - t), s + t - 2 * s * t, s * t
    (x0, y0), (x1, y1), (x2, y2) = corners
    return a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2


def _met(source: Node, target: Node, point: Point, texts: Sequence[Node]) -> int:
    places = curve(source, target, (point,), 20)[1:-1]
    return sum(
        any(abs(x - text.x) < text.width and abs(y - text.y) < text.height for x, y in places)
        for text in texts
    )
