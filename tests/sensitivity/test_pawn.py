"""PAWN against values known by hand, its dummy, and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Uncertainty
from sensitivity.pawn import _Cuts, _places, pawn
from sensitivity.sampling import one_at_a_time, saltelli, sample
from tests.sensitivity.analytic import Breaker, factors


def test_distances_are_those_of_kolmogorov_and_smirnov() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((300, 2)), rng.integers(0, 12, 300).astype(float)
    y += np.where(x[:, 0] > 0.5, 3, 0)
    places = np.column_stack([_places(column, 5) for column in x.T])
    cuts = _Cuts.of(places, y)
    for summary, reduce in (("median", np.median), ("max", np.max), ("mean", np.mean)):
        found = cuts.indices(np.ones(300, dtype=np.int64), summary)  # type: ignore[arg-type]
        for column in range(2):
            distances = [
                stats.ks_2samp(y[places[:, column] == n], y, method="asymp").statistic
                for n in range(5)
            ]
            assert found[column] == pytest.approx(reduce(distances))


def test_rows_that_count_twice_are_rows_that_stand_there_twice() -> None:
    rng = np.random.default_rng(1)
    y, places = rng.integers(0, 30, 200).astype(float), rng.integers(0, 6, (200, 3))
    places[:, 2] = np.where(np.arange(200) == 7, 1, 0)  # an interval of one row
    for _ in range(20):
        some = rng.integers(200, size=200)
        weights = np.bincount(some, minlength=200)
        found = _Cuts.of(places, y).indices(weights, "median")
        expected = _Cuts.of(places[some], y[some]).indices(np.ones(200, dtype=np.int64), "median")
        np.testing.assert_allclose(found, expected, atol=1e-15)


def test_a_sum_of_two_uniform_factors_has_the_distance_that_one_computes() -> None:
    # y = x1: given x1 in [(n-1)/4, n/4], the distance is max(n - 1, 4 - n) / 4.
    design = sample(factors(2), 4096)
    table = pawn(design, pd.DataFrame({"y": design.values[:, 0]}), intervals=4, summary="mean")
    rows = table.of("y", "PAWN")
    assert rows.loc["x1", "estimate"] == pytest.approx((3 + 2 + 2 + 3) / 16, abs=2e-3)
    assert rows.loc["x2", "estimate"] < float(table.dataset["PAWN_dummy"].sel(factor="x2").item())


def test_the_dummy_parts_factors_with_an_effect_from_those_without() -> None:
    function = Breaker()
    above = []
    for seed in range(10):
        design = sample((*function.factors, *factors(7)[5:]), 512, seed=seed)
        y = function(design.values[:, :5])
        table = pawn(design, pd.DataFrame({"y": y}), resamples=2, seed=seed)
        estimate = table.of("y", "PAWN")["estimate"].to_numpy()
        above.append(estimate > table.dataset["PAWN_dummy"].values[0])
    often = np.mean(above, axis=0)
    assert (often[:3] == 1).all()  # x1, x2, x3
    assert (often[5:] <= 0.3).all()  # two factors without effect: 0.05 each on average


def test_the_interval_lies_around_the_estimate_and_equal_seeds_give_equal_bytes() -> None:
    design = saltelli(Breaker.factors, 128)
    y = pd.DataFrame({"y": Breaker()(design.values)})
    table = pawn(design, y, seed=3)
    rows = table.of("y", "PAWN")
    assert (rows["low"] < rows["estimate"]).all()
    assert (rows["estimate"] < rows["high"]).all()
    assert table.to_csv() == pawn(design, y, seed=3).to_csv()
    assert table.dataset.attrs["intervals"] == "scatter of 95% of a bootstrap over 256 rows."


def test_a_discrete_factor_is_cut_into_its_values() -> None:
    assert _places(np.array([2.0, 0.0, 5.0, 0.0]), 10).tolist() == [1, 0, 2, 0]
    assert _places(np.array([0.1, 0.9, 0.4, 0.6]), 2).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.9, 0.1), (0.99, 0.01)])
def test_the_dummy_of_a_discrete_factor_has_values_as_rare_as_its_own(
    weights: tuple[float, float],
) -> None:
    entry = Uncertainty.model_validate({
        "variable": "d", "label": "d", "unit": "Dmnl", "base": 0.0, "distribution": "discrete",
        "values": (0.0, 1.0), "weights": weights, "assumption": "a",
    })  # fmt: skip
    rare = replace(factors(1)[0], name="d", distribution=entry)
    above = []
    for seed in range(60):
        design = sample((*factors(2), rare), 256, seed=seed, scrambles=0)
        table = pawn(design, pd.DataFrame({"y": design.values[:, 0]}), resamples=2, seed=seed)
        estimate = table.of("y", "PAWN")["estimate"].to_numpy()
        above.append(estimate > table.dataset["PAWN_dummy"].values[0])
    often = np.mean(above, axis=0)
    assert often[0] == 1
    # Without effect: in five of a hundred, and 60 seeds give up to nine with 99.8 %.
    assert (often[1:] <= 0.15).all(), often


def test_refusals() -> None:
    design = sample(factors(2), 64)
    y = pd.DataFrame({"y": design.values[:, 0]})
    with pytest.raises(DesignError, match=r"10 intervals need 200 drawn rows, .* has 64"):
        pawn(design, y)
    with pytest.raises(DesignError, match="'one at a time'"):
        pawn(one_at_a_time(factors(2)), y[:5])
    with pytest.raises(DesignError, match="the same in all 64 runs"):
        pawn(design, 0 * y, intervals=2)
