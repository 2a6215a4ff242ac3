"""Runs made again by PySD: what deviates is found, and a process of its own does the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from sensitivity.stress import replay as module
from sensitivity.stress.replay import Case, Replayer, compare, horizon, replay
from tests.sensitivity.stress.small_city import small_city

HIT = Case("hit", {"demand depth": 0.3, "levy depth": 0.5, "breaker on": 1})


def test_both_engines_agree_on_a_braked_run(city: Model) -> None:
    found = replay(city, HIT)
    assert found.label == "hit"
    assert found.deviation < 1e-13
    assert found.final_time == 2040
    # Eight stocks and all that is computed from them.
    assert found.variables == sum(
        len(city.graph.of_kind(kind)) for kind in ("stock", "flow", "auxiliary")
    )


def test_the_largest_deviation_is_located() -> None:
    times = np.array([0.0, 1.0, 2.0])
    place = {"time": times, "k": ["a", "b"]}
    theirs = xr.Dataset(
        {"x": (("time", "k"), [[1.0, 2.0], [2.0, 4.0], [4.0, 8.0]]), "y": ("time", [0.0, 0, 1e-9])},
        place,
    )
    ours = theirs.copy(deep=True)
    ours["x"][1, 1] = 4.4  # of 8
    ours["y"][2] = 5e-8  # of a millionth
    found = compare("one", ours, theirs)
    assert (found.deviation, found.variable, found.time) == (pytest.approx(0.05), "x[b]", 1.0)
    ours["y"][0] = np.nan
    assert np.isinf(compare("one", ours, theirs).deviation)
    assert compare("one", theirs, theirs).deviation == 0


def test_a_run_that_an_engine_refuses_says_why(city: Model) -> None:
    found = replay(city, Case("wrong", {"demnad depth": 0.3}))
    assert np.isnan(found.deviation)
    assert "did you mean 'demand depth'" in found.note


def test_long_runs_are_cut_to_some_work(city: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    assert horizon(city) is None
    elements = sum(len(city.graph.of_kind(k)) for k in ("stock", "flow", "auxiliary"))
    monkeypatch.setattr(module, "MOST_WORK", elements * 41)
    # 41 steps of an eighth are 20 saves of a quarter.
    assert horizon(city) == 2030
    assert replay(city, HIT, 2030.0).final_time == 2030


def test_replays_come_in_the_order_asked_for(city: Model) -> None:
    told: list[tuple[int, int]] = []
    with Replayer(city) as replayer:
        replayer.submit(Case("base", {}))
        replayer.submit(HIT)
        found = replayer.results(lambda *done: told.append(done))
    assert [each.label for each in found] == ["base", "hit"]
    assert told == [(1, 2), (2, 2)]


@pytest.mark.slow
def test_a_process_of_its_own_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = small_city(tmp_path)
    monkeypatch.setattr(module, "_LITTLE_WORK", 0)
    with Replayer(city) as replayer:
        replayer.submit(HIT)
        replayer.submit(Case("wrong", {"nothing": 1.0}))
        first, second = replayer.results()
    assert first == replay(city, HIT)
    assert "'nothing'" in second.note
