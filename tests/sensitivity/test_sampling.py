"""Designs: layout, distributions, seeds, refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from SALib.sample import sobol as salib_sobol

from pysd_runner.errors import DesignError
from sensitivity.dependence import Correlated, Shares
from sensitivity.design import DesignMatrix
from sensitivity.factors import Factor
from sensitivity.sampling import (
    extend,
    one_at_a_time,
    permutations,
    radial,
    saltelli,
    sample,
)
from tests.sensitivity.analytic import factors


@pytest.mark.parametrize(("second_order", "rows"), [(False, 16 * 5), (True, 16 * 8)])
def test_saltelli_has_as_many_rows_as_its_scheme_says(second_order: bool, rows: int) -> None:
    design = saltelli(factors(3), 16, second_order=second_order)
    assert design.values.shape == (rows, 3)
    assert design.scheme == "saltelli"


def test_block_of_a_saltelli_design_differs_from_its_base_row_in_one_factor() -> None:
    k = 3
    blocks = saltelli(factors(k), 8).values.reshape(8, k + 2, k)
    base, other = blocks[:, 0], blocks[:, -1]
    for j in range(k):
        crossed = blocks[:, 1 + j]
        assert np.array_equal(crossed[:, j], other[:, j])
        rest = [i for i in range(k) if i != j]
        assert np.array_equal(crossed[:, rest], base[:, rest])


def test_equal_seeds_give_equal_designs_and_zero_is_a_seed() -> None:
    zero = saltelli(factors(3), 64, seed=0)
    assert np.array_equal(zero.values, saltelli(factors(3), 64, seed=0).values)
    assert not np.array_equal(zero.values, saltelli(factors(3), 64, seed=1).values)


JOINED = [Correlated(("x1", "x2"), 0.5)]
DESIGNS = {
    "saltelli": lambda n: saltelli(factors(4), n, seed=5, second_order=True),
    "single": lambda n: saltelli(factors(4), n, seed=5, scrambles=1),
    "random": lambda n: saltelli(factors(4), n, seed=5, scrambles=0),
    "groups": lambda n: saltelli(factors(4), n, groups={"pair": ["x1", "x2"]}, dependences=JOINED),
    "permutations": lambda n: permutations(factors(4), n, seed=5, dependences=JOINED),
    "radial": lambda n: radial(factors(4), n, seed=5, groups={"pair": ["x2", "x4"]}),
    "sample": lambda n: sample(factors(4), n, seed=5, dependences=JOINED),
}


@pytest.mark.parametrize("make", DESIGNS.values(), ids=DESIGNS)
def test_design_of_n_is_the_beginning_of_that_of_2n(make: Callable[[int], DesignMatrix]) -> None:
    small, large = make(32), make(64)
    assert len(large) == 2 * len(small)
    assert np.array_equal(large.values[: len(small)], small.values)
    doubled = extend(small)
    assert np.array_equal(doubled.values, large.values)
    assert (doubled.scheme, doubled.groups, doubled.n_base) == (large.scheme, large.groups, 64)


@pytest.mark.parametrize("second_order", [False, True])
def test_rows_are_laid_out_as_those_of_salib(second_order: bool) -> None:
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
    ours = saltelli(factors(3), 32, second_order=second_order).values
    theirs = salib_sobol.sample(problem, 32, calc_second_order=second_order, seed=7)
    assert ours.shape == theirs.shape
    for one, other in zip(np.split(ours, 32), np.split(theirs, 32), strict=True):
        assert np.array_equal(one == one[0], other == other[0])
        assert np.array_equal(one == one[-1], other == other[-1])


def test_a_group_is_crossed_as_one() -> None:
    design = saltelli(factors(3), 8, groups={"outer": ["x1", "x3"]})
    a, outer, middle, b = np.swapaxes(design.values.reshape(8, 4, 3), 0, 1)
    assert [(each.name, each.label, each.columns) for each in design.groups] == [
        ("outer", "outer", (0, 2)), ("x2", "x2", (1,)),
    ]  # fmt: skip
    assert np.array_equal(outer, np.column_stack([b[:, 0], a[:, 1], b[:, 2]]))
    assert np.array_equal(middle, np.column_stack([a[:, 0], b[:, 1], a[:, 2]]))


def test_a_permutation_design_leads_from_one_draw_to_another() -> None:
    design = permutations(factors(3), 16, seed=2)
    blocks = design.values.reshape(16, 4, 3)
    assert design.orders is not None
    for block, order in zip(blocks, design.orders, strict=True):
        for step, moved in enumerate(order):
            changed = np.flatnonzero(block[step] != block[step + 1])
            assert changed.tolist() == [moved]
    assert len({tuple(order) for order in design.orders}) > 3


def test_a_radial_design_moves_each_factor_by_half_its_range() -> None:
    design = radial(factors(3, 0.0, 4.0), 16, seed=2)
    blocks = design.values.reshape(16, 4, 3)
    steps = blocks[:, 1:] - blocks[:, :1]
    assert np.array_equal(np.abs(steps), np.broadcast_to(2 * np.eye(3), (16, 3, 3)))
    assert ((blocks >= 0) & (blocks <= 4)).all()


def test_one_at_a_time_moves_one_factor_in_each_row() -> None:
    design = one_at_a_time(factors(2, 0.0, 4.0))
    assert design.values.tolist() == [[2, 2], [0, 2], [4, 2], [2, 0], [2, 4]]


def test_inputs_are_named_as_the_model_sets_them() -> None:
    factor = Factor("grant", "grant rate[SHA]", "Grant", "Dmnl", 0.0, (0.0, 1.0))
    assert list(one_at_a_time([factor]).inputs) == ["grant rate[SHA]"]


def test_values_of_a_design_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        saltelli(factors(2), 8).values[0, 0] = 0.0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: saltelli(factors(1), 64), "too few"),
        (lambda: saltelli(factors(3), 64, groups={"all": ["x1", "x2", "x3"]}), "too few"),
        (lambda: permutations(factors(1), 64), "too few"),
        (lambda: saltelli(factors(2), 100), "take 64 or 128"),
        (lambda: saltelli(factors(2), 0), "N = 0 is no sample; take N = 8 or more"),
        (lambda: saltelli(factors(2), 4), "N = 4 is less than the 8 scrambles"),
        (lambda: saltelli(factors(2), 8, scrambles=3), "3 scrambles are no power of two; take 8"),
        (lambda: saltelli(factors(2), 8, groups={"g": ["x3"]}), "'x3' of group 'g' is no factor"),
        (lambda: saltelli(factors(2), 8, groups={"g": ["x1"], "h": ["x1"]}), "in two groups"),
        (lambda: saltelli(factors(2), 8, groups={"x2": ["x1"]}), "the name of a factor; rename"),
        (lambda: saltelli(factors(3), 8, dependences=JOINED), "'x1' and 'x2' depend on each other"),
        (
            lambda: permutations(shares(3), 8, dependences=[Shares(("x1", "x2", "x3"), 10)]),
            "'x1' and 'x2' depend on each other",
        ),
        (lambda: radial([], 8), "no factor"),
        (lambda: sample([], 8), "no factor"),
        (lambda: one_at_a_time([]), "no lever"),
        (lambda: extend(one_at_a_time(factors(2))), "'one at a time' cannot be doubled"),
        (lambda: DesignMatrix("saltelli", factors(2), np.zeros((4, 3))), "cannot have values"),
    ],
)
def test_refusals(make: object, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        make()  # type: ignore[operator]


def shares(count: int) -> tuple[Factor, ...]:
    return tuple(replace(factor, base=1 / count, bounds=(0.0, 1.0)) for factor in factors(count))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"n_base": 64.0}, r"N is a whole number from 0 on, not 64\.0"),
        ({"n_base": "64"}, "N is a whole number from 0 on, not '64'"),
        ({"n_base": 64, "seed": -1}, "a seed is a whole number from 0 on, not -1"),
        ({"n_base": 64, "seed": None}, "a seed is a whole number from 0 on, not None"),
        ({"n_base": 64, "groups": {"both": []}}, "the group 'both' has no factor"),
    ],
)
def test_settings_of_a_wrong_kind_are_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        saltelli(factors(3), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("lay_out", [saltelli, sample, radial, permutations])
def test_what_is_varied_are_factors_each_of_them_once(lay_out: Callable[..., DesignMatrix]) -> None:
    with pytest.raises(DesignError, match="a design varies factors, and str is none"):
        lay_out(["x1", "x2"], 64)
    with pytest.raises(DesignError, match="'x1' stands twice among the factors"):
        lay_out([*factors(2), *factors(1)], 64)
