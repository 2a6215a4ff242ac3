from __future__ import annotations

import pytest

from pysd_runner.sketch.curves import STRAIGHT, bend, curve, part
from pysd_runner.sketch.elements import Node

LEFT = Node(1, "variable", "left", 0, 0, 20, 8)
RIGHT = Node(2, "variable", "right", 200, 0, 20, 8)


def test_an_arrow_bows_out_a_little() -> None:
    assert bend(LEFT, RIGHT, [LEFT, RIGHT]) == ((100, 26),)


def test_an_arrow_bows_away_from_a_text() -> None:
    below = Node(3, "variable", "text", 100, 26, 40, 8)
    assert bend(LEFT, RIGHT, [LEFT, RIGHT, below]) == ((100, -26),)


def test_an_arrow_between_texts_is_straight() -> None:
    crowd = [Node(number, "variable", "text", 100, y, 60, 9)
             for number, y in enumerate((26, -26, 45, -45), 3)]  # fmt: skip
    assert bend(LEFT, RIGHT, [LEFT, RIGHT, *crowd]) == STRAIGHT


@pytest.mark.parametrize("point", [(100, 40), (0, 0)])
def test_a_curve_passes_its_point(point: tuple[int, int]) -> None:
    places = curve(LEFT, RIGHT, (point,), 10)
    assert places[0] == (0, 0)
    assert places[5] == (100, point[1])
    assert places[-1] == (200, 0)


@pytest.mark.parametrize(("first", "last"), [(0.0, 1.0), (0.25, 0.75), (0.5, 0.9)])
def test_a_part_of_a_curve_lies_on_it(first: float, last: float) -> None:
    (x0, y0), (x1, y1), (x2, y2) = part(LEFT, RIGHT, ((80, 40),), first, last)
    whole = curve(LEFT, RIGHT, ((80, 40),), 1000)
    for t in (0.0, 0.5, 1.0):
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        place = whole[round(1000 * (first + t * (last - first)))]
        assert (a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2) == pytest.approx(place)
