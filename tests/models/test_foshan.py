"""The city model: books, time step, start, extremes, and what each lever must not be."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model, load
from pysd_runner.check.conservation import conserved_outputs, residual
from pysd_runner.check.time_step import compare_steps
from pysd_runner.run.outcomes import compute_outcomes, outcome_variables
from pysd_runner.run.reference import ReferenceEngine
from pysd_runner.spec.checks import read_checks
from sensitivity.sampling import factors_of, one_at_a_time, saltelli
from tests.models.folder import MODELS

pytestmark = pytest.mark.xdist_group("foshan")


@pytest.fixture(scope="module")
def model() -> Model:
    return load(MODELS / "foshan")


@pytest.fixture(scope="module")
def base(model: Model) -> xr.Dataset:
    return model.run(save_step=0.25)


# -- books and time step ----------------------------------------------------------------------


def test_nothing_is_created_or_lost(model: Model) -> None:
    rules = read_checks(MODELS / "foshan" / "checks.toml", model.graph).conservation
    assert set(rules) == {"cash", "valuation", "goods", "capital"}
    names = [name for rule in rules.values() for name in conserved_outputs(model.graph, rule)]
    design = saltelli(factors_of(model.spec), 2, seed=3, scrambles=1)  # everything moved at once
    inputs = {name: values[:4] for name, values in design.inputs.items()}
    runs = model.batch(inputs, names, save_step=model.time_grid().time_step, workers=1)
    for number in range(4):
        for rule in rules.values():
            found = residual(model.graph, rule, runs.isel(run=number))
            assert found.passed, (number, found)


def test_halving_the_time_step_hardly_moves_an_outcome(model: Model) -> None:
    rule = read_checks(MODELS / "foshan" / "checks.toml", model.graph).time_step
    assert rule is not None
    assert rule.tolerance == 0.005
    names = outcome_variables(model.spec.outcomes, model.graph)
    coarse, fine = (
        compute_outcomes(
            model.spec.outcomes, model.batch({}, names, time_step=step, save_step=0.25), model.graph
        ).iloc[0]
        for step in (model.time_grid().time_step, rule.halve_to)
    )
    found = compare_steps(coarse, fine, rule)
    assert found.passed, found.detail


def test_pysd_with_subscripts_gives_the_numbers_of_the_scalar_twin(model: Model) -> None:
    # Two years: PySD computes subscripts with xarray, a hundred times slower.
    grid = model.time_grid(final_time=2017.0, save_step=0.5)
    stocks = model.graph.of_kind("stock")
    kept = ReferenceEngine(model.graph, keep_subscripts=True).run((), grid, stocks)
    twin = model.engine.run((), grid, stocks)
    for stock in stocks:
        assert twin.values[stock.key] == pytest.approx(kept.values[stock.key], rel=1e-12, abs=1e-12)


# -- start ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stock", "rate"),
    [
        ("Knowledge Stock", "knowledge"),
        ("Capital Stock", "volume growth"),
        ("Order Backlog", "volume growth"),
        ("Finished Inventory", "volume growth"),
        ("Capital On Order", "volume growth"),
        ("Firm Cash", "money growth"),
    ],
)
def test_without_policy_and_saturation_stocks_grow_as_one(
    model: Model, stock: str, rate: str
) -> None:
    settings = {"fund commitment": 0.0, "fund commitment at start": 0.0, "value drift": 0.0}
    settings["market potential"] = 1e12
    names = [stock, "money growth", "volume growth", "ideas exponent"]
    run = model.run(settings, names, final_time=2020.0, save_step=1.0)
    steps = 1 / model.time_grid().time_step
    growth = steps * ((run[stock][-1] / run[stock][0]) ** (1 / (5 * steps)) - 1)
    if rate == "knowledge":
        expected = run["money growth"][0] / (1 + run["ideas exponent"][0])
    else:
        expected = run[rate][0]
    for industry, tolerance in (("SHA", 2e-4), ("HEM", 2e-4), ("HYD", 1e-3)):
        found = float((growth - expected).sel(industry=industry))
        assert abs(found) < tolerance, (stock, industry, found)


def test_history_is_not_changed_by_policy(model: Model, base: xr.Dataset) -> None:
    levers = {lever.setting: lever.bounds[1] for lever in model.spec.levers.values()}
    run = model.run(levers, ["value added", "Knowledge Stock", "Firm Cash"], save_step=0.25)
    before = slice(2015.0, 2026.0)
    for name in run.data_vars:
        assert np.array_equal(run[name].sel(time=before), base[name].sel(time=before))


# -- extremes ---------------------------------------------------------------------------------


def test_knowledge_without_research_decays_at_its_obsolescence(model: Model) -> None:
    changed = model.with_equation("research spending[industry] = 0 * own research[industry]")
    run = changed.run(outputs=["Knowledge Stock", "obsolescence rate"], save_step=1.0)
    step = model.time_grid().time_step
    late = run.sel(time=slice(2035.0, 2040.0))
    for industry in ("SHA", "HEM"):
        stock = late["Knowledge Stock"].sel(industry=industry)
        rate = float(late["obsolescence rate"].sel(industry=industry)[0])
        expected = 5 / step * math.log1p(-rate * step)
        assert float(np.log(stock[-1] / stock[0])) == pytest.approx(expected, rel=1e-3)


def test_without_demand_output_ends_and_nothing_turns_negative(model: Model) -> None:
    settings = {"shock depth": 1.0, "shock start": 2018.0, "shock length": 100.0}
    stocks = [variable.name for variable in model.graph.of_kind("stock")]
    run = model.run(settings, ["production", *stocks], save_step=0.25)
    assert float(run["production"][-1].max()) < 1e-6 * float(run["production"][0].max())
    for name in stocks:
        assert float(run[name].min()) >= -1e-9 * float(abs(run[name]).max()), name


def test_without_a_budget_no_lever_acts(model: Model) -> None:
    names = ["value added", "Knowledge Stock", "Firm Cash", "public outlay"]
    none = {"base appropriation": 0.0}
    design = one_at_a_time(factors_of(model.spec, model.spec.levers))
    runs = model.batch(
        {**design.inputs, "base appropriation": np.zeros(len(design))}, names, save_step=1.0
    )
    quiet = model.run(none, names, save_step=1.0)
    assert float(quiet["public outlay"].max()) == 0.0
    for name in names:
        assert np.allclose(runs[name], quiet[name], rtol=1e-12, atol=1e-9), name


# -- budget and levers ------------------------------------------------------------------------


def test_budget_binds_and_lapses(model: Model, base: xr.Dataset) -> None:
    outlay, asked = base["public outlay"], base["total request"]
    settled = slice(2018.0, 2040.0)
    assert float((outlay / asked).sel(time=settled).min()) > 0.99  # the base requests fit
    assert float(base["lapse"].sel(time=settled).min()) > 0  # and what is left lapses
    names = ["public outlay", "total request", "appropriation", "government distribution"]
    poor = model.run({"budget multiplier": 0.25}, names, save_step=0.25)
    late = poor.sel(time=slice(2030.0, 2040.0))
    assert float((late["public outlay"] / late["total request"]).max()) < 0.6
    # Exits of the fund flow back into the budget and may be spent again.
    income = late["appropriation"] + late["government distribution"]
    assert float((late["public outlay"] / income).max()) < 1.02


def test_no_lever_is_free(model: Model) -> None:
    """A lever at a bound costs the city money or makes some outcome worse by over 0.1 %."""
    spec = model.spec
    levers = factors_of(spec, spec.levers)
    design = one_at_a_time(levers)
    names = outcome_variables(spec.outcomes, model.graph)
    # A vote that does not bind: otherwise one request only displaces another.
    inputs = {**design.inputs, "budget multiplier": np.full(len(design), 3.0)}
    runs = model.batch(inputs, names, save_step=0.25)
    table = compute_outcomes(spec.outcomes, runs, model.graph)
    sign = {"maximise": 1.0, "minimise": -1.0, "none": 0.0}
    change = (table - table.iloc[0]) / table.iloc[0].abs()
    better = change * [sign[outcome.direction] for outcome in spec.outcomes.values()]
    for column, lever in enumerate(levers):
        if lever.name == "budget_multiplier":
            continue
        for row in (1 + 2 * column, 2 + 2 * column):
            if design.values[row, column] != lever.base:
                assert better.iloc[row].min() < -0.001, (lever.name, design.values[row, column])


def test_money_for_grants_is_reported_twice_as_much_as_it_is_spent(model: Model) -> None:
    names = ["reported research", "research spending", "grants received"]
    settings = {"budget multiplier": 3.0}
    without, with_grants = (
        model.run({**settings, "grant rate": rate}, names, save_step=1.0).sel(time=2035.0).sum()
        for rate in (0.04, 0.2)
    )
    extra = with_grants - without
    assert float(extra["grants received"]) > 1000
    assert float(extra["reported research"]) > 1.5 * float(extra["research spending"]) > 0
