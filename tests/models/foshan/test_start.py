"""The start: growth in balance, and a sum that closes."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from tests.models.foshan.conftest import BREAKERS, Runs

STILL = dict.fromkeys(
    (
        "fund commitment", "fund commitment at start", "pool injection", "pool injection at start",
        "value drift", "traditional growth", "digital innovation", "digital imitation",
        "ai innovation", "ai imitation", "scenario projects", "scenario projects at start",
    ),
    0.0,
) | {"market potential": 1e12}  # fmt: skip
"""Without fund, pool, drift, diffusion, scenarios and saturation nothing moves by itself."""

MONEY = ("Firm Cash", "Bank Loans", "Research In Progress", "Development In Progress")
VOLUME = ("Capital Stock", "Capital On Order", "Order Backlog", "Finished Inventory",
          "Critical Inventory", "Cumulative Output", "Rival Experience", "Expected Demand",
          "Reference Sales")  # fmt: skip
KNOWLEDGE = ("Knowledge Stock", "Technology Frontier", "Approval Queue", "Product Portfolio")
REST = ("Green Share", "Covered Share", "Export Reach", "Gene Stock", "Value Retained")


@pytest.fixture(scope="module")
def still(model: Model) -> xr.Dataset:
    names = [*MONEY, *VOLUME, *KNOWLEDGE, *REST, "money growth", "volume growth", "ideas exponent"]
    return model.run(STILL, names, final_time=2020.0, save_step=1.0)


def growth(run: xr.Dataset, stock: str) -> xr.DataArray:
    """Yearly growth of a stock over five years, at the rate of an Euler step."""
    return 16 * ((run[stock].isel(time=-1) / run[stock].isel(time=0)) ** (1 / 80) - 1)


@pytest.mark.parametrize("stock", [*MONEY, *VOLUME, *KNOWLEDGE])
def test_stocks_grow_in_proportion(still: xr.Dataset, stock: str) -> None:
    if stock in VOLUME:
        expected = still["volume growth"]
    else:
        harder = 1 + float(still["ideas exponent"][0]) if stock in KNOWLEDGE else 1.0
        expected = still["money growth"] / harder
    found = growth(still, stock) - (expected.isel(time=0) if "time" in expected.dims else expected)
    # Hydrogen learns fast, and its law of learning is not exactly balanced in Euler steps.
    tolerance = xr.where(found["industry"] == "HYD", 3e-3, 2e-4)
    assert (abs(found) < tolerance).all(), found.values


@pytest.mark.parametrize("stock", REST)
def test_what_policy_has_not_moved_rests(still: xr.Dataset, stock: str) -> None:
    assert np.ptp(still[stock].values, axis=0).max() < 1e-12


def test_the_other_industries_are_what_is_left_of_advanced_manufacturing(
    model: Model, base: xr.Dataset
) -> None:
    names = ["initial value added", "advanced share", "city industrial value added"]
    start = model.run(outputs=names, final_time=2016.0).isel(time=0)
    total = float(start["advanced share"]) * float(start["city industrial value added"])
    assert float(start["initial value added"].sum()) == pytest.approx(total, rel=1e-12)
    assert float(start["initial value added"].min()) > 0
    found = base["value added"].isel(time=0).values
    assert found == pytest.approx(start["initial value added"].values, rel=1e-12)


def test_the_remainder_stays_positive_for_every_start_considered(model: Model) -> None:
    spec = model.spec.uncertainties["hydrogen_start"]
    runs = model.batch(
        {spec.setting: np.array(spec.bounds)}, ["initial value added"], final_time=2016.0
    )
    assert float(runs["initial value added"].min()) > 0


def test_history_is_not_changed_by_policy(model: Model, runs: Runs) -> None:
    levers = model.spec.levers.values()
    bounds = [{lever.setting: lever.bounds[end] for lever in levers} for end in (0, 1)]
    for settings in bounds:
        enabled = settings.pop("breaker enabled")
        settings |= {f"breaker enabled[{breaker}]": enabled for breaker in BREAKERS}
    found = runs({}, *bounds).sel(time=slice(2015.0, 2026.0))
    for name in found.data_vars:
        for other in (1, 2):
            assert np.array_equal(found[name].isel(run=other), found[name].isel(run=0)), name
