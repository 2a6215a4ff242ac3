"""Loop dominance: what a quantity owes to a loop, where that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.futures import Futures, Stress, stress_of
from sensitivity.stress.loops import Dominance, loop_dominance
from tests.sensitivity.stress.small_city import MODEL, SPEC, small_city

DRAWS = 64


@pytest.fixture(scope="module")
def struck(city: Model) -> Dominance:
    return loop_dominance(city, Futures(city.spec, DRAWS), stress_of(city.spec, "both"))


def test_an_effect_is_what_a_run_loses_with_the_loop_cut(struck: Dominance, city: Model) -> None:
    drawn = Futures(city.spec, DRAWS).inputs(stress_of(city.spec, "both"))
    inputs = {name: np.broadcast_to(values, DRAWS)[5] for name, values in drawn.items()}
    whole = city.run(inputs, ["output"], save_step=0.25)["output"].values
    cut = city.run({**inputs, "switch R1": 0}, ["output"], save_step=0.25)["output"].values
    effect = struck.effects.sel(quantity="output", loop="R1", run=5).values
    assert effect == pytest.approx((whole - cut) / np.maximum(whole, cut))
    assert struck.failed == {"R1": 0, "B1": 0}


def test_another_loop_carries_the_worst_futures(struck: Dominance) -> None:
    everywhere = struck.dominant("output").iloc[-1]
    worst = struck.dominant("output", worst=True).iloc[-1]
    assert worst["B1"] == 1
    assert everywhere["R1"] > everywhere["B1"] > 0
    assert struck.dominant("output").sum(axis=1).to_numpy() == pytest.approx(1)
    assert struck.dominant("output").iloc[0]["none"] == 1  # nothing has had time to act
    table = struck.at_end("output", worst=True)
    assert table.loc["B1", "high"] < table.loc["R1", "low"] < 0


def test_the_median_over_time_ends_at_the_end(struck: Dominance) -> None:
    for worst in (False, True):
        ends = struck.over_time("output", worst=worst).iloc[:, -1]
        median = struck.at_end("output", worst=worst)["median"]
        assert ends.to_dict() == pytest.approx(median.to_dict())


def test_in_the_calm_the_reserve_loop_sleeps(city: Model) -> None:
    calm = loop_dominance(city, Futures(city.spec, 16), Stress("none", "calm"))
    assert (calm.effects.sel(loop="B1").isel(time=slice(0, 20)) == 0).all()
    assert set(calm.dominant("output").columns) == {"R1", "B1", "none"}


def test_runs_that_break_without_a_loop_are_counted(tmp_path: Path) -> None:
    # Without B1 the services are a root of something negative in a poor city.
    served = "MIN(1, MAX(0.5, Reserve / safe reserve))"
    broken = MODEL.replace(f"{served}, 1)", f"{served}, SQRT(MIN(1, Reserve)))")
    city = small_city(tmp_path, model=broken)
    found = loop_dominance(city, Futures(city.spec, DRAWS), stress_of(city.spec, "both"))
    assert found.failed["R1"] == 0
    assert 0 < found.failed["B1"] < DRAWS
    known = found.dominant("output")
    assert known.sum(axis=1).to_numpy() == pytest.approx(1)
    assert not found.at_end("output").isna().any(axis=None)


def test_a_model_without_loops_is_refused(tmp_path: Path, struck: Dominance) -> None:
    city = small_city(tmp_path, SPEC[: SPEC.index("[loops.R1]")])
    with pytest.raises(DesignError, match="no loop to cut"):
        loop_dominance(city, Futures(city.spec, 4), stress_of(city.spec, "both"))
    with pytest.raises(DesignError, match="'outptu' is not a quantity"):
        struck.dominant("outptu")
