"""What is reduced while a run goes on equals what is reduced afterwards; health is seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pysd_runner import Model
from pysd_runner.kernel.kernel import Kernel, compile_kernel
from pysd_runner.kernel.program import Cell, Curve
from pysd_runner.model.expressions import parse_expression

InlineModel = Callable[[str], Model]
WAVE = "r = 0.3 ~~|\nS = INTEG(r * S * COS(Time), 1) ~~|\n"


def kernel_of(model: Model, measures: list[tuple[str, str]], **options: object) -> Kernel:
    inputs = options.pop("inputs", [("r", ())])
    return compile_kernel(
        model.graph, inputs, [("s", ())], controls=model.time_grid().controls,
        measures=[(kind, parse_expression(text)) for kind, text in measures], **options,
    )  # type: ignore[arg-type]  # fmt: skip


def test_measures_are_what_numpy_makes_of_the_outputs(inline_model: InlineModel) -> None:
    model = inline_model(WAVE)
    kernel = kernel_of(model, [("sum", "s"), ("max", "s"), ("min", "2 * s"), ("first", "s > 1.2")])
    saves = np.arange(0, 41, 2)
    weights = np.ones((21, 4))
    weights[:, 0] = np.linspace(-1, 2, 21)
    weights[:5, 1:3] = 0.0
    found = kernel.run(np.array([[0.1], [0.3], [0.5]]), saves, 40, weights=weights)
    s = found.outputs[..., 0]
    np.testing.assert_allclose(found.measures[:, 0], s @ weights[:, 0], rtol=1e-14)
    np.testing.assert_array_equal(found.measures[:, 1], s[:, 5:].max(axis=1))
    np.testing.assert_array_equal(found.measures[:, 2], 2 * s[:, 5:].min(axis=1))
    above = s > 1.2
    expected = np.where(above.any(axis=1), 0.5 * above.argmax(axis=1), np.nan)
    np.testing.assert_array_equal(found.measures[:, 3], expected)
    assert np.isnan(expected[0]) and not np.isnan(expected[1])
    assert found.finite.all()


def test_what_lies_outside_the_window_does_not_matter(inline_model: InlineModel) -> None:
    """1/Time is infinite at 0."""
    model = inline_model(WAVE)
    kernel = kernel_of(model, [("sum", "1 / Time"), ("max", "1 / Time")])
    weights = np.ones((41, 2))
    weights[0] = 0.0
    found = kernel.run(np.array([[0.1]]), np.arange(41), 40, weights=weights)
    assert found.measures[0, 1] == 4.0
    assert found.finite.all()
    assert not kernel.run(np.array([[0.1]]), np.arange(41), 40).finite.any()


def test_a_stock_that_breaks_is_seen_by_run(inline_model: InlineModel) -> None:
    model = inline_model(
        "r = 0 ~~|\nS = INTEG(1, 0) ~~|\nB = INTEG(1 / (S - r), 0) ~~|\na = S + 0 * B ~~|"
    )
    kernel = compile_kernel(model.graph, [("r", ())], [("a", ())],
                            controls=model.time_grid().controls)  # fmt: skip
    found = kernel.run(np.array([[-1.0], [5.0], [50.0]]), np.array([0]), 40)
    assert found.finite.tolist() == [True, False, True]


def test_limits_are_those_of_the_file(inline_model: InlineModel) -> None:
    model = inline_model("r = 1 ~~|\nS = INTEG(r, 0) ~ u [0, 5] ~|\na = S + 1 ~~|")
    kernel = compile_kernel(model.graph, [("r", ())], [("a", ())],
                            controls=model.time_grid().controls)  # fmt: skip
    found = kernel.run(np.array([[-1e-12], [0.5], [-0.1], [0.6]]), np.arange(41), 40)
    assert found.within.tolist() == [True, True, False, False]
    assert found.finite.all()


def test_initial_values_and_curves_differ_by_run(inline_model: InlineModel) -> None:
    text = "t((0,0),(10,1)) ~~|\nrate = 2 ~~|\nS = INTEG(rate, 5) ~~|\na = t(S) ~~|"
    model = inline_model(text)
    inputs: list[Cell | Curve] = [
        ("s", ()), Curve(("rate", ()), (0.0, 4.0, 8.0)), Curve(("t", ()), (0.0, 10.0, 20.0)),
    ]  # fmt: skip
    kernel = compile_kernel(model.graph, inputs, [("s", ()), ("a", ())],
                            controls=model.time_grid().controls)  # fmt: skip
    rows = np.array([[5, 2, 2, 2, 0, 1, 3], [-1, 0, 4, 0, 7, 7, 7]], dtype=float)
    found = kernel.run(rows, np.arange(41), 40).outputs
    times = 0.25 * np.arange(41)
    for run, row in enumerate(rows):
        rates = np.interp(times, [0, 4, 8], row[1:4])
        s = row[0] + np.concatenate([[0], np.cumsum(0.25 * rates[:-1])])
        np.testing.assert_allclose(found[run, :, 0], s, rtol=1e-13)
        np.testing.assert_allclose(found[run, :, 1], np.interp(s, [0, 10, 20], row[4:]), rtol=1e-13)
