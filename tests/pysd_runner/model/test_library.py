"""Functions that are macros of the library, against closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pysd_runner import Model

InlineModel = Callable[[str], Model]


def values(model: Model, name: str, final_time: float = 8) -> NDArray[np.float64]:
    run = model.run(outputs=[name], engine="kernel", final_time=final_time, time_step=1)
    return np.asarray(run[name].values)


def test_net_present_value_is_a_discounted_sum(inline_model: InlineModel) -> None:
    model = inline_model("s = 100 + 10 * Time ~~|\nx = NPV(s, 0.1, 5, 2) ~~|")
    t = np.arange(9)
    expected = 2 * (5 + np.cumsum((100 + 10 * t) / 1.1**t))
    np.testing.assert_allclose(values(model, "x"), expected, rtol=1e-13)


def test_delayp_tells_what_is_on_its_way(inline_model: InlineModel) -> None:
    model = inline_model(
        "s = 10 + STEP(5, 2) ~~|\nx = DELAYP(s, 6 : on the way) ~~|\ny = DELAY3(s, 6) ~~|\n"
        "S = INTEG(s - x, 60) ~~|".replace("S =", "stored =")
    )
    np.testing.assert_allclose(values(model, "x"), values(model, "y"), rtol=1e-13)
    np.testing.assert_allclose(values(model, "on the way"), values(model, "stored"), rtol=1e-13)


def test_pink_noise_has_its_deviation_and_correlation_time(inline_model: InlineModel) -> None:
    model = inline_model("x = RANDOM PINK NOISE(5, 2, 4, 0) ~~|")
    noise = values(model, "x", 40_000)[100:] - 5
    assert noise.mean() == pytest.approx(0, abs=0.1)
    assert noise.std() == pytest.approx(2, rel=0.05)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(1 - 1 / 4, abs=0.02)


def test_a_variable_of_the_same_name_is_no_function(inline_model: InlineModel) -> None:
    model = inline_model("NPV((0,1),(10,11)) ~~|\nx = NPV(Time) ~~|")
    assert values(model, "x", 2).tolist() == [1.0, 2.0, 3.0]


def test_pysd_runs_them_too(inline_model: InlineModel) -> None:
    model = inline_model("s = 100 + 10 * Time ~~|\nx = NPV(s, 0.1, 5, 2) ~~|")
    kernel, pysd = (model.run(outputs=["x"], engine=e)["x"].values for e in ("kernel", "pysd"))
    np.testing.assert_allclose(kernel, pysd, rtol=1e-13)
