"""Resilience triangles with a known area, recoveries by hand, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysd_runner.errors import DesignError
from sensitivity.stress.resilience import triangles
from sensitivity.stress.summaries import recovery

TIMES = np.arange(0.0, 10.25, 0.25)


def course(*points: tuple[float, float]) -> np.ndarray:
    """Return q at the saves, one row, along a line through points (time, q)."""
    return np.interp(TIMES, *np.array(points).T)[None]


def measure(quality: np.ndarray, start: float = 1.0, twin: float = 80.0) -> dict[str, object]:
    pair = np.full_like(quality, twin)
    return triangles(TIMES, quality * twin, pair, np.full(len(quality), start)).iloc[0].to_dict()


def test_a_triangle_has_half_its_base_times_its_depth() -> None:
    # Down by 0.4 in one year, up again in two: crosses 0.95 at 2 + 2 * 0.35 / 0.4.
    found = measure(course((1, 1), (2, 0.6), (4, 1)))
    assert found["loss"] == pytest.approx(0.5 * 3 * 0.4)
    assert found["depth"] == pytest.approx(0.4)
    assert found["index"] == pytest.approx(1 - 0.6 / 9)
    assert found["ttr"] == pytest.approx(3.75 - 1)
    # Below 0.9 from 1.25 to 3.5: for one time unit at 2.25.
    assert found["harmed"] == pytest.approx(2.25)
    assert not found["censored"] and not found["relapsed"]


def test_a_start_between_two_saves_cuts_the_triangle_there() -> None:
    # A line from 1 at 1.1 to 0.6 at 2, seen at the saves only from 1.25 on.
    found = measure(course((1.1, 1), (2, 0.6), (4, 1)), start=1.1)
    seen = 1 - np.interp(1.25, [1.1, 2], [1, 0.6])
    area = seen * 0.15 / 2 + (seen + 0.4) * 0.75 / 2 + 0.4
    assert found["loss"] == pytest.approx(area)
    assert found["loss"] == pytest.approx(0.5 * 0.9 * 0.4 + 0.4)
    assert found["ttr"] == pytest.approx(3.75 - 1.1)


def test_a_run_that_never_falls_has_recovered_at_once() -> None:
    found = measure(course((1, 1), (2, 0.96), (4, 1)))
    assert found["ttr"] == 0 and not found["censored"]
    assert np.isnan(found["harmed"])
    assert found["depth"] == pytest.approx(0.04)


def test_a_short_recovery_does_not_count() -> None:
    # Above 0.95 from 3 to 3.4 only, then from 6 on.
    quality = course(
        (1, 1), (2, 0.5), (3, 0.95), (3.2, 1), (3.4, 0.95), (4, 0.8), (6, 0.95), (7, 1)
    )
    found = measure(quality)
    assert found["ttr"] == pytest.approx(5, abs=0.15)
    assert not found["relapsed"]


def test_harm_must_last() -> None:
    # Below 0.9 from 1.25 to 1.75, which is short, and from 3.25 to 5.25.
    peaks = ((1, 1), (1.5, 0.8), (2, 1), (3, 1), (3.5, 0.8), (5, 0.8), (5.5, 1))
    quality = course(*peaks)
    for lasting, harmed in ((1.0, 4.25), (0.5, 1.75), (0.0, 1.25), (2.5, np.nan)):
        found = triangles(TIMES, quality, np.ones_like(quality), np.ones(1), lasting=lasting)
        assert found["harmed"][0] == pytest.approx(harmed, nan_ok=True), lasting


def test_a_relapse_after_a_recovery_is_told() -> None:
    quality = course((1, 1), (2, 0.75), (3, 1), (5, 1), (6, 0.75), (7, 1))
    found = measure(quality)
    assert found["ttr"] == pytest.approx(2.8 - 1)
    assert found["relapsed"] and not found["censored"]


@pytest.mark.parametrize("end", [0.5, 0.96])
def test_what_is_not_seen_to_recover_is_censored(end: float) -> None:
    # 0.96 is reached, but at the last save only.
    found = measure(course((1, 1), (2, 0.5), (9.75, 0.5), (10, end)))
    assert found["censored"]
    assert found["ttr"] == 9 - 0.5  # a recovery that sets in later is not seen to hold
    assert found["depth"] == pytest.approx(0.5)


def test_harm_begins_after_the_shock_not_at_the_save_before_it() -> None:
    # From 1 at the start to 0.5 at the save 0.1 later: below 0.9 a fifth of the way on.
    fallen = course((1, 1), (1.25, 0.5), (10, 0.5))
    assert measure(fallen, start=1.15)["harmed"] == pytest.approx(1.15 + 0.1 / 5 + 1)
    assert measure(fallen, start=1.0)["harmed"] == pytest.approx(1 + 0.25 / 5 + 1)


def test_recoveries_that_are_cut_off_do_not_bend_the_curve() -> None:
    # Recoveries uniform in 0 … 12 after starts that leave 4 … 9 until the end of the run.
    rng = np.random.default_rng(5)
    start, wait = rng.uniform(1, 6, 4000), rng.uniform(0, 12, 4000)
    back = start + wait
    low = (start[:, None] < TIMES) & (back[:, None] > TIMES)
    found = triangles(TIMES, np.where(low, 0.5, 1.0), np.ones_like(low, dtype=float), start)
    curve = recovery(found)
    assert 0.5 < found["censored"].mean() < 0.7
    for time in (2.0, 4.0, 6.0, 7.5, 8.3):
        # A recovery shows up at the next save, on the line there: half a step late on average.
        assert curve.at(time) == pytest.approx(1 - time / 12, abs=0.035), time


def test_gains_beyond_the_twin_make_up_for_losses() -> None:
    found = measure(course((1, 1), (2, 0.8), (3, 1), (4, 1.2), (5, 1)))
    assert found["loss"] == pytest.approx(0)
    assert found["depth"] == pytest.approx(0.2)


def test_a_run_without_values_has_no_measures_and_takes_no_other_along() -> None:
    both = np.vstack([course((1, 1), (2, 0.6), (4, 1))] * 2)
    both[1, 20:] = np.nan
    found = triangles(TIMES, both, np.ones_like(both), np.ones(2))
    assert found.loc[0, "loss"] == pytest.approx(0.6)
    assert found.loc[1, ["loss", "depth", "index", "ttr", "harmed"]].isna().all()
    assert not found.loc[1, ["censored", "relapsed"]].any()


def test_a_twin_that_is_not_positive_is_refused() -> None:
    with pytest.raises(DesignError, match="not above zero"):
        measure(course((0, 1)), twin=0.0)


def test_runs_and_twins_must_pair() -> None:
    with pytest.raises(DesignError, match="do not pair with 2 starts and 41 times"):
        triangles(TIMES, np.ones((1, 41)), np.ones((1, 41)), np.ones(2))


@pytest.mark.parametrize(("hold", "censored"), [(0.5, False), (0.9, True)])
def test_a_recovery_within_the_last_save_step_may_have_held(hold: float, censored: bool) -> None:
    # Saved once a year: 0.95 is crossed at 4 + 0.05 / 0.25, and held for 0.8 until the end.
    times, quality = np.arange(6.0), np.array([[1, 1, 0.6, 0.9, 0.9, 1.15]])
    found = triangles(times, quality, np.ones_like(quality), np.ones(1), hold=hold).iloc[0]
    assert found["censored"] == censored
    assert found["ttr"] == pytest.approx(4 - hold if censored else 4.2 - 1)


@given(st.integers(0, 2**32 - 1), st.floats(1, 6), st.floats(0.1, 100))
def test_laws(seed: int, start: float, twin: float) -> None:
    rng = np.random.default_rng(seed)
    quality = np.exp(0.1 * rng.normal(size=(20, len(TIMES))).cumsum(axis=1))
    starts = np.full(20, start)
    found = triangles(TIMES, twin * quality, np.full_like(quality, twin), starts)
    length = TIMES[-1] - start
    assert ((found["ttr"] >= 0) & (found["ttr"] <= length)).all()
    assert (found["ttr"][found["censored"]] == length - 0.5).all()
    assert (found["loss"] <= found["depth"] * length + 1e-9).all()
    assert (found["index"] == 1 - found["loss"] / length).all()
    assert (found["depth"][found["harmed"].notna()] > 0.1).all()
    assert (found["harmed"].dropna() >= start + 1 - 1e-9).all()
    # What is asked of a recovery only ever makes it later.
    strict = triangles(TIMES, quality, np.ones_like(quality), starts, hold=1.0)
    assert (strict["censored"] | (strict["ttr"] >= found["ttr"] - 1e-9)).all()
    assert (strict["censored"] | ~found["censored"]).all()
