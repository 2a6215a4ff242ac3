"""The numbers in the model's README are those that the model gives."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pysd_runner import Model
from sensitivity.sampling import factors_of, one_at_a_time
from tests.models.folder import MODELS
from tests.models.foshan.conftest import BREAKERS, Runs
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
    names = ("Fund", "Loans", "Capacity", "Budget", "Crowding", "Insurance", "Supply")
    assert names == BREAKERS
    for name in names:
        row = re.search(rf"^\| {name}[^|]*\|[^|]*\|([^|]*)\|", text(), re.MULTILINE)
        assert row, name
        trip, reset = re.findall(r"[<>] ([\d.]+)", row[1])
        for variable, shown in (("trip threshold", trip), ("reset threshold", reset)):
            own = model.run(outputs=[variable], final_time=2015.25)[variable]
            assert float(own.sel(breaker=name).values.flat[0]) == pytest.approx(float(shown))


TRIPS = {"S1": {"Capacity"}, "S3": {"Capacity"}, "S4": {"Capacity", "Supply"}, "S7": {"Fund"},
         "S8": {"Budget"}}  # fmt: skip
"""What the README says of the shocks of its table; the others trip none."""


def test_which_breakers_a_shock_trips(model: Model, runs: Runs) -> None:
    guarded = {f"breaker enabled[{breaker}]": 1.0 for breaker in BREAKERS}
    shocks = list(model.spec.shocks.values())
    severe = {"shock depth[demand collapse]": 0.4}
    found = runs(*(guarded | middling(shock) for shock in shocks), guarded | severe)
    trips = found["Trips"].isel(time=-1)
    for row, shock in enumerate(shocks):
        tripped = {name for name in BREAKERS if float(trips[row].sel(breaker=name)) > 0}
        assert tripped == TRIPS.get(str(shock.code), set()), shock.code
    assert float(trips[-1].sel(breaker="Loans")) > 0
    assert "Capacity under S1, S3 and S4, Supply under S4, Fund under S7, Budget under S8" in text()
