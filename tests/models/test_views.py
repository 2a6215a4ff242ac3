"""The diagrams in the models: every variable once, nothing overlaps, other readers see them."""

from __future__ import annotations

from itertools import combinations

import pytest
from pysd.translators.vensim.vensim_file import VensimFile

from pysd_runner import load
from pysd_runner.names import identifier, key
from pysd_runner.sketch.draw import draw
from pysd_runner.sketch.elements import Node
from pysd_runner.sketch.files import read_sketched
from pysd_runner.sketch.update import update
from tests.models.folder import MODELS, NAMES

DRAWN = [name for name in NAMES if read_sketched(MODELS / name / f"{name}.mdl").views]


def overlap(one: Node, other: Node) -> bool:
    return (
        abs(one.x - other.x) < one.width + other.width
        and abs(one.y - other.y) < one.height + other.height
    )


def test_all_models_are_drawn() -> None:
    assert set(DRAWN) == set(NAMES)


@pytest.mark.parametrize("name", DRAWN)
def test_every_variable_stands_on_one_view_as_itself(name: str) -> None:
    graph = load(MODELS / name).graph
    views = read_sketched(graph.source.path).views
    own = [key(node.name) for view in views for node in view.nodes
           if node.kind == "variable" and not node.shadow]  # fmt: skip
    assert sorted(own) == sorted(variable.key for variable in graph if not variable.is_internal)
    assert update(views, graph) == views, f"call: sandbox layout models/{name}"


@pytest.mark.parametrize("name", DRAWN)
def test_views_can_be_read(name: str) -> None:
    """At most some 45 equations a view, no name on another, and no arrow across the page."""
    graph = load(MODELS / name).graph
    for view in read_sketched(graph.source.path).views:
        assert [pair for pair in combinations(view.nodes, 2) if overlap(*pair)] == []
        home = [
            graph[node.name] for node in view.nodes if node.kind == "variable" and not node.shadow
        ]
        assert sum(v.kind in ("stock", "flow", "auxiliary") for v in home) <= 48
        nodes = {node.number: node for node in view.nodes}
        for arrow in view.arrows:
            one, other = nodes[arrow.source], nodes[arrow.target]
            if arrow.pipe:
                assert abs(one.y - other.y) <= other.height
            else:
                assert abs(one.x - other.x) + abs(one.y - other.y) <= 600


@pytest.mark.parametrize("name", DRAWN)
def test_pysd_reads_the_same_views(name: str) -> None:
    path = MODELS / name / f"{name}.mdl"
    file = VensimFile(path)
    file.parse(parse_all=False)
    file.parse_sketch([])
    theirs = {name for names in file.sections[0].views_dict.values() for name in names}
    graph = load(path).graph
    assert theirs == {key(name).replace(" ", "_") for name in graph.variables}
    titles = {view.title for view in read_sketched(path).views}
    assert len(file.sections[0].views_dict) == len(titles)


@pytest.mark.parametrize("name", DRAWN)
def test_pictures_beside_a_model_are_those_of_its_views(name: str) -> None:
    graph = load(MODELS / name).graph
    kinds = {variable.name: variable.kind for variable in graph}
    views = read_sketched(graph.source.path).views
    drawn = {f"{identifier(view.title)}.svg": draw(view, kinds) for view in views}
    folder = MODELS / name / "diagrams"
    kept = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert kept == drawn, f"call: sandbox layout models/{name} --pictures models/{name}/diagrams"
