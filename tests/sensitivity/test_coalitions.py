"""Subsets of levers and ways to a policy: which rows, in which futures."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.coalitions import Futures, subsets, walks
from tests.sensitivity.analytic import factors

LEVERS = factors(3)
POLICY = {"x1": 1.0, "x2": 0.9, "x3": 0.8}
UNKNOWN = tuple(
    type(f)(f"u{n}", f"u{n}", "u", "Dmnl", 0.5, (0.0, 1.0), False) for n, f in enumerate(LEVERS)
)


def test_every_subset_meets_every_future() -> None:
    design = subsets(LEVERS, POLICY, Futures(UNKNOWN, 8))
    assert design.values.shape == (8 * 8, 6)
    assert design.block == 8
    blocks = design.values.reshape(8, 8, 6)
    assert (blocks[:, 0, :3] == 0.5).all()
    assert (blocks[:, 5, :3] == [1.0, 0.5, 0.8]).all()  # 5 = 101 in binary: first and third
    assert (blocks[:, 7, :3] == [1.0, 0.9, 0.8]).all()
    assert (blocks[:, :, 3:] == blocks[:, :1, 3:]).all()
    assert len(np.unique(blocks[:, 0, 3])) == 8
    assert design.inputs.keys() == {"x1", "x2", "x3", "u0", "u1", "u2"}


def test_levers_of_a_group_come_and_go_together() -> None:
    design = subsets(LEVERS, POLICY, Futures((), 1), {"both": ["x1", "x3"]})
    assert design.values.tolist() == [
        [0.5, 0.5, 0.5], [1.0, 0.5, 0.8], [0.5, 0.9, 0.5], [1.0, 0.9, 0.8],
    ]  # fmt: skip
    assert [each.name for each in design.groups] == ["both", "x2"]


def test_a_way_adds_one_lever_at_a_time() -> None:
    design = walks(LEVERS, POLICY, Futures(UNKNOWN, 16))
    blocks = design.values.reshape(16, 4, 6)
    assert (blocks[:, 0, :3] == 0.5).all()
    assert (blocks[:, 3, :3] == [1.0, 0.9, 0.8]).all()
    assert design.orders is not None
    for block, order in zip(blocks, design.orders, strict=True):
        moved = [np.flatnonzero(block[n] != block[n + 1]).tolist() for n in range(3)]
        assert moved == [[n] for n in order]
    assert len({tuple(order) for order in design.orders}) > 3


@pytest.mark.parametrize(
    ("levers", "policy", "says"),
    [
        (LEVERS, {"x1": 1.0, "x2": 1.0}, "no value for the lever 'x3'"),
        (LEVERS, POLICY | {"x4": 1.0}, "'x4' of the policy is no lever here"),
        (LEVERS[:1], {"x1": 1.0}, "name two or more"),
        (LEVERS, POLICY | {"x1": 1.5}, "'x1' = 1.5 is outside its bounds, 0 to 1"),
        (LEVERS, POLICY | {"x1": "high"}, r"'x1' takes a number \[Dmnl\], not 'high'"),
        (factors(16), {f"x{n}": 1.0 for n in range(1, 17)}, "16 levers have 65,536 subsets"),
    ],
)
def test_refusals(levers: tuple[object, ...], policy: dict[str, float], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        subsets(levers, policy, Futures((), 1))  # type: ignore[arg-type]
