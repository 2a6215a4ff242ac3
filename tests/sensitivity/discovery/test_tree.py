"""CART: the leaves of a tree are boxes that fill the space, and the known one is among them."""

from __future__ import annotations

import numpy as np
import pytest

from sensitivity.discovery import grow
from tests.sensitivity.discovery.known import corner


def test_the_known_corner_is_the_densest_leaf() -> None:
    cases = corner(noise=0.02)
    tree = grow(cases)
    best = tree.leaves[0]
    assert best.ranges["x0"][0] == pytest.approx(0.6, abs=0.02)
    assert best.ranges["x1"][1] == pytest.approx(0.5, abs=0.02)
    assert best.among["kind"] == set("abc")
    assert len(tree.leaves) == 4
    assert tree.accuracy == pytest.approx(0.98, abs=0.01)
    assert tree.guessing == 1 - cases.density


def test_every_run_lies_in_one_leaf_and_scores_are_counted() -> None:
    cases = corner(600, noise=0.1, seed=3)
    tree = grow(cases)
    inside = np.array([leaf.contains(cases.inputs) for leaf in tree.leaves])
    assert (inside.sum(axis=0) == 1).all()
    assert [each.hits for each in tree.scores] == [int(cases.interest[i].sum()) for i in inside]
    densities = [each.density for each in tree.scores]
    assert densities == sorted(densities, reverse=True)
    assert sum(each.coverage for each in tree.scores) == pytest.approx(1)
