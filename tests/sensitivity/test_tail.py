"""Tail measures, by hand and by law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pysd_runner.errors import DesignError
from sensitivity.tail import cvar, gains, low_percentile, semideviation

TEN = np.array([5.0, 1.0, 9.0, 3.0, 7.0, 2.0, 8.0, 4.0, 10.0, 6.0])
numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40).map(np.array)
shares = st.floats(0.01, 1.0)


def test_cvar_is_the_mean_of_the_worst() -> None:
    assert cvar(TEN, 0.1) == 1
    assert cvar(TEN, 0.2) == pytest.approx(1.5)
    # Two and a half futures: the third counts for half.
    assert cvar(TEN, 0.25) == pytest.approx((1 + 2 + 3 / 2) / 2.5)
    assert cvar(TEN, 1.0) == pytest.approx(5.5)
    # Less than one future is the worst one.
    assert cvar(TEN, 0.05) == 1
    # 0.3 times 10 is a little more than three in floating point; three it is.
    assert cvar(TEN, 0.3) == pytest.approx(2)


def test_cvar_of_known_distributions() -> None:
    probability = (np.arange(20_000) + 0.5) / 20_000
    assert cvar(probability, 0.1) == pytest.approx(0.05)
    # Of a normal distribution: -φ(Φ⁻¹(α)) / α.
    expected = -stats.norm.pdf(stats.norm.ppf(0.1)) / 0.1
    assert cvar(stats.norm.ppf(probability), 0.1) == pytest.approx(expected, abs=1e-3)
    # Of an exponential one, from below: ((1 - α) ln(1 - α) + α) / α.
    expected = (0.9 * np.log(0.9) + 0.1) / 0.1
    assert cvar(stats.expon.ppf(probability), 0.1) == pytest.approx(expected, rel=1e-3)


def test_measures_take_futures_in_the_first_dimension() -> None:
    both = np.column_stack([TEN, -TEN])
    assert cvar(both, 0.2).tolist() == [1.5, -9.5]
    assert low_percentile(both, 0.5).tolist() == [5.5, -5.5]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_a_tail_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(DesignError, match="give a share up to 1"):
        cvar(TEN, share)


def test_no_future_is_refused() -> None:
    with pytest.raises(DesignError, match="every run failed"):
        cvar(np.array([]), 0.1)


def test_semideviation_counts_what_falls_short_of_the_mean() -> None:
    # Mean 4; shortfalls 3, 1, 0, 0.
    assert semideviation(np.array([1.0, 3.0, 4.0, 8.0])) == pytest.approx(np.sqrt(10 / 4))
    assert semideviation(np.full(5, 2.0)) == 0


def test_what_is_minimised_is_turned_round() -> None:
    assert gains(TEN, "minimise")[0] == -5
    assert gains(TEN, "maximise")[0] == gains(TEN, "none")[0] == 5


@given(numbers, shares, st.floats(-100, 100), st.floats(0.1, 10))
def test_laws_of_cvar(values: np.ndarray, share: float, shift: float, scale: float) -> None:
    found = cvar(values, share)
    size = 1 + np.abs(values).max() * scale
    assert values.min() - 1e-9 * size <= found <= values.mean() + 1e-9 * size
    assert cvar(scale * values + shift, share) == pytest.approx(
        scale * found + shift, abs=1e-9 * size
    )
    twice = np.concatenate([values, values])
    assert cvar(twice, share) == pytest.approx(found, abs=1e-9 * size)
    assert cvar(values, min(1.0, 2 * share)) >= found - 1e-9 * size


@given(numbers)
def test_semideviation_is_at_most_the_deviation(values: np.ndarray) -> None:
    assert 0 <= semideviation(values) <= values.std() * (1 + 1e-9) + 1e-9
