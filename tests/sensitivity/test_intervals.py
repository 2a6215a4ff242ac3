"""Intervals over batches: which blocks make a batch, and what a ratio's interval is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sensitivity.design import DesignMatrix
from sensitivity.intervals import batches, ratio, said
from sensitivity.sampling import saltelli
from tests.sensitivity.analytic import factors


def test_the_scrambles_are_the_batches_and_each_is_a_sobol_sequence() -> None:
    design = saltelli(factors(2), 64, seed=3)
    rows = batches(design)
    assert rows.shape == (8, 8)
    base = design.values.reshape(64, 4, 2)[:, 0]
    for some in rows:
        # Eight points of a Sobol sequence: one in each eighth of each axis.
        strata = np.floor(8 * base[some])
        assert (np.sort(strata, axis=0) == np.arange(8)[:, None]).all()


@pytest.mark.parametrize("scrambles", [0, 1, 2, 8])
def test_every_block_is_in_one_batch(scrambles: int) -> None:
    design = saltelli(factors(2), 256, scrambles=scrambles)
    assert np.sort(batches(design).ravel()).tolist() == list(range(256))


def test_the_interval_of_a_mean_is_that_of_student() -> None:
    means = np.random.default_rng(0).normal(3.0, 1.0, size=(8, 1))
    estimate, half = ratio(means, np.ones((8, 1)), 0.9)
    low, high = stats.t.interval(0.9, 7, means.mean(), stats.sem(means[:, 0]))
    assert estimate == pytest.approx(means.mean())
    assert [estimate - half, estimate + half] == [pytest.approx(low), pytest.approx(high)]


def test_a_ratio_whose_parts_move_together_has_no_error() -> None:
    bottom = np.random.default_rng(0).random((8, 3))
    estimate, half = ratio(0.4 * bottom, bottom, 0.95)
    assert estimate == pytest.approx(np.full(3, 0.4))
    assert half == pytest.approx(np.zeros(3), abs=1e-12)


def test_a_single_batch_has_no_interval_and_no_variance_no_ratio() -> None:
    estimate, half = ratio(np.array([[1.0, 1.0]]), np.array([[2.0, 0.0]]), 0.95)
    assert estimate[0] == 0.5
    assert np.isnan(estimate[1])
    assert np.isnan(half).all()


@pytest.mark.parametrize(
    ("scrambles", "says"), [(8, "8 independent scrambles"), (0, "random"), (1, "not safe")]
)
def test_what_the_intervals_are_worth_is_said(scrambles: int, says: str) -> None:
    design: DesignMatrix = saltelli(factors(2), 64, scrambles=scrambles)
    assert says in said(design, 0.95)
