"""Policies against the base policy: changes are shares, in the same futures, with intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.ensemble import OFF, ON, Ensemble, run_ensemble
from sensitivity.stress.futures import CALM, Futures, stress_of
from sensitivity.stress.portfolios import TAIL, brakes_of_policy, cost_of, portfolios
from sensitivity.tail import cvar


@pytest.fixture(scope="module")
def ensemble(city: Model) -> Ensemble:
    stress = stress_of(city.spec, "both")
    return run_ensemble(city, Futures(city.spec, 32), stresses=[stress])


def test_changes_are_shares_of_the_base_policy(ensemble: Ensemble) -> None:
    found = portfolios(ensemble, "output", "both")
    runs = ensemble.runs[ensemble.runs["brakes"] == OFF].set_index(["policy", "stress"])
    generous, base = (runs.loc[(p, CALM), "output"].to_numpy() for p in ("generous", "base"))
    row = found.change("generous", "output")
    assert row["estimate"] == pytest.approx(generous.mean() / base.mean() - 1)
    assert row["low"] <= row["estimate"] <= row["high"]
    assert row["amount"] == pytest.approx(generous.mean() - base.mean())
    assert row["better"] == (generous.mean() >= base.mean())
    tails = [float(cvar(runs.loc[(p, "both"), "output"].to_numpy()[:, None])[0])
             for p in ("generous", "base")]  # fmt: skip
    assert found.change("generous", "output", TAIL)["estimate"] == pytest.approx(
        tails[0] / tails[1] - 1
    )


def test_a_rival_is_judged_in_the_same_futures(ensemble: Ensemble) -> None:
    """A small lead is sure if it stands in every future, however far futures lie apart."""
    runs = ensemble.runs.copy()
    best, other = (runs["policy"] == each for each in ("generous", "thrifty"))
    base = runs.loc[runs["policy"] == "base", "output"].to_numpy()
    runs.loc[best, "output"] = base + 1.0
    runs.loc[other, "output"] = base + 0.9
    assert portfolios(replace(ensemble, runs=runs), "output", "both").rivals == ()
    runs.loc[other, "output"] = base + np.where(np.arange(len(base)) % 2, 2.5, -0.7)
    found = portfolios(replace(ensemble, runs=runs), "output", "both")
    assert found.of("output")["estimate"].idxmax() == "generous"
    assert found.rivals == ("thrifty",)


def test_a_policy_does_most_for_its_money_if_others_surely_do_less(ensemble: Ensemble) -> None:
    runs = ensemble.runs.copy()
    of = {name: (runs["policy"] == name) & (runs["stress"] == CALM) for name in
          ("base", "thrifty", "generous")}  # fmt: skip
    output, aid = (runs.loc[of["base"], name].to_numpy() for name in ("output", "aid"))
    half = np.where(np.arange(len(output)) % 2, 1.0, -1.0)
    for name, gain, cost in (("thrifty", 2.0, 1.0), ("generous", 3.0, 2.0)):
        runs.loc[of[name], "output"], runs.loc[of[name], "aid"] = output + gain, aid + cost
    found = portfolios(replace(ensemble, runs=runs), "output", "both")
    assert found.as_thrifty == {"thrifty": (), "generous": ("thrifty",)}
    runs.loc[of["thrifty"], "output"] = output + 2 + 20 * half
    found = portfolios(replace(ensemble, runs=runs), "output", "both")
    assert found.as_thrifty == {"thrifty": ("generous",), "generous": ("thrifty",)}


def test_the_best_in_the_tail_is_held_against_its_rivals(ensemble: Ensemble) -> None:
    runs = ensemble.runs.copy()
    of = {name: (runs["policy"] == name) & (runs["stress"] == "both") for name in
          ("base", "thrifty", "generous")}  # fmt: skip
    output = runs.loc[of["base"], "output"].to_numpy()
    runs.loc[of["thrifty"], "output"], runs.loc[of["generous"], "output"] = output + 1, output + 2
    assert portfolios(replace(ensemble, runs=runs), "output", "both").tail_rivals == ()
    order = np.argsort(np.argsort(output))
    runs.loc[of["thrifty"], "output"] = output + 2 + np.where(order % 4 < 2, 0.11, -0.1)
    found = portfolios(replace(ensemble, runs=runs), "output", "both")
    best = str(found.of("output", TAIL)["estimate"].idxmax())
    assert {best, *found.tail_rivals} == {"thrifty", "generous"}


def test_more_of_what_is_to_be_minimised_is_worse_and_a_cost(ensemble: Ensemble) -> None:
    assert cost_of(ensemble.spec) == "aid"
    found = portfolios(ensemble, "output", "both")
    assert found.cost == "aid"
    row = found.change("generous", "aid")
    assert row["estimate"] == pytest.approx(1.0)  # six instead of three
    assert row["amount"] == pytest.approx(3.0)
    assert not row["better"]
    for policy in ("generous", "thrifty"):
        worse = found.worst_side_effect(policy)
        assert worse is None or worse["outcome"] != "aid"


def test_a_policy_has_the_breakers_that_its_levers_switch_on(ensemble: Ensemble) -> None:
    policies = {**ensemble.policies, "braked": {"breaker on": 1.0}}
    braked = replace(ensemble, policies=policies)
    assert [brakes_of_policy(braked, name) for name in policies] == [OFF, OFF, OFF, ON]


def test_what_cannot_be_compared_is_refused(ensemble: Ensemble) -> None:
    with pytest.raises(DesignError, match="no policy to hold against"):
        portfolios(replace(ensemble, policies={"base": {}}), "output", "both")
    broken = ensemble.runs.assign(output=np.nan)
    with pytest.raises(DesignError, match="no two futures end well"):
        portfolios(replace(ensemble, runs=broken), "output", "both")


def test_what_is_zero_under_the_base_policy_changes_by_an_amount(ensemble: Ensemble) -> None:
    runs = ensemble.runs.copy()
    runs.loc[runs["policy"] == "base", "aid"] = 0.0
    found = portfolios(replace(ensemble, runs=runs), "output", "both")
    row = found.change("generous", "aid")
    assert (found.cost, row["share"], row["better"]) == ("aid", False, False)
    assert row["estimate"] == pytest.approx(6.0)
    assert found.of("output")["share"].all()
    side = found.worst_side_effect("generous")
    assert side is None or side["outcome"] != "aid"
    assert np.isfinite(found.table[["estimate", "low", "high"]].to_numpy()).all()
    runs.loc[runs["policy"] == "base", "output"] = 0.0
    with pytest.raises(DesignError, match="'output' is zero under the base policy"):
        portfolios(replace(ensemble, runs=runs), "output", "both")
