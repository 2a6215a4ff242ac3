"""Peeling finds a known box, and keeps its laws on any cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner.errors import DesignError
from sensitivity.discovery import Box, Cases, peel, score
from sensitivity.discovery.paste import paste
from tests.sensitivity.discovery.known import corner


def test_a_known_corner_is_found() -> None:
    cases = corner()
    trajectory = peel(cases)
    box = trajectory.boxes[-1]
    assert set(box.restricted) == {"x0", "x1", "kind"}
    assert box.ranges["x0"][0] == pytest.approx(0.6, abs=0.03)
    assert box.ranges["x1"][1] == pytest.approx(0.5, abs=0.03)
    assert box.among["kind"] == set("abc")
    assert trajectory.scores[-1].density == 1
    assert trajectory.scores[-1].coverage > 0.9


def test_values_that_occur_often_are_peeled_together() -> None:
    steps = pd.DataFrame({"x": np.repeat([1.0, 2.0, 3.0, 4.0], 100)})
    trajectory = peel(Cases(steps, (steps["x"] >= 3).to_numpy()))
    assert [box.ranges for box in trajectory.boxes] == [
        {}, {"x": (1.5, np.inf)}, {"x": (2.5, np.inf)}
    ]  # fmt: skip


def test_a_box_is_not_peeled_below_so_many_runs() -> None:
    trajectory = peel(corner(noise=0.2), fewest_inside=300)
    assert min(each.runs for each in trajectory.scores) >= 300


def test_nothing_is_peeled_where_nothing_matters() -> None:
    alike = Cases(pd.DataFrame({"x": np.ones(100)}), np.arange(100) < 50)
    assert len(peel(alike)) == 1


def test_an_impossible_share_is_refused() -> None:
    with pytest.raises(DesignError, match=r"a peel of 0\.7"):
        peel(corner(), 0.7)


@st.composite
def some_cases(draw: st.DrawFn) -> Cases:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    runs = draw(st.integers(60, 200))
    inputs = pd.DataFrame(
        {
            "fine": rng.normal(size=runs),
            "coarse": rng.integers(0, 5, runs).astype(float),
            "kind": rng.choice(list("abc"), runs),
        }
    )
    lean = inputs["fine"] + inputs["coarse"] / 3 + (inputs["kind"] == "b")
    marks = rng.random(runs) < 1 / (1 + np.exp(-lean + draw(st.floats(0, 1))))
    marks[:20] = True
    marks[20:22] = False
    return Cases(inputs, marks)


@given(some_cases(), st.floats(0.02, 0.2))
@settings(max_examples=30)
def test_boxes_are_nested_and_scores_are_those_of_the_boxes(cases: Cases, share: float) -> None:
    trajectory = peel(cases, share)
    table = trajectory.table
    assert (table["mass"].diff().dropna() < 0).all()
    assert (table["density"].diff().dropna() > 0).all()
    assert (table["coverage"].diff().dropna() <= 0).all()
    within = np.ones(len(cases), dtype=bool)
    for box, found in zip(trajectory.boxes, trajectory.scores, strict=True):
        inside = box.contains(cases.inputs)
        assert not (inside & ~within).any()
        assert score(box, cases) == found
        within = inside


@given(some_cases())
@settings(max_examples=30)
def test_the_order_of_the_values_is_all_that_counts(cases: Cases) -> None:
    stretched = cases.inputs.assign(fine=np.exp(cases.inputs["fine"]))
    found = peel(Cases(stretched, cases.interest)).table
    pd.testing.assert_frame_equal(found, peel(cases).table)


@given(some_cases(), st.integers(0, 100))
@settings(max_examples=30)
def test_pasting_never_loses_coverage_or_density(cases: Cases, pick: int) -> None:
    trajectory = peel(cases)
    box = trajectory.boxes[pick % len(trajectory)]
    before, after = score(box, cases), score(paste(cases, box), cases)
    assert after.coverage >= before.coverage
    assert after.density >= before.density


def test_pasting_gives_back_what_was_peeled_too_much() -> None:
    cases = corner()
    tight = Box({"x0": (0.7, np.inf), "x1": (-np.inf, 0.3)}, {"kind": frozenset("ab")})
    box = paste(cases, tight)
    assert box.among["kind"] == set("abc")
    assert box.ranges["x0"][0] == pytest.approx(0.6, abs=0.03)
    assert box.ranges["x1"][1] == pytest.approx(0.5, abs=0.03)
    assert score(box, cases).density == 1


def test_pasting_sets_a_factor_free_that_does_not_matter() -> None:
    cases = corner()
    box = paste(cases, Box({"x0": (0.6, np.inf), "x1": (-np.inf, 0.5), "x4": (0.2, 0.9)},
                           {"kind": frozenset("abc")}))  # fmt: skip
    assert set(box.restricted) == {"x0", "x1", "kind"}
