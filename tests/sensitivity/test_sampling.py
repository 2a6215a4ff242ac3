"""Designs: layout, distributions, seeds, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Uncertainty
from sensitivity.sampling import DesignMatrix, Factor, one_at_a_time, saltelli
from tests.sensitivity.analytic import factors


def uncertain(**entry: object) -> Factor:
    bounds = entry.pop("bounds")
    spec = Uncertainty(
        variable="x", label="x", unit="Dmnl", base=sum(bounds) / 2, bounds=bounds,
        assumption="a test", **entry,
    )  # fmt: skip
    return Factor("x", "x", "x", "Dmnl", spec.base, spec.bounds, False, spec)


@pytest.mark.parametrize(("second_order", "rows"), [(False, 16 * 5), (True, 16 * 8)])
def test_saltelli_has_as_many_rows_as_its_scheme_says(second_order: bool, rows: int) -> None:
    design = saltelli(factors(3), 16, second_order=second_order)
    assert design.values.shape == (rows, 3)
    assert design.scheme == "saltelli"


def test_block_of_a_saltelli_design_differs_from_its_base_row_in_one_factor() -> None:
    k = 3
    blocks = saltelli(factors(k), 8).values.reshape(8, k + 2, k)
    base, other = blocks[:, 0], blocks[:, -1]
    for j in range(k):
        crossed = blocks[:, 1 + j]
        assert np.array_equal(crossed[:, j], other[:, j])
        rest = [i for i in range(k) if i != j]
        assert np.array_equal(crossed[:, rest], base[:, rest])


def test_equal_seeds_give_equal_designs_and_zero_is_a_seed() -> None:
    zero = saltelli(factors(3), 64, seed=0)
    assert np.array_equal(zero.values, saltelli(factors(3), 64, seed=0).values)
    assert not np.array_equal(zero.values, saltelli(factors(3), 64, seed=1).values)


def test_design_of_n_is_the_beginning_of_that_of_2n() -> None:
    small, large = saltelli(factors(4), 32, seed=5), saltelli(factors(4), 64, seed=5)
    assert np.array_equal(large.values[: len(small)], small.values)


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


def test_one_at_a_time_moves_one_factor_in_each_row() -> None:
    design = one_at_a_time(factors(2, 0.0, 4.0))
    assert design.values.tolist() == [[2, 2], [0, 2], [4, 2], [2, 0], [2, 4]]


def test_inputs_are_named_as_the_model_sets_them() -> None:
    factor = Factor("grant", "grant rate[SHA]", "Grant", "Dmnl", 0.0, (0.0, 1.0))
    assert list(one_at_a_time([factor]).inputs) == ["grant rate[SHA]"]


def test_values_of_a_design_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        saltelli(factors(2), 8).values[0, 0] = 0.0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: saltelli(factors(1), 64), "too few"),
        (lambda: saltelli(factors(2), 100), "take 64 or 128"),
        (lambda: saltelli(factors(2), 0), "no power of two"),
        (lambda: one_at_a_time([]), "no lever"),
        (lambda: DesignMatrix("saltelli", factors(2), np.zeros((4, 3))), "cannot have values"),
    ],
)
def test_refusals(make: object, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        make()  # type: ignore[operator]
