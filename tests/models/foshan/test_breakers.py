"""Breakers trip and reset when they should, at any time step, and do not latch."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from sensitivity.sampling import factors_of
from tests.models.foshan.conftest import Runs

WAVE = {"shock depth[write off wave]": 2.0, "shock hold[write off wave]": 2.0}
CUT = {"shock depth[budget cut]": 0.3}
SLUMP = {
    "shock depth[demand collapse]": 0.4,
    "shock hold[demand collapse]": 1.25,
    "shock recovery[demand collapse]": 1.75,
}
TRIPPING = {
    "Fund": WAVE,
    "Loans": SLUMP,
    "Overcapacity": {"shock depth[demand collapse]": 0.3},
    "Budget": CUT,
    "Crowding": {"grant rate": 0.4, "switch B8": 0.0},
    "Insurance": SLUMP,
    "Supply": {"shock depth[embargo]": 0.9},
}
"""What trips each breaker."""


def final(run: xr.Dataset, name: str, breaker: str) -> float:
    return float(run[name].sel(breaker=breaker).isel(time=-1))


@pytest.fixture(scope="module")
def tripped(runs: Runs) -> xr.Dataset:
    settings = [{f"breaker enabled[{breaker}]": 1.0} | cause for breaker, cause in TRIPPING.items()]
    return runs(*settings).assign_coords(run=list(TRIPPING))


def test_none_trips_in_the_base_case(runs: Runs) -> None:
    every = {f"breaker enabled[{breaker}]": 1.0 for breaker in TRIPPING}
    run = runs(every).isel(run=0)
    assert float(run["Trips"].max()) == 0.0
    assert float(run["Throttle State"].min()) > 0.99


def test_calm_futures_seldom_trip_any(model: Model) -> None:
    """All uncertainties at once, no shock: a breaker that trips in calm weather is badly set."""
    count = 256
    random = np.random.default_rng(11)
    inputs = {
        factor.setting: factor.quantile(random.random(count))
        for factor in factors_of(model.spec, list(model.spec.uncertainties))
    }
    inputs |= {f"breaker enabled[{breaker}]": np.ones(count) for breaker in TRIPPING}
    trips = model.batch(inputs, ["Trips"], save_step=1.0)["Trips"].isel(time=-1)
    share = (trips > 0).mean("run").to_series()
    assert share.max() < 0.10, share
    assert share["Overcapacity"] > 0  # it is set close enough to trip at all


def test_premiums_that_follow_claims_keep_the_insurance_breaker_closed(runs: Runs) -> None:
    """Dear claims that last are priced; only a jump of claims trips."""
    run = runs({"claim rate": 0.035, "breaker enabled[Insurance]": 1.0}).isel(run=0)
    ratio = run["indicator"].sel(breaker="Insurance")
    assert float(ratio.max()) > 1.05  # before breakers are in place
    assert float(ratio.sel(time=slice(2026.0, 2040.0)).max()) < 1.05
    assert float(run["Trips"].max()) == 0.0


def test_one_that_is_not_in_place_does_nothing(runs: Runs) -> None:
    run = runs(WAVE).isel(run=0)
    assert float(run["indicator"].sel(breaker="Fund").max()) > 0.05
    assert float(run["Trips"].max()) == 0.0
    assert float(run["throttle"].min()) == 1.0


@pytest.mark.parametrize("breaker", list(TRIPPING))
def test_each_trips_when_its_threshold_is_broken(tripped: xr.Dataset, breaker: str) -> None:
    run = tripped.sel(run=breaker)
    assert final(run, "Trips", breaker) >= 1
    assert final(run, "Time Open", breaker) >= 1.0
    throttle = run["throttle"].sel(breaker=breaker)
    assert float(throttle.min()) < 0.05
    others = run["Trips"].drop_sel(breaker=breaker)
    assert float(others.max()) == 0.0


@pytest.mark.parametrize("breaker", list(TRIPPING))
def test_each_resets_when_its_cause_has_passed(tripped: xr.Dataset, breaker: str) -> None:
    opened = tripped["Open"].sel(run=breaker, breaker=breaker)
    first = int(opened.values.argmax())
    assert float(opened.isel(time=slice(first, None)).min()) == 0.0


def test_loans_are_judged_by_their_flow_of_defaults(tripped: xr.Dataset) -> None:
    """A share of bad loans would rise while no new ones are made, and the breaker would latch."""
    run = tripped.sel(run="Loans")
    defaults = run["default share"]
    assert float(defaults.max()) > 1.5 * float(defaults.sel(time=2028.0))
    assert float(defaults.isel(time=-1)) < 1.1 * float(defaults.sel(time=2028.0))
    assert float(run["Closed"].sel(breaker="Loans").isel(time=-1)) == 1.0


@pytest.mark.parametrize("step", [1 / 8, 1 / 10, 1 / 16, 1 / 20, 1 / 32, 1 / 40])
@pytest.mark.parametrize("interval", [0.5, 1.0])
def test_no_review_is_lost_at_any_time_step(model: Model, step: float, interval: float) -> None:
    run = model.run(
        {"review interval": interval}, ["review now"], time_step=step, save_step=step
    )  # fmt: skip
    late = run["review now"].sel(time=slice(2030.0 - step / 2, 2040.0 - step / 2))
    assert float(late.sum()) == 10 / interval


def test_the_sequence_of_states_does_not_depend_on_the_time_step(model: Model) -> None:
    names = ["Open", "Half Open", "Trips"]
    inputs = {"breaker enabled": 1.0} | CUT
    coarse, fine = (
        model.run(inputs, names, time_step=step, save_step=0.25) for step in (1 / 16, 1 / 20)
    )
    assert np.array_equal(coarse["Trips"].isel(time=-1), fine["Trips"].isel(time=-1))
    for name in names:
        assert float(abs(coarse[name] - fine[name]).sum("time").max()) <= 2  # half a year


def test_open_stops_the_instrument_and_half_open_lets_a_part_through(tripped: xr.Dataset) -> None:
    run = tripped.sel(run="Fund")
    in_state = {name: run[name].sel(breaker="Fund") > 0.5 for name in ("Open", "Half Open")}
    settled = {
        name: where & where.shift(time=2, fill_value=False) for name, where in in_state.items()
    }
    raised = run["fundraising"]
    assert float(raised.where(settled["Open"]).max()) < 60
    assert float(raised.where(settled["Half Open"]).mean()) == pytest.approx(120, rel=0.15)
    calls = run["payment"].sel(programme="fund call").where(settled["Open"])
    assert float(calls.max()) > 100  # signed calls are honoured


def test_the_supply_breaker_adds_stores(runs: Runs) -> None:
    embargo = TRIPPING["Supply"]
    found = runs(embargo, embargo | {"breaker enabled[Supply]": 1.0})
    built = (found["import dependence"][1] - found["import dependence"][0]).sel(industry="HEM")
    assert float(built.sel(time=slice(2029, 2036)).min()) < -0.01


def test_each_further_trip_opens_for_longer(runs: Runs) -> None:
    often = {"breaker enabled[Crowding]": 1.0, "grant rate": 0.4, "switch B8": 0.0,
             "reset threshold[Crowding]": 0.019, "base cool down": 0.5, "probation": 0.25,
             "review interval": 0.25, "reporting delay": 0.25}  # fmt: skip
    found = runs(often | {"escalation": 2.0}, often | {"escalation": 1.0})
    opened = [final(found.isel(run=run), "Time Open", "Crowding") for run in (0, 1)]
    trips = [final(found.isel(run=run), "Trips", "Crowding") for run in (0, 1)]
    assert trips[1] >= 2
    assert opened[0] / trips[0] > opened[1] / trips[1]


def test_a_breaker_without_a_gap_chatters(runs: Runs) -> None:
    aid = {"breaker enabled[Overcapacity]": 1.0, "capacity aid rate": 0.3, "switch B8": 0.0}
    tight = {"trip threshold[Overcapacity]": 0.725, "reset threshold[Overcapacity]": 0.727,
             "base cool down": 0.25, "probation": 0.25, "escalation": 1.0,
             "review interval": 0.25, "reporting delay": 0.25}  # fmt: skip
    wide = tight | {"trip threshold[Overcapacity]": 0.69}
    found = runs(aid | tight, aid | wide)
    trips = [final(found.isel(run=run), "Trips", "Overcapacity") for run in (0, 1)]
    assert trips[0] >= 2 > trips[1]


def test_amber_answers_before_the_trip(runs: Runs) -> None:
    run = runs({"breaker enabled[Budget]": 1.0, "shock depth[budget cut]": 0.2}).isel(run=0)
    state = run["Throttle State"].sel(breaker="Budget")
    published = run["Published Indicator"].sel(breaker="Budget")
    assert float(run["Trips"].max()) == 0.0
    assert 1.0 < float(published.max()) < 1.1
    assert 0.7 <= float(state.min()) < 0.99


def test_states_are_legal_whatever_is_drawn(tripped: xr.Dataset) -> None:
    total = tripped["Closed"] + tripped["Open"] + tripped["Half Open"]
    assert np.array_equal(total, np.ones_like(total))
    assert ((tripped["throttle"] >= 0) & (tripped["throttle"] <= 1)).all()
