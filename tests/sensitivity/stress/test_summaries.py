"""Tables of tails and resilience: their numbers are those of the runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.ensemble import Ensemble, run_ensemble
from sensitivity.stress.futures import Futures
from sensitivity.stress.summaries import recovery, resilience, tails


@pytest.fixture(scope="module")
def ensemble(city: Model) -> Ensemble:
    return run_ensemble(city, Futures(city.spec, 64))


def place(table: pd.DataFrame, policy: str, brakes: str, stress: str) -> pd.DataFrame:
    return table[
        (table["policy"] == policy) & (table["brakes"] == brakes) & (table["stress"] == stress)
    ]


def test_tails_are_those_of_the_runs(ensemble: Ensemble) -> None:
    (row,) = place(tails(ensemble, "output"), "base", "off", "both").to_dict("records")
    values = np.sort(place(ensemble.runs, "base", "off", "both")["output"])
    assert row["mean"] == pytest.approx(values.mean())
    assert row["percentile"] == pytest.approx(np.percentile(values, 10))
    assert row["tail"] == pytest.approx((values[:6].sum() + 0.4 * values[6]) / 6.4)
    assert row["mean_low"] < row["mean"] < row["mean_high"]
    assert row["futures"] == 64


def test_of_what_is_minimised_the_highest_are_worst(ensemble: Ensemble) -> None:
    (row,) = place(tails(ensemble, "aid"), "base", "on", "both").to_dict("records")
    values = place(ensemble.runs, "base", "on", "both")["aid"]
    assert row["percentile"] == pytest.approx(np.percentile(values, 90))
    assert row["tail"] >= row["percentile"] >= row["mean"]
    assert row["tail_low"] <= row["tail"] <= row["tail_high"]


def test_resilience_is_the_mean_of_the_triangles(ensemble: Ensemble) -> None:
    table = resilience(ensemble, "output")
    (row,) = place(table, "base", "off", "both").to_dict("records")
    own = place(ensemble.triangles, "base", "off", "both")
    own = own[own["quantity"] == "output"]
    for name in ("loss", "depth", "index", "censored", "relapsed"):
        assert row[name] == pytest.approx(own[name].mean()), name
    assert row["harmed"] == pytest.approx(own["harmed"].notna().mean())
    assert row["tail"] > row["loss"]
    assert row["loss_low"] < row["loss"] < row["loss_high"]
    waiting = recovery(own)
    assert waiting.at(row["ttr"]) <= 0.5
    assert len(table) == 3 * 2 * 3


def test_a_policy_without_triangles_has_none(ensemble: Ensemble) -> None:
    table = place(resilience(ensemble, "reserve"), "generous", "off", "both")
    assert table["futures"].tolist() == [0]
    assert table["loss"].isna().all()


@pytest.mark.parametrize(
    ("make", "name", "says"),
    [(tails, "outptu", "not an outcome"), (resilience, "aid", "no resilience triangles")],
)
def test_what_was_not_measured_is_refused(
    ensemble: Ensemble, make: object, name: str, says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        make(ensemble, name)  # type: ignore[operator]


def test_without_complete_futures_there_is_no_tail(ensemble: Ensemble) -> None:
    from dataclasses import replace

    broken = replace(ensemble, runs=ensemble.runs.assign(output=np.nan))
    with pytest.raises(DesignError, match="no two futures end well"):
        tails(broken, "output")
