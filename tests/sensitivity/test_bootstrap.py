"""Bootstrap: groups stay together, seeds decide, and intervals hold the truth as often as said."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.bootstrap import bootstrap, proportion
from sensitivity.tail import cvar


def test_the_estimate_is_that_of_all_runs() -> None:
    values = np.arange(12.0).reshape(6, 2)
    found = bootstrap(lambda rows: values[rows].mean(axis=0), np.arange(6), resamples=50)
    assert found.estimate.tolist() == [5.0, 6.0]
    assert (found.low < found.estimate).all() and (found.estimate < found.high).all()
    assert found.resampled.shape == (50, 2)
    assert found.high - found.low == pytest.approx([found.high[0] - found.low[0]] * 2)


def test_runs_of_a_group_are_drawn_together() -> None:
    groups = np.array([7, 3, 7, 3, 5])
    seen = []
    bootstrap(lambda rows: np.array(seen.append(np.sort(groups[rows])) or 0), groups, resamples=40)
    for drawn in seen[1:]:
        counts = dict(zip(*np.unique(drawn, return_counts=True), strict=True))
        assert sum(counts.get(g, 0) / n for g, n in ((3, 2), (5, 1), (7, 2))) == 3
        assert all(counts.get(g, 0) % n == 0 for g, n in ((3, 2), (7, 2)))


def test_equal_seeds_give_equal_intervals() -> None:
    values = np.random.default_rng(1).normal(size=100)
    ends = [
        bootstrap(lambda rows: values[rows].mean(), np.arange(100), seed=seed).low
        for seed in (0, 0, 1)
    ]
    assert ends[0] == ends[1] != ends[2]


def test_one_draw_has_no_interval() -> None:
    with pytest.raises(DesignError, match="several draws, not 1"):
        bootstrap(lambda rows: np.array(1.0), np.zeros(5, dtype=int))


def test_a_statistic_that_a_resample_lacks_is_left_out() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.nan]])
    found = bootstrap(lambda rows: values[rows].mean(axis=0), np.arange(2), resamples=20)
    assert found.low[0] == 1
    assert np.isnan(found.low[1])


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    held = {"mean": 0, "tail": 0}
    truth = -np.exp(-0.5 * 1.2815515655446004**2) / np.sqrt(2 * np.pi) / 0.1
    for trial in range(100):
        values = rng.normal(size=400)
        mean = bootstrap(
            lambda rows, v=values: v[rows].mean(), np.arange(400), resamples=200, seed=trial
        )
        tail = bootstrap(
            lambda rows, v=values: cvar(v[rows]), np.arange(400), resamples=200, seed=trial
        )
        held["mean"] += bool(mean.low <= 0 <= mean.high)
        held["tail"] += bool(tail.low <= truth <= tail.high)
    # 95 of 100 less 3 standard errors; the tail has 40 futures only, so it holds less often.
    assert held["mean"] >= 88
    assert held["tail"] >= 84


def test_a_share_has_the_interval_of_wilson() -> None:
    # 8 of 10: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96.
    z, p, n = 1.959963985, 0.8, 10
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert proportion(8, 10) == pytest.approx((middle - half, middle + half))
    assert proportion(0, 20)[0] == 0


@pytest.mark.parametrize(("count", "of"), [(3, 2), (-1, 5), (0, 0)])
def test_what_is_no_share_is_refused(count: int, of: int) -> None:
    with pytest.raises(DesignError, match="no share"):
        proportion(count, of)
