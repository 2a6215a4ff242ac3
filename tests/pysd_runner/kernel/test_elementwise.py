"""Functions of numbers at one time, against values from Vensim's manual."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model, ModelError, RunError

InlineModel = Callable[[str], Model]


def values(model: Model, name: str = "y", **times: float) -> list[float]:
    found = model.run(outputs=[name], engine="kernel", **times)[name].values
    return np.asarray(found).tolist()


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("PULSE(1, 2)", [0, 1, 1, 0, 0, 0]),
        ("PULSE(1, 0)", [0, 1, 0, 0, 0, 0]),
        ("PULSE(-1, 2)", [1, 0, 0, 0, 0, 0]),
        ("PULSE TRAIN(0, 1, 2, 4)", [1, 0, 1, 0, 1, 0]),
        ("PULSE TRAIN(1, 1, 2, 4)", [0, 1, 0, 1, 0, 0]),
        ("PULSE TRAIN(1, 0, 3, 9)", [0, 1, 0, 0, 1, 0]),
        ("PULSE TRAIN(1, 2, 0, 9)", [0, 1, 1, 0, 0, 0]),
        ("STEP(5, 2)", [0, 0, 5, 5, 5, 5]),
        ("RAMP(2, 1, 3)", [0, 0, 2, 4, 4, 4]),
        ("RAMP(2, 3, 1)", [0, 0, 0, 0, 2, 4]),
        ("IF THEN ELSE(IF THEN ELSE(Time > 2, :NA:, Time) = :NA:, 1, 0)", [0, 0, 0, 1, 1, 1]),
        ("IF THEN ELSE(:NA: <> IF THEN ELSE(Time > 2, :NA:, Time), 1, 0)", [1, 1, 1, 0, 0, 0]),
        ("IF THEN ELSE(IF THEN ELSE(Time > 2, :NA:, Time) > :NA:, 1, 0)", [1, 1, 1, 0, 0, 0]),
        ("IF THEN ELSE(:NA: >= IF THEN ELSE(Time > 2, :NA:, Time), 1, 0)", [0, 0, 0, 1, 1, 1]),
        ("GET TIME VALUE(0, 3, 0)", [3, 4, 5, 6, 7, 8]),
        ("GET TIME VALUE(1, 3, 0) + 0 * Time", [3] * 6),
        ("REINITIAL(Time + 7) + 0 * Time", [7] * 6),
        ("DELAY MATERIAL(Time, 2, -1, 0)", [-1, -1, 0, 1, 2, 3]),
        ("DELAY INFORMATION(Time, 2, -1, 0)", [-1, -1, 0, 1, 2, 3]),
        ("INTEGER(Time - 3.5)", [-3, -2, -1, 0, 0, 1]),
        ("MODULO(Time - 3, 2)", [-1, 0, -1, 0, 1, 0]),
        ("QUANTUM(Time - 3.5, 2)", [-2, -2, 0, 0, 0, 0]),
        ("QUANTUM(Time, 0)", [0, 1, 2, 3, 4, 5]),
        ("-(-(-2.3)) + 0 * Time", [-2.3] * 6),
        ("1 - -(-2) + --Time", [-1, 0, 1, 2, 3, 4]),
        ("(-2.5)^2 - -2.5^2 + (-(-2))^3 + 2^-1 + 0 * Time", [21] * 6),
        ("ZIDZ(Time, Time - 2)", [0, -1, 0, 3, 2, 5 / 3]),
    ],
)  # fmt: skip
def test_values_of_the_manual(
    inline_model: InlineModel, equation: str, expected: list[float]
) -> None:
    model = inline_model(f"y = {equation} ~~|")
    assert values(model, final_time=5, time_step=1) == pytest.approx(expected, abs=1e-15)


def test_pulses_hit_their_step_whatever_the_clock_rounds(inline_model: InlineModel) -> None:
    """A step of 0.1 is no binary fraction, so that the clock drifts."""
    model = inline_model("y = PULSE TRAIN(1, 0.5, 2, 99) ~~|\nz = PULSE(50, 0.1) + STEP(1, 70) ~~|")
    steps = np.arange(1001)
    found = np.array(values(model, final_time=100, time_step=0.1, save_step=0.1))
    assert np.array_equal(found, (steps >= 10) & (steps <= 990) & ((steps - 10) % 20 < 5))
    other = np.array(values(model, "z", final_time=100, time_step=0.1, save_step=0.1))
    assert np.array_equal(other, (steps == 500) | (steps >= 700))


def test_the_logarithm_of_the_gamma_function(inline_model: InlineModel) -> None:
    found = values(inline_model("y = GAMMA LN(Time + 0.5) ~~|"), final_time=5, time_step=1)
    assert found == pytest.approx([math.lgamma(t + 0.5) for t in range(6)], rel=1e-14)


@pytest.mark.parametrize(
    ("equation", "what"),
    [
        ("GET TIME VALUE(0, 0, 1)", "GET TIME VALUE of the calendar"),
        ("GET TIME VALUE(2, 0, 3)", "GET TIME VALUE of the calendar"),
        ("DELAY MATERIAL(Time, 2 + Time, 0, 0)", "DELAY MATERIAL of a delay time that changes"),
        ("DELAY CONVEYOR(Time, 2, 0, 0, 0)", "DELAY CONVEYOR"),
        ("SIMULTANEOUS(Time, 2)", "SIMULTANEOUS"),
    ],
)
def test_what_is_not_documented_enough_is_refused_by_name(
    inline_model: InlineModel, equation: str, what: str
) -> None:
    with pytest.raises(ModelError, match=f":1: 'y': uses {what}"):
        values(inline_model(f"y = {equation} ~~|"))


def test_an_equation_that_nobody_has_written_is_named(inline_model: InlineModel) -> None:
    model = inline_model("y = A FUNCTION OF(Time) ~~|\nx = Time ~~|")
    with pytest.raises(RunError, match=":1: 'y': has no equation yet, only A FUNCTION OF"):
        model.run()
    assert model.run(outputs=["x"], final_time=1)["x"].values[-1] == 1
