"""Kaplan-Meier by hand, and against what is plain without censoring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pysd_runner.errors import DesignError
from sensitivity.stress.survival import kaplan_meier


def test_six_runs_by_hand() -> None:
    # Happened at 1, 3, 3 and 5; ended without it at 2 and 4.
    found = kaplan_meier(
        np.array([1.0, 2, 3, 3, 4, 5]), np.array([True, False, True, True, False, True])
    )
    table = found.table
    assert table["time"].tolist() == [0, 1, 3, 5]
    assert table["at_risk"].tolist() == [6, 6, 4, 1]
    assert table["events"].tolist() == [0, 1, 2, 1]
    assert table["survival"].tolist() == pytest.approx([1, 5 / 6, 5 / 12, 0])
    assert (found.runs, found.events) == (6, 4)
    assert found.median == 3
    assert found.at(2.9) == pytest.approx(5 / 6)
    # Greenwood at 3: 1 / (6 * 5) + 2 / (4 * 2); on the scale of log(-log S).
    s = 5 / 12
    width = 1.959963985 * np.sqrt(1 / 30 + 1 / 4) / abs(np.log(s))
    assert table["low"][2] == pytest.approx(s ** np.exp(width))
    assert table["high"][2] == pytest.approx(s ** np.exp(-width))
    assert np.isnan(table["low"][3])


def test_nothing_happened() -> None:
    found = kaplan_meier(np.array([4.0, 5.0]), np.array([False, False]))
    assert found.at(5.0) == 1
    assert np.isnan(found.median)


@pytest.mark.parametrize(
    ("durations", "happened", "says"),
    [
        ([], [], "0 durations and 0 marks"),
        ([1.0, 2.0], [True], "2 durations and 1 marks"),
        ([-1.0], [True], "negative or missing"),
        ([np.nan], [True], "negative or missing"),
    ],
)
def test_what_has_no_survival_is_refused(
    durations: list[float], happened: list[bool], says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        kaplan_meier(np.array(durations), np.array(happened, dtype=bool))


observations = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30)


@given(observations)
def test_agrees_with_an_estimator_of_scipy(runs: list[tuple[int, bool]]) -> None:
    durations = np.array([float(duration) for duration, _ in runs])
    happened = np.array([each for _, each in runs])
    found = kaplan_meier(durations, happened)
    sample = stats.CensoredData(uncensored=durations[happened], right=durations[~happened])
    expected = stats.ecdf(sample).sf
    for time in range(21):
        assert found.at(time) == pytest.approx(float(expected.evaluate(time)), abs=1e-12)
    inside = found.table.dropna()
    assert (inside["low"] <= inside["survival"] + 1e-12).all()
    assert (inside["survival"] <= inside["high"] + 1e-12).all()
