"""What is read off runs: elements by name, outcomes as the model's own, twins above zero."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model
from sensitivity.stress.measure import courses_of, outcomes_of, series_of, shares_of
from tests.sensitivity.stress.small_city import small_city


def test_an_element_is_found_as_the_spec_names_it(inline_model: Callable[[str], Model]) -> None:
    model = inline_model("k: a, b ~~|\nOpen State[k] = INTEG(pace[k], 2) ~~|\npace[k] = 1, 3 ~~|")
    runs = model.batch({"pace[a]": [1, 2]}, ["Open State"])
    assert series_of(model, runs, "open state[ B ]").shape == (2, 41)
    assert series_of(model, runs, "Open State[a]")[:, -1].tolist() == [12, 22]
    assert series_of(model, runs, "Open_State[b]")[0, -1] == 32


def test_outcomes_are_those_of_the_model(tmp_path: Path) -> None:
    city = small_city(tmp_path)
    inputs = {"demand depth": np.array([0.0, 0.2, 0.4]), "levy depth": 0.4}
    runs = city.batch(inputs, ["output", "Reserve", "aid"], save_step=0.25)
    found = outcomes_of(city.spec, courses_of(city, runs), runs["time"].values)
    expected = city.outcomes(inputs)
    for name in ("output", "reserve", "aid"):
        assert found[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-13)


def test_a_run_that_failed_has_no_values(inline_model: Callable[[str], Model]) -> None:
    model = inline_model("S = INTEG(1, 0) ~~|\ny = SQRT(edge - S) ~~|\nedge = 20 ~~|\n")
    runs = model.batch({"edge": [20, 5]}, ["S", "y"])
    assert np.isnan(series_of(model, runs, "S")[1]).all()
    assert series_of(model, runs, "S")[0, -1] == 10


def test_there_is_no_share_of_a_twin_that_touches_zero() -> None:
    twin = {"y": np.array([[2.0, 4.0], [2.0, 0.0]])}
    shares = shares_of({"y": np.array([[1.0, 4.0], [1.0, 1.0]])}, twin, ["y"])["y"]
    assert shares[0].tolist() == [0.5, 1]
    assert np.isnan(shares[1]).all()
