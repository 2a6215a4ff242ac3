"""Factors that depend on each other keep their distributions, correlations and sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pysd_runner.errors import DesignError
from sensitivity.dependence import Correlated, Shares, draw
from sensitivity.factors import Factor
from sensitivity.sampling import sample
from tests.sensitivity.analytic import factors


@pytest.mark.parametrize("rank", [-0.8, 0.3, 0.9])
def test_correlated_factors_have_the_rank_correlation_and_their_own_distributions(
    rank: float,
) -> None:
    design = sample(factors(3, 2.0, 4.0), 4096, dependences=[Correlated(("x1", "x3"), rank)])
    found = stats.spearmanr(design.values).statistic
    assert found[0, 2] == pytest.approx(rank, abs=0.02)
    assert found[0, 1] == pytest.approx(0, abs=0.03)
    for column in range(3):
        assert stats.kstest(design.values[:, column], stats.uniform(2, 2).cdf).statistic < 0.01


def test_a_matrix_of_rank_correlations() -> None:
    matrix = ((1, 0.6, -0.2), (0.6, 1, 0.1), (-0.2, 0.1, 1))
    design = sample(factors(3), 8192, dependences=[Correlated(("x1", "x2", "x3"), matrix)])
    assert stats.spearmanr(design.values).statistic == pytest.approx(np.array(matrix), abs=0.02)


def test_factors_drawn_first_do_not_depend_on_the_innovations_of_the_others() -> None:
    joined = [Correlated(("x1", "x2", "x3"), 0.7)]
    rng = np.random.default_rng(0)
    one, other = rng.random((2, 50, 3))
    other[:, 2] = one[:, 2]  # x3 is drawn first, x1 second, x2 last
    turn = np.tile([1, 2, 0], (50, 1))
    first = draw(factors(3), joined, one, turn)
    second = draw(factors(3), joined, other, turn)
    assert np.array_equal(first[:, 2], second[:, 2])
    assert (first[:, 0] != second[:, 0]).all()
    other[:, 0] = one[:, 0]
    second = draw(factors(3), joined, other, turn)
    assert first[:, 0] == pytest.approx(second[:, 0])
    assert (first[:, 1] != second[:, 1]).all()


def of_shares(*bases: float, low: float = 0.0, high: float = 1.0) -> tuple[Factor, ...]:
    return tuple(
        replace(factor, base=base, bounds=(low, high))
        for factor, base in zip(factors(len(bases)), bases, strict=True)
    )


def test_shares_sum_to_one_and_spread_as_dirichlet_shares_do() -> None:
    joined = [Shares(("x1", "x2", "x3"), 9.0)]
    values = sample(of_shares(0.2, 0.3, 0.5), 8192, dependences=joined).values
    assert values.sum(axis=1) == pytest.approx(np.ones(8192))
    assert values.mean(axis=0) == pytest.approx([0.2, 0.3, 0.5], abs=0.002)
    expected = [m * (1 - m) / 10 for m in (0.2, 0.3, 0.5)]
    assert values.var(axis=0) == pytest.approx(expected, rel=0.03)


def test_shares_stay_within_their_bounds() -> None:
    joined = [Shares(("x1", "x2"), 2.0)]
    values = sample(of_shares(0.4, 0.6, low=0.2, high=0.8), 1024, dependences=joined).values
    assert values.min() >= 0.2
    assert values.max() <= 0.8


@pytest.mark.parametrize(
    ("chosen", "joined", "says"),
    [
        (factors(3), [Correlated(("x1", "x4"), 0.5)], "'x4' is no factor of the design"),
        (factors(3), [Correlated(("x1",), 0.5)], "two or more"),
        (factors(3), [Correlated(("x1", "x2"), 0.5), Correlated(("x2", "x3"), 0.5)],
         "'x2' stands in two dependences"),
        (factors(3), [Correlated(("x1", "x2", "x3"), -0.9)], "no distribution has"),
        (factors(2), [Correlated(("x1", "x2"), 1.5)], "between -1 and 1"),
        (factors(2), [Correlated(("x1", "x2"), ((1, 0.5), (0.4, 1)))], "no symmetric 2 × 2"),
        (factors(2, 0, 0.6), [Shares(("x1", "x2"), 5)], "sum to 0.6 in the base case"),
        (of_shares(0.5, 0.5, high=0.9), [Shares(("x1", "x2"), 5)], "can take 1 if the other"),
        (of_shares(0.0, 1.0), [Shares(("x1", "x2"), 5)], "'x1' stands at its lower bound"),
        (of_shares(0.01, 0.99), [Shares(("x1", "x2"), 1)], "take at least 5"),
    ],
)  # fmt: skip
def test_dependences_that_make_no_distribution_are_refused(
    chosen: tuple[Factor, ...], joined: list[Correlated | Shares], says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        sample(chosen, 16, dependences=joined)
