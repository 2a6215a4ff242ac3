"""Factors: their distributions, and where they come from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pysd_runner import load
from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Lever, Uncertainty
from sensitivity.factors import Factor, factors_of


def uncertain(**entry: object) -> Factor:
    bounds = entry.pop("bounds")
    spec = Uncertainty(
        variable="x", label="x", unit="Dmnl", base=sum(bounds) / 2, bounds=bounds,
        assumption="a test", **entry,
    )  # fmt: skip
    return Factor("x", "x", "x", "Dmnl", spec.base, spec.bounds, False, spec)


@pytest.mark.parametrize(
    ("entry", "reference"),
    [
        ({"distribution": "uniform", "bounds": (2.0, 5.0)}, stats.uniform(2, 3)),
        (
            {"distribution": "triangular", "bounds": (0.0, 4.0), "mode": 1.0},
            stats.triang(0.25, 0, 4),
        ),
        ({"distribution": "loguniform", "bounds": (0.01, 10.0)}, stats.loguniform(0.01, 10)),
        (
            {"distribution": "normal", "bounds": (-1.0, 3.0), "mean": 0.5, "sd": 2.0},
            stats.truncnorm((-1 - 0.5) / 2, (3 - 0.5) / 2, 0.5, 2),
        ),
    ],
)
def test_quantiles_are_those_of_the_distribution(
    entry: dict[str, object], reference: object
) -> None:
    probability = np.linspace(0, 1, 41)
    expected = reference.ppf(probability)  # type: ignore[attr-defined]
    assert uncertain(**entry).quantile(probability) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_lognormal_is_truncated_to_its_bounds() -> None:
    factor = uncertain(distribution="lognormal", bounds=(0.5, 4.0), median=1.0, sigma=1.0)
    probability = np.linspace(0, 1, 2001)
    values = factor.quantile(probability)
    assert values[0] == pytest.approx(0.5)
    assert values[-1] == pytest.approx(4.0)
    free = stats.lognorm(s=1.0)
    below_one = (free.cdf(1.0) - free.cdf(0.5)) / (free.cdf(4.0) - free.cdf(0.5))
    assert np.mean(values < 1.0) == pytest.approx(below_one, abs=1e-3)


def test_a_discrete_factor_takes_its_values_by_their_weights() -> None:
    lever = Lever(
        variable="x", label="x", unit="Dmnl", base=2, values=[2, 0, 5], weights=[1, 2, 1],
        distribution="discrete", cost_note="none", paper="1", assumption="a test",
    )  # fmt: skip
    factor = Factor("x", "x", "x", "Dmnl", 2, lever.bounds, True, lever)
    probability = np.array([0.0, 0.24, 0.25, 0.5, 0.74, 0.75, 1.0])
    assert factor.quantile(probability).tolist() == [2, 2, 0, 0, 0, 5, 5]
    values = factor.quantile(np.random.default_rng(0).random(20_000))
    assert np.mean(values == 0) == pytest.approx(0.5, abs=0.01)


def test_factors_of_a_spec_are_its_levers_and_uncertainties() -> None:
    spec = load("models/rd_investment").spec
    assert [factor.name for factor in factors_of(spec)] == [*spec.levers, *spec.uncertainties]
    name = next(iter(spec.uncertainties))
    (factor,) = factors_of(spec, [name])
    assert factors_of(spec, name) == (factor,)
    assert (factor.is_lever, factor.distribution) == (False, spec.uncertainties[name])
    with pytest.raises(
        DesignError, match=r"'grant_rat' is neither .*; did you mean 'grant_rate'\?"
    ):
        factors_of(spec, ["grant_rat"])
