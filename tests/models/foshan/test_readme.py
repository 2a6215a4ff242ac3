"""The numbers in the model's README are those that the model gives."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.typing import NDArray

from pysd_runner import Model
from sensitivity.sampling import factors_of, one_at_a_time
from sensitivity.stress.braking import rates, verdicts
from sensitivity.stress.ensemble import run_ensemble
from sensitivity.stress.frontier import standard_stress
from sensitivity.stress.futures import Futures, stress_of
from sensitivity.stress.trial import BASE
from tests.models.folder import MODELS
from tests.models.foshan.conftest import BREAKERS, Runs, own_value
from tests.models.foshan.test_shocks import middling

OUTCOMES = {"supply gap": "supply_gap", "hydrogen": "hydrogen_2035", "emissions": "emissions",
            "DPI": "fund_multiple"}  # fmt: skip
"""Words of the lever table -> outcome."""

INDUSTRIES = {"appliances": "SHA", "equipment": "HEM", "hydrogen": "HYD", "robots": "ROB",
              "vehicles": "NEV"}  # fmt: skip
"""Words of the shock table -> industry whose value added is meant."""

TOTALS = {"DPI": "distributed multiple", "orders": "capital orders"}
"""Words of the shock table -> variable."""

WORD = rf"({'|'.join([*INDUSTRIES, *TOTALS])})"


def signed(share: float, digits: int = 1) -> str:
    """Write a share as the README does: ``+7.8 %``, ``−30 %``, ``0.0 %``."""
    text = f"{100 * share:+.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return (
        "0" + text[2:] if float(f"{share:.6f}") == 0 or text[1:].strip("0.") == "" else text
    ) + (" %")


def by_size(share: float) -> str:
    """One digit after the point below ten per cent, none above."""
    return signed(share, 1 if abs(share) < 0.0995 else 0)


@cache
def text() -> str:
    return (MODELS / "foshan" / "README.md").read_text(encoding="utf-8")


@cache
def table(code: str) -> dict[str, list[str]]:
    """Rows of the table whose first cells are L1, L2 … or S1, S2 …, by that code."""
    rows = re.findall(rf"^\| ({code}\d+) \|(.*)\|$", text(), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in rows}


def test_signs_are_written_as_in_the_tables() -> None:
    assert signed(0.078) == "+7.8 %"
    assert signed(-0.3, 0) == "\N{MINUS SIGN}30 %"
    assert signed(-0.0001) == signed(0.0) == "0.0 %"
    assert by_size(-0.112) == "\N{MINUS SIGN}11 %"


# -- levers -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gains(model: Model) -> pd.DataFrame:
    """Relative change of each outcome, each lever at its upper bound (L20: the lower), alone."""
    design = one_at_a_time(factors_of(model.spec, [n for n in model.spec.levers if n != "vote"]))
    found = model.outcomes({**design.inputs, "switch B8": np.zeros(len(design))})
    found = found.drop(columns="status")
    change = found / found.iloc[0] - 1
    rows = {
        factor.name: change.iloc[1 + 2 * column + (factor.name != "reporting_delay")]
        for column, factor in enumerate(design.factors)
    }
    return pd.DataFrame(rows).T


@pytest.mark.parametrize("number", range(1, 23))
def test_what_a_lever_shows(model: Model, gains: pd.DataFrame, number: int) -> None:
    lever = next(n for n, each in model.spec.levers.items() if each.code == f"L{number}")
    shows = table("L")[f"L{number}"][-1]
    row = gains.loc[lever]
    assert shows.startswith(f"{signed(row['value_added_2035'])} ({outlay(row['outlay'])})"), (
        f"{signed(row['value_added_2035'])} ({outlay(row['outlay'])})"
    )
    for word, number_shown in re.findall(rf"({'|'.join(OUTCOMES)}) (\S+ %)", shows):
        assert number_shown == by_size(row[OUTCOMES[word]]), word


def outlay(share: float) -> str:
    return signed(share, 0 if abs(share) >= 0.0095 else 1)


# -- shocks -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def struck(model: Model, runs: Runs) -> xr.Dataset:
    alone = [middling(shock) for shock in model.spec.shocks.values()]
    names = list(model.spec.shocks)
    together: dict[str, float] = {}
    for name in model.spec.compounds["standard"].shocks:
        together |= alone[names.index(name)]
    codes = [*(each.code for each in model.spec.shocks.values()), "S12"]
    return runs({}, *alone, together).assign_coords(run=["base", *codes])


def change(struck: xr.Dataset, word: str, code: str) -> xr.DataArray:
    if word in INDUSTRIES:
        values = struck["value added"].sel(industry=INDUSTRIES[word])
    else:
        values = struck[TOTALS.get(word, word)]
        values = values.sum([d for d in values.dims if d not in ("run", "time")])
    return (values.sel(run=code) / values.sel(run="base") - 1).sel(time=slice(2028.0, 2040.0))


@pytest.mark.parametrize("number", range(1, 13))
def test_what_a_shock_shows(struck: xr.Dataset, number: int) -> None:
    code = f"S{number}"
    _, _, lowest, last, shows = table("S")[code]
    city = change(struck, "city value added", code)
    year = f" ({int(float(city.idxmin('time')))})" if float(city.min()) < -0.0005 else ""
    assert (lowest, last) == (by_size(float(city.min())) + year, by_size(float(city[-1])))
    for word, worst in re.findall(rf"{WORD} at worst (\S+ %)", shows):
        assert worst == by_size(float(change(struck, word, code).min())), word
    for word, final in re.findall(rf"{WORD} (\S+ %) in 2040", shows):
        assert final == by_size(float(change(struck, word, code)[-1])), word


# -- what the base case and the portfolios show --------------------------------------------------


def stated(pattern: str) -> tuple[float, ...]:
    """Numbers of a sentence of the README."""
    found = re.search(pattern, text())
    assert found, pattern
    return tuple(float(number.replace(",", "")) for number in found.groups())


def test_the_value_added_rate_of_the_base_case(base: xr.Dataset) -> None:
    numbers = stated(r"falls from ([\d.]+) in 2015 to ([\d.]+) in 2020 and ([\d.]+) in 2035")
    rate = base["city value added rate"].sel(time=[2015.0, 2020.0, 2035.0]).values
    assert rate == pytest.approx(numbers, abs=6e-4)


def test_what_the_fund_returns(base: xr.Dataset) -> None:
    cash, worth = stated(r"returns ([\d.]+) yuan in cash .* is worth ([\d.]+\d)")
    assert float(base["distributed multiple"][-1]) == pytest.approx(cash, abs=6e-3)
    assert float(base["total value multiple"][-1]) == pytest.approx(worth, abs=6e-3)


def test_the_vote_grows_more_slowly_than_pay(model: Model, base: xr.Dataset) -> None:
    pay, vote = stated(r"research pay \((\d+) per cent a year\), the vote grows .* \(([\d.]+)\)")
    found = base["appropriation"].sel(time=[2026.0, 2040.0]).values
    assert 100 * ((found[1] / found[0]) ** (1 / 14) - 1) == pytest.approx(vote, abs=0.06)
    assert 100 * own_value(model, "research wage growth") == pytest.approx(pay)
    assert vote < pay


def test_what_the_whole_strategy_brings(model: Model) -> None:
    old, funded = stated(
        r"value added in 2035 is ([\d.]+) per cent higher for .*; with a vote raised by half it "
        r"is ([\d.]+) per cent"
    )
    names = ("whole_strategy", "whole_strategy_funded")
    policies = [model.spec.policies[name].values for name in names]
    levers = {lever for values in policies for lever in values}
    columns = {
        model.spec.levers[lever].setting: np.array(
            [model.spec.levers[lever].base,
             *(values.get(lever, model.spec.levers[lever].base) for values in policies)]
        )
        for lever in levers
    }  # fmt: skip
    found = model.outcomes(columns)["value_added_2035"].to_numpy()
    assert 100 * (found[1:] / found[0] - 1) == pytest.approx((old, funded), abs=0.06)


def test_hydrogen_without_first_purchases_and_with_little_equity(runs: Runs) -> None:
    (smaller,) = stated(r"Without first purchases it is (\d+) per cent smaller in 2035")
    (scarce,) = stated(r"With 45 per cent of the usual equity hydrogen ends at (\d+) per cent")
    found = runs({}, {"first purchase share": 0.0}, {"future outside equity factor": 0.45})
    value = found["value added"].sel(industry="HYD")
    share = value / value[0]
    assert 100 * (1 - float(share[1].sel(time=2035.0))) == pytest.approx(smaller, abs=0.6)
    assert 100 * float(share[2].isel(time=-1)) == pytest.approx(scarce, abs=0.6)


def test_thresholds_of_the_breakers_are_those_of_the_file(model: Model) -> None:
    names = ("Fund", "Loans", "Overcapacity", "Budget", "Crowding", "Insurance", "Supply")
    assert names == BREAKERS
    for name in names:
        row = re.search(rf"^\| {name}[^|]*\|[^|]*\|([^|]*)\|", text(), re.MULTILINE)
        assert row, name
        trip, reset = re.findall(r"[<>] ([\d.]+)", row[1])
        for variable, shown in (("trip threshold", trip), ("reset threshold", reset)):
            own = model.run(outputs=[variable], final_time=2015.25)[variable]
            assert float(own.sel(breaker=name).values.flat[0]) == pytest.approx(float(shown))


TRIPS = {"S1": {"Loans", "Overcapacity"}, "S3": {"Supply"}, "S4": {"Supply"}, "S7": {"Fund"},
         "S8": {"Budget"}, "S12": {"Loans", "Overcapacity", "Budget"}}  # fmt: skip
"""What the README says of the shocks of its table; the others trip none."""

SEVERE = {"shock depth[demand collapse]": 0.4, "shock hold[demand collapse]": 1.25,
          "shock recovery[demand collapse]": 1.75}  # fmt: skip


def shocks_of(model: Model) -> dict[str, dict[str, float]]:
    """Settings of each shock at middling depth, by code, S12 last."""
    by_name = {name: middling(shock) for name, shock in model.spec.shocks.items()}
    settings = {str(model.spec.shocks[name].code): values for name, values in by_name.items()}
    together: dict[str, float] = {}
    for name in model.spec.compounds["standard"].shocks:
        together |= by_name[name]
    return settings | {"S12": together}


def test_which_breakers_a_shock_trips(model: Model, runs: Runs) -> None:
    guarded = {f"breaker enabled[{breaker}]": 1.0 for breaker in BREAKERS}
    settings = shocks_of(model)
    found = runs(*(guarded | each for each in settings.values()), guarded | SEVERE)
    trips = found["Trips"].isel(time=-1)
    for row, code in enumerate(settings):
        tripped = {name for name in BREAKERS if float(trips[row].sel(breaker=name)) > 0}
        assert tripped == TRIPS.get(code, set()), code
    assert float(trips[-1].sel(breaker="Insurance")) > 0
    assert (
        "Loans and Overcapacity under S1, Supply under S3 and S4, Fund under S7, Budget under S8; "
        "S12 trips Loans, Overcapacity and Budget; a slump of 40 per cent trips Insurance too"
    ) in text()


def test_larger_policies_trip_the_budget_on_the_old_vote(model: Model) -> None:
    assert "on the old vote every policy of `sandbox.toml` trips it" in text()
    spared = {"whole_strategy_funded"}
    policies = {name: {**p.values, "breakers": 1.0} for name, p in model.spec.policies.items()}
    moved = {lever for values in policies.values() for lever in values}
    columns = {
        lever.setting: np.array([each.get(name, lever.base) for each in policies.values()])
        for name, lever in model.spec.levers.items()
        if name in moved
    }
    trips = model.batch(columns, ["Trips"], save_step=1.0)["Trips"].isel(time=-1)
    tripped = (trips.sel(breaker="Budget") > 0).values
    assert dict(zip(policies, tripped, strict=True)) == {n: n not in spared for n in policies}


def test_what_breakers_cost_and_gain(model: Model, runs: Runs) -> None:
    """Numbers of the table of what each breaker catches."""
    names = {"DPI": "fund_multiple", "outlay": "outlay", "hydrogen 2035": "hydrogen_2035",
             "knowledge 2035": "knowledge_2035", "supply gap": "supply_gap"}  # fmt: skip
    rows = re.findall(r"^\| \w+ \|.*\| (S\d)\b[^:|]*: ([^|]*) \|$", text(), re.MULTILINE)
    assert [code for code, _ in rows] == ["S7", "S1", "S8", "S3"]
    settings = [shocks_of(model)[code] for code, _ in rows]
    columns = {
        name: np.repeat([each.get(name, own_value(model, name)) for each in settings], 2)
        for name in {name for each in settings for name in each}
    }
    columns |= {f"breaker enabled[{each}]": np.tile([0.0, 1.0], len(rows)) for each in BREAKERS}
    found = model.outcomes(columns)
    each_row = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    city = runs(*each_row)["city value added"]
    found["mean"] = city.sel(time=slice(2028.0, 2040.0)).mean("time").values
    for row, (code, said) in enumerate(rows):
        shown = re.findall(rf"(value added|{'|'.join(names)}) (\S+ %)", said)
        assert len(shown) == said.count("%")
        for word, number in shown:
            off, on = found[names.get(word, "mean")].iloc[2 * row : 2 * row + 2]
            assert number == by_size(float(on / off - 1)), (code, word)


def test_most_breakers_come_late(model: Model) -> None:
    """As `sandbox stress models/foshan --futures 256` judges them, by its own functions."""
    assert "in 256 futures under S12" in text()
    assert "Overcapacity opens in nine of ten, but in four of five only after value added" in text()
    stress = stress_of(model.spec, standard_stress(model.spec))
    ensemble = run_ensemble(model, Futures(model.spec, 256), stresses=[stress], policies={BASE: {}})
    table = rates(verdicts(ensemble, ensemble.headline.name)).set_index(["breaker", "stress"])
    capacity = table.loc[("capacity", stress.name)]
    assert capacity["right"] + capacity["late"] == pytest.approx(0.9, abs=0.05)
    assert capacity["late"] == pytest.approx(0.8, abs=0.05)


def test_what_surprises_in_a_shock(struck: xr.Dataset) -> None:
    city = {code: change(struck, "city value added", code) for code in ("S1", "S3", "S4")}
    (more,) = stated(r"firms order up to (\d+) per cent more")
    assert 100 * float(change(struck, "orders", "S1").max()) == pytest.approx(more, abs=0.6)
    high, year, low = stated(
        r"up to ([\d.]+) per cent higher in (\d+), on plant that is less idle, and ([\d.]+) "
        r"per cent lower in 2040"
    )
    assert 100 * float(city["S1"].max()) == pytest.approx(high, abs=0.06)
    assert int(float(city["S1"].idxmax("time"))) == year
    assert -100 * float(city["S1"][-1]) == pytest.approx(low, abs=0.06)
    for code, pattern in (
        ("S3", r"up to ([\d.]+) per cent above the base case in (\d+)"),
        ("S4", r"up to ([\d.]+) per cent higher in (\d+)\. That is no price"),
    ):
        high, year = stated(pattern)
        assert 100 * float(city[code].max()) == pytest.approx(high, abs=0.06), code
        assert int(float(city[code].idxmax("time"))) == year, code


# -- the elasticity of value added to knowledge ---------------------------------------------------


def elasticity(model: Model, inputs: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Per cent of value added for one per cent of knowledge in 2035, by run.

    The city's knowledge alone ages a twentieth slower; nothing else is touched, and the budget does
    not bind.
    """
    slower = np.asarray(inputs.get("future city obsolescence", 1.0)) * np.array([[1.0], [0.95]])
    count = slower.shape[1]
    columns = {name: np.tile(values, 2) for name, values in inputs.items()}
    columns |= {"future city obsolescence": slower.ravel(), "switch B8": np.zeros(2 * count)}
    found = model.batch(columns, ["city value added", "Knowledge Stock"], save_step=1.0)
    late = found.sel(time=2035.0)
    value, knowledge = (
        np.log(values.values).reshape(2, count)
        for values in (late["city value added"], late["Knowledge Stock"].sum("industry"))
    )
    return np.asarray((value[1] - value[0]) / (knowledge[1] - knowledge[0]))


def test_the_elasticity_of_value_added_to_knowledge(model: Model) -> None:
    (base,) = stated(r"elasticity of value added to knowledge is ([\d.]+) in 2035")
    assert elasticity(model, {}) == pytest.approx([base], abs=6e-3)
    low, high, least, most = stated(
        r"between ([\d.]+) and ([\d.]+) in nine of ten futures \(([\d.]+) and ([\d.]+) at the ends"
    )
    random = np.random.default_rng(5)
    futures = {
        factor.setting: factor.quantile(random.random(512))
        for factor in factors_of(model.spec, list(model.spec.uncertainties))
    }
    found = elasticity(model, futures)
    assert np.quantile(found, [0.05, 0.95]) == pytest.approx([low, high], abs=0.015)
    assert (found.min(), found.max()) == pytest.approx((least, most), abs=0.02)
    assert f"In all it is {base} in 2035, and {low} to {high} in nine of ten futures" in text()
