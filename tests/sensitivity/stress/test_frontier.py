"""The frontier: where thresholds stand, which points are best, what the brake buys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.frontier import _undominated, frontier, points_of, standard_stress
from sensitivity.stress.futures import Futures, stress_of
from tests.sensitivity.stress.small_city import SPEC, small_city

REVIEW = """
[levers.review_interval]
variable = "review interval"
label = "Review interval"
unit = "yr"
base = 0.5
bounds = [0.25, 2]
cost_note = "none"
paper = "4"
assumption = "a test"
"""


def test_thresholds_move_together_and_gaps_alone(city: Model) -> None:
    points = points_of(city)
    assert [each.family for each in points] == ["off"] + ["threshold"] * 7 + ["gap"] * 7
    assert points[0].settings == {"breaker on": 0}
    loosest, tightest = points[1].settings, points[7].settings
    assert loosest["trip level"] == 1.6 and tightest["trip level"] == 0.95
    assert loosest["reset level"] == pytest.approx(1.5)  # 0.1 below, as in the file
    assert {each.settings.get("trip level") for each in points[8:]} == {None}
    gaps = [1.1 - each.settings["reset level"] for each in points[8:]]
    assert gaps == pytest.approx([0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2])


def test_a_breaker_of_the_low_side_is_loose_at_its_lower_end(tmp_path: Path) -> None:
    spec = SPEC.replace('reset = "reset level"', 'reset = "high level"\nlow_side = true')
    from tests.sensitivity.stress.small_city import MODEL

    model = MODEL.replace("reset level = 1 ~", "high level = 1.3 ~ Dmnl ~ .|\nreset level = 1 ~")
    points = points_of(small_city(tmp_path, spec, model))
    assert points[1].settings["trip level"] == 0.95
    assert points[1].settings["high level"] == pytest.approx(1.15)
    assert points[7].settings["trip level"] == 1.6


def test_a_lever_of_that_name_moves_the_review(tmp_path: Path) -> None:
    reviews = [p for p in points_of(small_city(tmp_path, SPEC + REVIEW)) if p.family == "review"]
    assert [p.settings["review interval"] for p in reviews[::3]] == pytest.approx(
        [0.25, np.sqrt(0.5), 2]
    )


def test_no_point_beats_one_of_the_best() -> None:
    mean, tail = np.array([3.0, 2.0, 2.0, 1.0]), np.array([1.0, 2.0, 1.5, 2.0])
    assert _undominated(mean, tail).tolist() == [True, True, False, False]


def test_the_brake_trades_a_little_of_the_mean_for_the_tail(city: Model) -> None:
    futures = Futures(city.spec, 64)
    table = frontier(city, futures, stress_of(city.spec, "both"), "output")
    off, loose, tight = (table.iloc[row] for row in (0, 1, 7))
    assert loose["gain_tail_low"] > 0
    assert loose["gain_tail"] == pytest.approx(loose["tail"] - off["tail"])
    assert tight["gain_mean_high"] < loose["gain_mean_low"]
    assert tight["time_open"] > loose["time_open"] > off["time_open"] == 0
    for name in ("gain_mean", "gain_tail", "gain_calm"):
        assert off[name] == off[f"{name}_low"] == off[f"{name}_high"] == 0
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()
    assert table["best"].any() and not table["best"][0]
    # Less aid is better: the tail has more of it than the mean, and the brake saves some.
    aid = frontier(city, Futures(city.spec, 16), stress_of(city.spec, "both"), "aid")
    assert (aid["tail"] >= aid["mean"]).all()
    assert (aid["gain_mean"][1:] > 0).all()
    assert aid["gain_mean"][7] == pytest.approx(aid["mean"][0] - aid["mean"][7])


def test_thresholds_without_bounds_move_by_gaps(tmp_path: Path) -> None:
    points = points_of(small_city(tmp_path, SPEC.replace(", bounds = [0.95, 1.6]", "")))
    # Trip at 1.1, reset at 1: two gaps looser, half a gap tighter.
    assert points[1].settings["trip level"] == pytest.approx(1.3)
    assert points[7].settings["trip level"] == pytest.approx(1.05)
    assert points[7].settings["reset level"] == pytest.approx(0.95)


def test_a_spec_without_breakers_has_nothing_to_sweep(tmp_path: Path) -> None:
    none = SPEC[: SPEC.index("[breakers")] + SPEC[SPEC.index("[loops.R1]") :]
    with pytest.raises(DesignError, match="the spec has no breaker"):
        points_of(small_city(tmp_path, none))


def test_the_standard_stress_is_the_first_compound(city: Model) -> None:
    assert standard_stress(city.spec) == "both"
    assert standard_stress(city.spec.model_copy(update={"compounds": {}})) == "slump"
