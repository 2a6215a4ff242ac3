"""The fund model against the closed forms that its README lists."""

from __future__ import annotations

import math

import pytest

from pysd_runner import Model, load
from tests.models.folder import MODELS

ONE_VINTAGE = {
    "fund commitment": 0.0,
    "initial government uncalled": 1000.0,
    "initial social uncalled": 1000.0,
    "fee share": 0.0,
    "recycled share": 0.0,
    "early stage share": 1.0,
}
STAGES = ("seed", "growth", "exit")


@pytest.fixture(scope="module")
def model() -> Model:
    return load(MODELS / "guidance_fund")


@pytest.fixture(scope="module")
def constant(model: Model) -> dict[str, float]:
    names = [f"{stage} {what}" for stage in STAGES for what in ("gain rate", "loss rate", "time")]
    base = model.run(outputs=names, final_time=1)
    return {name: float(base[name][0]) for name in names}


def multiple(constant: dict[str, float], stage: str) -> float:
    """Value that leaves a stage for each unit that enters it."""
    net = constant[f"{stage} gain rate"] - constant[f"{stage} loss rate"]
    return 1 / (1 - net * constant[f"{stage} time"])


def final_multiple(model: Model, settings: dict[str, float]) -> float:
    run = model.run(ONE_VINTAGE | settings, ["distributed multiple"], final_time=200, save_step=50)
    return float(run["distributed multiple"][-1])


def test_one_vintage_returns_the_product_of_its_stages(
    model: Model, constant: dict[str, float]
) -> None:
    expected = math.prod(multiple(constant, stage) for stage in STAGES)
    assert final_multiple(model, {}) == pytest.approx(expected, rel=1e-9)


def test_entry_at_two_stages_mixes_their_multiples(
    model: Model, constant: dict[str, float]
) -> None:
    late = multiple(constant, "growth") * multiple(constant, "exit")
    expected = (0.4 * multiple(constant, "seed") + 0.6) * late
    assert final_multiple(model, {"early stage share": 0.4}) == pytest.approx(expected, rel=1e-9)


def test_high_growth_values_give_the_published_test_number(
    model: Model, constant: dict[str, float]
) -> None:
    net = {"seed": 0.09, "growth": 0.10, "exit": 0.17}
    settings = {f"{s} loss rate": constant[f"{s} gain rate"] - net[s] for s in ("seed", "growth")}
    settings["exit gain rate"] = constant["exit loss rate"] + net["exit"]
    expected = math.prod(1 / (1 - net[s] * constant[f"{s} time"]) for s in STAGES)
    assert expected == pytest.approx(2.6067, abs=5e-5)
    assert final_multiple(model, settings) == pytest.approx(expected, rel=1e-9)


def test_one_stage_pays_out_its_hazard_over_hazard_less_net_growth(model: Model) -> None:
    settings = {
        "early stage share": 0.0,
        "growth time": 0.5,
        "growth gain rate": 0.1,
        "exit time": 2.5,
        "exit gain rate": 0.13,
    }
    assert final_multiple(model, settings) == pytest.approx(0.4 / 0.3, rel=1e-9)


def test_fees_and_recycling(model: Model, constant: dict[str, float]) -> None:
    whole = math.prod(multiple(constant, stage) for stage in STAGES)
    fee, recycled = 0.12, 0.1
    expected = (1 - fee) * (1 - recycled) * whole / (1 - recycled * whole)
    settings = {"fee share": fee, "recycled share": recycled}
    assert final_multiple(model, settings) == pytest.approx(expected, rel=1e-9)


def test_fund_shows_a_j_curve(model: Model) -> None:
    names = ["total value multiple", "distributed multiple"]
    run = model.run(outputs=names)
    value = run["total value multiple"]
    assert float(value.sel(time=slice(0.25, 3)).min()) < 1 < float(value[-1])
    assert float(run["distributed multiple"].sel(time=5)) < 0.3


def test_concession_brings_social_capital_and_costs_government(model: Model) -> None:
    names = ["Social Paid In", "government distribution", "government call"]
    low, high = (
        model.run({"concession share": share}, names, save_step=model.time_grid().time_step)
        for share in (0.0, 0.5)
    )
    assert float(high["Social Paid In"][-1]) > 1.1 * float(low["Social Paid In"][-1])
    assert float(high["government call"].sum()) == float(low["government call"].sum())
    returned = [float(run["government distribution"].sum()) for run in (low, high)]
    assert returned[1] < returned[0]


def test_concession_moves_cash_between_the_purses_and_makes_none(model: Model) -> None:
    names = ["Fund Distributed", "total value multiple", "Government Paid In", "Social Paid In"]
    settings = {"initial social uncalled": 3000.0}
    without, with_it = (
        model.run(ONE_VINTAGE | settings | {"concession share": share}, names)
        for share in (0.0, 0.5)
    )
    assert with_it["Fund Distributed"].values == pytest.approx(without["Fund Distributed"].values)
    share = with_it["Government Paid In"] / (
        with_it["Government Paid In"] + with_it["Social Paid In"]
    )
    assert float(share[-1]) == pytest.approx(0.25, rel=1e-12)
