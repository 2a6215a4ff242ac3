"""Contributions of levers in games whose values are known, and their laws."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner.errors import DesignError
from sensitivity.coalitions import Futures, subsets, walks
from sensitivity.contribution import contrasts, contributions
from sensitivity.design import DesignMatrix
from sensitivity.sampling import saltelli
from sensitivity.slices import Slices
from tests.sensitivity.analytic import factors
from tests.sensitivity.test_coalitions import UNKNOWN

LEVERS = factors(3, -1.0, 1.0)  # base 0
POLICY = {"x1": 1.0, "x2": 1.0, "x3": 1.0}


def gain(design: DesignMatrix) -> pd.DataFrame:
    """y = 3 x1 + x2 + 6 u x1 x2 - 6 x1 x2 x3 with u in [0, 1]: mean 1/2."""
    x1, x2, x3, u = design.values.T[:4]
    return pd.DataFrame({"y": 3 * x1 + x2 + 6 * u * x1 * x2 - 6 * x1 * x2 * x3})


def test_what_levers_do_together_is_shared_equally() -> None:
    design = subsets(LEVERS, POLICY, Futures(UNKNOWN[:1], 256))
    table = contributions(design, gain(design))
    for kind, exact in (
        ("Shapley", [3 + 1.5 - 2, 1 + 1.5 - 2, -2]),
        ("alone", [3, 1, 0]),
        ("last", [3 + 3 - 6, 1 + 3 - 6, -6]),
    ):
        rows = table.of("y", kind)
        assert rows["estimate"].to_numpy() == pytest.approx(np.array(exact), abs=0.02)
        assert (rows["low"] <= rows["estimate"]).all()
    synergy = table.of("y", "synergy").set_index("with_factor", append=True)["estimate"]
    assert synergy[("x1", "x2")] == pytest.approx(3, abs=0.02)
    assert synergy[("x1", "x3")] == 0
    # Given x3 or not, each half of the time: 3 - 6 / 2.
    rows = table.of("y", "interaction").set_index("with_factor", append=True)
    assert rows["estimate"].to_numpy() == pytest.approx([3 - 3, -3, -3], abs=0.02)
    dataset = table.dataset.isel(outcome=0)
    assert float(dataset["total"]) == pytest.approx(3 + 1 + 3 - 6, abs=0.02)
    low, high = float(dataset["total_low"]), float(dataset["total_high"])
    assert low < 1 < high
    # Beyond 3, 1 and 0 alone: 6 u - 6, of which the mean is -3.
    low, high = float(dataset["surplus_low"]), float(dataset["surplus_high"])
    assert low < float(dataset["surplus"]) < high
    assert float(dataset["surplus"]) == pytest.approx(-3, abs=0.02)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_shapley_values_are_gains_averaged_over_all_orders(count: int) -> None:
    game = np.random.default_rng(count).normal(size=1 << count)
    exact = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        inside = 0
        for member in order:
            exact[member] += game[inside | 1 << member] - game[inside]
            inside |= 1 << member
    weights = contrasts(count)
    assert weights["Shapley"] @ game == pytest.approx(exact / len(orders))
    # The effect of the whole is the sum over all subsets of Harsanyi's dividends; a pair's
    # interaction takes each dividend that holds both with weight 1 / (size - 1).
    dividends = np.zeros(1 << count)
    for subset in range(1 << count):
        dividends[subset] = game[subset] - sum(
            dividends[part] for part in range(subset) if part & subset == part
        )
    row = 0
    for i in range(count):
        for j in range(i + 1, count):
            both = (1 << i) | (1 << j)
            expected = sum(
                dividends[s] / (bin(s).count("1") - 1)
                for s in range(1 << count)
                if s & both == both
            )
            assert weights["interaction"][row] @ game == pytest.approx(expected)
            row += 1


@settings(max_examples=25)
@given(
    game=st.lists(st.floats(-1e3, 1e3), min_size=8, max_size=8), scale=st.floats(-3, 3),
    shift=st.floats(-100, 100),
)  # fmt: skip
def test_laws_of_shapley_values(game: list[float], scale: float, shift: float) -> None:
    v = np.array(game)
    weights = contrasts(3)
    shapley = weights["Shapley"] @ v
    assert shapley.sum() == pytest.approx(v[-1] - v[0], abs=1e-9)
    assert weights["Shapley"] @ (shift + scale * v) == pytest.approx(scale * shapley, abs=1e-7)
    swapped = v.reshape(2, 2, 2).transpose(0, 2, 1).ravel()  # the first two change names
    assert weights["Shapley"] @ swapped == pytest.approx(shapley[[1, 0, 2]], abs=1e-9)
    idle = np.concatenate([v[:4], v[:4]])  # the third adds nothing
    assert (weights["Shapley"] @ idle)[2] == pytest.approx(0, abs=1e-9)


def test_sampled_orders_give_the_same_values() -> None:
    design = walks(LEVERS, POLICY, Futures(UNKNOWN[:1], 4096))
    table = contributions(design, gain(design))
    assert table.kinds == ("Shapley",)
    rows = table.of("y", "Shapley")
    exact = np.array([2.5, 0.5, -2.0])
    assert rows["estimate"].to_numpy() == pytest.approx(exact, abs=0.1)
    assert (np.abs(rows["estimate"] - exact) < 1.5 * rows["half_width"]).all()
    total = float(table.dataset["total"][0])
    assert rows["estimate"].sum() == pytest.approx(total)
    assert total == pytest.approx(1, abs=0.02)


def test_one_future_has_no_interval() -> None:
    design = subsets(LEVERS, POLICY, Futures((), 1))
    y = design.values @ [1.0, 2.0, 3.0]
    rows = contributions(design, pd.DataFrame({"y": y})).of("y", "Shapley")
    assert rows["estimate"].tolist() == pytest.approx([1, 2, 3])
    assert rows["half_width"].isna().all()


def test_contributions_over_time() -> None:
    design = subsets(LEVERS, POLICY, Futures(UNKNOWN[:1], 8))
    times = np.array([0.0, 1.0, 2.0])
    slices = Slices(np.outer(gain(design)["y"], times), ("y",), times)
    found = contributions(design, slices).dataset.isel(outcome=0)
    assert found["reason"].values.tolist() == ["the same in all 64 runs", "", ""]
    np.testing.assert_allclose(2 * found["Shapley"][1], found["Shapley"][2])
    np.testing.assert_allclose(found["Shapley"].sum("factor")[1:], found["total"][1:])


def test_other_designs_are_refused() -> None:
    design = saltelli(LEVERS, 8)
    with pytest.raises(DesignError, match=r"subsets\(…\) or walks\(…\).*'saltelli'"):
        contributions(design, pd.DataFrame({"y": design.values[:, 0]}))
