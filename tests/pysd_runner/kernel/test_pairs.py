"""Values of one function computed two by two: which, in what order, and with the same bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pysd_runner import Model
from pysd_runner.kernel import layout as layouts
from pysd_runner.kernel import pairs
from pysd_runner.kernel.build import compile_text
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.kernel import Kernel
from pysd_runner.kernel.layout import Advance, Layout, Together, lay_out
from pysd_runner.kernel.loops import Loop
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.pairs import in_pairs
from pysd_runner.kernel.program import Program, State

InlineModel = Callable[[str], Model]


def program(build: Builder, changes: list[int], outputs: list[int]) -> Program:
    zero = build.const(0.0)
    states = tuple(State(str(n), "rate", zero, each) for n, each in enumerate(changes))
    step = build.const(0.5)
    return Program(tuple(build.nodes), (), 0, states, tuple(outputs), 0.0, 0.5, step)


def steps(build: Builder, changes: list[int]) -> tuple[object, ...]:
    made = program(build, changes, [])
    return in_pairs(made, lay_out(made)).step


def test_a_value_is_brought_forward_with_what_it_needs() -> None:
    build = Builder()
    first, second = build.state(0), build.state(1)
    early = build.pow(first, second)
    needed = build.add(first, second)
    late = build.pow(needed, second)
    alone = build.unary("exp", late)
    change = build.mul(alone, late)
    assert steps(build, [early, change]) == (
        needed, Together((early, late)), Advance((0,)), alone, change, Advance((1,)),
    )  # fmt: skip


def test_a_value_that_needs_the_first_one_is_passed_over() -> None:
    build = Builder()
    first, second = build.state(0), build.state(1)
    inner = build.pow(first, second)
    outer = build.pow(inner, second)
    other = build.pow(second, first)
    assert steps(build, [outer, other]) == (
        Together((inner, other)), outer, Advance((0,)), Advance((1,)),
    )  # fmt: skip


def test_values_of_other_functions_or_far_away_are_not_joined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = Builder()
    first, second = build.state(0), build.state(1)
    power, grown = build.pow(first, second), build.unary("exp", second)
    assert steps(build, [power, grown]) == (power, Advance((0,)), grown, Advance((1,)))
    sums = [build.add(first, second)]
    for _ in range(3):
        sums.append(build.add(sums[-1], second))
    late = build.pow(sums[-1], second)
    assert Together((power, late)) in steps(build, [power, late])
    monkeypatch.setattr(pairs, "_FAR", 4)
    assert steps(build, [power, late]) == (power, Advance((0,)), *sums, late, Advance((1,)))


def test_a_layout_in_loops_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "MANY", 1)
    build = Builder()
    powers = [build.pow(build.state(n), build.const(0.3)) for n in range(20)]
    made = program(build, powers, [])
    found = lay_out(made)
    assert any(isinstance(item, Loop) for item in found.step)
    assert in_pairs(made, found) == found


def test_pairs_do_not_change_a_bit(shared_model: InlineModel) -> None:
    """Neither where all lanes are ordinary, nor beside a lane that is not."""
    model = shared_model(
        "k = 1 ~~|\n"
        "a = INTEG(0.1 * k ^ 0.3 - 0.05 * a ^ 1.4, 1) ~~|\n"
        "b = INTEG(EXP(-a) - 0.2 * EXP(-b) * c ^ k, 2) ~~|\n"
        "c = INTEG(LN(1 + a) - LN(1 + b) / 7 + (a ^ 0.4) ^ 0.6, 3) ~~|\n"
        "d = a ^ 0.2 + b ^ 0.3 * LN(k) ~~|\n"
    )
    cells = [(name, ()) for name in "abcd"]
    made = lower(model.graph, [("k", ())], cells, controls=model.time_grid().controls)
    plain = lay_out(made)
    joined = in_pairs(made, plain)
    together = [item for item in (*joined.step, *joined.save) if isinstance(item, Together)]
    assert len(together) == 4
    assert joined.size == plain.size
    chance = np.random.default_rng(3)
    inputs = chance.uniform(0.5, 2, (64, 1))
    inputs[::5, 0] = np.resize([0.0, np.inf, 1e-310, -1.0, np.nan, 1e300], len(inputs[::5]))

    def values(width: int, chosen: Layout) -> NDArray[np.float64]:
        emitted = emit(made, width, layout=chosen)
        kernel = Kernel(made, width, emitted.room, compile_text(emitted.text))
        return kernel.run(inputs, np.arange(101), 100).outputs

    reference = values(4, plain)
    assert 0.5 < np.isfinite(reference).mean() < 1
    for width in (2, 4, 8):
        np.testing.assert_array_equal(values(width, joined), reference)
