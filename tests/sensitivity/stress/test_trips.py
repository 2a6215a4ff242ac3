"""Counters of a breaker, read by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.stress.trips import trips

TIMES = np.arange(0.0, 5.5, 0.5)


def read(*states: str, start: float = 1.0) -> list[dict[str, float]]:
    """Read runs of which each save is written as o (open) or c (closed)."""
    is_open = np.array([[float(c == "o") for c in run] for run in states])
    counter = np.cumsum(np.diff(is_open, axis=1, prepend=0) > 0, axis=1).astype(float)
    time_open = np.cumsum(is_open, axis=1) * 0.5
    table = trips(TIMES, counter, time_open, is_open, np.full(len(states), start))
    return [dict(row) for _, row in table.iterrows()]


def test_runs_by_hand() -> None:
    twice, never, early = read("ccccooccoco", "ccccccccccc", "ooooccccccc")
    assert twice["trips"] == 3 and twice["tripped"]
    assert twice["first"] == 1  # first seen at 2
    assert twice["shortest"] == 1  # at 2, 4 and 5
    assert twice["time_open"] == 2
    assert not never["tripped"] and never["trips"] == 0
    assert never["first"] == 4  # the end of the run
    assert np.isnan(never["shortest"])
    assert early["open_before"] and not early["tripped"]
    assert early["time_open"] == 0.5


def test_trips_between_two_saves_share_the_step() -> None:
    counter = np.array([[0.0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2]])
    (found,) = trips(TIMES, counter, counter * 0, counter * 0, np.array([0.0])).to_dict("records")
    assert found["shortest"] == 0.25
    assert found["trips"] == 2


def test_a_run_without_values_has_no_counts() -> None:
    counter = np.zeros((2, len(TIMES)))
    counter[1, 3:] = np.nan
    found = trips(TIMES, counter, counter, counter, np.zeros(2))
    assert found.loc[0, "trips"] == 0
    assert found.loc[1, ["trips", "first", "time_open", "shortest"]].isna().all()
    assert not found.loc[1, ["tripped", "open_before"]].any()


def test_a_start_between_two_saves_takes_its_part_of_the_time_open() -> None:
    (found,) = read("oooocccccco", start=0.75)
    assert found["time_open"] == pytest.approx(2.5 - 1.25)


def test_counters_must_fit() -> None:
    square = np.zeros((2, 3))
    with pytest.raises(DesignError, match="do not fit 2 starts and 11 times"):
        trips(TIMES, square, square, square, np.zeros(2))
