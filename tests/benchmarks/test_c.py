"""C written from a model: the same trajectories as the compiled engine, and counted operations."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks import engines
from benchmarks.c import build
from benchmarks.c.equations import equations_of
from benchmarks.c.peak import least_seconds, operations
from benchmarks.c.simplify import simplified
from benchmarks.cases import Case
from benchmarks.contestant import Contestant, NotHere
from benchmarks.rounds import difference
from pysd_runner import Model
from pysd_runner.model.graph import TIME
from pysd_runner.model.syntax import Binary, Call, Number, Reference

InlineModel = Callable[[str], Model]

MODEL = """
D: a, b ~~|
share[D] = 0.3, 0.6 ~~|
Stock[D] = INTEG(inflow[D] - outflow[D], 10 * share[D]) ~~|
inflow[D] = scale * SMOOTH3(Stock[D], 2) ^ share[D] + STEP(1, 3) + RAMP(0.1, 2, 6) ~~|
outflow[D] = DELAY1(Stock[D], 4) * table(Stock[D] / total) / 3 ~~|
total = MAX(SUM(Stock[D!]), 1) + ELMCOUNT(D) + MODULO(Time, 2) ~~|
table((0,1),(0.3,1.4),(0.6,0.8),(1,0.2)) ~~|
shown[D] = IF THEN ELSE(total > 15, EXP(-Stock[D]), LN(total)) + ZIDZ(1, scale - 1)
    + INITIAL(total) ~~|
scale = 1 ~~|
"""
MAKERS = [build.scalar, build.lanes]


@pytest.fixture(autouse=True)
def libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build, "LIBRARIES", tmp_path / "c")


@pytest.fixture
def case(inline_model: InlineModel) -> Case:
    return Case("inline", inline_model(MODEL), {"scale": (0.5, 3.0)}, ("Stock", "shown", "total"))


@pytest.mark.parametrize("make", MAKERS, ids=["scalar", "lanes"])
def test_c_integrates_as_the_compiled_engine_does(
    case: Case, make: Callable[[Case, int, int], Contestant]
) -> None:
    reference = engines.kernel(case, 128, 1)
    reference.call()
    assert reference.trajectories().shape == (128, 41, 5)
    for threads in (1, 2):
        try:
            contestant = make(case, 128, threads)
        except NotHere as why:
            pytest.skip(str(why))
        contestant.call()
        assert contestant.trajectories().shape == (128, 41, 5)
        assert difference(contestant.trajectories(), reference.trajectories(), None) < 1e-12


def test_equations_that_no_output_needs_are_left_out(inline_model: InlineModel) -> None:
    model = inline_model("a = 2 ~~|\nb = a * Time ~~|\nc = b + 1 ~~|")
    found = equations_of(model.graph, ["a"], ["b"], model.time_grid().controls)
    assert [name for name, _ in found.step] == ["b"]
    assert found.fixed == found.start == found.stocks == ()


def test_what_does_not_change_leaves_the_step(inline_model: InlineModel) -> None:
    model = inline_model("a = 2 ~~|\nk = 3 * 4 ~~|\nb = (a / k) ^ 0.5 * Time ~~|")
    found = simplified(equations_of(model.graph, ["a"], ["b"], model.time_grid().controls))
    ((_, body),) = found.step
    assert [name for name, _ in found.fixed] == ["fixed 0"]
    assert operations(found) == {"arithmetic": 1}
    assert "12.0" in repr(found.fixed) and "12.0" not in repr(body)


def test_what_a_switch_decides_is_not_computed(inline_model: InlineModel) -> None:
    model = inline_model(
        "on = 1 ~~|\noff = 0 ~~|\nlow = MAX(on, off) ~~|\n"
        "a = on * Time ~~|\n"
        "b = IF THEN ELSE(off > 0.5 :OR: :NOT: on = 1, a / 7, a ^ low - off) ~~|\n"
        "c = IF THEN ELSE(Time > 5 :AND: on = 1, b, on / MIN(off, 2)) ~~|"
    )
    found = simplified(equations_of(model.graph, [], ["c"], model.time_grid().controls))
    bodies = dict(found.step)
    assert bodies["a"] == Reference(TIME) and bodies["b"] == Reference("a")
    choice = bodies["c"]
    assert isinstance(choice, Call)  # what only the time decides is left
    assert choice.arguments[1:] == (Reference("b"), Reference("fixed 1"))
    assert dict(found.fixed)["fixed 1"] == Binary("/", Number(1.0), Number(0.0))


def test_operations_are_counted_by_kind_and_equal_ones_once(inline_model: InlineModel) -> None:
    model = inline_model(
        "X = INTEG(X ^ 1.5 / (X + Time) + EXP(X + Time), 1) ~~|\ny = X ^ 1.5 * LN(X) ~~|"
    )
    found = equations_of(model.graph, [], ["x", "y"], model.time_grid().controls)
    # X + Time, the sum of both terms, the product; the stock grows by a product and a sum
    assert operations(found) == {"POW": 1, "/": 1, "EXP": 1, "LOG": 1, "arithmetic": 5}
    peak = {"POW": 4.0, "/": 3.0, "EXP": 2.0, "LOG": 1.0, "arithmetic": 0.5}
    assert least_seconds(found, 10, peak) == 125.0


def test_a_function_that_the_generator_does_not_know_is_named(inline_model: InlineModel) -> None:
    model = inline_model("b = SIN(Time) ~~|")
    case = Case("inline", model, {}, ("b",))
    with pytest.raises(NotHere, match=re.escape("the C generator does not know SIN")):
        build.scalar(case, 64, 1)


def test_a_design_begins_with_the_rows_of_a_smaller_one(case: Case) -> None:
    assert np.array_equal(case.design(64)[:8], case.design(8))
    assert case.design(64).min() >= 0.5 and case.design(64).max() <= 3.0
