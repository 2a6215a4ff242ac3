"""The R&D model against the closed forms that its README lists."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pysd_runner import Model, load
from tests.models.folder import MODELS

PLAIN = {
    "grant rate": 0.0,
    "tax relief rate": 0.0,
    "sales elasticity of knowledge": 0.0,
    "ideas exponent": 0.0,
}


@pytest.fixture(scope="module")
def model() -> Model:
    return load(MODELS / "rd_investment")


@pytest.fixture(scope="module")
def constant(model: Model) -> dict[str, float]:
    names = ["development share", "research success", "development success", "research time",
             "development time", "knowledge obsolescence rate"]  # fmt: skip
    base = model.run(outputs=names, final_time=1)
    return {name: float(base[name][0]) for name in names}


def yield_of_effort(constant: dict[str, float], growth: float) -> float:
    """Knowledge created for each unit of effort when effort grows steadily."""
    share = constant["development share"]
    research = constant["research success"] * (1 - share) / (1 + growth * constant["research time"])
    into_development = share + research
    return (
        constant["development success"]
        * into_development
        / (1 + growth * constant["development time"])
    )


def test_constant_effort_reaches_the_perpetual_inventory_stock(
    model: Model, constant: dict[str, float]
) -> None:
    settings = PLAIN | {"sales growth rate": 0.0, "initial knowledge factor": 0.2}
    run = model.run(settings, ["Knowledge Stock", "research effort"], final_time=200, save_step=1)
    expected = yield_of_effort(constant, 0.0) / constant["knowledge obsolescence rate"]
    reached = float(run["Knowledge Stock"][-1] / run["research effort"][-1])
    assert float(run["Knowledge Stock"][0]) == pytest.approx(
        0.2 * float(run["Knowledge Stock"][-1]), rel=1e-6
    )
    assert reached == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("growth", [0.02, 0.06, 0.12])
def test_growing_effort_keeps_the_ratio_of_griliches(
    model: Model, constant: dict[str, float], growth: float
) -> None:
    run = model.run(
        PLAIN | {"sales growth rate": growth}, ["Knowledge Stock", "research effort"], save_step=1
    )
    expected = yield_of_effort(constant, growth) / (
        growth + constant["knowledge obsolescence rate"]
    )
    ratio = (run["Knowledge Stock"] / run["research effort"]).values
    assert ratio == pytest.approx(expected, rel=1e-12)


def test_knowledge_grows_slower_when_ideas_get_harder(model: Model) -> None:
    settings = PLAIN | {"sales growth rate": 0.06, "ideas exponent": 0.5}
    run = model.run(settings, ["Knowledge Stock", "research effort"], final_time=200, save_step=1)
    growth = {name: float(np.log(run[name][-1] / run[name][-11])) for name in run}
    assert growth["Knowledge Stock"] / growth["research effort"] == pytest.approx(1 / 1.5, rel=1e-6)


def test_knowledge_without_effort_decays_at_its_obsolescence(
    model: Model, constant: dict[str, float]
) -> None:
    settings = PLAIN | {"sales growth rate": 0.0, "initial knowledge factor": 1e9}
    run = model.run(settings, ["Knowledge Stock"], final_time=10, save_step=10)
    rate, step = constant["knowledge obsolescence rate"], model.time_grid().time_step
    left = float(run["Knowledge Stock"][-1] / run["Knowledge Stock"][0])
    assert left == pytest.approx((1 - rate * step) ** (10 / step), rel=1e-6)
    assert left == pytest.approx(math.exp(-10 * rate), rel=0.02)


def test_grants_raise_reported_more_than_real_research(model: Model) -> None:
    names = ["reported spending", "research effort"]
    base, more = (model.run({"grant rate": rate}, names) for rate in (0.04, 0.3))
    reported, real = (float(more[name][-1] / base[name][-1]) - 1 for name in names)
    assert reported > 1.2 * real > 0
