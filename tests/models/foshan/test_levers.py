"""What each lever does, costs and spoils."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pysd_runner import Model
from sensitivity.sampling import DesignMatrix, factors_of, one_at_a_time
from tests.models.foshan.conftest import Runs, own_value

SIGN = {"maximise": 1.0, "minimise": -1.0, "none": 0.0}
WATCHERS = ("reporting_delay", "review_interval")
"""What they cost is certain; what they are worth shows only where something is watched."""


@pytest.fixture(scope="module")
def design(model: Model) -> DesignMatrix:
    return one_at_a_time(factors_of(model.spec, [n for n in model.spec.levers if n != "vote"]))


@pytest.fixture(scope="module")
def gains(model: Model, design: DesignMatrix) -> pd.DataFrame:
    """Relative gain of every outcome, each lever alone, where the budget does not bind.

    Where it binds, a request displaces another and a lever is worse for that alone.
    """
    inputs = {**design.inputs, "switch B8": np.zeros(len(design))}
    table = model.outcomes(inputs).drop(columns="status")
    change = (table - table.iloc[0]) / table.iloc[0].abs()
    return change * [SIGN[outcome.direction] for outcome in model.spec.outcomes.values()]


def test_every_instrument_of_the_strategy_is_a_lever(model: Model) -> None:
    codes = {lever.code.rstrip("bc") for lever in model.spec.levers.values()}
    assert codes == {f"L{number}" for number in range(1, 23)} | {"C1", "C2"}


def test_no_lever_is_free(model: Model, design: DesignMatrix, gains: pd.DataFrame) -> None:
    """Moved to a bound, a lever costs money or makes some outcome worse by over 0.1 %."""
    table = gains.drop(columns="alignment_2035")  # an index of spending alone would prove little
    for column, lever in enumerate(design.factors):
        for row in (1 + 2 * column, 2 + 2 * column):
            if design.values[row, column] != lever.base and lever.name not in WATCHERS:
                worst = table.iloc[row].min()
                assert worst < -0.001, (lever.name, design.values[row, column], worst)


def test_no_lever_is_idle(design: DesignMatrix, gains: pd.DataFrame) -> None:
    """Some outcome other than its outlay answers each instrument of the strategy."""
    table = gains.drop(columns=["outlay", "alignment_2035"]).abs()
    for column, lever in enumerate(design.factors):
        if lever.name not in (*WATCHERS, "breakers"):
            rows = table.iloc[[1 + 2 * column, 2 + 2 * column]]
            assert rows.to_numpy().max() > 1e-3, lever.name


def test_watching_costs_and_slow_reports_postpone_the_trip(runs: Runs) -> None:
    wave = {"breaker enabled[Fund]": 1.0, "shock depth[write off wave]": 2.0}
    found = runs(
        wave,
        wave | {"reporting delay": 1.0},
        wave | {"reporting delay": 0.25, "review interval": 0.25},
    )
    trips = found["Trips"].sel(breaker="Fund")
    normal, slow, fast = (
        float(found["time"].values[int((trips.isel(run=run) > 0).values.argmax())])
        for run in range(3)
    )
    assert fast < normal <= slow
    cost = found["request"].sel(programme="sandbox", time=2030.0).values
    assert cost[2] > cost[0] > cost[1] > 0


def test_requests_of_the_base_case_fit_the_vote(base: xr.Dataset) -> None:
    assert float((base["public outlay"] / base["total request"]).min()) > 1 - 1e-9
    settled = base.sel(time=slice(2018.0, 2040.0))
    assert float((settled["total request"] / settled["appropriation"]).max()) < 1.0
    assert float(settled["lapse"].min()) > 0  # and what is left lapses


def test_requests_beyond_the_vote_are_paid_in_order(runs: Runs) -> None:
    run = runs({"grant rate": 0.4}).isel(run=0).sel(time=slice(2029.0, 2040.0))
    paid = run["paid ratio"]
    assert float(paid.sel(programme="fund call").min()) == pytest.approx(1.0, rel=1e-9)
    assert float(paid.sel(programme="testing").min()) == pytest.approx(1.0, rel=1e-9)
    assert float(paid.sel(programme="grants").max()) < 1.0
    assert float(paid.sel(programme="first purchase").max()) == pytest.approx(0.0, abs=1e-9)
    income = run["appropriation"] + run["government distribution"]
    assert float((run["public outlay"] / income).max()) < 1.05


def test_without_a_budget_no_lever_acts(model: Model, runs: Runs) -> None:
    unpaid = ("reporting_delay", "review_interval", "breakers", "adjustment_gain",
              "coverage_target", "premium_subsidy")  # fmt: skip
    spending = [
        lever for name, lever in model.spec.levers.items()
        if lever.cost == "payment" and name not in unpaid
    ]  # fmt: skip
    none = {"base appropriation": 0.0}
    moved = [none | {lever.setting: bound} for lever in spending for bound in lever.bounds]
    found = runs(none, *moved)
    assert float(found["public outlay"].max()) == 0.0
    for name in ("value added", "Knowledge Stock", "Firm Cash"):
        values = found[name].values
        assert np.allclose(values, values[0], rtol=1e-9, atol=1e-6), name


def test_sunset_ends_a_programme(runs: Runs, base: xr.Dataset) -> None:
    run = runs({"grant rate": 0.1, "policy sunset[grants]": 2032.0}).isel(run=0)
    more = (run["request"] / base["request"]).sel(programme="grants")
    assert float(more.sel(time=2030.0)) > 2
    assert float(more.sel(time=2040.0)) == pytest.approx(1.0, abs=0.02)


def test_dynamic_adjustment_moves_money_to_the_worst_diagnosis(runs: Runs) -> None:
    found = runs({}, {"adjustment gain": 0.5}).sel(time=2035.0)
    gap = (found["need share"] - found["spending share"]).sel(field="cluster")
    assert float(gap[0]) > float(gap[1]) > 0
    assert float(found["fit"][1]) > float(found["fit"][0])
    assert float(found["Field Weight"].isel(run=0).std()) < 1e-12


def test_dynamic_adjustment_leaves_what_is_signed_alone(runs: Runs) -> None:
    run = runs({"adjustment gain": 1.0}).isel(run=0)
    signed = ["fund call", "loan pool", "premium aid", "sandbox"]
    assert abs(run["paid ratio"].sel(programme=signed) - 1).max() < 1e-9
    assert float(run["paid ratio"].sel(programme="alliance", time=2035.0)) < 0.8


def test_the_city_co_funds_every_project_that_co_funding_brings(runs: Runs) -> None:
    """Half of the cost trebles the tenth that alliances invest: 0.5 x 0.3 of 0.9 + 0.3."""
    slack = {"switch B8": 0.0}
    found = runs(slack, slack | {"localisation co funding": 0.5}).sel(time=2035.0)
    asked = found["aid wish"].sel(aid="local aid") / found["localisation outlay"]
    assert asked[0].values == pytest.approx(0.1 * 0.1)
    assert asked[1].values == pytest.approx(0.5 * 0.3 / 1.2)


def test_adjustment_pays_no_more_than_half_of_an_outlay_nor_more_than_full_cover(
    model: Model, runs: Runs
) -> None:
    """At full gain the weight of the cluster doubles, and with it what its programmes may ask."""
    both = {"adjustment gain": 1.0, "switch B8": 0.0}
    found = runs(both, both | {"digital subsidy": 0.5, "service cover[international]": 1.0})
    asked = (found["request"] / found["payment"]).sel(programme="digital support", time=2038.0)
    assert asked.values == pytest.approx(1.0)
    paid = found["paid ratio"].sel(time=2038.0)
    assert float(paid.sel(programme="digital support")[0]) > 1.5
    assert float(paid.sel(programme="international")[0]) > 1.5
    assert 0.5 * float(paid.sel(programme="digital support")[1]) <= 0.5
    assert float(paid.sel(programme="international")[1]) <= 1.0


def test_lines_of_equal_priority_share_what_is_left(model: Model) -> None:
    """Grants and first purchases at one rank are cut alike, and no yuan is spent twice."""
    ranks = [1, 2, 3, 8, 9, 10, 11, 12, 13, 5, 6, 7, 4, 14, 15, 16, 17, 18, 14, 20]
    text = "priority[programme] = " + ", ".join(map(str, ranks))
    inputs = {"grant rate": np.array([0.3])}
    outputs = ["payment", "request", "Budget Cash", "paid ratio"]
    found = model.with_equation(text).batch(inputs, outputs, save_step=0.25).isel(run=0)
    late = found.sel(time=slice(2030.0, 2040.0))
    paid = late["paid ratio"].sel(programme=["grants", "first purchase"])
    assert 0.1 < float(paid.min()) <= float(paid.max()) < 0.9
    assert paid[:, 0].values == pytest.approx(paid[:, 1].values, rel=1e-12)
    assert float(late["paid ratio"].sel(programme="ai support").max()) == 0.0
    most = found["Budget Cash"] / own_value(model, "payment time")
    assert float((found["payment"].sum("programme") / most).max()) <= 1 + 1e-12
    assert float(found["Budget Cash"].min()) > 0
