"""Robustness: a table of three scenarios and three policies by hand, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner.errors import DesignError
from sensitivity.robustness import METRICS, kendall_w, regrets, robustness, starr_domain

#                   safe  bold  dull
VALUES = np.array([[10.0, 20.0, 9.0], [8.0, 12.0, 7.0], [6.0, 1.0, 5.0]])
SATISFIED = VALUES >= 6
POLICIES = ["safe", "bold", "dull"]


def test_regret_is_the_distance_to_the_best_policy() -> None:
    assert regrets(VALUES).tolist() == [[10, 0, 11], [4, 0, 5], [0, 5, 1]]
    assert starr_domain(SATISFIED) == pytest.approx([1, 2 / 3, 2 / 3])


def test_the_table_is_that_of_the_hand() -> None:
    found = robustness(VALUES, SATISFIED, POLICIES, resamples=10)
    expected = {
        "regret_90": [4 + 0.8 * 6, 0.8 * 5, 5 + 0.8 * 6],
        "regret_max": [10, 5, 11],
        "starr": [1, 2 / 3, 2 / 3],
        "maximin": [6, 1, 5],
        "percentile_10": [6 + 0.2 * 2, 1 + 0.2 * 11, 5 + 0.2 * 2],
        "cvar_10": [6, 1, 5],
        # Means 8, 11, 7; shortfalls (2), (10), (2) of three scenarios.
        "mean_semideviation": [8 - np.sqrt(4 / 3), 11 - np.sqrt(100 / 3), 7 - np.sqrt(4 / 3)],
    }
    assert set(expected) == set(METRICS)
    for metric, values in expected.items():
        assert found.of(metric)["estimate"].tolist() == pytest.approx(values), metric
    assert found.of("regret_max")["rank"].tolist() == [2, 1, 3]
    assert found.of("maximin")["rank"].tolist() == [1, 3, 2]
    assert found.of("starr")["rank"].tolist() == [1, 2.5, 2.5]
    assert found.tau.loc["maximin", "cvar_10"] == 1
    # Ranks 1 3 2 against 2 1 3: of three pairs one agrees.
    assert found.tau.loc["maximin", "regret_max"] == pytest.approx(-1 / 3)
    assert found.scenarios == 3


def test_concordance_by_hand() -> None:
    assert kendall_w(np.array([[1.0, 2, 3, 4]] * 3)) == 1
    assert kendall_w(np.array([[1.0, 2], [2, 1]])) == 0
    # Sums 4, 6, 8 of three judges; S = 8, 12 S / (9 * 24).
    assert kendall_w(np.array([[1.0, 2, 3], [2, 1, 3], [1, 3, 2]])) == pytest.approx(96 / 216)
    # With a tie: sums 3.5, 4.5, 7, about 5: S = 6.5; 12 S / (3² 24 - 3 * 6) in two judges of three.
    tied = np.array([[1.0, 2, 3], [1.5, 1.5, 3]])
    assert kendall_w(tied) == pytest.approx(12 * 6.5 / (4 * 24 - 2 * 6))
    assert np.isnan(kendall_w(np.array([[1.5, 1.5], [1.5, 1.5]])))


@pytest.mark.parametrize(
    ("values", "satisfied", "policies", "says"),
    [
        (VALUES[:, :1], SATISFIED[:, :1], ["safe"], "there is one; list two"),
        (VALUES, SATISFIED[:2], POLICIES, "give both as scenarios by policies"),
        (VALUES, SATISFIED, POLICIES[:2], "2 policies cannot have values of shape"),
        (np.where(VALUES == 1, np.nan, VALUES), SATISFIED, POLICIES, "1 of 3 scenarios have a run"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    values: np.ndarray, satisfied: np.ndarray, policies: list[str], says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        robustness(values, satisfied, policies)


def test_how_sure_a_first_rank_is() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, 3)) + np.array([0.0, 5.0, 0.0])
    found = robustness(values, values > 3, ["a", "b", "c"], resamples=50, seed=2)
    assert found.of("cvar_10")["first"].tolist() == [0, 1, 0]
    assert found.of("cvar_10")["low"]["b"] < found.of("cvar_10")["estimate"]["b"]
    assert 0 <= found.agreement.low <= found.agreement.estimate <= 1


tables = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(size=(9, 4)))


@given(tables, st.floats(-10, 10))
def test_regret_ignores_what_all_policies_gain(values: np.ndarray, shift: float) -> None:
    found = regrets(values)
    assert (found >= 0).all() and (found.min(axis=1) == 0).all()
    weather = shift * np.arange(9.0)[:, None]
    assert regrets(values + weather) == pytest.approx(found, abs=1e-12)


@given(tables)
@settings(max_examples=25)
def test_a_policy_that_is_always_better_ranks_first_by_all(values: np.ndarray) -> None:
    values = np.column_stack([values, values.max(axis=1) + 1])
    found = robustness(values, values > 0, list("abcde"), resamples=3)
    best = found.table[found.table["policy"] == "e"].set_index("metric")["rank"]
    assert (best.drop("starr") == 1).all()
    assert best["starr"] == found.of("starr")["rank"].min()
