"""From a graph to a program: what is known when, what is dropped, what becomes a state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.errors import ModelError
from pysd_runner.kernel.ir import Stage
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.program import Cell, Curve, Input, Program

InlineModel = Callable[[str], Model]

# the example of pysd_runner/kernel/README.md
LEARNING = """
learning  = effort * SMOOTH(knowledge, memory time) ^ 0.3 ~~|
knowledge = INTEG(learning - knowledge / life, 10) ~~|
life = 5 ~~|
memory time = 2 * life ~~|
effort = 4 ~~|
unused = EXP(Time) * effort ~~|
"""
CONTROLS = {"initial time": 0.0, "time step": 0.25, "final time": 10.0, "saveper": 0.25}


def program(model: Model, inputs: list[Input], outputs: list[Cell]) -> Program:
    """Return the program of a model."""
    return lower(model.graph, inputs, outputs, controls=CONTROLS)


def operations(found: Program, stage: Stage) -> list[str]:
    """Return the operations of a stage, leaves left out."""
    leaves = ("const", "input", "state")
    return [each.op for each in found.nodes if each.stage == stage and each.op not in leaves]


def test_the_example_of_the_page(inline_model: InlineModel) -> None:
    model = inline_model(LEARNING)
    found = program(model, [("effort", ())], [("knowledge", ())])
    assert [state.kind for state in found.states] == ["rate", "rate"]
    knowledge, smooth = found.states
    literal = [found.nodes[each.initial] for each in (knowledge, smooth)]
    assert [node.literal for node in literal] == [10.0, 10.0]
    assert operations(found, Stage.STEP) == ["pow", "mul", "div", "sub", "sub", "div"]
    assert operations(found, Stage.RUN) == []
    assert found.nodes[knowledge.change].op == "sub"
    assert found.inputs == 1
    assert found.outputs == (knowledge_state(found),)


def knowledge_state(found: Program) -> int:
    """Return the node of the first state."""
    return next(n for n, node in enumerate(found.nodes) if (node.op, node.literal) == ("state", 0))


def test_what_depends_on_inputs_alone_is_known_before_the_run(inline_model: InlineModel) -> None:
    model = inline_model(LEARNING)
    found = program(model, [("effort", ()), ("life", ())], [("knowledge", ())])
    assert operations(found, Stage.RUN) == ["mul"]  # memory time


def test_states_that_no_output_needs_are_never_made(inline_model: InlineModel) -> None:
    model = inline_model(LEARNING + "side = INTEG(unused, 0) ~~|\n")
    assert len(program(model, [], [("knowledge", ())]).states) == 2
    assert len(program(model, [], [("life", ())]).states) == 0
    assert [each.name for each in program(model, [], [("side", ())]).states] == ["side"]


def test_a_stock_that_is_an_input_starts_there(inline_model: InlineModel) -> None:
    model = inline_model(LEARNING)
    found = program(model, [("knowledge", ())], [("knowledge", ())])
    knowledge, smooth = found.states
    assert found.nodes[knowledge.initial].op == "input"
    assert smooth.initial == knowledge.initial


def test_a_curve_takes_one_input_a_point(inline_model: InlineModel) -> None:
    model = inline_model(LEARNING)
    curve = Curve(("effort", ()), (0.0, 5.0, 10.0))
    found = program(model, [curve, ("life", ())], [("knowledge", ())])
    assert found.inputs == 4
    assert {node.literal for node in found.nodes if node.op == "input"} == {0, 1, 2, 3}


def test_a_long_chain_of_equations_takes_no_stack(inline_model: InlineModel) -> None:
    links = "".join(f"v{n} = v{n + 1} + Time ~~|\n" for n in range(3000))
    model = inline_model(f"{links}v3000 = 1 ~~|\n")
    found = program(model, [], [("v0", ())])
    assert operations(found, Stage.STEP).count("add") == 3000


def test_a_reduction_is_unrolled_in_the_order_of_the_elements(inline_model: InlineModel) -> None:
    model = inline_model(
        "D: a, b, c ~~|\nx[D] = 1, 2, 4 ~~|\ntotal = SUM(x[D!]) ~~|\nbest = VMAX(x[D!]) ~~|\n"
    )
    found = program(model, [("x", ("b",))], [("total", ()), ("best", ())])
    total, best = (found.nodes[each] for each in found.outputs)
    assert (total.op, best.op) == ("add", "max")
    inner = found.nodes[total.args[0]]  # (1 + x[b]) + 4
    assert [found.nodes[n].literal for n in inner.args] == [1.0, 0]
    assert found.nodes[total.args[1]].literal == 4.0


def test_a_construct_that_cannot_be_compiled_is_named_with_its_line(
    inline_model: InlineModel,
) -> None:
    model = inline_model("x = 1 ~~|\n\ny = SUM(x) ~~|\n")
    with pytest.raises(ModelError, match=r"inline\.mdl:3: 'y': uses SUM without a range"):
        program(model, [], [("y", ())])
    assert program(model, [], [("x", ())]).states == ()


def test_ranges_and_elements_as_numbers(inline_model: InlineModel) -> None:
    text = "late: B, C ~~|\nD: A, B, C ~~|\nx[late] = late ~~|\n" \
        "y[late] = IF THEN ELSE(late = B, 1, 0) + 10 * C ~~|\ns = INTEG(1, 0) ~~|"  # fmt: skip
    for engine in ("kernel", "pysd"):
        found = inline_model(text).run(outputs=["x", "y", "s"], engine=engine)
        assert found["x"].values.ravel()[-2:].tolist() == [2, 3]
        assert found["y"].values.ravel()[-2:].tolist() == [31, 30]


def test_a_range_that_is_summed_over_is_marked_wherever_it_stands(
    inline_model: InlineModel,
) -> None:
    text = "D: A, B ~~|\nE <-> D ~~|\nm[D, E] = 1 ~~|\nx[D] = SUM(m[D, E!] * E) ~~|"
    model = inline_model(text)
    with pytest.raises(ModelError, match=r":4: 'x\[A\]': the range 'E' is summed over here"):
        model.run(outputs="x", engine="kernel")
    text = "D: A, B ~~|\nE <-> D ~~|\nx[D] = D! + E ~~|"
    with pytest.raises(ModelError, match=r":3: 'x': uses 'D!' outside SUM"):
        inline_model(text).run(outputs="x", engine="kernel")
    text = (
        "D: A, B, C ~~|\nE <-> D ~~|\nF: B, C ~~|\nm[D, E] = 1, 2, 3; 4, 5, 6; 7, 8, 9; ~~|\n"
        "s = INTEG(1, 0) ~~|\n"
        "x[D] = SUM(IF THEN ELSE(E! <= D, m[D, E!], 0)) + VMAX(m[D, F!] * F!) ~~|\n"
    )
    for engine in ("kernel", "pysd"):
        found = inline_model(text).run(outputs=["x", "s"], engine=engine)
        assert found["x"].values.ravel()[-3:].tolist() == [1 + 9, 9 + 18, 24 + 27]
    text = "D: A, B ~~|\nE <-> D ~~|\nx[D] = E + 10 * B ~~|\ns = INTEG(1, 0) ~~|"
    for engine in ("kernel", "pysd"):
        found = inline_model(text).run(outputs=["x", "s"], engine=engine)
        assert found["x"].values.ravel()[-2:].tolist() == [21, 22]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("DELAY CONVEYOR(Time, 3, profile, 0, 0, 1)", "DELAY CONVEYOR"),
        ("GET DATA MEAN(obs, 0, 10)", "GET DATA MEAN"),
        ("RAMP FROM TO(1, 2, 3, 4, 0)", "RAMP FROM TO"),
    ],
)
def test_a_function_that_is_not_supported_is_named_where_it_is_needed(
    inline_model: InlineModel, call: str, name: str
) -> None:
    model = inline_model(f"profile((0,0),(1,1)) ~~|\nobs ~~|\nx = {call} ~~|\ny = Time ~~|")
    assert model.run(outputs="y", engine="kernel")["y"].values.ravel()[-1] == 10
    with pytest.raises(ModelError, match=f":3: 'x': uses {name}, which the kernel cannot"):
        model.run(outputs="x", engine="kernel")
