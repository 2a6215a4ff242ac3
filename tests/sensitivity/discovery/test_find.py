"""The whole search, and whether halves of the runs tell the same."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.discovery import Box, discover, reproducibility
from sensitivity.discovery.find import _without_luck
from tests.sensitivity.discovery.known import corner


def test_noise_does_not_hide_the_box_nor_lengthen_its_description() -> None:
    found = discover(corner(noise=0.05), resamples=8)
    assert set(found.box.restricted) == {"x0", "x1", "kind"}
    assert found.score.density > 0.85
    assert max(found.quasi_p.values()) < 1e-6
    assert found.again["frequency"].head(3).tolist() == [1, 1, 1]
    assert set(found.again.index[:3]) == {"x0", "x1", "kind"}
    low = found.again.loc["x0"]
    assert low["low_from"] <= 0.62 and low["low_to"] >= 0.55
    assert np.isnan(low["high_from"])


def test_a_description_is_as_short_as_was_asked_for() -> None:
    cases = corner(noise=0.05)
    two = discover(cases, most_factors=2, resamples=2)
    assert set(two.box.restricted) == {"x0", "x1"}
    three = discover(cases, most_factors=3, resamples=2)
    assert three.score.harmonic > two.score.harmonic


def test_a_limit_that_may_be_luck_is_dropped() -> None:
    cases = corner(noise=0.05)
    box = Box({"x0": (0.6, np.inf), "x1": (-np.inf, 0.5), "x5": (0.03, np.inf)})
    assert _without_luck(cases, box).restricted == ("x0", "x1")


def test_halves_are_drawn_by_the_seed_and_told_to_the_progress() -> None:
    cases = corner(400, noise=0.1)
    box = Box({"x0": (0.6, np.inf)})
    told: list[tuple[int, int]] = []
    first = reproducibility(cases, box, resamples=3, seed=5,
                            progress=lambda *done: told.append(done))  # fmt: skip
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert first.equals(reproducibility(cases, box, resamples=3, seed=5))
    assert not first.equals(reproducibility(cases, box, resamples=3, seed=6))


def test_one_resample_is_refused() -> None:
    with pytest.raises(DesignError, match="tell nothing of luck"):
        reproducibility(corner(400), Box({"x0": (0.6, np.inf)}), resamples=1)
