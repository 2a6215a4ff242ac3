"""Twelve shocks: each strikes what it should, when it should, and fades."""

from __future__ import annotations

import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.spec.shocks import Shock
from tests.models.foshan.conftest import Runs

STRUCK = {
    "demand_collapse": ("city value added", -0.35, -0.15),
    "export_loss": ("city value added", -0.10, -0.03),
    "embargo": ("city value added", -0.08, -0.01),
    "input_interruption": ("Critical Inventory", -0.6, -0.1),
    "credit_crunch": ("Bank Loans", -0.6, -0.2),
    "exit_freeze": ("distributed multiple", -0.3, -0.02),
    "write_off_wave": ("total value multiple", -0.25, -0.03),
    "budget_cut": ("appropriation", -0.4, -0.2),
    "policy_delay": ("grants received", -0.7, -0.2),
    "talent_outflow": ("Research Staff", -0.4, -0.1),
    "technology_leap": ("Knowledge Stock", -0.5, -0.15),
}
"""What a shock of middling depth moves, and between which bounds its worst change lies."""


def middling(shock: Shock) -> dict[str, float]:
    draws = {part: draw for part, draw in shock.draws.items() if part != "start"}
    return {draw.setting: sum(draw.bounds) / 2 for draw in draws.values()}


@pytest.fixture(scope="module")
def struck(model: Model, runs: Runs) -> xr.Dataset:
    """The base case, each shock alone, and the compound of three."""
    alone = [middling(shock) for shock in model.spec.shocks.values()]
    names = list(model.spec.shocks)
    together: dict[str, float] = {}
    for name in model.spec.compounds["standard"].shocks:
        together |= alone[names.index(name)]
    found = runs({}, *alone, together)
    return found.assign_coords(run=["base", *names, "standard"])


def relative(struck: xr.Dataset, name: str, run: str) -> xr.DataArray:
    values = struck[name]
    values = values.sum([d for d in values.dims if d not in ("run", "time")])
    return values.sel(run=run) / values.sel(run="base") - 1


def test_all_twelve_are_there(model: Model) -> None:
    codes = [shock.code for shock in model.spec.shocks.values()]
    codes += [compound.code for compound in model.spec.compounds.values()]
    assert codes == [f"S{number}" for number in range(1, 13)]


def test_the_base_case_has_no_shock(base: xr.Dataset) -> None:
    assert float(abs(base["shock force"]).max()) == 0.0


@pytest.mark.parametrize("name", list(STRUCK))
def test_a_shock_strikes_what_it_should(struck: xr.Dataset, name: str) -> None:
    variable, low, high = STRUCK[name]
    change = relative(struck, variable, name).fillna(0.0)
    assert float(abs(change.sel(time=slice(2015.0, 2028.0))).max()) < 1e-12
    assert low < float(change.min()) < high


@pytest.mark.parametrize("name", ["demand_collapse", "export_loss", "budget_cut", "talent_outflow"])
def test_what_passes_leaves_less_than_it_took(struck: xr.Dataset, name: str) -> None:
    change = relative(struck, STRUCK[name][0], name)
    assert abs(float(change.isel(time=-1))) < 0.3 * abs(float(change.min()))


def test_three_together_are_worse_than_each(struck: xr.Dataset, model: Model) -> None:
    """Over the years; at the trough the loss of demand alone decides."""

    def loss(run: str) -> float:
        change = relative(struck, "city value added", run)
        return float(change.sel(time=slice(2028.0, 2040.0)).mean())

    assert loss("standard") < min(loss(each) for each in model.spec.compounds["standard"].shocks)


def test_the_young_industry_takes_longest_to_forget(struck: xr.Dataset) -> None:
    values = struck["value added"].isel(time=-1)
    lasting = values.sel(run="standard") / values.sel(run="base") - 1
    assert lasting.idxmin("industry").item() == "HYD"


@pytest.mark.parametrize(("leaping", "loss"), [(0.0, 0.0), (0.5, 0.04), (1.0, 0.09)])
def test_a_leap_costs_the_city_as_much_as_it_is_left_behind(
    runs: Runs, leaping: float, loss: float
) -> None:
    """Where all rivals lose their knowledge too, a leap takes little market from the city."""
    found = runs({}, {"shock depth[technology leap]": 0.9, "leaping rivals": leaping})
    change = found["demand"].sum("industry")[1] / found["demand"].sum("industry")[0] - 1
    assert float(change.min()) == pytest.approx(-loss, abs=0.02)


def test_obsolescence_that_strikes_all_alike_takes_no_market(runs: Runs) -> None:
    common, own = {"future obsolescence factor": 1.5}, {"future city obsolescence": 1.5}
    found = runs({}, common, own).sel(time=2040.0)
    knowledge = found["Knowledge Stock"].sum("industry")
    assert float(knowledge[1] / knowledge[2]) == pytest.approx(1.0, abs=0.1)
    demand = found["demand"].sum("industry")
    assert abs(float(demand[1] / demand[0] - 1)) < 0.01
    assert float(demand[2] / demand[0] - 1) < -0.04


def test_closer_ties_abroad_make_an_embargo_worse(runs: Runs) -> None:
    embargo = {"shock depth[embargo]": 0.7}
    ties = {"service cover[international]": 1.0}
    found = runs({}, embargo, ties, ties | embargo)["city value added"]
    change = [float((found[b] / found[a]).sel(time=slice(2028, 2033)).min()) for a, b in
              ((0, 1), (2, 3))]  # fmt: skip
    assert change[1] < change[0] < 1


def test_the_depth_of_a_slump_may_differ_by_industry(runs: Runs) -> None:
    slump = {"shock depth[demand collapse]": 0.3}
    uneven = {"demand shock weight[HEM]": 1.5, "demand shock weight[SHA]": 0.0}
    found = runs({}, slump | uneven)["demand"].sel(time=2029.0)
    change = found[1] / found[0] - 1
    assert abs(float(change.sel(industry="SHA"))) < 0.01
    assert float(change.sel(industry="HEM")) < 1.3 * float(change.sel(industry="OSE")) < -0.2
