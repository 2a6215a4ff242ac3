from __future__ import annotations

from xml.etree import ElementTree as Xml

from pysd_runner.sketch.draw import draw
from pysd_runner.sketch.elements import Arrow, Node, View

SVG = "{http://www.w3.org/2000/svg}"
VIEW = View("A & B", (
    Node(1, "variable", "Stock <A>", 200, 100, 40, 20, boxed=True),
    Node(2, "cloud", "", 50, 100, 10, 8), Node(3, "valve", "", 120, 100, 6, 8),
    Node(4, "variable", "inflow", 120, 120, 20, 8, attached=True),
    Node(5, "variable", "Time", 120, 200, 20, 8, shadow=True),
    Arrow(6, 3, 1, True, True, ((200, 100),)), Arrow(7, 3, 2, True, False, ((50, 100),)),
    Arrow(8, 5, 4, False, True, ((0, 0),)), Arrow(9, 5, 99, False, True, ((0, 0),)),
))  # fmt: skip


def test_all_that_a_view_has_is_drawn() -> None:
    svg = Xml.fromstring(draw(VIEW, {"inflow": "constant"}))
    assert svg.get("aria-label") == "A & B"
    texts = {text.text: text.get("fill") for text in svg.iter(f"{SVG}text")}
    assert list(texts) == ["A & B", "Stock <A>", "inflow", "<Time>"]
    assert len(set(texts.values())) == 3
    boxes = list(svg.iter(f"{SVG}rect"))
    assert [box.get("width") for box in boxes[1:]] == ["80"]
    arrows = [path for path in svg.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(arrows) == 1  # one that hangs on nothing is left out
    start = str(arrows[0].get("d")).split()[0]
    assert start.startswith("M120.0,19")


def test_pipes_end_at_the_edge_of_a_box() -> None:
    svg = Xml.fromstring(draw(VIEW))
    pipes = [
        str(path.get("d")) for path in svg.iter(f"{SVG}path") if path.get("stroke-width") == "4"
    ]
    assert pipes == ["M120,100 L160,100", "M120,100 L60,100"]


def test_an_empty_view() -> None:
    assert Xml.fromstring(draw(View("Empty", ()))).get("width") == "100"
