"""Parts of the city model against what can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.model.constants import constant_value

YEARS = 400.0
"""Long enough for every slow stock to settle."""


def constant(model: Model, name: str) -> float:
    value = constant_value(model.graph, name)
    assert value is not None
    return value


def settled(model: Model, equations: tuple[str, ...], *names: str, **settings: float) -> xr.Dataset:
    changed = model
    for equation in equations:
        changed = changed.with_equation(equation)
    run = changed.run(
        {name.replace("_", " "): value for name, value in settings.items()}, list(names),
        final_time=2015.0 + YEARS, save_step=YEARS / 8,
    )  # fmt: skip
    return run.isel(time=-1)


def test_loans_settle_where_new_ones_equal_repayment_and_defaults(model: Model) -> None:
    """IPL = new/(1/term + d); NPL/(IPL + NPL) = x/(1 + x), x = d times the work-out time."""
    run = settled(
        model,
        ("new ip loans[industry] = 100",
         "default rate[industry] = 0.035 / one year"),
        "IP Loans", "Non Performing Loans", "operating limit",
    )  # fmt: skip
    term, work_out = constant(model, "ip loan term"), constant(model, "work out time")
    assert float(run["operating limit"].min()) == 1.0
    assert run["IP Loans"].values == pytest.approx(100 / (1 / term + 0.035), rel=1e-6)
    bad = run["Non Performing Loans"] / (run["IP Loans"] + run["Non Performing Loans"])
    x = 0.035 * work_out
    assert bad.values == pytest.approx(x / (1 + x), rel=1e-6)
    assert x / (1 + x) == pytest.approx(0.05, abs=0.001)  # the loans breaker's threshold


def test_bad_loans_look_fewer_while_loans_grow(model: Model) -> None:
    """With growth G the share is x/(1 + x), x = d / (1/work-out + G): growth flatters a ratio."""
    changed = model
    for equation in (
        "new ip loans[industry] = 100 * EXP(0.1 * (Time - INITIAL TIME) / one year)",
        "default rate[industry] = 0.02 / one year",
    ):
        changed = changed.with_equation(equation)
    run = changed.run(outputs=["IP Loans", "Non Performing Loans"], save_step=25.0).isel(time=-1)
    bad = run["Non Performing Loans"] / (run["IP Loans"] + run["Non Performing Loans"])
    x = 0.02 / (1 / constant(model, "work out time") + 0.1)
    assert bad.values == pytest.approx(x / (1 + x), rel=0.01)


def test_collaboration_rests_where_partnering_equals_parting(model: Model) -> None:
    """a / (a + loss), with the partners of a year a and the loss fixed."""
    run = settled(
        model,
        ("partnering[industry] = 0.05 / one year * (1 - Collaboration[industry])",
         "parting[industry] = partnership loss * Collaboration[industry]"),
        "Collaboration",
    )  # fmt: skip
    loss = constant(model, "partnership loss")
    assert run["Collaboration"].values == pytest.approx(0.05 / (0.05 + loss), rel=1e-9)


@pytest.mark.parametrize(("innovation", "imitation"), [(0.01, 0.5), (0.005, 0.6)])
def test_adoption_peaks_where_bass_says(model: Model, innovation: float, imitation: float) -> None:
    """Peak at ln(q/p)/(p + q), of height (p + q)^2/(4 q), from a start at zero."""
    settings = {"digital innovation": innovation, "digital imitation": imitation,
                "digital discard rate": 0.0, "unaided reach": 1.0, "partner example": 0.0,
                "initial digital adoption": 0.0}  # fmt: skip
    run = model.run(settings, ["digital adoption flow"], time_step=1 / 64, save_step=1 / 64)
    flow = run["digital adoption flow"].sel(industry="SHA")
    both = innovation + imitation
    assert float(flow.idxmax("time")) - 2015.0 == pytest.approx(
        math.log(imitation / innovation) / both, abs=0.1
    )
    assert float(flow.max()) == pytest.approx(both**2 / (4 * imitation), rel=5e-3)


def test_a_service_is_built_as_a_first_order_delay(model: Model) -> None:
    """63.2 per cent of the way after one building time, 86.5 after two."""
    settings = {"service cover[testing]": 1.0, "policy ramp[testing]": 1 / 16, "switch B8": 0.0}
    run = model.run(settings, ["Service Level"], save_step=1 / 16)
    level = run["Service Level"].sel(service="testing")
    time, start = constant(model, "build time"), float(level[0])
    for times, expected in ((1, 1 - math.exp(-1)), (2, 1 - math.exp(-2))):
        at = 2026.0 + 1 / 16 + times * time
        way = (float(level.sel(time=at)) - start) / (1 - start)
        assert way == pytest.approx(expected, abs=0.01)


def test_each_doubling_of_output_cuts_cost_by_the_learning_rate(model: Model) -> None:
    run = model.run(outputs=["experience cost", "Cumulative Output"], save_step=1.0)
    doublings = np.log2(run["Cumulative Output"] / run["Cumulative Output"][0])
    for industry, rate in (("HYD", 0.21), ("ROB", 0.1), ("SHA", 0.05)):
        cost = run["experience cost"].sel(industry=industry).values
        assert cost == pytest.approx((1 - rate) ** doublings.sel(industry=industry).values)
    assert float(doublings.sel(industry="HYD")[-1]) > 5


def test_energy_technique_follows_its_progress(model: Model) -> None:
    run = model.run(outputs=["Energy Technique"], save_step=25.0)["Energy Technique"]
    step = model.time_grid().time_step
    left = (1 - constant(model, "energy progress") * step) ** (25 / step)
    assert (run[-1] / run[0]).values == pytest.approx(left, rel=1e-9)


def test_holdings_of_the_city_return_the_product_of_their_stages(model: Model) -> None:
    """One purse, no losses, no recycling: DPI = 1/(1 - n t) for each stage, chained.

    A fund that grows never ends, so the inflow stops and the horizon is long.
    """
    net = 0.05
    changed = model
    for equation in ("fundraising = 300 * (STEP(1, fund start) - STEP(1, fund start + one year))",
                     "fund performance[industry] = 1",
                     "value loss[industry,stage] = 0 * Fund Value[industry,stage] / one year",
                     "firm buyback[industry] = 0 * departure[industry,exit]",
                     "market exit[industry] = departure[industry,exit]"):  # fmt: skip
        changed = changed.with_equation(equation)
    settings = {"gain rate": net, "fee share": 0.0, "recycled share": 0.0, "switch B8": 0.0,
                "loss tolerance": 1.0, "loss tolerance at start": 1.0}  # fmt: skip
    run = changed.run(settings, ["distributed multiple"], final_time=2115.0, save_step=25.0)
    expected = math.prod(1 / (1 - net * stay) for stay in (2.5, 2.5, 2.0))
    assert float(run["distributed multiple"][-1]) == pytest.approx(expected, rel=1e-6)
