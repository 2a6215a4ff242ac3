"""The kernel against PySD, feature by feature, and against itself."""

from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pysd_runner import Model, ModelError, load
from pysd_runner.kernel.kernel import compile_kernel
from pysd_runner.kernel.program import Cell
from tests.models.folder import MODELS

InlineModel = Callable[[str], Model]

FEATURES = {
    "arithmetic": "a = 2 ^ 3 ^ 0.5 - 7 / 3 * (1 - S) + -S ^ 2 ~~|",
    "mathematics": "a = EXP(-S) + LN(1 + S) * SQRT(S) + SIN(S) / COS(S) + ARCTAN(S) + TANH(S) ~~|",
    "extremes": "a = MAX(MIN(S, 2), 1.5) + ABS(S - 3) ~~|",
    "powers": "a = (1 + S) ^ (0.3 * S - 1) + S ^ 2 + S ^ 0.5 ~~|",
    "logic": "a = IF THEN ELSE((S > 2 :AND: :NOT: S >= 3) :OR: Time < 1, S, -S) ~~|",
    "truth as number": "a = 1 + (S > 2) ~~|",
    "rounding": "a = INTEGER(10 * S) + MODULO(10 * S, 3) + QUANTUM(S, 0.25) ~~|",
    "guarded division": "a = ZIDZ(1, S - 1) + XIDZ(1, 0 * S, 7) ~~|",
    "step and ramp": "a = STEP(3, 2) + RAMP(0.5, 1, 4) + RAMP(1, 8, 20) ~~|",
    "pulse": "a = PULSE(2, 1.5) + 2 * PULSE(0, 0.25) ~~|",
    "with lookup": "a = WITH LOOKUP(S, ([(0,0)-(9,9)],(1,4),(2,1),(2.5,3),(4,0))) ~~|",
    "named lookup": "t((1,4),(2,1),(4,0)) ~~|\na = t(S) + t(0) + t(S - 2) + t(9 * S) ~~|",
    "smooth": "a = SMOOTH(S, 2) + SMOOTHI(S, 1, 5) ~~|",
    "smooth of third order": "a = SMOOTH3(S, 2) + SMOOTH3I(S, 2, 5) ~~|",
    "delays": "a = DELAY1(S, 2) + DELAY3(S, 2) + DELAY1I(S, 2, 0) + DELAY3I(S, 3, 9) ~~|",
    "delay of any order": "a = DELAY N(S, 2, 5, 4) + DELAY N(S, 1 + S / 9, S, 3) ~~|",
    "smooth of any order": (
        "n = 4 ~~|\na = SMOOTH N(S, 2, 5, n) + SMOOTH N(S, 1 + S / 9, S, 3) ~~|"
    ),
    "delays shorter than their stages": (
        "a = DELAY3(S, 0.5) + DELAY3(S, 0.3) + DELAY N(S, 1, 0, 9) ~~|"
    ),
    "nested delays": "a = SMOOTH(DELAY1(S, 2) + 1, 3) ~~|",
    "fixed delay": "a = DELAY FIXED(S, 2, 0.5) + DELAY FIXED(S, 0, 1) + DELAY FIXED(S, 50, 3) ~~|",
    "trend and forecast": "a = TREND(S, 2, 0.1) + FORECAST(S, 2, 3) ~~|",
    "initial": "b = INITIAL(S + 3) ~~|\na = b + S ~~|",
    "active initial": "b = ACTIVE INITIAL(S + c, 10) ~~|\nc = SMOOTH(b, 2) ~~|\na = b + c ~~|",
    "loop through a smooth": "b = 0.5 * c + 1 ~~|\nc = SMOOTHI(b, 2, 0) ~~|\na = c ~~|",
    "subscripts": (
        "D: A, B, C ~~|\nk[D] = 1, 2, 3 ~~|\nX[D] = INTEG(k[D] * S - X[D] / 4, k[D]) ~~|\n"
        "a = SUM(X[D!] * k[D!]) + X[B] + VMAX(X[D!]) - VMIN(k[D!]) + PROD(k[D!]) ~~|"
    ),
    "two dimensions": (
        "D: A, B ~~|\nE: P, Q ~~|\nm[D, E] = 1, 2; 3, 4; ~~|\nw[E] = SUM(m[D!, E]) * S ~~|\n"
        "t[D, E] = m[D, E] * w[E] + D ~~|\na = SUM(t[D!, E!]) + ELMCOUNT(E) ~~|"
    ),
    "elements apart": "D: A, B ~~|\nx[A] = S ~~|\nx[B] = x[A] + 1 ~~|\na = x[B] ~~|",
}
GROWTH = "S = INTEG(0.15 * S, 1) ~~|\n"


def cells(model: Model) -> list[Cell]:
    graph = model.graph
    moving = graph.of_kind("stock", "flow", "auxiliary")
    return [(variable.key, cell) for variable in moving for cell in graph.elements(variable)]


def compiled(
    model: Model, inputs: list[Cell], outputs: list[Cell], width: int | None = None
) -> Callable[..., NDArray[np.float64]]:
    """Return a function of inputs, shape (runs, inputs), to every step of the outputs."""
    grid = model.time_grid()
    kernel = compile_kernel(model.graph, inputs, outputs, controls=grid.controls, width=width)
    every = np.arange(grid.steps + 1)
    return lambda values, **options: kernel.run(values, every, grid.steps, **options).outputs


def kernel_run(model: Model, outputs: list[Cell], width: int | None = None) -> NDArray[np.float64]:
    return compiled(model, [], outputs, width)(np.empty((1, 0)))[0]


def reference(model: Model, outputs: list[Cell]) -> NDArray[np.float64]:
    run = model.run(save_step=model.time_grid().time_step, engine="pysd")
    columns = []
    for name, elements in outputs:
        variable = model.graph[name]
        ranges = [model.graph.ranges[dimension].keys for dimension in variable.dimensions]
        place = tuple(keys.index(e) for keys, e in zip(ranges, elements, strict=True))
        columns.append(run[variable.name].values[(slice(None), *place)])
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("feature", FEATURES)
def test_kernel_gives_what_pysd_gives(inline_model: InlineModel, feature: str) -> None:
    model = inline_model(GROWTH + FEATURES[feature])
    outputs = cells(model)
    np.testing.assert_allclose(
        kernel_run(model, outputs), reference(model, outputs), rtol=1e-10, atol=1e-12
    )


def test_and_binds_tighter_than_or(inline_model: InlineModel) -> None:
    """As Vensim documents it; PySD joins both from the right and would give 0 here."""
    model = inline_model(GROWTH + "a = IF THEN ELSE(S < 0 :AND: S > 0 :OR: S > 0, 1, 0) ~~|")
    assert np.array_equal(kernel_run(model, [("a", ())]), np.ones((41, 1)))


@pytest.mark.parametrize("name", ["rd_investment", "guidance_fund", "industrial_output"])
def test_every_series_of_a_model_equals_pysd(name: str) -> None:
    model = load(MODELS / name)
    outputs = cells(model)
    expected = reference(model, outputs)
    scale = np.abs(expected).max(axis=0)
    error = np.abs(kernel_run(model, outputs) - expected)
    assert float((error / np.maximum(np.abs(expected), 1e-3 * scale + 1e-300)).max()) < 1e-10


def test_inputs_differ_by_run_and_results_do_not_depend_on_company() -> None:
    model = load(MODELS / "rd_investment")
    grid = model.time_grid()
    inputs: list[Cell] = [("grant rate", ()), ("ideas exponent", ())]
    run = compiled(model, inputs, [("knowledge stock", ())])
    values = np.random.default_rng(0).uniform([0.0, 0.0], [0.4, 0.6], (53, 2))
    together = run(values)
    for number in (0, 7, 52):
        alone = run(values[number : number + 1])
        assert np.array_equal(alone[0], together[number])
    again = run(values[::-1], threads=1)
    assert np.array_equal(again[::-1], together)
    names = {"grant rate": values[:4, 0], "ideas exponent": values[:4, 1]}
    runs = model.batch(
        names, ["Knowledge Stock"], save_step=grid.time_step, workers=1, engine="pysd"
    )
    np.testing.assert_allclose(together[:4, :, 0], runs["Knowledge Stock"], rtol=1e-12)


def test_width_changes_no_more_than_the_last_bits() -> None:
    model = load(MODELS / "industrial_output")
    outputs = cells(model)
    narrow, wide = (kernel_run(model, outputs, width) for width in (1, 8))
    np.testing.assert_allclose(narrow, wide, rtol=1e-14)


def test_euler_steps_have_their_closed_form(inline_model: InlineModel) -> None:
    model = inline_model(GROWTH)
    for step in (0.25, 0.125):
        grid = model.time_grid(time_step=step)
        kernel = compile_kernel(model.graph, [], [("s", ())], controls=grid.controls)
        ends = np.array([0, grid.steps])
        found = kernel.run(np.empty((1, 0)), ends, grid.steps).outputs[0, :, 0]
        np.testing.assert_allclose(found, [1.0, (1 + 0.15 * step) ** grid.steps], rtol=1e-13)


def test_what_cannot_be_compiled_is_named_with_its_line(inline_model: InlineModel) -> None:
    model = inline_model(GROWTH + "a = SIMULTANEOUS(S, 1) ~~|")
    with pytest.raises(ModelError, match=r":2: 'a': uses SIMULTANEOUS, which the kernel"):
        compiled(model, [], [("a", ())])


def test_stock_that_no_output_needs_is_left_out(inline_model: InlineModel) -> None:
    model = inline_model(GROWTH + "T = INTEG(S, 0) ~~|\nU = INTEG(T, 0) ~~|")
    controls = model.time_grid().controls
    for output, states in (("t", 2), ("s", 1)):
        kernel = compile_kernel(model.graph, [], [(output, ())], controls=controls)
        assert len(kernel.program.states) == states


def test_long_chains_of_equations_and_deep_brackets_are_compiled(inline_model: InlineModel) -> None:
    chain = "".join(f"a{n} = a{n - 1} + 1 ~~|\n" for n in range(1, 400))
    deep = "(" * 120 + "a1" + " * 0.5 + a0)" * 120
    conditions = "IF THEN ELSE(a0 > 3, " * 100 + "1" + ", a0)" * 100
    model = inline_model(
        f"a0 = Time ~~|\n{chain}S = INTEG(1, a399) ~~|\nq = {deep} ~~|\nw = {conditions} ~~|\n"
    )
    found = kernel_run(model, [("s", ()), ("a399", ()), ("q", ()), ("w", ())])
    assert found[0].tolist() == [399.0, 399.0, 0.5**120, 0.0]
    assert found[-1, [0, 1, 3]].tolist() == [409.0, 409.0, 1.0]


def test_each_term_of_a_sum_has_a_state_of_its_own(inline_model: InlineModel) -> None:
    model = inline_model(
        "D: A, B ~~|\nx[D] = Time * D ~~|\ny = SUM(SMOOTH(x[D!], 2)) ~~|\n"
        "z[D] = SMOOTH(x[D], 2) ~~|\nw = SUM(z[D!]) ~~|"
    )
    found = kernel_run(model, [("y", ()), ("w", ())])
    assert np.array_equal(found[:, 0], found[:, 1])
    assert found[-1, 0] > 20


def test_compiling_leaves_the_collector_of_cycles_as_it_was(
    inline_model: InlineModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = inline_model("x = 1 ~~|")
    seen: list[bool] = []

    def refuse(*arguments: object, **options: object) -> None:
        seen.append(gc.isenabled())
        raise RecursionError

    monkeypatch.setattr("pysd_runner.kernel.kernel.lower", refuse)
    for enabled in (False, True):
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(RecursionError):
            compile_kernel(model.graph, [], [("x", ())], controls=model.time_grid().controls)
        assert gc.isenabled() == enabled
    assert seen == [False, False]
