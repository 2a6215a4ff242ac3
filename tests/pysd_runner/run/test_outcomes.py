from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model, RunError
from pysd_runner.run.batch import EngineName
from pysd_runner.run.outcomes import (
    beyond_run,
    compute_outcomes,
    five_digits,
    named_outcomes,
    outcome_variables,
    reduce_trajectory,
    relative,
)
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.spec.schema import Outcome

InlineModel = Callable[[str], Model]


def outcome(reduction: str, **given: Any) -> Outcome:
    table = {"label": "x", "variable": "S", "unit": "kg", "direction": "none", **given}
    return Outcome.model_validate({**table, "reduction": reduction})


TIMES = np.array([0.0, 1.0, 2.0, 4.0])
VALUES = xr.DataArray(
    [[1.0, 3.0, 2.0, 0.0], [5.0, np.nan, 1.0, 1.0]], {"time": TIMES}, ("run", "time")
)


@pytest.mark.parametrize(
    ("reduction", "given", "expected"),
    [
        ("final", {}, [0, 1]),
        ("at", {"at": 1.5}, [2.5, np.nan]),
        ("at", {"at": 4}, [0, 1]),
        ("mean", {}, [1.5, np.nan]),
        ("max", {}, [3, np.nan]),
        ("min", {"from": 2}, [0, 1]),
        ("max", {"from": 2, "to": 4}, [2, 1]),
        ("mean", {"to": 1}, [2, np.nan]),
        ("integral", {}, [2 + 2.5 + 2, np.nan]),
        ("integral", {"from": 1, "to": 4}, [4.5, np.nan]),
        ("first", {"above": 2.5, "never": 9}, [1, 0]),
        ("first", {"above": 2.5, "from": 2, "never": 9}, [9, 9]),
        ("first", {"below": 1.5, "never": 9}, [0, 2]),
    ],
)
def test_reductions(reduction: str, given: dict[str, float], expected: list[float]) -> None:
    found = reduce_trajectory(outcome(reduction, **given), VALUES)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_window_without_a_saved_time_is_refused() -> None:
    with pytest.raises(RunError, match=r"no saved time lies between 2\.5 and 3\.5"):
        reduce_trajectory(outcome("mean", **{"from": 2.5, "to": 3.5}), VALUES)


def test_rounding_of_saved_times_moves_no_window(shared_model: InlineModel) -> None:
    """Three steps of 0.1 end later than 0.3, by rounding."""
    times = "TIME STEP = 0.1 ~~|\nFINAL TIME = 1 ~~|"
    model = shared_model(f"S = INTEG(g, 0) ~~|\ng = 1 ~~|\n{times}")
    measured = {
        "area": outcome("integral", to=0.3),
        "rest": outcome("integral", **{"from": 0.3}),
        "value": outcome("at", at=0.3),
    }
    for engine in ("kernel", "pysd"):
        found = model.outcomes({}, measured, engine=engine)
        row = found.loc[0, list(measured)].astype(float)
        np.testing.assert_allclose(row, [0.045, 0.455, 0.3], rtol=1e-12)


@pytest.mark.parametrize("engine", ["kernel", "pysd"])
def test_a_time_that_is_not_reached_is_refused(
    engine: EngineName, shared_model: InlineModel
) -> None:
    model = shared_model("S = INTEG(g, 0) ~~|\ng = 1 ~~|")
    measured = {"end": outcome("final"), "late": outcome("at", at=12)}
    with pytest.raises(RunError, match=r"is read at 12, but values are saved from 0 to 10 only"):
        model.outcomes({}, measured, engine=engine)


def test_outcomes_of_a_batch(shared_model: InlineModel) -> None:
    model = shared_model("S = INTEG(g, 0) ~~|\ng = 1 ~~|\ny = 1 / (S - 5) ^ 2 ~~|")
    measured = {
        "end": outcome("final"),
        "twice": outcome("mean", variable=None, expression="2 * S"),
        "pole": outcome("at", at=0, variable="y"),
    }
    assert outcome_variables(measured, model.graph) == ("S", "y")
    runs = model.batch({"g": [0.25, 1, 0.1]}, ["S", "y"], save_step=1, workers=1)
    table = compute_outcomes(measured, runs, model.graph)
    assert list(table.columns) == ["end", "twice", "pole"]
    assert table.index.name == "run"
    np.testing.assert_allclose(table.loc[0], [2.5, 2.5, 0.04])
    # A run that broke has no outcomes, not even those that were finite when it did.
    assert table.loc[1].isna().all()
    np.testing.assert_allclose(table.loc[2], [1, 1, 0.04])


def test_first_times_are_the_same_on_the_way_and_afterwards(shared_model: InlineModel) -> None:
    model = shared_model("S = INTEG(g, 0) ~~|\ng = 1 ~~|")
    measured = {
        "reached": outcome("first", above=3.15, never=99),
        "still low": outcome("first", below=3.15, never=99, **{"from": 2}),
        "twice": outcome("first", variable=None, expression="2 * S", above=3.15, never=99),
    }
    speeds = {"g": [0.1, 1.0, 4.0]}
    quick = model.outcomes(speeds, measured, time_step=0.1, save_step=0.1)
    runs = model.batch(speeds, ["S"], time_step=0.1, save_step=0.1)
    table = compute_outcomes(measured, runs, model.graph)
    assert quick["reached"].tolist() == pytest.approx([99, 3.2, 0.8])
    assert quick["still low"].tolist() == [2.0, 2.0, 99.0]
    assert quick["twice"].tolist() == pytest.approx([99, 1.6, 0.4])
    assert np.array_equal(quick.drop(columns="status").to_numpy(), table.to_numpy())


@pytest.mark.parametrize(
    "given",
    [{}, {"above": 1}, {"above": 1, "below": 2, "never": 3}, {"never": 3}],
)
def test_a_first_time_needs_one_bound_and_what_never_means(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="needs 'above' or 'below', and 'never'"):
        outcome("first", **given)
    with pytest.raises(ValueError, match="belong to the reduction"):
        outcome("max", **{"above": 1, **given})


@pytest.mark.parametrize(
    ("reduction", "given", "beyond"),
    [
        ("final", {}, ""),
        ("mean", {}, ""),
        ("at", {"at": 10.0}, ""),
        ("at", {"at": 10.5}, "is read at 10.5"),
        ("min", {"from": 2.0, "to": 10.0}, ""),
        ("min", {"from": 2.0, "to": 11.0}, "looks until 11"),
        ("min", {"from": 11.0}, "looks from 11 on"),
    ],
)
def test_outcomes_that_a_run_does_not_reach(
    reduction: str, given: dict[str, float], beyond: str
) -> None:
    assert beyond_run(outcome(reduction, **given), TimeGrid(0, 10, 0.5, 1)) == beyond


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("a[A]", "give an element as an expression: expression = 'a[A]'"),
        ('"a[A]"', "'a' stands where an operator or the end"),
        ("a", "'a' needs the subscripts"),
        ("aa", "'aa' is not a variable of the model"),
    ],
)
def test_an_outcome_written_by_hand_is_refused_in_one_sentence(
    shared_model: InlineModel, variable: str, message: str
) -> None:
    model = shared_model("D: A, B ~~|\na[D] = INTEG(1, D) ~~|")
    with pytest.raises(RunError, match=re.escape(message)) as caught:
        model.outcomes({}, {"mine": outcome("final", variable=variable)})
    assert str(caught.value).startswith("'mine': ")
    assert "\n" not in str(caught.value)


def test_an_element_is_measured_by_an_expression(shared_model: InlineModel) -> None:
    model = shared_model("D: A, B ~~|\na[D] = INTEG(1, D) ~~|")
    table = model.outcomes({}, {"b": outcome("final", variable=None, expression="a[B]")})
    assert table["b"].tolist() == [12.0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (421_363.7, "421,360"), (-551_124_000.0, "-551,120,000"), (99_999.4, "99,999"),
        (3794.94, "3,794.9"), (0.187921, "0.18792"), (0.1, "0.1"), (0.0, "0"), (2e-7, "2e-07"),
        (3e12, "3e+12"), (float("nan"), "nan"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert five_digits(value) == text


def test_an_outcome_is_not_called_like_the_column_of_statuses(shared_model: InlineModel) -> None:
    model = shared_model("S = INTEG(1, 0) ~~|")
    with pytest.raises(RunError, match="'status': is the column that says how a run ended"):
        model.outcomes({}, {"status": outcome("final")})


def test_a_change_beyond_a_hundredfold_has_no_digits_after_the_point() -> None:
    assert [relative(each) for each in (0.0253, -0.33, 330_019.7)] == [
        "+2.53%",
        "-33.00%",
        "+3.3e+07%",
    ]


def test_outcomes_of_a_spec_are_chosen_by_name() -> None:
    known = {"end": outcome("final"), "top": outcome("max")}
    assert list(named_outcomes(known, None)) == ["end", "top"]
    assert named_outcomes(known, ["top"]) == named_outcomes(known, "top") == {"top": known["top"]}
    with pytest.raises(RunError, match=r"'tip': is no outcome .* did you mean 'top'"):
        named_outcomes(known, ["tip"])
