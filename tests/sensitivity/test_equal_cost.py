"""Policies at equal cost, where scale, cost and synergy can be computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Lever
from sensitivity.coalitions import Futures
from sensitivity.design import DesignMatrix
from sensitivity.equal_cost import EqualCost, equal_cost
from sensitivity.slices import Slices
from tests.sensitivity.analytic import factors
from tests.sensitivity.test_coalitions import UNKNOWN

LEVERS = tuple(replace(lever, base=0.0) for lever in factors(2, 0.0, 4.0))
POLICIES = {"first": {"x1": 1.0}, "second": {"x2": 1.0}}
Cost = Callable[[np.ndarray], np.ndarray]


def runner(cost: Cost) -> Callable[..., Slices]:
    """Effect u (x1 + x2 + 2 x1 x2) with u in [0, 2], and a cost."""

    def run(design: DesignMatrix, *, first: int = 0) -> Slices:
        x1, x2 = design.values[first:, 0], design.values[first:, 1]
        u = 2 * design.values[first:, 2] if len(design.factors) > 2 else 1.0
        effect = u * (x1 + x2 + 2 * x1 * x2)
        values = np.column_stack([effect, cost(10 * x1 + 20 * x2)])
        return Slices(values, ("effect", "outlay"), units=("Dmnl", "MCNY"))

    return run


def compared(cost: Cost, budget: float | None = None, futures: int = 8) -> EqualCost:
    unknown = Futures(UNKNOWN[:1], futures) if futures else Futures((), 1)
    return equal_cost(runner(cost), LEVERS, POLICIES, unknown, "outlay", budget=budget)


def test_parts_bundle_and_synergy_cost_the_same() -> None:
    found = compared(lambda outlay: 100 + outlay, budget=60.0, futures=0)
    rows = found.of("effect")
    assert rows.index.tolist() == [
        "first", "second", "together", "sum of the parts", "synergy", "only first", "only second",
    ]  # fmt: skip
    # 30 each buys x1 = 3 and x2 = 1.5, together with 2 · 3 · 1.5 on top; 60 would buy x1 = 6.
    assert rows["effect"].tolist() == pytest.approx([3, 1.5, 13.5, 4.5, 9, 4, 3], abs=1e-9)
    assert rows["scale"].tolist() == pytest.approx(
        [3, 1.5, 1, np.nan, np.nan, 4, 3], abs=1e-9, nan_ok=True
    )
    assert rows["cost"].tolist() == pytest.approx([30, 30, 60, 60, 0, 40, 60], abs=1e-9)
    assert found.notes == (
        "'first' alone can spend no more than 40 of 60 MCNY: a lever is at its bound.",
    )


def test_the_budget_is_what_the_policies_cost_as_they_are() -> None:
    rows = compared(lambda outlay: outlay).of("effect")
    assert rows.loc["together", "cost"] == pytest.approx(30)
    assert rows["scale"].iloc[:3].tolist() == pytest.approx([1.5, 0.75, 1.0])


def test_effects_have_intervals_over_futures() -> None:
    rows = compared(lambda outlay: outlay, 60.0, futures=64).of("effect")
    for name, exact in (("together", 13.5), ("synergy", 9.0)):
        assert rows.loc[name, "low"] < exact < rows.loc[name, "high"]
        assert rows.loc[name, "effect"] == pytest.approx(exact, rel=0.05)
    # The cost is the same in every future.
    assert compared(lambda outlay: outlay).of("outlay")["high"].iloc[0] == pytest.approx(15)


def test_a_curved_cost_is_met() -> None:
    rows = compared(lambda outlay: outlay**2 / 10, 60.0).of("outlay")
    assert rows["effect"].tolist() == pytest.approx([30, 30, 60, 60, 0, 60, 60], abs=0.01)


def test_a_budget_that_binds_cuts_the_money_and_is_said() -> None:
    found = compared(lambda outlay: np.minimum(outlay, 40.0), 60.0, futures=0)
    rows = found.of("effect")
    # Together they spend 40 at most; the parts share 0.8 of that: x1 = 1.6, x2 = 0.8.
    assert rows.loc["together", "cost"] == pytest.approx(32, abs=0.01)
    assert rows["effect"].iloc[:2].tolist() == pytest.approx([1.6, 0.8], abs=0.001)
    assert rows.loc["synergy", "effect"] == pytest.approx(2.56, abs=0.01)
    (note,) = found.notes
    assert note.startswith("'together' can spend no more than 40 of 60 MCNY: a budget binds")


def test_levers_that_crowd_each_other_out_are_said() -> None:
    # The first 30 cost 30, and each further one a quarter: together they move 1.75 times as far.
    found = compared(lambda x: np.minimum(x, 30) + np.maximum(0, x - 30) / 4, 40.0, futures=0)
    assert any("move 1.8 times as far as apart" in note for note in found.notes)
    assert found.of("effect").loc["together", "scale"] == pytest.approx(1.75, abs=1e-3)
    rows = found.of("outlay")
    assert rows.loc["together", "effect"] == pytest.approx(rows.loc["sum of the parts", "effect"])


@pytest.mark.parametrize(
    ("policies", "cost", "says"),
    [
        ({"a": {"x1": 1.0}}, "outlay", "two or more policies"),
        ({"a": {"x1": 1.0}, "b": {"x3": 1.0}}, "outlay", "'x3' of 'b' is no lever"),
        ({"a": {"x1": 1.0}, "b": {"x1": 2.0}}, "outlay", "'x1' is moved by two policies"),
        ({"a": {"x1": 1.0}, "b": {"x2": 0.0}}, "outlay", "'b' moves no lever"),
        (POLICIES, "outlet", "'outlet' is no outcome of these runs; did you mean 'outlay'"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    policies: dict[str, dict[str, float]], cost: str, says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        equal_cost(runner(lambda outlay: outlay), LEVERS, policies, Futures((), 1), cost)


def test_runs_without_values_and_money_are_refused() -> None:
    with pytest.raises(DesignError, match="3 of 3 runs failed"):
        compared(lambda outlay: outlay * np.nan, futures=0)
    with pytest.raises(DesignError, match="a budget of 0 above the base case buys nothing"):
        compared(lambda outlay: 0 * outlay, futures=0)
    switch = Lever(
        variable="x1", label="x1", unit="Dmnl", base=0, values=[0, 1], distribution="discrete",
        cost_note="none", paper="1", assumption="a test",
    )  # fmt: skip
    levers = (replace(LEVERS[0], distribution=switch), LEVERS[1])
    with pytest.raises(DesignError, match="'x1' of 'first' takes discrete values"):
        equal_cost(runner(lambda outlay: outlay), levers, POLICIES, Futures((), 1), "outlay")
    with pytest.raises(DesignError, match="'nothing' is no outcome"):
        compared(lambda outlay: outlay).of("nothing")
