from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from pysd_runner import Model, load
from pysd_runner.names import key
from pysd_runner.sketch.draw import draw
from pysd_runner.sketch.elements import Node, View
from pysd_runner.sketch.files import read_sketched, write_sketched
from pysd_runner.sketch.read import read_views
from pysd_runner.sketch.update import update
from pysd_runner.sketch.write import write_views

InlineModel = Callable[[str], Model]
MODEL = """
Fund = INTEG(call - spend, start) ~ kg ~|
Spent = INTEG(spend, 0) ~ kg ~|
start = 1 ~ kg ~|
call = wish * "a, quoted" ~ kg/yr ~|
wish = Time / lag ~ kg/yr ~|
lag = 2 ~ yr ~|
"a, quoted" = 1 ~ 1 ~|
spend = Fund / lag ~ kg/yr ~|
"""


@pytest.fixture
def laid(inline_model: InlineModel) -> Callable[[str], tuple[View, ...]]:
    """Return a function that lays a model out in its file and reads it again."""

    def of(text: str) -> tuple[View, ...]:
        model = inline_model(text)
        file = read_sketched(model.graph.source.path)
        assert write_sketched(file, update(file.views, model.graph))
        return read_sketched(file.path).views

    return of


def overlap(one: Node, other: Node) -> bool:
    return (
        abs(one.x - other.x) < one.width + other.width
        and abs(one.y - other.y) < one.height + other.height
    )


def test_every_variable_stands_once_and_nothing_overlaps(
    laid: Callable[[str], tuple[View, ...]], inline_model: InlineModel
) -> None:
    views = laid(MODEL)
    graph = inline_model(MODEL).graph
    own = [key(node.name) for view in views for node in view.nodes
           if node.kind == "variable" and not node.shadow]  # fmt: skip
    assert sorted(own) == sorted(graph.variables)
    for view in views:
        assert not [pair for pair in combinations(view.nodes, 2) if overlap(*pair)]


def test_a_pipe_runs_level_through_its_stocks(laid: Callable[[str], tuple[View, ...]]) -> None:
    (view,) = laid(MODEL)
    nodes = {node.number: node for node in view.nodes}
    pipes = [arrow for arrow in view.arrows if arrow.pipe]
    assert len(pipes) == 4
    for arrow in pipes:
        valve, end = nodes[arrow.source], nodes[arrow.target]
        assert valve.kind == "valve"
        assert abs(valve.y - end.y) <= end.height


def test_a_second_layout_changes_nothing(inline_model: InlineModel) -> None:
    model = inline_model(MODEL)
    path = model.graph.source.path
    before = path.read_bytes()
    file = read_sketched(path)
    assert write_sketched(file, update(file.views, model.graph))
    after = path.read_bytes()
    assert after.startswith(before)
    again = read_sketched(path)
    assert not write_sketched(again, update(again.views, load(path).graph))
    assert path.read_bytes() == after
    assert load(path).graph.variables == model.graph.variables


def test_what_a_person_has_placed_stays(inline_model: InlineModel) -> None:
    model = inline_model(MODEL)
    path = model.graph.source.path
    file = read_sketched(path)
    write_sketched(file, update((), model.graph))
    text = path.read_text()
    line = next(each for each in text.splitlines() if each.startswith("10,") and ",lag," in each)
    fields = line.split(",")
    moved = ",".join([*fields[:3], "1777", "888", *fields[5:]])
    path.write_text("extra = lag ~ yr ~|\n" + text.replace(line, moved))
    later = read_sketched(path)
    assert write_sketched(later, update(later.views, load(path).graph))
    assert moved in path.read_text()
    names = [node.name for view in read_sketched(path).views for node in view.nodes]
    assert "extra" in names


def test_an_arrow_goes_with_the_use_that_it_shows(
    laid: Callable[[str], tuple[View, ...]], inline_model: InlineModel
) -> None:
    def shown(views: tuple[View, ...]) -> set[tuple[str, str]]:
        return {
            (nodes[arrow.source].name, nodes[arrow.target].name)
            for view in views
            for nodes in [{node.number: node for node in view.nodes}]
            for arrow in view.arrows
            if not arrow.pipe and nodes[arrow.source].name and nodes[arrow.target].name
        }

    before = laid(MODEL)
    edited = inline_model(MODEL.replace("wish = Time / lag ~ kg/yr", "wish = 3 * lag ~ kg/yr"))
    after = update(before, edited.graph)
    assert shown(before) - shown(after) == {("Time", "wish")}
    assert shown(after) < shown(before)
    names = [node.name for view in after for node in view.nodes]
    assert "Time" not in names  # a shadow that joins nothing goes too
    places = {(node.number, node.x, node.y) for view in before for node in view.nodes}
    assert {(node.number, node.x, node.y) for view in after for node in view.nodes} < places


def test_views_are_written_as_they_were_read() -> None:
    text = (
        "\\\\\\---/// Sketch information - do not modify anything except names\n"
        "V300  Do not put anything below this section - it will be ignored\n*One\n"
        "$192-192-192,0,Arial|10||0-0-0\n"
        '10,1,"a, b",100,90,40,20,3,3,0,0,0,0,0,0\n12,2,0,10,10,50,20,8,7,0,0,-1,0,0,0\nA note.\n'
        "1,3,1,2,1,0,0,0,0,64,0,-1--1--1,,1|(55,44)|\n30,4,7,1,2,3\n"
    )
    (view,) = read_views(text)
    assert write_views((view,)) == text
    assert [node.name for node in view.nodes] == ["a, b", "A note."]
    assert view.arrows[0].points == ((55, 44),)
    assert "A note." in draw(view)


def test_what_acts_from_above_acts_on_the_valve(
    laid: Callable[[str], tuple[View, ...]], inline_model: InlineModel
) -> None:
    """An arrow may meet the valve of a flow or its name; it is not drawn a second time."""
    views = laid(MODEL)
    (view,) = [each for each in views if each.arrows]
    nodes = {node.number: node for node in view.nodes}
    for arrow in (each for each in view.arrows if not each.pipe):
        target = nodes[arrow.target]
        if target.kind == "valve":
            assert nodes[arrow.source].y <= target.y
        if target.attached:
            valve = next(n for n in view.nodes if n.kind == "valve" and n.x == target.x)
            assert nodes[arrow.source].y > valve.y
    assert update(views, inline_model(MODEL).graph) == views


def test_arrows_to_time_and_vast_boxes_stay(inline_model: InlineModel) -> None:
    view = read_views(
        "*V\n10,1,x,10,20,999999999,999999999,8,3,0,0,-1,0,0,0\n10,2,Time,90,20,5,6,8,3,0\n"
        "1,3,1,2,1,0,0,0,0,64,0,-1--1--1,,1|(0,0)|\n"
    )
    (new,) = update(view, inline_model("x = 1 ~~|\ny = x ~~|").graph)[:1]
    assert new.elements[:3] == view[0].elements
