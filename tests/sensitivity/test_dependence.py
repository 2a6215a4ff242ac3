"""Factors that depend on each other keep their distributions, correlations and sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Spec
from sensitivity.dependence import Correlated, Shares, dependences_of, draw, groups_of
from sensitivity.factors import Factor, factors_of
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
        (factors(3), [Correlated(("x1", "x2", "x3"), -0.9)], "are those of no distribution"),
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


def joint(*names: str) -> tuple[Factor, ...]:
    return tuple(
        replace(factor, joint="correlations.booms") if factor.name in names else factor
        for factor in factors(3)
    )


def test_what_a_spec_joins_is_not_drawn_independently() -> None:
    with pytest.raises(DesignError, match=r"'x1' and 'x3' are drawn together \(\[correlations.bo"):
        sample(joint("x1", "x3"), 16)
    with pytest.raises(DesignError, match=r"give dependences=dependences_of\(model.spec, factors"):
        sample(joint("x1", "x3"), 16, dependences=[Correlated(("x1", "x2"), 0.5)])
    assert len(sample(joint("x1", "x3"), 16, dependences=[Correlated(("x3", "x1"), 0.5)])) == 16
    # One of them alone keeps its own distribution.
    assert len(sample(joint("x1"), 16)) == 16


def test_a_spec_gives_its_dependences_to_designs() -> None:
    ranks = ((1.0, 0.6, 0.2), (0.6, 1.0, 0.1), (0.2, 0.1, 1.0))
    names = ("x1", "x2", "x3")
    about = {"title": "t", "question": "?", "file": "f", "save_step": 1.0}
    unknown = {"variable": "v", "label": "v", "unit": "Dmnl", "base": 0.5, "bounds": (0.0, 1.0),
               "distribution": "uniform", "assumption": "a"}  # fmt: skip
    share = {**unknown, "distribution": "share"}
    joint_tables = {
        "correlations": {"all": {"label": "All", "uncertainties": names, "assumption": "a",
                                 "rank_correlation": ranks}},
        "shares": {"two": {"label": "Two", "uncertainties": ("s", "t"), "assumption": "a",
                           "concentration": 4.0}},
    }  # fmt: skip
    entries = {**dict.fromkeys(names, unknown), "s": share, "t": share}
    spec = Spec.model_validate({"model": about, "uncertainties": entries, **joint_tables})
    shares = Shares(("s", "t"), 4.0, "Two")
    assert dependences_of(spec) == (Correlated(names, ranks, "All"), shares)
    some = factors_of(spec, ["x1", "x3", "s"])
    expected = (Correlated(("x1", "x3"), ((1.0, 0.2), (0.2, 1.0)), "All"), shares)
    assert dependences_of(spec, some) == expected
    assert groups_of(expected) == {"All": ("x1", "x3"), "Two": ("s", "t")}
    assert dependences_of(spec, factors_of(spec, ["x2"])) == ()
    assert {each.name: each.joint for each in some} == {
        "x1": "correlations.all", "x3": "correlations.all", "s": "shares.two",
    }  # fmt: skip
    # A share without the others of its sum is no input of its own.
    with pytest.raises(DesignError, match="'s' is a share and is drawn with the others"):
        sample(factors_of(spec, ["x2", "s"]), 16)
    with pytest.raises(DesignError, match="'t' is no factor of the design"):
        sample(factors_of(spec, ["s"]), 16, dependences=[shares])
