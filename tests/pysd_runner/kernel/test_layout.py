"""The order of computation: nodes just before they are used, and what is kept in memory."""

from __future__ import annotations

import pytest

from pysd_runner.kernel import layout
from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.layout import Advance, lay_out
from pysd_runner.kernel.loops import Chain, Loop
from pysd_runner.kernel.program import Program, State


def program(build: Builder, states: list[State], outputs: list[int], inputs: int) -> Program:
    step = build.const(0.5)
    return Program(
        tuple(build.nodes), (), inputs, tuple(states), tuple(outputs), 0.0, 0.5, step
    )  # fmt: skip


def test_a_value_is_computed_just_before_the_state_that_needs_it() -> None:
    build = Builder()
    given, zero = build.input(0), build.const(0.0)
    fixed = build.unary("exp", given)
    first, second = build.state(0), build.state(1)
    late = build.mul(second, fixed)
    early = build.mul(first, fixed)
    shown = build.unary("sqrt", build.add(first, second))
    states = [State("a", "rate", zero, early), State("b", "rate", zero, late)]
    found = lay_out(program(build, states, [shown], 1))
    assert found.step == (early, Advance((0,)), late, Advance((1,)))
    assert found.save == (build.add(first, second), shown)
    assert found.start == (fixed, Advance((0,)), Advance((1,)))
    assert list(found.places) == [fixed]


def test_equations_of_one_form_become_a_loop_and_long_sums_a_chain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layout, "MANY", 1)
    build = Builder()
    values = [build.mul(build.state(n), build.const(float(n + 2))) for n in range(20)]
    total = values[0]
    for value in values[1:]:
        total = build.add(total, value)
    changes = [build.sub(total, value) for value in values]
    states = [State(str(n), "rate", build.const(1.0), each) for n, each in enumerate(changes)]
    found = lay_out(program(build, states, [total], 0))
    products, chain, differences, advance = found.step
    assert isinstance(products, Loop) and set(products.results) == set(values)
    assert isinstance(chain, Chain) and chain.terms == (tuple(values),)
    assert isinstance(differences, Loop) and differences.columns[0] == (total,) * 20
    assert advance == Advance(tuple(range(20)))
    assert [found.places[n] for n in products.results] == list(range(20))
    # products of two columns, one sum, differences of two columns
    assert found.size == (1 + 2) + 1 + (1 + 2)


def test_loops_are_left_where_they_would_not_make_a_program_much_smaller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layout, "MANY", 1)
    build = Builder()
    values = [build.mul(build.state(n), build.const(float(n + 2))) for n in range(3)]
    states = [State(str(n), "rate", build.const(1.0), each) for n, each in enumerate(values)]
    found = lay_out(program(build, states, [values[0]], 0))
    assert found.step == tuple(
        item for n, value in enumerate(values) for item in (value, Advance((n,)))
    )
    assert found.size == 3
