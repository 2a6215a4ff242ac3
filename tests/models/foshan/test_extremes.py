"""What must hold where nothing is normal."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.spec.schema import Outcome
from tests.models.foshan.conftest import BREAKERS, Runs, joint_draws

SIGNED = {"Crowding Signal", "Reported Indicator", "Published Indicator"}
FOREVER = {"hold": 100.0, "start": 2018.0}


def shock(name: str, depth: float, **parts: float) -> dict[str, float]:
    return {f"shock depth[{name}]": depth} | {
        f"shock {part}[{name}]": value for part, value in parts.items()
    }


def test_no_stock_is_negative_in_joint_draws_of_everything(model: Model) -> None:
    """All levers, uncertainties and shocks at once; the lowest value of each stock is read."""
    graph = model.graph
    stocks = [v for v in graph.of_kind("stock") if v.name not in SIGNED]
    lowest = {}
    for stock in stocks:
        element = ",".join(f"{dimension}!" for dimension in stock.dimensions)
        text = f"VMIN({stock.name}[{element}])" if element else f'"{stock.name}"'
        lowest[stock.name] = Outcome(
            label=stock.name[:40], expression=text, reduction="min", unit=stock.unit,
            direction="none",
        )  # fmt: skip
    table = model.outcomes(joint_draws(model, 384, seed=8), lowest, save_step=0.25)
    assert set(table["status"]) == {"ok"}
    table = table.drop(columns="status")
    assert table.notna().all(axis=None)
    assert (table.min() >= -1e-9).all(), table.min()[table.min() < -1e-9]


def test_knowledge_without_research_decays_at_its_obsolescence(model: Model) -> None:
    changed = model.with_equation("research spending[industry] = 0 * own research[industry]")
    # A budget that shrinks with the city would cut testing, whose side effect is imitation.
    run = changed.run({"switch B8": 0.0}, ["Knowledge Stock"], save_step=1.0)
    late = run.sel(time=slice(2035.0, 2040.0))
    step = model.time_grid().time_step
    for industry in ("SHA", "OSE"):
        stock = late["Knowledge Stock"].sel(industry=industry)
        expected = 5 / step * math.log1p(-0.15 * step)
        assert float(np.log(stock[-1] / stock[0])) == pytest.approx(expected, rel=1e-3)


def test_without_demand_output_ends(runs: Runs) -> None:
    settings = shock("demand collapse", 1.0, **FOREVER) | shock("export loss", 1.0, **FOREVER)
    run = runs(settings | {"first purchase share": 0.0}).isel(run=0)
    assert float(run["demand"].sel(time=2019.0).max()) < 0.02 * float(run["demand"][0].max())
    # What is left are first purchases and digital equipment.
    late = run["production"].isel(time=-1) / run["production"].isel(time=0)
    assert float(late.sel(industry="SHA")) < 0.01
    assert float(run["Firm Cash"].min()) > -1e-6  # rounding of 120,000


def test_full_embargo_without_local_supply_stops_output_when_stores_are_used(runs: Runs) -> None:
    settings = {"initial import share[HEM]": 1.0} | shock("embargo", 1.0, hold=100.0, start=2028.0)
    run = runs(settings).isel(run=0).sel(industry="HEM")
    before = float(run["production"].sel(time=2028.0))
    survives = float(run["time to survive"].sel(time=2028.0))
    stores = run["Critical Inventory"]
    assert float(run["local supply"].max()) == 0.0
    assert float(run["production"].sel(time=2028.25)) > 0.9 * before
    assert float(run["production"].sel(time=2028.0 + round(4 * survives) / 4 + 1.0)) < 0.2 * before
    assert float(run["production"].sel(time=2032.0)) < 1e-3 * before
    assert 0 <= float(stores.min()) < 1e-3 * float(stores.sel(time=2028.0))


def test_a_budget_of_zero_pays_nothing(runs: Runs) -> None:
    run = runs({"base appropriation": 0.0, "grant rate": 0.4}).isel(run=0)
    assert float(run["public outlay"].max()) == 0.0
    assert float(run["distributed multiple"].max()) == 0.0


def test_all_breakers_stuck_open_stop_what_they_guard(runs: Runs) -> None:
    stuck = {"capacity aid rate": 0.1}
    for breaker in BREAKERS:
        # Utilisation trips on the low side: below ten it is always too low.
        trip, reset = (10.0, 11.0) if breaker == "Overcapacity" else (-10.0, -11.0)
        stuck |= {f"breaker enabled[{breaker}]": 1.0, f"trip threshold[{breaker}]": trip,
                  f"reset threshold[{breaker}]": reset}  # fmt: skip
    run = runs(stuck).isel(run=0).sel(time=slice(2032.0, 2040.0))
    assert float(run["throttle"].max()) < 0.01
    assert float(run["fundraising"].max()) < 3
    assert float(run["new ip loans"].max()) < 1
    assert float(run["Covered Share"].max()) < 0.01
    for aid in ("research aid", "plant aid"):
        assert float(run["aid wish"].sel(aid=aid).max()) < 10
    assert float(run["value added"].min()) > 0


def test_ample_cash_leaves_every_limit_at_one(runs: Runs, base: xr.Dataset) -> None:
    run = runs({"outside equity share[SHA]": 1.0}).isel(run=0).sel(industry="SHA")
    assert float(run["funding limit"].min()) == 1.0
    assert float(run["operating limit"].min()) == 1.0
    output = run["production"] / base["production"].sel(industry="SHA")
    assert np.allclose(output, 1.0, rtol=1e-6)  # cash that nobody lacks changes nothing
