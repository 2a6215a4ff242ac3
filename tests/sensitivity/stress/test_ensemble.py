"""Ensembles: twins, policies and breakers in the same futures, and runs that fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.ensemble import Ensemble, fan, run_ensemble
from sensitivity.stress.futures import CALM, Futures, stress_of
from tests.sensitivity.stress.small_city import MODEL, SPEC, small_city

DRAWS = 32


@pytest.fixture(scope="module")
def ensemble(city: Model) -> Ensemble:
    return run_ensemble(city, Futures(city.spec, DRAWS))


def of(table: pd.DataFrame, policy: str, brakes: str, stress: str) -> pd.DataFrame:
    rows = (table["policy"] == policy) & (table["brakes"] == brakes) & (table["stress"] == stress)
    return table[rows].reset_index(drop=True)


def test_every_policy_meets_every_stress_with_breakers_off_and_on(ensemble: Ensemble) -> None:
    places = ensemble.runs.groupby(["policy", "brakes", "stress"]).size()
    assert len(places) == 3 * 2 * 4
    assert (places == DRAWS).all()
    assert set(ensemble.runs["status"]) == {"ok"}
    assert len(ensemble.trips) == 3 * 2 * 4 * DRAWS
    # Output and reserve are to be maximised; the calm is no shock.
    assert len(ensemble.triangles) == 3 * 2 * 3 * DRAWS * 2


def test_a_run_is_the_model_under_its_draw(ensemble: Ensemble, city: Model) -> None:
    drawn = ensemble.trial.inputs(stress_of(city.spec, "both"), ensemble.settings("generous", "on"))
    inputs = {name: np.broadcast_to(values, DRAWS)[7] for name, values in drawn.items()}
    assert inputs["aid programme"] == 6 and inputs["breaker on"] == 1
    alone = city.outcomes(inputs).iloc[0]
    row = of(ensemble.runs, "generous", "on", "both").iloc[7]
    for outcome in ("output", "reserve", "aid"):
        assert row[outcome] == pytest.approx(alone[outcome], rel=1e-12)
    assert row["start"] == inputs["slump start"] == inputs["levy start"]


def test_triangles_are_measured_against_the_run_without_the_shock(
    ensemble: Ensemble, city: Model
) -> None:
    spec = city.spec
    futures = ensemble.trial.futures
    struck = ensemble.trial.run(stress_of(spec, "slump"), {})["output"].values
    calm = ensemble.trial.run(ensemble.stresses[0], {})["output"].values
    rows = of(ensemble.triangles, "base", "off", "slump")
    depth = rows[rows["quantity"] == "output"]["depth"].to_numpy()
    assert depth == pytest.approx(1 - (struck / calm).min(axis=1))
    # A demand that falls by a depth takes about that much from an output that follows it.
    drawn = np.asarray(futures.inputs(stress_of(spec, "slump"))["demand depth"])
    assert np.corrcoef(depth, drawn)[0, 1] > 0.95


def test_no_breaker_trips_while_all_are_off(ensemble: Ensemble) -> None:
    off = ensemble.trips[ensemble.trips["brakes"] == "off"]
    assert (off["trips"] == 0).all()
    on = of(ensemble.trips, "base", "on", "both")
    assert on["tripped"].mean() > 0.8
    assert (on["time_open"][on["tripped"]] > 0).all()


def test_fans_are_percentiles_of_the_share_of_the_twin(ensemble: Ensemble, city: Model) -> None:
    struck, calm = (
        ensemble.trial.run(stress, {})["output"].values
        for stress in (stress_of(city.spec, "both"), ensemble.stresses[0])
    )
    found = ensemble.fans[("base", "off", "both"), "output"]
    assert found[2] == pytest.approx(np.median(struck / calm, axis=0))
    assert found[0] == pytest.approx(np.percentile(struck / calm, 5, axis=0))
    assert found[:, 0] == pytest.approx(np.ones(5))
    assert (("base", "off", CALM), "output") not in ensemble.fans
    assert ensemble.times[[0, -1]].tolist() == [2025, 2040]


def test_a_fan_of_no_run_is_empty() -> None:
    values = np.array([[1.0, 2.0], [np.nan, 1.0]])
    assert fan(values)[:, 1].tolist() == [2.0] * 5
    assert np.isnan(fan(values[1:])).all()


def test_the_headline_is_the_first_quantity_with_triangles(ensemble: Ensemble) -> None:
    assert ensemble.headline.name == "output"
    assert ensemble.label("both") == "S3 Slump and budget cut"
    # Generous aid drives the reserve below zero without any shock: no share of it means anything.
    rows = of(ensemble.triangles, "generous", "off", "both")
    assert rows[rows["quantity"] == "reserve"]["loss"].isna().all()


def test_without_anything_to_lose_there_is_no_headline(tmp_path: Path) -> None:
    spec = SPEC.replace('direction = "maximise"', 'direction = "minimise"')
    city = small_city(tmp_path, spec)
    found = run_ensemble(city, Futures(city.spec, 4), policies={"base": {}})
    with pytest.raises(DesignError, match="nothing to hold a loss against"):
        _ = found.headline


def test_a_run_that_fails_is_counted_and_measured_nowhere(tmp_path: Path) -> None:
    # Output has no value where demand is below 90.
    output = "output = MIN(demand, Capital * services)"
    broken = MODEL.replace(output, f"{output} + 0 * SQRT(demand - 90)")
    city = small_city(tmp_path, model=broken)
    found = run_ensemble(city, Futures(city.spec, DRAWS), policies={"base": {}})
    failures = found.failures
    assert 0 < len(failures) < len(found.runs)
    assert failures["status"].str.startswith("non-finite").all()
    assert failures[["output", "reserve", "aid"]].isna().all(axis=None)
    key = ["policy", "brakes", "stress", "draw"]
    lost = found.triangles.merge(failures[key], on=key)
    assert len(lost) == 2 * len(failures)
    assert lost["loss"].isna().all()
    assert found.triangles["loss"].isna().sum() == len(lost)
    assert not np.isnan(found.fans[("base", "off", "slump"), "output"]).any()


def test_some_stresses_policies_and_settings_can_be_chosen(city: Model) -> None:
    told: list[tuple[int, int]] = []
    found = run_ensemble(
        city, Futures(city.spec, 4), stresses=[stress_of(city.spec, "levy")],
        policies={"base": {}}, brakes={"slow": {"breaker on": 1, "review interval": 4}},
        progress=lambda *done: told.append(done),
    )  # fmt: skip
    assert told == [(4, 8), (8, 8)]
    assert found.runs["stress"].unique().tolist() == ["none", "levy"]
    assert found.settings("base", "slow")["review interval"] == 4
