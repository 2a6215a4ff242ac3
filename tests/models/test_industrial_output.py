"""The output model against the closed forms that its README lists."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pysd_runner import Model, load
from tests.models.folder import MODELS

STILL = {"surge size": 0.0, "learning rate": 0.0, "price elasticity": 0.0}
AID_ONLY = STILL | {
    "market growth": 0.0,
    "initial demand": 1e-9,
    "capacity aid": 30.0,
    "policy start": 0.0,
}
ORDERS = 30.0 / 0.3


@pytest.fixture(scope="module")
def model() -> Model:
    return load(MODELS / "industrial_output")


@pytest.fixture(scope="module")
def step(model: Model) -> float:
    return model.time_grid().time_step


def in_step(step: float, times: int) -> float:
    """Response of a first-order delay after as many of its time constants, exact for Euler."""
    return 1 - (1 - step) ** (times / step)


@pytest.mark.parametrize("growth", [0.0, 0.05, 0.12])
def test_every_stock_grows_with_the_market(model: Model, step: float, growth: float) -> None:
    stocks = [v.name for v in model.graph.of_kind("stock")]
    if growth == 0.0:
        stocks.remove("Cumulative Output")
    run = model.run(STILL | {"market growth": growth}, stocks)
    expected = (1 + growth * step) ** (run["time"].values / step)
    for stock in stocks:
        relative = (run[stock] / run[stock][0]).values
        assert relative == pytest.approx(expected, rel=1e-9), stock


def test_base_case_stays_close_to_its_balanced_path_before_the_surge(model: Model) -> None:
    run = model.run({"surge size": 0.0}, ["utilisation"])
    assert run["utilisation"].values == pytest.approx(float(run["utilisation"][0]), rel=1e-3)
    assert float(run["utilisation"][0]) == pytest.approx(0.76, rel=1e-12)


def test_capital_settles_where_wear_equals_orders(model: Model) -> None:
    run = model.run(AID_ONLY, ["Capital Stock"], final_time=300, save_step=100)
    assert float(run["Capital Stock"][-1]) == pytest.approx(ORDERS / 0.096, rel=1e-9)


def test_capital_on_order_obeys_littles_law(model: Model) -> None:
    run = model.run(AID_ONLY, ["Capital On Order"], final_time=60, save_step=20)
    assert float(run["Capital On Order"][-1]) == pytest.approx(ORDERS * 1.5, rel=1e-9)


def test_construction_is_a_first_order_delay(model: Model, step: float) -> None:
    settings = AID_ONLY | {"construction time": 2.0}
    run = model.run(settings, ["capital arrival"], final_time=4)
    for times in (1, 2):
        response = float(run["capital arrival"].sel(time=2.0 * times)) / ORDERS
        assert response == pytest.approx(in_step(step / 2, times), rel=1e-9)
        assert response == pytest.approx(1 - math.exp(-times), rel=0.02)


def test_expectation_is_a_first_order_response(model: Model, step: float) -> None:
    settings = STILL | {"market growth": 0.0, "surge size": 0.5, "surge length": 1e6}
    run = model.run(settings, ["Expected Demand"])
    rise = run["Expected Demand"] / run["Expected Demand"][0] - 1
    assert float(rise.sel(time=10)) == pytest.approx(0.0, abs=1e-12)
    assert float(rise.sel(time=11)) / 0.5 == pytest.approx(in_step(step, 1), rel=1e-9)
    assert float(rise.sel(time=12)) / 0.5 == pytest.approx(in_step(step, 2), rel=1e-9)


def test_each_doubling_of_output_cuts_cost_by_the_learning_rate(model: Model) -> None:
    settings = {
        "surge size": 0.0,
        "price elasticity": 0.0,
        "learning rate": 0.21,
        "markup response": 0.0,
    }
    run = model.run(settings, ["unit cost", "price", "Cumulative Output"])
    doublings = np.log2((run["Cumulative Output"] / run["Cumulative Output"][0]).values)
    assert doublings[-1] > 2
    assert run["unit cost"].values == pytest.approx((1 - 0.21) ** doublings, rel=1e-9)
    assert run["price"].values == pytest.approx(run["unit cost"].values, rel=1e-12)


def test_without_demand_output_dies_out(model: Model) -> None:
    stocks = [v.name for v in model.graph.of_kind("stock")]
    settings = {"surge size": -1.0, "surge length": 1e6}
    run = model.run(settings, [*stocks, "production", "capital orders"], final_time=60)
    assert float(run["production"][-1]) == pytest.approx(0.0, abs=1e-9)
    assert float(run["capital orders"][-1]) == pytest.approx(0.0, abs=1e-9)
    assert min(float(run[stock].min()) for stock in stocks) >= 0


def test_a_boom_that_ends_leaves_idle_capacity_and_herds_build_more_of_it(model: Model) -> None:
    names = ["utilisation"]
    steady, herd = (model.run({"growth extrapolation": w}, names) for w in (0.0, 2.0))
    lowest = [float(run["utilisation"].min()) for run in (steady, herd)]
    assert lowest[1] < lowest[0] < 0.7


def test_aid_to_capacity_lowers_utilisation_and_price_and_is_paid(model: Model) -> None:
    names = ["utilisation", "price", "public cost"]
    base, aided = (model.run({"capacity aid": aid}, names) for aid in (0.0, 500.0))
    assert float(aided["utilisation"].min()) < float(base["utilisation"].min())
    assert float(aided["price"][-1]) < float(base["price"][-1])
    assert float(base["public cost"].max()) == 0.0
    assert set(np.unique(aided["public cost"])) == {0.0, 500.0}


def test_a_purchase_subsidy_raises_sales_by_less_than_demand_would_at_a_fixed_price(
    model: Model,
) -> None:
    names = ["demand", "price", "revenue", "public cost"]
    settings = {"surge size": 0.0}
    base, other = (model.run(settings | {"purchase subsidy": s}, names) for s in (0.0, 0.05))
    at = 7.0
    rise = float(other["demand"].sel(time=at) / base["demand"].sel(time=at)) - 1
    assert 0 < rise < 0.95**-0.8 - 1
    assert float(other["price"].sel(time=at)) > float(base["price"].sel(time=at))
    paid = other["public cost"].sel(time=slice(6, None))
    assert paid.values == pytest.approx(0.05 * other["revenue"].sel(time=slice(6, None)).values)
