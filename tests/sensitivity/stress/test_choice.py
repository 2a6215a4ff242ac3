"""The choice: thresholds by rule, failed runs that do not satisfy, options side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.choice import choose, satisfies, thresholds_of
from sensitivity.stress.ensemble import Ensemble, run_ensemble
from sensitivity.stress.futures import Futures
from tests.sensitivity.stress.small_city import SPEC, small_city

BASE = {"output": 113.0, "reserve": 11.0, "aid": 3.0}


@pytest.fixture(scope="module")
def ensemble(city: Model) -> Ensemble:
    return run_ensemble(city, Futures(city.spec, 32))


def test_without_thresholds_a_tenth_worse_than_the_base_case_will_do(ensemble: Ensemble) -> None:
    assert thresholds_of(ensemble.spec, BASE, "output") == pytest.approx({"output": 101.7})
    assert thresholds_of(ensemble.spec, BASE, "aid") == pytest.approx({"aid": 3.3})
    assert thresholds_of(ensemble.spec, {"output": -10.0}, "output") == {"output": -11.0}


def test_thresholds_of_the_spec_go_first(tmp_path: Path) -> None:
    text = SPEC.replace('unit = "MCNY"\ndirection', 'unit = "MCNY"\nthreshold = 2\ndirection')
    assert thresholds_of(small_city(tmp_path, text).spec, BASE, "output") == {"reserve": 2}


def test_all_thresholds_must_be_met_and_a_failed_run_meets_none(ensemble: Ensemble) -> None:
    table = ensemble.runs.head(4).assign(output=[90, 110, 110, np.nan], aid=[3, 4, 3, 3])
    assert satisfies(table, ensemble.spec, {"output": 100, "aid": 3.5}).tolist() == [
        False, False, True, False
    ]  # fmt: skip


def test_options_are_compared_over_all_stresses_and_draws(ensemble: Ensemble) -> None:
    found = choose(ensemble, ["output", "aid"], {"output": 100.0})
    output = found.robust["output"]
    assert output.scenarios == 4 * 32
    assert set(output.of("starr").index) == {
        f"{policy}, breakers {brakes}"
        for policy in ("Base policy", "Generous", "Thrifty") for brakes in ("off", "on")
    }  # fmt: skip
    runs = ensemble.runs[(ensemble.runs["policy"] == "base") & (ensemble.runs["brakes"] == "on")]
    row = output.of("maximin").loc["Base policy, breakers on"]
    assert row["estimate"] == pytest.approx(runs["output"].min())
    share = output.of("starr").loc["Base policy, breakers on", "estimate"]
    assert share == pytest.approx((runs["output"] >= 100).mean())
    # Aid is to be minimised: the thrifty policy has none.
    aid = found.robust["aid"].of("maximin")
    assert aid.loc["Thrifty, breakers off", "rank"] == 1.5
    assert aid.loc["Generous, breakers off", "estimate"] == pytest.approx(-6)


def test_a_scenario_with_a_failed_run_is_left_out_for_all(ensemble: Ensemble) -> None:
    runs = ensemble.runs.copy()
    runs.loc[5, "output"] = np.nan
    found = choose(replace(ensemble, runs=runs), ["output"], {"output": 100.0})
    assert found.incomplete == 1
    assert found.robust["output"].scenarios == 4 * 32 - 1
    with pytest.raises(DesignError, match="in no future do all policies end well"):
        choose(replace(ensemble, runs=runs.assign(output=np.nan)), ["output"], {})
