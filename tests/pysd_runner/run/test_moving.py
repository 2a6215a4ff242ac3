"""Models whose clock is part of the model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model, ModelError, RunError

InlineModel = Callable[[str], Model]
GROWTH = "S = INTEG(g * S, 1) ~~|\ng = 0.1 ~~|\n"


def test_a_run_ends_when_its_stock_says_so(inline_model: InlineModel) -> None:
    text = GROWTH + "FINAL TIME = IF THEN ELSE(S > 2, Time, 100) ~~|\nSAVEPER = 1 ~~|"
    run = inline_model(text).run(outputs=["S"])
    # 1.025 ** n passes 2 at n = 29; the next whole time would be 8
    assert run["time"].values.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    np.testing.assert_allclose(run["S"], 1.025 ** (4 * run["time"].values), rtol=1e-13)


def test_a_comparison_as_a_time_step_is_a_number(inline_model: InlineModel) -> None:
    model = inline_model("S = INTEG(2, 0) ~~|\nTIME STEP = Time < 99 ~~|\nFINAL TIME = 3 ~~|")
    assert model.run(outputs="S", engine="kernel")["S"].values.ravel().tolist() == [0, 2, 4, 6]


def test_a_step_that_changes_over_time(inline_model: InlineModel) -> None:
    text = "S = INTEG(1 + 0 * Time, 0) ~~|\nTIME STEP = IF THEN ELSE(Time < 4, 0.5, 2) ~~|"
    run = inline_model(text).run(outputs=["S"])
    expected = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 6, 8, 10]
    assert run["time"].values.tolist() == expected
    assert run["S"].values.tolist() == expected


def test_a_constant_of_the_clock_may_be_set(inline_model: InlineModel) -> None:
    model = inline_model(GROWTH + "h = 0.25 ~~|\nTIME STEP = h ~~|")
    assert len(model.run(outputs=["S"])["time"]) == 41
    found = model.run({"h": 0.5}, ["S"])
    np.testing.assert_allclose(found["S"], 1.05 ** np.arange(21), rtol=1e-13)
    with pytest.raises(RunError, match="the runs save at different times"):
        model.batch({"h": [0.5, 0.25]}, ["S"])
    fixed = model.batch({"h": [0.5, 0.25]}, ["S"], time_step=1)
    assert fixed.sizes["time"] == 11


@pytest.mark.parametrize("interval", ["0.3", "0", "0.1", "1", "0.5"])
def test_values_are_saved_when_a_fixed_clock_would_save_them(
    interval: str, inline_model: InlineModel
) -> None:
    text = f"{GROWTH}SAVEPER = {interval} ~~|\nTIME STEP = 0.25"
    fixed = inline_model(f"{text} ~~|").run(outputs=["S"])
    moving = inline_model(f"{text} + 0 * Time ~~|").run(outputs=["S"])
    assert moving["time"].values.tolist() == fixed["time"].values.tolist()
    np.testing.assert_array_equal(moving["S"], fixed["S"])


def test_a_fixed_delay_with_steps_that_change_is_refused(inline_model: InlineModel) -> None:
    """As many steps would last another time."""
    text = "a = DELAY FIXED(Time, 1, -1) ~~|\nh = 0.25 ~~|\nTIME STEP = "
    same = inline_model(f"{text} h ~~|").run({"h": 0.5}, ["a"])
    assert same["a"].values.tolist() == [-1, -1, *np.arange(0, 9.5, 0.5)]
    message = "'a': uses DELAY FIXED with a TIME STEP that changes"
    with pytest.raises(ModelError, match=message):
        inline_model(f"{text} IF THEN ELSE(Time < 4, 0.25, 0.5) ~~|").run(outputs=["a"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TIME STEP = 0.25 + 0 / (Time - 2) ~~|", "TIME STEP is no number at time 2"),
        ("FINAL TIME = 4 + 0 / (Time - 2) ~~|", "FINAL TIME is no number at time 2"),
        ("SAVEPER = 1 + 0 / (Time - 2) ~~|", "SAVEPER is no number at time 2"),
        ("FINAL TIME = Time - 1 ~~|", "the final time -1 lies before the initial time 0"),
        ("TIME STEP = 1 - Time ~~|", "TIME STEP is 0 at time 1; it must stay positive"),
        ("FINAL TIME = Time + 1 ~~|", "the run has not ended after"),
    ],
)
def test_a_clock_that_stands_still_is_refused(
    inline_model: InlineModel, text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pysd_runner.run.moving.MAX_STEPS", 5000)
    with pytest.raises(RunError, match=message):
        inline_model(GROWTH + text).run()


def test_other_engines_and_methods_refuse(inline_model: InlineModel) -> None:
    model = inline_model(GROWTH + "TIME STEP = IF THEN ELSE(Time < 4, 0.5, 2) ~~|")
    for options in ({"engine": "pysd"}, {"method": "rk4"}):
        with pytest.raises(RunError, match="computes its own TIME STEP"):
            model.run(**options)  # type: ignore[arg-type]
