from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysd_runner import Model
from pysd_runner.check.reproduction import (
    Pairing,
    fit,
    pairings,
    plausibility,
    reproduction,
)
from pysd_runner.spec.series import COLUMNS

InlineModel = Callable[[str], Model]


def test_theil_by_hand() -> None:
    """Means 3 and 2; spreads 2 and 1 (population); correlation 1: errors 0, 0, 2, 2."""
    actual, simulated = np.array([1.0, 1.0, 3.0, 3.0]), np.array([1.0, 1.0, 5.0, 5.0])
    found = fit(simulated, actual)
    assert found.points == 4
    assert found.error == pytest.approx(1 / 3)
    assert found.determination == pytest.approx(1)
    assert (found.bias, found.variation, found.covariation) == pytest.approx((0.5, 0.5, 0))


@pytest.mark.parametrize(
    ("simulated", "parts"),
    [
        ([2.0, 3, 4, 5], (1, 0, 0)),  # shifted: all of it is bias
        ([4.0, 3, 2, 1], (0, 0, 1)),  # turned round: all of it is covariation
        ([0.0, 1.666667, 3.333333, 5], (0, 1, 0)),  # stretched about the mean: variation
    ],
)
def test_errors_of_one_sort(simulated: list[float], parts: tuple[float, ...]) -> None:
    found = fit(np.array(simulated), np.array([1.0, 2, 3, 4]))
    assert (found.bias, found.variation, found.covariation) == pytest.approx(parts, abs=1e-6)


def test_a_perfect_fit_and_one_without_variation() -> None:
    same = fit(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert (same.error, same.determination) == (0, pytest.approx(1))
    assert np.isnan([same.bias, same.variation, same.covariation]).all()
    flat = fit(np.array([2.0, 2.0]), np.array([1.0, 3.0]))
    assert np.isnan(flat.determination)
    assert (flat.bias, flat.variation, flat.covariation) == (0, 1, 0)


NUMBERS = st.floats(0.1, 1e4)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=20))
def test_the_parts_of_the_error_sum_to_one(pairs: list[tuple[float, float]]) -> None:
    simulated, actual = np.array(pairs).T
    found = fit(simulated, actual)
    if np.abs(simulated - actual).max() > 1e-3 * actual.max():
        assert found.bias + found.variation + found.covariation == pytest.approx(1)
        assert min(found.bias, found.variation) >= 0
        assert found.covariation >= -1e-9


MODEL = "level = 10 + Time ~ kg ~|\n"
SPEC = """
[model]
title = "T"
question = "?"
file = "inline.mdl"
save_step = 1

[history.long]
label = "Long"
variable = "level"
indicator = "long"
unit = "kg"

[history.short]
label = "Short"
variable = "level"
indicator = "short"
unit = "kg"
band = 0.5

[history.index]
label = "Index"
variable = "level"
indicator = "index"
unit = "kg"
transform = "index"
base_year = 0
"""
ROWS = """
long,0,10,kg,,final,calibration,s,
long,1,12,kg,,final,calibration,s,
long,2,12,kg,,final,calibration,s,
long,2,99,kg,,preliminary,rejected,s,
long,3,13,kg,,final,calibration,s,
long,4,28,kg,,final,validation,s,
short,0,20,kg,,rounded,calibration,s,
short,5,16,kg,,derived,calibration,s,
index,0,200,kg,,final,calibration,s,
index,2,300,kg,,final,validation,s,
"""


@pytest.fixture
def pairs(inline_model: InlineModel, tmp_path: Path) -> tuple[Pairing, ...]:
    (tmp_path / "sandbox.toml").write_text(SPEC)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "series.csv").write_text(",".join(COLUMNS) + ROWS)
    return pairings(inline_model(MODEL))


def test_the_base_case_stands_beside_what_was_observed(pairs: tuple[Pairing, ...]) -> None:
    long, short, index = pairs
    assert long.observed["model"].tolist() == [10, 11, 12, 13, 14]
    assert long.observed["use"].tolist() == ["calibration"] * 4 + ["validation"]
    assert short.observed["model"].tolist() == [10, 15]
    assert index.observed["model"].tolist() == [1.0, 1.2]
    assert index.observed["value"].tolist() == [1.0, 1.5]
    assert index.values[5] == pytest.approx(1.5)


def test_long_series_have_statistics_and_short_ones_a_band(pairs: tuple[Pairing, ...]) -> None:
    table = reproduction(pairs)
    assert table.loc["long", "points"] == 4
    assert table.loc["long", "MAPE"] == pytest.approx(1 / 12 / 4)
    assert table.loc["long", ["U^M", "U^S", "U^C"]].sum() == pytest.approx(1)
    assert (table.loc["long", "held out"], table.loc["long", "MAPE held out"]) == (1, 0.5)
    assert table.loc["short", ["MAPE", "R²", "U^M"]].isna().all()
    assert table.loc["short", "largest error"] == 0.5
    assert table.loc["index", "points"] == 0  # an index is one in its base year by construction
    assert table.loc["index", "MAPE held out"] == pytest.approx(0.2)


def test_what_is_plausible(pairs: tuple[Pairing, ...]) -> None:
    found = {finding.label: finding for finding in plausibility(pairs)}
    assert found["Long"].detail == "mean error 2.1% of 4 points (band 20%)"
    assert found["Short"].detail == "largest error 50.0% of 2 points (band 50%)"
    assert found["Index"].detail == "nothing observed outside the hold-out"
    assert all(finding.passed for finding in found.values())
    tight = [
        Pairing(pair.name, pair.entry.model_copy(update={"band": 0.01}), pair.times, pair.values,
                pair.observed)
        for pair in pairs
    ]  # fmt: skip
    assert [finding.passed for finding in plausibility(tight)] == [False, False, True]


def test_a_model_without_history(inline_model: InlineModel, tmp_path: Path) -> None:
    (tmp_path / "sandbox.toml").write_text(SPEC[: SPEC.index("[history")])
    assert pairings(inline_model(MODEL)) == ()
