"""Cramér–von-Mises indices against indicators averaged one by one, and their properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner.errors import DesignError
from sensitivity.cramer_von_mises import cramer_von_mises
from sensitivity.sampling import saltelli
from sensitivity.slices import Slices
from sensitivity.sobol import estimate
from tests.sensitivity.analytic import Breaker, Linear, factors


def test_indices_are_those_of_the_indicators_averaged_over_the_outcome() -> None:
    design = saltelli(Breaker.factors, 32, second_order=True)
    y = np.round(Breaker()(design.values), 1)  # with ties
    found = cramer_von_mises(design, pd.DataFrame({"y": y}))
    thresholds = y[design.sample]
    indicators = (y[:, None] <= thresholds).astype(float)
    # Ratios of the sums over all thresholds: indices weighted with their denominators.
    blocks = indicators.reshape(32, 12, -1)
    a, b, ab, ba = blocks[:, 0], blocks[:, -1], blocks[:, 1:6], blocks[:, 6:11]
    d, e = ab - a[:, None], ba - b[:, None]
    w = ((a - b)[:, None] ** 2 + (ba - ab) ** 2).sum(axis=(0, 2))
    first = -2 * (d * e).sum(axis=(0, 2)) / w
    total = (d**2 + e**2).sum(axis=(0, 2)) / w
    assert found.of("y", "S1")["estimate"].to_numpy() == pytest.approx(first, abs=1e-12)
    assert found.of("y", "ST")["estimate"].to_numpy() == pytest.approx(total, abs=1e-12)


def test_first_order_of_a_linear_gaussian_function() -> None:
    # With ρ² the share of x, S = 6 E[Φ2(z, z; ρ²)] - 2, and E[Φ2(z, z; ρ²)] = P(u < z, v < z)
    # for corr(u - z, v - z) = (1 + ρ²) / 2: an orthant, 1/4 + arcsin((1 + ρ²) / 2) / 2π.
    function = Linear(1.0, 0.6, 0.3)
    design = saltelli(function.factors, 4096, second_order=True)
    rows = cramer_von_mises(design, pd.DataFrame({"y": function(design.values)})).of("y", "S1")
    exact = 6 * (0.25 + np.arcsin((1 + function.first) / 2) / (2 * np.pi)) - 2
    assert rows["estimate"].to_numpy() == pytest.approx(exact, abs=0.005)
    assert (np.abs(rows["estimate"] - exact) < 3 * rows["half_width"]).all()


@settings(max_examples=15)
@given(power=st.sampled_from([1, 3]), seed=st.integers(0, 20))
def test_indices_do_not_change_with_a_monotonic_transformation(power: int, seed: int) -> None:
    design = saltelli(Breaker.factors, 16, second_order=True, seed=seed)
    y = Breaker()(design.values)
    one = cramer_von_mises(design, pd.DataFrame({"y": y})).table
    other = cramer_von_mises(design, pd.DataFrame({"y": np.exp(y**power)})).table
    pd.testing.assert_frame_equal(one, other)


def test_an_inert_factor_has_zero_and_a_heavy_tail_does_no_harm() -> None:
    design = saltelli(factors(3), 256, second_order=True)
    y = (1 - design.values[:, 0] * design.values[:, 1]) ** -3
    rows = cramer_von_mises(design, pd.DataFrame({"y": y}))
    assert rows.of("y", "ST").loc["x3", "estimate"] == 0
    assert rows.of("y", "S1").loc["x1", "half_width"] < 0.05
    variance_based = estimate(design, y[:, None], estimator="azzini")["S1"]
    assert (variance_based.high - variance_based.low)[0, 0] > 0.1


def test_slices_without_indices_say_why_and_other_designs_are_refused() -> None:
    design = saltelli(factors(2), 16, second_order=True)
    values = np.column_stack([np.ones(len(design)), design.values[:, 0]])
    found = cramer_von_mises(design, Slices(values, ("y",), np.array([0.0, 1.0]))).dataset
    assert found["reason"].values.tolist() == [["the same in all 96 runs", ""]]
    assert np.isnan(found["ST"].values[0, 0]).all()
    plain = saltelli(factors(2), 16)
    with pytest.raises(DesignError, match="second_order=True"):
        cramer_von_mises(plain, pd.DataFrame({"y": plain.values[:, 0]}))
