"""Breakers judged by unbraked twins: a table by hand, and the small city."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.braking import cost_of_braking, rates, verdicts
from sensitivity.stress.ensemble import Ensemble, run_ensemble
from sensitivity.stress.futures import Futures

NAN = float("nan")


@pytest.fixture(scope="module")
def ensemble(city: Model) -> Ensemble:
    return run_ensemble(city, Futures(city.spec, 64))


def by_hand(
    ensemble: Ensemble, harmed: list[float], first: list[float], before: list[bool]
) -> Ensemble:
    """Return an ensemble of one breaker and stress with the shock at 10; the run ends at 20."""
    count = len(harmed)
    place = {"policy": "base", "stress": "slump", "draw": np.arange(count)}
    tripped = ~np.isnan(first)
    runs = pd.DataFrame({**place, "brakes": "on", "start": 10.0})
    triangles = pd.DataFrame({**place, "brakes": "off", "quantity": "output", "loss": 0.1,
                              "harmed": harmed})  # fmt: skip
    trips = pd.DataFrame({**place, "brakes": "on", "breaker": "budget", "trips": tripped * 1.0,
                          "tripped": tripped, "first": np.where(tripped, first, 10.0),
                          "open_before": before})  # fmt: skip
    return replace(ensemble, runs=runs, triangles=triangles, trips=trips)


def test_verdicts_by_hand(ensemble: Ensemble) -> None:
    #        braked at 12; at 13, just in time; later; never; without harm; not at all; open before
    harmed = [13.0, 13.0, 13.0, 13.0, NAN, NAN, 13.0, NAN]
    first = [2.0, 3.0, 3.5, NAN, 2.0, NAN, NAN, NAN]
    before = [False] * 6 + [True, True]
    judged = verdicts(by_hand(ensemble, harmed, first, before), "output")
    assert judged["verdict"].tolist() == [
        "right", "right", "late", "missed", "false", "quiet", "right", "false"
    ]  # fmt: skip
    (row,) = rates(judged).to_dict("records")
    assert row["futures"] == 8
    assert row["right"] == 3 / 8
    assert row["false_rate"] == pytest.approx(2 / 6)  # braked: three right, one late, two false
    assert row["missed_rate"] == pytest.approx(2 / 5)


def test_a_future_that_failed_is_not_judged(ensemble: Ensemble) -> None:
    found = by_hand(ensemble, [13.0, NAN, NAN], [2.0, 2.0, 2.0], [False] * 3)
    found.triangles.loc[1, "loss"] = NAN
    found.trips.loc[2, "trips"] = NAN
    assert verdicts(found, "output")["draw"].tolist() == [0]


def test_rates_are_missing_where_there_is_nothing_to_rate(ensemble: Ensemble) -> None:
    (row,) = rates(verdicts(by_hand(ensemble, [NAN], [NAN], [False]), "output")).to_dict("records")
    assert row["quiet"] == 1
    assert np.isnan(row["false_rate"]) and np.isnan(row["missed_rate"])


def test_the_small_city_brakes_for_nothing_under_generous_aid(ensemble: Ensemble) -> None:
    table = rates(verdicts(ensemble, "output")).set_index(["policy", "stress"])
    assert table.loc[("generous", "none"), "false"] == 1
    assert table.loc[("base", "none"), "quiet"] == 1
    assert table.loc[("base", "both"), "right"] > 0.8


def test_cost_and_relief_are_differences_of_the_same_futures(ensemble: Ensemble) -> None:
    table = cost_of_braking(ensemble, "output").set_index(["policy", "stress"])
    runs = ensemble.runs[(ensemble.runs["policy"] == "base") & (ensemble.runs["stress"] == "both")]
    off, on = (runs[runs["brakes"] == each]["output"].to_numpy() for each in ("off", "on"))
    row = table.loc[("base", "both")]
    assert row["mean"] == pytest.approx(on.mean() - off.mean())
    assert row["mean_off"] == pytest.approx(off.mean())
    # 6.4 of 64 futures are the tail.
    worst = [np.sort(each)[:6].sum() + 0.4 * np.sort(each)[6] for each in (off, on)]
    assert row["tail"] == pytest.approx((worst[1] - worst[0]) / 6.4)
    assert row["tail_off"] == pytest.approx(worst[0] / 6.4)
    assert row["mean_low"] < row["mean"] < row["mean_high"]
    assert row["tail_low"] <= row["tail"] <= row["tail_high"]
    quiet = table.loc[("base", "none"), ["mean", "mean_low", "mean_high", "tail"]]
    assert (quiet == 0).all()


def test_of_a_cost_less_is_better(ensemble: Ensemble) -> None:
    # Aid is to be minimised, and the brake stops it.
    row = cost_of_braking(ensemble, "aid").set_index(["policy", "stress"]).loc[("generous", "both")]
    assert row["mean"] > 0 and row["tail"] > 0
    assert row["mean_off"] == pytest.approx(6)


def test_breakers_are_not_judged_without_twins(city: Model, ensemble: Ensemble) -> None:
    lone = run_ensemble(city, Futures(city.spec, 4), policies={"base": {}}, brakes={"on": {}})
    with pytest.raises(DesignError, match="all of them off and all of them on"):
        verdicts(lone, "output")
    with pytest.raises(DesignError, match="'outptu' is not an outcome"):
        cost_of_braking(ensemble, "outptu")
