from __future__ import annotations

from collections.abc import Callable

from pysd_runner import Model
from pysd_runner.sketch.plan import MOST_EQUATIONS, Pipe, causes, name_of, plans

InlineModel = Callable[[str], Model]
MODEL = """
***
.One
***~ |
A = INTEG(inflow - SUM(moved[D!]) + other, start) ~~|
B[D] = INTEG(moved[D] - loss[D], 0) ~~|
D: P, Q ~~|
moved[D] = A / lag ~~|
loss[D] = B[D] / lag ~~|
inflow = Time ~~|
start = 3 ~~|
***
.Two
***~ |
lag = 2 ~~|
other = A * lag ~~|
***
.Control
***~ |
"""


def test_pipes_and_links_of_a_view(inline_model: InlineModel) -> None:
    one, two, control = plans(inline_model(MODEL).graph)
    assert (one.title, two.title, control.title) == ("One", "Two", "Control")
    assert one.own == ("a", "b", "moved", "loss", "inflow", "start")
    assert one.pipes == (
        Pipe("moved", "a", "b"), Pipe("loss", "b", None), Pipe("inflow", None, "a"),
    )  # fmt: skip
    # a flow at home elsewhere acts by an arrow, and so does the initial value
    assert set(one.links) == {
        ("other", "a"), ("start", "a"), ("a", "moved"), ("lag", "moved"), ("b", "loss"),
        ("lag", "loss"), ("time", "inflow"),
    }  # fmt: skip
    assert (two.pipes, set(two.links)) == ((), {("a", "other"), ("lag", "other")})


def test_a_home_that_a_variable_has_is_kept(inline_model: InlineModel) -> None:
    """New variables follow most of their group, whatever a person has called the view."""
    graph = inline_model(MODEL).graph
    found = plans(graph, {"a": "Mine", "b": "Mine", "moved": "Other"})
    assert {plan.title: plan.own for plan in found}["Mine"] == ("a", "b", "loss", "inflow", "start")
    assert {plan.title: plan.own for plan in found}["Other"] == ("moved",)


def test_a_large_group_is_shown_on_several_views(inline_model: InlineModel) -> None:
    count = 2 * MOST_EQUATIONS + 2
    text = "".join(f"x{i} = Time ~~|\nc{i} = 1 ~~|\n" for i in range(count))
    found = [plan for plan in plans(inline_model(text).graph) if plan.title.startswith("View 1")]
    assert [plan.title for plan in found] == ["View 1 (1)", "View 1 (2)", "View 1 (3)"]
    equations = [sum(name.startswith("x") for name in plan.own) for plan in found]
    assert sum(equations) == count
    assert max(equations) <= MOST_EQUATIONS


def test_the_clock_is_a_cause(inline_model: InlineModel) -> None:
    graph = inline_model(MODEL).graph
    assert causes(graph["inflow"], graph) == ("time",)
    assert (name_of(graph, "time"), name_of(graph, "a")) == ("Time", "A")


def test_what_a_macro_uses_acts_on_its_caller(inline_model: InlineModel) -> None:
    graph = inline_model(
        ":MACRO: LAG(in, tau)\nLAG = INTEG((in - LAG) / tau, in) ~~|\n:END OF MACRO:\n"
        "x = LAG(a, b) ~~|\na = 1 ~~|\nb = 2 ~~|"
    ).graph
    assert set(causes(graph["x"], graph)) == {"a", "b"}
    assert plans(graph)[0].own[:3] == ("x", "a", "b")
