from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, ModelError
from pysd_runner.model.classify import additive_terms
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.load import load_graph
from pysd_runner.model.syntax import write

InlineModel = Callable[[str], Model]
MODELS = sorted(Path(__file__).parents[3].glob("models/*/*.mdl"))


def test_kinds_and_uses(inline_model: InlineModel) -> None:
    graph = inline_model(
        "Stock = INTEG(inflow - outflow * 2, start) ~ kg ~ What is there. |\n"
        "inflow = t(Time) ~~|\noutflow = Stock / life ~~|\nlife = 5 ~ yr [1,9] ~|\n"
        "start = - 3 ~~|\n"
        "t((0,1),(9,2)) ~~|\n",
    ).graph
    kinds = {variable.name: variable.kind for variable in graph}
    assert kinds == {
        "Stock": "stock", "inflow": "flow", "outflow": "auxiliary", "life": "constant",
        "start": "constant", "t": "lookup", "INITIAL TIME": "control", "FINAL TIME": "control",
        "TIME STEP": "control", "SAVEPER": "control",
    }  # fmt: skip
    stock = graph["stock"]
    assert (stock.unit, stock.comment, stock.line) == ("kg", "What is there.", 1)
    assert stock.uses == ("inflow", "outflow", "start")
    assert graph["LIFE"].limits == (1.0, 9.0)
    assert graph.used_by("life") == ("outflow",)
    assert stock.definitions[0].body == parse_expression("INTEG(inflow - outflow * 2, start)")


def test_shape_is_the_number_of_elements(inline_model: InlineModel) -> None:
    graph = inline_model("D: P, Q ~~|\nE: X, Y, Z ~~|\na[E,D] = 1 ~~|\nb = 2 ~~|").graph
    assert (graph.shape(graph["a"]), graph.shape(graph["b"])) == ((3, 2), ())


def test_a_range_twice_on_the_left_cannot_be_read_on_the_right(inline_model: InlineModel) -> None:
    text = "D: P, Q ~~|\ny[D] = 10, 20 ~~|\n"
    graph = inline_model(f"{text}a[D,D] = SUM(y[D!]) ~~|\nb[D,D] = 1, 2; 3, 4; ~~|").graph
    assert graph.shape(graph["a"]) == graph.shape(graph["b"]) == (2, 2)
    for right in ("y[D]", "D", "a[P,D]"):
        with pytest.raises(ModelError, match=":4: 'c': has the range 'D' twice on its left side"):
            inline_model(f"{text}a[D,D] = 1 ~~|\nc[D,D] = 2 * {right} ~~|")


def test_each_variable_comes_after_what_it_needs(inline_model: InlineModel) -> None:
    graph = inline_model(
        "c = b * S ~~|\nb = a + 1 ~~|\nS = INTEG(c, b) ~~|\na = SMOOTHI(c, 2, 0) ~~|\n"
    ).graph
    order = graph.order
    assert order.index("a") < order.index("b") < order.index("c")
    assert order.index("s") < order.index("c")
    assert sorted(order) == sorted(graph.variables)


def test_elements_may_follow_each_other(inline_model: InlineModel) -> None:
    graph = inline_model("D: A, B, C ~~|\nx[A] = 1 ~~|\nx[B] = x[A] + 1 ~~|\nx[C] = x[B] ~~|").graph
    assert graph["x"].dimensions == ("D",)
    assert graph.elements(graph["x"]) == (("a",), ("b",), ("c",))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a - (b - SUM(c[D!]))", [(1, "a"), (-1, "b"), (1, "SUM(c[D!])")]),
        ("-(a + b) * c", [(1, "-(a + b) * c")]),
        ("-(a + b)", [(-1, "a"), (-1, "b")]),
        ("a * b - c / d", [(1, "a * b"), (-1, "c / d")]),
    ],
)
def test_additive_terms(text: str, terms: list[tuple[int, str]]) -> None:
    assert [(s, write(term)) for s, term in additive_terms(parse_expression(text))] == terms


# -- faults -----------------------------------------------------------------------------------

SUBSCRIPTED = "D: A, B ~~|\nE: P, Q ~~|\nx[D] = 1 ~~|\ny[E] = 1 ~~|\ns = 2 ~~|\n"


@pytest.mark.parametrize(
    ("text", "line", "variable", "message"),
    [
        ("a = 1 +\n(2 * ) ~~|", 2, "a", "')' stands where a number, a variable or a function"),
        ("grant rate = 1 ~~|\na = 1 +\n\n grant rat ~~|", 4, "a",
         "uses 'grant rat', which is not defined; did you mean 'grant rate'?"),
        ("a = Foo(1) ~~|", 1, "a", "uses the function or lookup 'Foo', which is not defined"),
        ("a = SMOTH(1, 2) ~~|", 1, "a", "which is not defined; did you mean 'SMOOTH'?"),
        ("a = 1 ~~|\nb = MAX(a, 2, 3) ~~|", 2, "b", "MAX takes 2 arguments, not 3"),
        ("a = RAMP(1) ~~|", 1, "a", "RAMP takes 2 to 3 arguments, not 1"),
        ("t((0,0),(1,1)) ~~|\na = t(1, 2) ~~|", 2, "a", "the lookup 't' takes one argument, not 2"),
        ("a = 1 ~~|\nb = 2 ~~|\nA = 3 ~~|", 3, "A",
         "is defined again; the first definition is on line 1. Remove one."),
        ("a = b + 1 ~~|\nb = c ~~|\nc = a * 2 ~~|", 1, "a",
         "circular definition a -> b -> c -> a: these variables need each other at the same time; "
         "put a stock (INTEG) or a delay into the loop"),
        ("a = a + 1 ~~|", 1, "a", "circular definition a -> a"),
        ("S = INTEG(1, x) ~~|\nx = S + 1 ~~|", 1, "S",
         "circular definition S -> x -> S: these initial values need each other"),
        ("y = DELAY1I(1, T, 0) ~~|\nT = y + 1 ~~|", 1, "y", "circular definition y -> T -> y"),
        ("D: A, B ~~|\nx[D] = y[D] ~~|\ny[D] = x[D] ~~|", 2, "x",
         "circular definition x[a] -> y[a] -> x[a]"),
        ("a = 1\nb = 2 ~~|", 2, "a", "has this entry lost its '~ unit ~ comment |'"),
        ("c = 1 ~~|\na = c\nb = 2 ~~|", 2, "a", "has this entry lost its '~ unit ~ comment |'"),
        ("Time = 3 ~~|", 1, "Time", "is the clock and cannot be defined"),
        ("a = 1e999 ~~|", 1, "a", "too large"),
        (SUBSCRIPTED + "z = x ~~|", 6, "z", "'x' is used without its subscripts [D]"),
        (SUBSCRIPTED + "z = ELMCOUNT(s) ~~|", 6, "z", "ELMCOUNT takes a subscript range, and 's'"),
        (SUBSCRIPTED + "z = s[A] ~~|", 6, "z", "'s' has no subscripts, but is used with [A]"),
        (SUBSCRIPTED + "z = x[P] ~~|", 6, "z", "'x' runs over D, which has no element 'p'"),
        (SUBSCRIPTED + "z = x[D] ~~|", 6, "z", "the range 'D' is not among the subscripts on the"),
        (SUBSCRIPTED + "z[D] = y[E] ~~|", 6, "z", "sum over it with SUM(…[E!])"),
        (SUBSCRIPTED + "z[Q1] = 1 ~~|", 6, "z",
         "'Q1' is neither a subscript range nor an element of one; did you mean"),
        (SUBSCRIPTED + "z[F] = x[F] ~~|", 6, "z", "'F' is neither a subscript range nor"),
        (SUBSCRIPTED + "z[D] = 1, 2, 3 ~~|", 6, "z", "gives 3 numbers for 2 elements; correct"),
        ("a = b\uff0cb ~~|\nb = 1 ~~|", 1, "a", "'\uff0c' is full-width, type ','"),
        ("a = 1, 5 ~~|", 1, "a", "gives 2 numbers for 1 element; write decimals with a point"),
        (SUBSCRIPTED + "z = D + 1 ~~|", 6, "z", "'D' is not among the subscripts on the left"),
        ("D: A ~~|\nz[Q] = D + 1 ~~|", 2, "z", "'Q' is neither a subscript range nor an element"),
        ("a = s(3) ~~|\ns = 2 ~~|", 1, "a", "calls 's', which is no lookup"),
        (SUBSCRIPTED + "z[A] = 1 ~~|\nw[D] = z[D] ~~|", 7, "w",
         "uses 'z[b]', which has no equation; add one"),
        (SUBSCRIPTED + "z[D] = 1 ~~|\nz[A] = 2 ~~|", 7, "z",
         "is defined again for [a]; the first definition is on line 6"),
        (SUBSCRIPTED + "z[D] :EXCEPT: [C] = 1 ~~|", 6, "z", "'C' is neither a subscript range"),
        (SUBSCRIPTED + "z[D] = 1 ~~|\nz[D,E] = 2 ~~|", 6, "z", "different numbers of subscripts"),
        ("D: (A1-A9999) ~~|\nE <-> D ~~|\nx[D,E] = 1 ~~|", 3, "x", "more than 1000000 elements"),
        (":MACRO: M(a)\nM = a + ~~|\n:END OF MACRO:\nx = M(1) ~~|", 2, "M",
         "the equation ends where a number"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_its_variable_and_a_remedy(
    inline_model: InlineModel, text: str, line: int, variable: str, message: str
) -> None:
    with pytest.raises(ModelError) as caught:
        inline_model(text + "\n")
    (fault,) = caught.value.faults
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)
    assert fault.path is not None
    assert str(fault).startswith(f"{fault.path}:{line}: '{variable}': ")


def test_several_faults_are_reported_at_once_in_the_order_of_the_file(
    inline_model: InlineModel,
) -> None:
    with pytest.raises(ModelError) as caught:
        inline_model("a = 1 + ~~|\nb = nosuch ~~|\nc = a ~~|\nd = MAX(1) ~~|\nd = 2 ~~|\n")
    assert [(fault.line, fault.variable) for fault in caught.value.faults] == [
        (1, "a"), (2, "b"), (4, "d"), (5, "d"),
    ]  # fmt: skip


def test_control_variables_are_required(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text("x = 1 ~~|")
    with pytest.raises(ModelError) as caught:
        load_graph(path)
    assert [fault.message for fault in caught.value.faults] == [
        f"'{name}' is not defined; add an entry for it."
        for name in ("INITIAL TIME", "FINAL TIME", "TIME STEP")
    ]


def test_folders_with_models_are_named(tmp_path: Path) -> None:
    for name in ("one", "two", ".hidden", "empty"):
        (tmp_path / name).mkdir()
        if name != "empty":
            (tmp_path / name / "x.mdl").write_text("a = 1 ~~|")
    with pytest.raises(ModelError, match=r"name one of its folders: one, two\."):
        load_graph(tmp_path)
    with pytest.raises(ModelError, match=r"folder; .* holds empty, one, two\."):
        load_graph(tmp_path / "three")


def test_where_a_model_is_looked_for(tmp_path: Path, inline_model: InlineModel) -> None:
    with pytest.raises(ModelError, match=r"there is no such file or folder\."):
        load_graph(tmp_path / "nosuch.mdl")
    with pytest.raises(ModelError, match=r"holds no model file \(\.mdl"):
        load_graph(tmp_path)
    model = inline_model("x = 1 ~~|")
    assert load_graph(tmp_path).source == model.graph.source
    with pytest.raises(ModelError, match=r"holds inline\.mdl\."):
        load_graph(tmp_path / "inlin.mdl")
    (tmp_path / "other.mdl").write_text("")
    with pytest.raises(ModelError, match=r"holds several models \(inline\.mdl, other\.mdl\)"):
        load_graph(tmp_path)
    (tmp_path / f"{tmp_path.name}.mdl").write_bytes((tmp_path / "inline.mdl").read_bytes())
    assert load_graph(tmp_path).source.path.stem == tmp_path.name
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ModelError, match=r"its name should end in \.mdl"):
        load_graph(tmp_path / "notes.txt")


def test_of_many_models_those_spelled_most_alike_are_named(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"m{number}.mdl").write_text("x = 1 ~~|")
    (tmp_path / "teacup.mdl").write_text("x = 1 ~~|")
    with pytest.raises(ModelError, match=r"holds teacup\.mdl, m\d+\.mdl, .* and 289 more\.$"):
        load_graph(tmp_path / "tea_cup.mdl")
    with pytest.raises(ModelError, match=r"holds several models \(m0\.mdl, .* and 289 more\);"):
        load_graph(tmp_path)


# -- whatever happens to a file, it is loaded or refused --------------------------------------


def _deleted(text: str, rng: random.Random) -> str:
    start = rng.randrange(len(text))
    return text[:start] + text[start + rng.choice((1, 1, 2, 7)) :]


def _inserted(text: str, rng: random.Random) -> str:
    start = rng.randrange(len(text))
    return text[:start] + rng.choice(list("()[]{}~|=,;:!'\"\\^-+é\n0 \0")) + text[start:]


def _swapped(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines)


def _renamed(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    words[rng.randrange(len(words))] = rng.choice(words)
    return " ".join(words)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_damaged_model_is_loaded_or_refused(path: Path, tmp_path: Path) -> None:
    rng = random.Random(path.stem)
    text = path.read_text(encoding="utf-8")
    text = text[: text.find("\\\\\\---///")] if "\\\\\\---///" in text else text
    damaged = tmp_path / "damaged.mdl"
    faults = []
    for _ in range(60 if len(text) < 20_000 else 20):
        mutation = text
        for change in rng.choices((_deleted, _inserted, _swapped, _renamed), k=rng.choice((1, 3))):
            mutation = change(mutation, rng)
        damaged.write_text(mutation, encoding="utf-8")
        try:
            load_graph(damaged)
        except ModelError as error:
            faults += error.faults
    assert len(faults) > 5
    assert all(fault.path == damaged and fault.message for fault in faults)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_models_of_the_project_are_sound(path: Path) -> None:
    graph = load_graph(path)
    assert graph.of_kind("stock")
    assert sorted(graph.order) == sorted(graph.variables)


def test_an_excepted_element_needs_nothing_of_the_equation(inline_model: InlineModel) -> None:
    model = inline_model("D: A, B, C ~~|\nx[A] = Time ~~|\nx[D] :EXCEPT: [A] = x[A] + 1 ~~|")
    assert model.run(final_time=1)["x"].values[-1].tolist() == [1.0, 2.0, 2.0]


def test_elements_that_nothing_uses_need_no_equation(inline_model: InlineModel) -> None:
    model = inline_model(
        "D: A, B, C ~~|\nx[A] = Time ~~|\nx[C] = 2 ~~|\ny[D] :EXCEPT: [B] = x[D] + 1 ~~|\n"
        "z = x[A] + y[C] ~~|"
    )
    run = model.run(final_time=1)
    assert run["y"].values[-1, [0, 2]].tolist() == [2.0, 3.0]
    assert run["z"].values[-1] == 4.0
    assert run.attrs["status"] == "ok"
