"""What the README says of the vote: its range, and what hangs on it."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest

from pysd_runner import Model
from sensitivity.sampling import factors_of
from tests.models.foshan.conftest import Runs, own_value
from tests.models.foshan.test_readme import by_size, outlay, shocks_of, signed, stated, text

VOTES = (1700.0, 2100.0, 3200.0, 6000.0)

SETTINGS = {"L1 at its upper bound": {"grant rate": 0.4},
            "L8 at its upper bound": {"first purchase share": 0.02},
            "R8 cut": {"switch R8": 0.0}}  # fmt: skip
"""Rows of the table that are no policy of the spec -> constants."""


def settings_of(model: Model, row: str) -> dict[str, float]:
    """Settings of a row of the table: a policy, a lever, a loop or a shock."""
    if row in SETTINGS:
        return SETTINGS[row]
    if row == "S8":
        return shocks_of(model)["S8"]
    policy = row.removesuffix(", vote raised by half").lower().replace(" ", "_")
    funded = "_funded" if row.endswith(", vote raised by half") else ""
    values = {} if row == "Base case" else model.spec.policies[policy + funded].values
    return {model.spec.levers[lever].setting: value for lever, value in values.items()}


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], list[str]]:
    """Name and quantity of each row of the table -> its cells, one a vote."""
    names = "|".join(["Base case", "Whole strategy, vote raised by half", "Whole strategy",
                      "Cluster first", "Technology first", "Safeguards first", "Grants first",
                      *SETTINGS, "S8"])  # fmt: skip
    found = re.findall(rf"^\| ({names}), ([^|]*) \|(.*)\|$", text(), re.MULTILINE)
    assert len(found) == 14
    return {(name, what): [cell.strip() for cell in rest.split("|")] for name, what, rest in found}


@pytest.fixture(scope="module")
def shown(model: Model, rows: dict[tuple[str, str], list[str]]) -> pd.DataFrame:
    """Outcomes of each row at each vote."""
    names = list(dict.fromkeys(name for name, _ in rows))
    settings = {name: settings_of(model, name) for name in names}
    moved = {constant for each in settings.values() for constant in each}
    runs = list(product(names, VOTES))
    columns = {
        constant: np.array(
            [settings[name].get(constant, bare(model, constant)) for name, _ in runs]
        )
        for constant in moved
    }
    columns["base appropriation"] = np.array([vote for _, vote in runs])
    found = model.outcomes(columns).drop(columns="status")
    late = model.batch(columns, ["city value added", "value added"], save_step=0.25)
    found["hydrogen_2040"] = late["value added"].sel(industry="HYD").isel(time=-1).values
    city = late["city value added"].sel(time=slice(2028.0, 2040.0)).values
    low = [(city[row] / city[runs.index(("Base case", vote))]).min()
           for row, (_, vote) in enumerate(runs)]  # fmt: skip
    found["lowest"] = low
    return found.set_index(pd.MultiIndex.from_tuples(runs, names=["row", "vote"]))


def bare(model: Model, constant: str) -> float:
    return 0.0 if constant == "breaker enabled" else own_value(model, constant)


def test_what_hangs_on_the_vote(
    rows: dict[tuple[str, str], list[str]], shown: pd.DataFrame
) -> None:
    for (name, what), cells in rows.items():
        for vote, cell in zip(VOTES, cells, strict=True):
            own, base = shown.loc[(name, vote)], shown.loc[("Base case", vote)]
            if what.endswith("against 2,100"):
                base = shown.loc[("Base case", 2100.0)]
            change = own / base - 1
            if what == "value added, lowest":
                wanted = by_size(own["lowest"] - 1)
            elif what.startswith("hydrogen 2040"):
                wanted = by_size(change["hydrogen_2040"])
            elif what.startswith("hydrogen"):
                wanted = by_size(change["hydrogen_2035"])
            elif what == "value added":
                wanted = f"{signed(change['value_added_2035'])} ({outlay(change['outlay'])})"
            else:
                wanted = by_size(change["value_added_2035"])
            assert cell == wanted, (name, what, vote)


def test_the_range_of_the_vote_is_that_of_the_spec(model: Model) -> None:
    vote = model.spec.uncertainties["base_vote"]
    low, high = stated(r"draws the vote from ([\d,]+) to ([\d,]+), log-uniform")
    assert (vote.bounds, vote.distribution) == ((low, high), "loguniform")
    larger = 1 - np.log(vote.base / low) / np.log(high / low)
    assert larger == pytest.approx(5 / 6, abs=0.01)
    assert "five of six futures have more" in text()


def test_what_the_larger_figures_are_in_2015(model: Model) -> None:
    outputs = ["appropriation", "reported research", "city value added"]
    run = model.run(outputs=outputs, save_step=0.5).squeeze()
    growth = run["appropriation"].sel(time=[2019.5, 2020.5]) / run["appropriation"].sel(time=2015.0)
    (then,) = stated(r"both are about ([\d,]+)\. But not all")
    assert np.array([9816.0, 10200.0]) / growth.values == pytest.approx([then] * 2, rel=0.02)
    done, whole = stated(r"half of its research \(([\d,]+) of ([\d,]+) MCNY in 2019\)")
    research = run["reported research"].sum("industry").sel(time=2019.5)
    assert float(research) == pytest.approx(done, abs=60)
    assert whole == pytest.approx(28741, abs=50)  # series.csv, rd_expenditure
    by_value, by_research = stated(r"would get about ([\d,]+) or ([\d,]+) by these keys")
    share = float(run["city value added"].sel(time=2015.0)) / 810760  # GDP of 2015
    assert share == pytest.approx(0.26, abs=0.005)
    assert then * share == pytest.approx(by_value, abs=60)
    assert then * done / whole == pytest.approx(by_research, abs=70)


def test_history_is_paid_from_2000_on_and_not_below_1700(runs: Runs) -> None:
    """… and does not depend on the vote where it is paid."""
    assert "from 2,000 on all that was asked for in history is paid" in text()
    assert "could not have been paid, by an eighth in the worst year" in text()
    found = runs({}, *({"base appropriation": vote} for vote in (1700.0, 2000.0, 6000.0)))
    past = found.sel(time=slice(2015.0, 2026.0))
    paid = (past["public outlay"] / past["total request"]).min("time").values
    assert 1 - paid == pytest.approx([0, 1 / 8, 0, 0], abs=0.01)
    value = past["city value added"].values
    assert np.array_equal(value[0], value[2])
    assert np.array_equal(value[0], value[3])


def test_from_which_vote_on_no_policy_meets_the_ceiling(model: Model) -> None:
    (vote,) = stated(r"From ([\d,]+) on no policy in `sandbox.toml` meets the ceiling")
    policies = list(model.spec.policies)
    settings = [settings_of(model, name.replace("_", " ")) for name in policies]
    moved = {constant for each in settings for constant in each}
    columns = {
        constant: np.tile([each.get(constant, bare(model, constant)) for each in settings], 2)
        for constant in moved
    }
    columns["base appropriation"] = np.repeat([vote, 0.95 * vote], len(policies))
    found = model.batch(columns, ["total request", "appropriation"], save_step=0.25)
    most = (found["total request"] / found["appropriation"]).max("time").values
    assert most[: len(policies)].max() < 1.0 < most[len(policies) :].max()


def test_ranks_of_policies_at_each_vote(shown: pd.DataFrame) -> None:
    """What the README says in words."""
    value = shown["value_added_2035"].unstack("row")
    others = ["Technology first", "Safeguards first", "Grants first"]
    assert (value["Cluster first"] > value[others].max(axis=1)).all()
    policies = ["Whole strategy", "Cluster first", *others]
    for vote in (3200.0, 6000.0):
        assert value.loc[vote, policies].idxmax() == "Whole strategy"
        assert value.loc[vote, policies].idxmin() == "Grants first"
    assert value.loc[2100.0, "Whole strategy"] == pytest.approx(
        value.loc[2100.0, "Cluster first"], rel=5e-4
    )


def test_in_how_many_futures_the_vote_binds(model: Model) -> None:
    """A policy is cut where, in some year from 2026 on, a hundredth of it is not paid."""
    assert (
        "the whole strategy is cut in about four of ten futures, today's programmes in one of "
        "twenty" in text()
    )
    random = np.random.default_rng(11)
    unknown = factors_of(model.spec, list(model.spec.uncertainties))
    futures = {factor.setting: factor.quantile(random.random(512)) for factor in unknown}
    shares = []
    for row in ("Whole strategy", "Base case"):
        policy = {name: np.full(512, value) for name, value in settings_of(model, row).items()}
        found = model.batch(futures | policy, ["public outlay", "total request"], save_step=0.25)
        paid = (found["public outlay"] / found["total request"]).sel(time=slice(2026.0, 2040.0))
        shares.append(float((paid.min("time") < 0.99).mean()))
    assert shares == pytest.approx([0.4, 0.05], abs=0.03)


def test_what_a_nominal_discount_rate_would_move(model: Model) -> None:
    high, low = stated(
        r"at 6 per cent the funded strategy costs (\d+) per cent more .* at 4 per cent (\d+)"
    )
    policy = settings_of(model, "Whole strategy, vote raised by half")
    columns = {name: np.tile([bare(model, name), value], 2) for name, value in policy.items()} | {
        "discount rate": np.array([0.06, 0.06, 0.04, 0.04])
    }
    cost = model.outcomes(columns)["outlay"].to_numpy()
    assert 100 * (cost[1::2] / cost[::2] - 1) == pytest.approx([high, low], abs=0.6)
