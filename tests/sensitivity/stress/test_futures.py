"""Futures: joint draws with the correlation asked for, and the same ones for every stress."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from pysd_runner import Model
from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Spec
from sensitivity.stress.futures import Futures, Stress, stress_of, stresses_of
from tests.sensitivity.stress.small_city import SPEC, small_city


@pytest.fixture(scope="module")
def spec(city: Model) -> Spec:
    return city.spec


def test_shocks_come_before_compounds(spec: Spec) -> None:
    assert [(s.name, s.label) for s in stresses_of(spec)] == [
        ("slump", "S1 Demand collapse"),
        ("levy", "S2 Budget cut"),
        ("both", "S3 Slump and budget cut"),
    ]


def test_a_spec_without_shocks_is_refused(spec: Spec) -> None:
    with pytest.raises(DesignError, match="no shock to strike with"):
        stresses_of(spec.model_copy(update={"shocks": {}}))
    with pytest.raises(DesignError, match=r"'lump' is neither a shock nor a compound.*'slump'"):
        stress_of(spec, "lump")


def test_draws_fill_their_bounds_and_the_calm_has_the_base(spec: Spec) -> None:
    futures = Futures(spec, 256, seed=1)
    drawn = futures.inputs(stress_of(spec, "slump"))
    for part in spec.shocks["slump"].draws.values():
        values = np.sort(np.asarray(drawn[part.setting]))
        low, high = part.bounds
        grid = low + (high - low) * (np.arange(256) + 0.5) / 256
        assert np.abs(values - grid).max() < 2 * (high - low) / 256
    assert drawn["levy depth"] == 0
    assert futures.inputs(Stress("none", "calm"))["demand depth"] == 0
    assert np.isnan(futures.starts(Stress("none", "calm"))).all()


def test_a_compound_starts_at_once_and_its_depths_go_together(spec: Spec) -> None:
    futures = Futures(spec, 1024)
    both, slump = stress_of(spec, "both"), stress_of(spec, "slump")
    drawn = futures.inputs(both)
    assert np.array_equal(drawn["slump start"], drawn["levy start"])
    assert np.array_equal(drawn["slump start"], futures.inputs(slump)["slump start"])
    assert np.array_equal(drawn["slump hold"], futures.inputs(slump)["slump hold"])
    depths = stats.spearmanr(drawn["demand depth"], drawn["levy depth"]).statistic
    assert depths == pytest.approx(0.5, abs=0.03)
    holds = stats.spearmanr(drawn["slump hold"], drawn["levy hold"]).statistic
    assert holds == pytest.approx(0, abs=0.03)
    # Uniform all the same.
    assert stats.kstest(np.asarray(drawn["levy depth"]), "uniform", (0.1, 0.4)).pvalue > 0.5


def test_full_correlation_makes_depths_rank_alike(spec: Spec) -> None:
    slump, levy = spec.shocks["slump"], spec.shocks["levy"]
    tied = Stress("tied", "tied", {"slump": slump, "levy": levy}, False, 1.0)
    futures = Futures(spec, 64)
    drawn = futures.inputs(tied)
    assert stats.spearmanr(drawn["demand depth"], drawn["levy depth"]).statistic == pytest.approx(1)
    assert not np.array_equal(drawn["slump start"], drawn["levy start"])
    assert np.array_equal(
        futures.starts(tied), np.minimum(drawn["slump start"], drawn["levy start"])
    )


def test_more_draws_hold_the_fewer_and_seeds_decide(spec: Spec) -> None:
    slump = stress_of(spec, "slump")
    few, many = (Futures(spec, n, seed=0).inputs(slump)["wear rate"] for n in (64, 128))
    assert np.array_equal(few, np.asarray(many)[:64])
    assert not np.array_equal(few, Futures(spec, 64, seed=1).inputs(slump)["wear rate"])


def test_the_table_names_what_was_drawn(spec: Spec) -> None:
    table = Futures(spec, 16).table(stress_of(spec, "levy"))
    assert list(table) == ["growth", "wear", "levy: start", "levy: depth", "levy: hold"]


def test_a_spec_without_anything_uncertain_has_one_future(spec: Spec) -> None:
    sure = {"shocks": {}, "compounds": {}, "uncertainties": {}}
    with pytest.raises(DesignError, match="one future only"):
        Futures(spec.model_copy(update=sure), 8)


def test_draws_that_are_no_power_of_two_are_refused(spec: Spec) -> None:
    with pytest.raises(DesignError, match="N = 100 is no power of two"):
        _ = Futures(spec, 100).uncertain


JOINT = """
[correlations.world]
label = "World"
uncertainties = ["growth", "wear"]
rank_correlation = -0.7
assumption = "a test"
"""


def test_what_the_spec_joins_is_drawn_together(tmp_path: Path) -> None:
    spec = small_city(tmp_path, SPEC + JOINT).spec
    futures = Futures(spec, 1024)
    drawn = futures.uncertain
    assert stats.spearmanr(drawn["growth"], drawn["wear rate"]).statistic == pytest.approx(
        -0.7, abs=0.03
    )
    for setting, low, high in (("growth", 0, 0.03), ("wear rate", 0.08, 0.1)):
        values = np.sort(drawn[setting])
        assert values == pytest.approx(np.linspace(low, high, 1024), abs=0.002 * (high - low) * 10)
