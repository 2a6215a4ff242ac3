from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysd_runner import Model, RunError
from pysd_runner.run.time_grid import TimeGrid

InlineModel = Callable[[str], Model]
GROWTH = "S = INTEG(1, 0) ~~|"


def test_saved_times() -> None:
    grid = TimeGrid(2020, 2030, 0.25, 2)
    assert grid.steps == 40
    assert grid.saved_times.tolist() == [2020, 2022, 2024, 2026, 2028, 2030]
    assert TimeGrid(0, 10, 0.25, 4).saved_times.tolist() == [0, 4, 8]
    assert TimeGrid(0, 10, 0.25, 20).saved_times.tolist() == [0]
    assert TimeGrid(3, 3, 1, 1).saved_times.tolist() == [3]


@given(st.integers(1, 400), st.integers(1, 9), st.sampled_from([1.0, 0.5, 0.1, 0.3, 1 / 12]))
def test_a_grid_holds_its_last_save(saves: int, multiple: int, step: float) -> None:
    grid = TimeGrid(0, saves * multiple * step, step, multiple * step)
    assert grid.steps == saves * multiple
    assert len(grid.saved_times) == saves + 1
    np.testing.assert_allclose(grid.saved_times[-1], grid.final_time, rtol=1e-12)


@pytest.mark.parametrize(
    ("initial", "final", "step", "save", "message"),
    [
        (0, 10, 0, 1, "time step 0 and save step 1 must be positive"),
        (0, 10, -0.5, 1, "must be positive"),
        (0, 10, 0.5, 0, "must be positive"),
        (0, 10, math.nan, 1, "'time_step': is not a finite number"),
        (0, math.inf, 1, 1, "'final_time': is not a finite number"),
        (0, 10, 1, math.nan, "'save_step': is not a finite number"),
        (10, 0, 1, 1, "the final time 0 lies before the initial time 10"),
        (0, 10, 0.25, 0.3, "the save step 0.3 is not a whole number of time steps 0.25; choose a"),
        (0, 10, 1, 0.5, "the save step 0.5 is not a whole number"),
        (0, 10, 1e-3, 1e308, "the save step 1e+308 is not a whole number"),
        (0, 10, 0.3, 0.3, "from 0 to 10 it is not a whole number of time steps 0.3; choose a step"),
        (0, 1e9, 1, 1, "the run would take 1e+09 steps, more than 1e+07; choose a larger"),
        (0, 1e300, 1e-300, 1, "the run would take inf steps"),
    ],
)
def test_times_that_make_no_run(
    initial: float, final: float, step: float, save: float, message: str
) -> None:
    with pytest.raises(RunError) as caught:
        TimeGrid(initial, final, step, save)
    assert message in str(caught.value)


def test_times_come_from_the_model_unless_they_are_given(inline_model: InlineModel) -> None:
    model = inline_model("S = INTEG(1, 0) ~~|\nh = 0.5 ~~|\nTIME STEP = h / 2 ~~|\nSAVEPER = 1 ~~|")
    assert model.time_grid() == TimeGrid(0, 10, 0.25, 1)
    assert model.time_grid(20, 2, None) == TimeGrid(0, 20, 2, 2)
    assert model.time_grid(time_step=0.5, save_step=5) == TimeGrid(0, 10, 0.5, 5)


def test_a_file_may_save_and_end_between_steps(inline_model: InlineModel) -> None:
    """The first step at or after a save time or the end counts."""
    text = f"{GROWTH}\nTIME STEP = 0.3 ~~|\nSAVEPER = 0.5 ~~|\nFINAL TIME = 2 ~~|"
    model = inline_model(text)
    grid = model.time_grid()
    assert grid.steps == 7
    assert grid.saved_steps.tolist() == [0, 2, 4, 5, 7]
    np.testing.assert_allclose(grid.saved_times, [0, 0.6, 1.2, 1.5, 2.1])
    np.testing.assert_allclose(model.run(outputs=["S"])["S"], grid.saved_times)


@pytest.mark.parametrize("final", ["1.1", "1.1 + 0 * S"])
def test_the_step_beyond_the_end_is_saved_if_its_time_is_one(
    inline_model: InlineModel, final: str
) -> None:
    """As by PySD, and however the clock is computed."""
    text = f"{GROWTH}\nTIME STEP = 0.4 ~~|\nSAVEPER = TIME STEP ~~|\nFINAL TIME = {final} ~~|"
    found = inline_model(text).run(outputs=["S"])["time"].values
    np.testing.assert_allclose(found, [0, 0.4, 0.8, 1.2])


@pytest.mark.parametrize(
    ("control", "message"),
    [
        ("TIME STEP = 0", "must be positive"),
        ("TIME STEP = -1", "must be positive"),
        ("TIME STEP = :NA:", "is not a finite number"),
        ("INITIAL TIME = S", "INITIAL TIME of the model is no constant"),
        ("FINAL TIME = -1", "lies before the initial time"),
    ],
)
def test_bad_times_in_the_model_file(inline_model: InlineModel, control: str, message: str) -> None:
    with pytest.raises(RunError, match=message):
        inline_model(f"{GROWTH}\n{control} ~~|").run()


@pytest.mark.parametrize("name", ["final_time", "time_step", "save_step"])
@pytest.mark.parametrize("clock", ["TIME STEP = 0.25", "TIME STEP = 0.25 + 0 * Time"])
def test_a_time_that_is_no_number_is_refused(
    inline_model: InlineModel, name: str, clock: str
) -> None:
    with pytest.raises(RunError, match="'a' is no number; give one in the model's time unit"):
        inline_model(f"{GROWTH}\n{clock} ~~|").run(**{name: "a"})  # type: ignore[arg-type]
