from __future__ import annotations

from collections.abc import Callable

from pysd_runner import Model
from pysd_runner.sketch.compose import compose
from pysd_runner.sketch.plan import plans

InlineModel = Callable[[str], Model]


def test_what_is_used_elsewhere_only_stands_below_the_rest(inline_model: InlineModel) -> None:
    text = (
        "***\n.One\n***~ |\na = b ~~|\nb = 1 ~~|\nc = 1 ~~|\nd = 1 ~~|\n"
        "***\n.Two\n***~ |\ne = c * d ~~|\n***\n.Control\n***~ |"
    )
    graph = inline_model(text).graph
    one = compose(plans(graph)[0], graph)
    at = {node.name: node for node in one.nodes}
    assert at["c"].y == at["d"].y > max(at["a"].y, at["b"].y)
    assert at["c"].x != at["d"].x


def test_a_view_of_nothing_but_constants_is_a_square(inline_model: InlineModel) -> None:
    graph = inline_model("".join(f"c{i} = 1 ~~|\n" for i in range(9))).graph
    constants = next(plan for plan in plans(graph) if "c0" in plan.own)
    view = compose(constants, graph)
    own = [node for node in view.nodes if node.name.startswith("c")]
    assert len({node.x for node in own}) <= 4
    assert len({(node.x, node.y) for node in own}) == 9
