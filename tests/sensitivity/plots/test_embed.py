"""Figures in a page: text that can be searched, and the same bytes whoever draws them."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

import sensitivity.plots.embed as module
from sensitivity.plots.embed import Drawer, drawing, faces_for
from sensitivity.plots.small_multiples import Panel, small_multiples

SVG = "{http://www.w3.org/2000/svg}"


def figures(count: int) -> list[Figure]:
    times = np.linspace(0, 1, 11)
    return [
        small_multiples([Panel(f"figure <{n}>", {"x": n * times})], times, shares=True)
        for n in range(count)
    ]


def titles(count: int) -> list[str]:
    return [f"Title {n}" for n in range(count)]


def drawings(asked: list[Figure], named: list[str], workers: int = 1) -> list[str]:
    with Drawer(workers) as drawer:
        for figure, title in zip(asked, named, strict=True):
            drawer.add(figure, title)
        return list(drawer.drawn().values())


def test_a_drawing_is_valid_svg_with_a_title_and_text() -> None:
    (figure,) = figures(1)
    drawn = drawing(figure, "More & <less>")
    root = ElementTree.fromstring(drawn)
    assert (root.tag, root.get("aria-label"), root.get("role")) == (
        f"{SVG}svg", "More & <less>", "img",
    )  # fmt: skip
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert "figure <0>" in texts
    # Lengths are written to a hundredth of a point.
    assert not re.search(r' (?:d|x|y)="[^"]*\.\d{3}', drawn)


def test_what_a_drawing_refers_to_is_its_own() -> None:
    drawn = drawings([figures(1)[0], figures(1)[0]], titles(2))
    names = [set(re.findall(r' id="([^"]*)"', each)) for each in drawn]
    used = [set(re.findall(r'(?:href="|url\()#([^")]+)', each)) for each in drawn]
    assert names[0] == used[0] and len(names[0]) > 0
    assert not names[0] & names[1]


def test_the_letters_of_the_drawings_travel_with_the_page() -> None:
    css = faces_for([drawing(figures(1)[0], "x")])
    fonts = [
        TTFont(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^)]*)\)", css)
    ]
    assert len(fonts) == 2  # plain and bold
    for font in fonts:
        known = set(map(chr, font.getBestCmap()))
        assert set("figure <0>") <= known and "Q" not in known
    assert len(css) < 20_000


def test_few_figures_are_drawn_here() -> None:
    drawn = drawings(figures(3), titles(3), workers=2)
    assert drawn == [drawing(*each) for each in zip(figures(3), titles(3), range(3), strict=True)]
    assert len(set(drawn)) == 3


@pytest.mark.slow
def test_other_processes_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FEW", 2)
    assert drawings(figures(4), titles(4), workers=2) == drawings(figures(4), titles(4))


def unpicklable(count: int) -> list[Figure]:
    drawn = figures(count)
    for figure in drawn:
        figure.axes[0].xaxis.set_major_formatter(lambda value, _: f"x{value:g}")
    return drawn


@pytest.mark.parametrize("workers", [1, 2])
def test_a_figure_that_no_process_can_be_sent_is_drawn_here(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(module, "_FEW", 2)
    drawn = drawings(unpicklable(3), titles(3), workers=workers)
    assert [">x1<" in each for each in drawn] == [True] * 3


@pytest.mark.slow
def test_one_such_figure_among_others_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FEW", 2)
    mixed = [*figures(2), *unpicklable(3)[2:]]
    assert drawings(mixed, titles(3), workers=2) == drawings(
        [*figures(2), *unpicklable(3)[2:]], titles(3)
    )
