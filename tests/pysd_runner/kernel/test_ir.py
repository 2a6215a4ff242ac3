"""Nodes are made once, literals are carried out on the spot, and identities are exact."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pysd_runner.kernel.ir import COMPARISONS, Builder, Points, Stage, read_points

ANY = st.floats(allow_nan=True, allow_infinity=True)
FUNCTIONS: dict[str, Callable[[float, float], float]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power,
    "minimum": np.minimum, "maximum": np.maximum,
}  # fmt: skip


def same_bits(x: float, y: float) -> bool:
    """Tell whether two floats are the same to the bit; one nan is as good as another."""
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return struct.pack("d", x) == struct.pack("d", y)


def value(build: Builder, node: int) -> float:
    """Return the value of a literal node."""
    found = build.value(node)
    assert found is not None
    return found


def test_an_operation_is_made_once() -> None:
    build = Builder()
    a, b = build.input(0), build.state(0)
    assert build.add(a, b) == build.add(a, b)
    assert build.add(a, b) != build.add(b, a)
    assert build.lookup(Points((0.0, 1.0), (2.0, 5.0)), b) == build.lookup(
        Points((0.0, 1.0), (2.0, 5.0)), b
    )
    assert len(build.tables) == 1
    assert len(build.nodes) == 5


def test_literals_are_told_apart_by_their_bits() -> None:
    build = Builder()
    assert build.const(0.0) != build.const(-0.0)
    assert build.const(math.nan) == build.const(-math.nan)
    assert build.const(1) == build.const(1.0)


def test_the_stage_is_that_of_the_latest_operand() -> None:
    build = Builder()
    code, run, step = build.const(2.0), build.input(0), build.time()
    assert build.nodes[code].stage == Stage.CODE
    assert build.nodes[build.mul(code, run)].stage == Stage.RUN
    assert build.nodes[build.mul(build.mul(code, run), step)].stage == Stage.STEP
    assert build.nodes[build.compare("lt", run, step)].stage == Stage.STEP


@given(st.sampled_from(sorted(set(FUNCTIONS) - {"pow"})), ANY, ANY)
@example("div", 1.0, -0.0)
@example("div", 0.0, 0.0)
@example("minimum", math.nan, 1.0)
def test_literals_are_computed_as_floats_are(name: str, x: float, y: float) -> None:
    if name in ("minimum", "maximum") and x == y == 0:
        return  # which zero it is does not matter
    build = Builder()
    with np.errstate(all="ignore"):
        expected = float(FUNCTIONS[name](np.float64(x), np.float64(y)))
    found = value(build, getattr(build, name)(build.const(x), build.const(y)))
    assert same_bits(found, expected)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (-8.0, 1 / 3, math.nan), (-2.0, 3.0, -8.0), (0.0, -1.0, math.inf),
        (-0.0, -1.0, -math.inf), (0.0, 0.0, 1.0), (1e200, 2.0, math.inf),
        (-1e200, 3.0, -math.inf), (0.5, math.inf, 0.0), (-7.0, 1000.5, math.nan),
        (-math.inf, 0.1, math.nan), (-math.inf, 0.5, math.nan), (-2.0, math.inf, math.inf),
    ],
)  # fmt: skip
def test_a_power_of_literals(x: float, y: float, expected: float) -> None:
    build = Builder()
    assert same_bits(value(build, build.pow(build.const(x), build.const(y))), expected)


@given(ANY)
def test_identities_hold_to_the_bit(x: float) -> None:
    """What is left out would not have changed the value of any float."""
    build = Builder()
    node = build.input(0)
    with np.errstate(all="ignore"):
        for found, expected in (
            (build.add(node, build.const(-0.0)), x + -0.0),
            (build.sub(node, build.const(0.0)), x - 0.0),
            (build.mul(node, build.const(1.0)), x * 1.0),
            (build.pow(node, build.const(1.0)), np.float64(x) ** 1.0),
            (build.unary("neg", build.unary("neg", node)), np.negative(np.negative(x))),
        ):
            assert found == node
            assert same_bits(float(expected), x)


@given(ANY, st.integers(-1000, 1000).filter(bool))
def test_a_division_by_a_power_of_two_is_a_product(x: float, exponent: int) -> None:
    build = Builder()
    divisor = 2.0**exponent
    node = build.nodes[build.div(build.input(0), build.const(divisor))]
    assert node.op == "mul"
    factor = value(build, node.args[1])
    with np.errstate(all="ignore"):
        assert same_bits(float(np.float64(x) * factor), float(np.float64(x) / divisor))


def test_adding_zero_is_not_left_out() -> None:
    """-0.0 + 0.0 is 0.0, so x + 0.0 is not always x."""
    build = Builder()
    node = build.input(0)
    assert build.add(node, build.const(0.0)) != node


@given(st.sampled_from(sorted(COMPARISONS)), ANY, ANY)
def test_comparisons_of_literals_are_true_or_false(name: str, x: float, y: float) -> None:
    build = Builder()
    mask = build.compare(name, build.const(x), build.const(y))
    assert build.nodes[mask].op == ("true" if COMPARISONS[name](x, y) else "false")
    assert value(build, build.number(mask)) == float(COMPARISONS[name](x, y))


def test_what_is_true_or_false_decides_on_the_spot() -> None:
    build = Builder()
    mask, yes, no = build.compare("lt", build.input(0), build.input(1)), *map(build.truth, (1, 0))
    assert build.both(mask, yes) == build.either(no, mask) == mask
    assert build.both(no, mask) == build.invert(yes) == no
    assert build.either(mask, yes) == yes
    a, b = build.const(3.0), build.const(4.0)
    assert (build.select(yes, a, b), build.select(no, a, b)) == (a, b)
    assert build.select(mask, a, a) == a
    assert build.mask(build.number(mask)) != mask  # a number is compared with zero again


TABLE = Points((0.0, 1.0, 1.0, 3.0), (2.0, 4.0, 10.0, 0.0))


@pytest.mark.parametrize(
    ("x", "expected"),
    [(-1.0, 2.0), (0.0, 2.0), (0.5, 3.0), (1.0, 10.0), (2.0, 5.0), (3.0, 0.0), (9.0, 0.0)],
)
def test_a_table_is_linear_between_its_points_and_flat_outside(x: float, expected: float) -> None:
    """At the step, where two points share an x, the later one counts."""
    assert read_points(TABLE, x) == expected
    build = Builder()
    assert value(build, build.lookup(TABLE, build.const(x))) == expected


@pytest.mark.parametrize(
    ("between", "outside", "x", "expected"),
    [
        ("linear", "extend", 5.0, -10.0), ("linear", "extend", -1.0, 0.0),
        ("previous", "hold", 2.9, 10.0), ("next", "hold", 2.1, 0.0), ("next", "hold", 1.0, 4.0),
        ("exact", "hold", 3.0, 0.0), ("exact", "hold", 2.0, math.nan),
        ("linear", "hold", math.nan, math.nan),
    ],
)  # fmt: skip
def test_other_ways_to_read_a_table(between: str, outside: str, x: float, expected: float) -> None:
    points = Points(TABLE.x, TABLE.y, outside, between)  # type: ignore[arg-type]
    assert same_bits(read_points(points, x), expected)


def test_a_table_of_one_point_is_a_literal() -> None:
    build = Builder()
    assert value(build, build.lookup(Points((1.0,), (7.0,)), build.time())) == 7.0


def test_a_table_of_one_point_and_a_curve_at_no_number_are_no_number() -> None:
    build = Builder()
    missing = build.const(math.nan)
    ys = [build.const(each) for each in (1.0, 5.0)]
    assert same_bits(value(build, build.curve((0.0, 2.0), ys, missing)), math.nan)
    assert same_bits(value(build, build.lookup(Points((1.0,), (7.0,)), missing)), math.nan)
    assert build.nodes[build.lookup(Points((1.0,), (7.0,)), build.state(0))].op == "select"


def test_gamma_ln_has_poles_at_whole_numbers_below_one() -> None:
    build = Builder()
    assert value(build, build.unary("lgamma", build.const(-2.0))) == math.inf


def test_a_curve_follows_the_values_that_a_run_is_given() -> None:
    build = Builder()
    ys = [build.const(each) for each in (1.0, 5.0, 3.0)]
    for at, expected in ((-1.0, 1.0), (0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (3.0, 4.0), (9.0, 3.0)):
        assert value(build, build.curve((0.0, 2.0, 4.0), ys, build.const(at))) == expected
