"""Methods of integration against closed solutions; delays by whole steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.kernel.kernel import compile_kernel
from pysd_runner.kernel.program import Cell, Method

InlineModel = Callable[[str], Model]
NO_INPUTS = np.empty((1, 0))

PROBLEMS = {
    "growth": ("S = INTEG(0.15 * S, 1) ~~|", np.exp(1.5)),
    "logistic": ("S = INTEG(S * (1 - S), 0.1) ~~|", 1 / (1 + 9 * np.exp(-10))),
    "oscillation": ("S = INTEG(V, 1) ~~|\nV = INTEG(-S, 0) ~~|", np.cos(10)),
    "time": ("S = INTEG(Time ^ 3 * EXP(-Time), 0) ~~|", 6 - 1366 * np.exp(-10)),
}


def last(model: Model, step: float, method: Method) -> float:
    grid = model.time_grid(time_step=step)
    kernel = compile_kernel(model.graph, [], [("s", ())], controls=grid.controls, method=method)
    return float(kernel.run(NO_INPUTS, np.array([grid.steps]), grid.steps).outputs[0, 0, 0])


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_order_of_convergence(
    inline_model: InlineModel, problem: str, method: Method, order: int
) -> None:
    text, exact = PROBLEMS[problem]
    model = inline_model(text)
    steps = (1 / 16, 1 / 32) if method == "rk4" else (1 / 128, 1 / 256)
    coarse, fine = (abs(last(model, step, method) - exact) for step in steps)
    assert np.log2(coarse / fine) == pytest.approx(order, abs=0.25)


def test_inside_a_step_of_runge_and_kutta_a_pulse_stays_what_it_was(
    inline_model: InlineModel,
) -> None:
    """As Vensim: a pulse of one step, which ends half a stage later, counts whole."""
    model = inline_model("S = INTEG(PULSE(3, 0.25) / 0.25, 0) ~~|")
    assert last(model, 0.25, "rk4") == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("method", ["euler", "rk2", "rk4"])
def test_length_of_a_fixed_delay_may_differ_by_run(
    inline_model: InlineModel, method: Method
) -> None:
    model = inline_model("lag = 1 ~~|\na = DELAY FIXED(Time, lag, -1) ~~|")
    grid = model.time_grid()
    inputs: list[Cell] = [("lag", ())]
    kernel = compile_kernel(
        model.graph, inputs, [("a", ())], controls=grid.controls, method=method, width=4
    )
    lags = np.array([0.0, 0.25, 1.0, 2.5, 9.75, 1000.0, 0.3])
    found = kernel.run(lags[:, None], np.arange(grid.steps + 1), grid.steps).outputs[..., 0]
    times = 0.25 * np.arange(grid.steps + 1)
    whole = np.maximum(np.round(lags / 0.25), 1) * 0.25
    late = times - whole[:, None]
    np.testing.assert_allclose(found, np.where(late < 0, -1.0, late), atol=1e-12)


def test_samples_are_kept_through_the_stages_of_a_step(inline_model: InlineModel) -> None:
    text = "a = SAMPLE IF TRUE(MODULO(Time, 2) < 0.1, Time, -1) ~~|"
    model = inline_model(text)
    grid = model.time_grid()
    found = {
        method: compile_kernel(
            model.graph, [], [("a", ())], controls=grid.controls, method=method
        ).run(NO_INPUTS, np.arange(grid.steps + 1), grid.steps).outputs[0, :, 0]
        for method in ("euler", "rk4")
    }  # fmt: skip
    np.testing.assert_array_equal(found["euler"], found["rk4"])
    np.testing.assert_array_equal(found["rk4"], 2 * np.floor(0.125 * np.arange(41)))
