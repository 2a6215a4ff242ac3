"""Shapley effects against closed forms, with and without correlation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner.errors import DesignError
from sensitivity.dependence import Correlated
from sensitivity.design import DesignMatrix
from sensitivity.index_table import IndexTable
from sensitivity.sampling import permutations, saltelli
from sensitivity.shapley_effects import shapley_effects
from sensitivity.slices import Slices
from tests.sensitivity.analytic import Breaker, Ishigami, Linear, factors


def effects(design: DesignMatrix, function: object) -> IndexTable:
    return shapley_effects(design, pd.DataFrame({"y": function(design.values)}))  # type: ignore[operator]


def test_an_interaction_is_shared_equally_among_independent_factors() -> None:
    for function in (Ishigami(), Breaker()):
        design = permutations(function.factors, 4096)
        rows = effects(design, function).of("y", "Shapley")
        if isinstance(function, Ishigami):
            v1, v2, v13 = function.parts
            exact = np.array([v1 + v13 / 2, v2, v13 / 2]) / (v1 + v2 + v13)
        else:
            whole = sum(function.parts.values())
            exact = np.array([
                sum(v / len(made_by) for made_by, v in function.parts.items() if i in made_by)
                for i in range(5)
            ]) / whole  # fmt: skip
        assert rows["estimate"].to_numpy() == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("rank", [0.0, 0.5, 0.9])
def test_correlated_factors_share_what_they_have_in_common(rank: float) -> None:
    function = Linear(1.0, 0.5, 0.8)
    joined = Correlated(("x1", "x2"), rank)
    correlation = np.eye(3)
    correlation[:2, :2] = joined.correlation
    design = permutations(function.factors, 8192, dependences=[joined])
    rows = effects(design, function).of("y", "Shapley")
    exact = function.shapley(correlation)
    assert rows["estimate"].to_numpy() == pytest.approx(exact, abs=0.02)
    assert exact.sum() == pytest.approx(1)


def test_three_correlated_factors_of_which_one_has_no_coefficient() -> None:
    # x3 is not in the formula, but tells something of x1 and x2.
    function = Linear(1.0, 1.0, 0.0)
    joined = Correlated(("x1", "x2", "x3"), ((1, 0.2, 0.7), (0.2, 1, 0.4), (0.7, 0.4, 1)))
    design = permutations(function.factors, 8192, dependences=[joined])
    rows = effects(design, function).of("y", "Shapley")
    exact = function.shapley(joined.correlation)
    assert exact[2] > 0.15
    assert rows["estimate"].to_numpy() == pytest.approx(exact, abs=0.02)


@settings(max_examples=15)
@given(seed=st.integers(0, 30), scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_effects_add_up_to_one_whatever_the_unit(seed: int, scale: float, shift: float) -> None:
    design = permutations(Ishigami.factors, 16, seed=seed, dependences=[
        Correlated(("x1", "x3"), 0.4)
    ])  # fmt: skip
    one = effects(design, Ishigami()).table
    other = effects(design, lambda x: shift - scale * Ishigami()(x)).table
    assert one["estimate"].sum() == pytest.approx(1)
    assert one["estimate"].to_numpy() == pytest.approx(other["estimate"].to_numpy(), abs=1e-8)


def test_groups_have_an_effect_together() -> None:
    design = permutations(factors(3), 1024, groups={"g": ["x1", "x2"]})
    table = effects(design, lambda x: x[:, 0] * x[:, 1] + x[:, 2])
    exact = (7 / 144) / (7 / 144 + 1 / 12)
    assert table.of("y", "Shapley").loc["g", "estimate"] == pytest.approx(exact, abs=0.01)


def test_slices_without_effects_say_why_and_other_designs_are_refused() -> None:
    design = permutations(factors(2), 16)
    values = np.column_stack([np.ones(len(design)), design.values[:, 0]])
    found = shapley_effects(design, Slices(values, ("y",), np.array([0.0, 1.0]))).dataset
    assert found["reason"].values.tolist() == [["the same in all 48 runs", ""]]
    assert found["Shapley"].values[0, 1] == pytest.approx([1, 0])
    other = saltelli(factors(2), 16)
    with pytest.raises(DesignError, match=r"made with permutations\(…\).*'saltelli'"):
        effects(other, lambda x: x[:, 0])
