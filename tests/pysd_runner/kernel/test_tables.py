"""A table gives the same value at compile time and at run time, in every mode."""

import math
from itertools import product

import numpy as np
import pytest

from pysd_runner.kernel.build import compile_text
from pysd_runner.kernel.emit import Emitted, emit
from pysd_runner.kernel.ir import Builder, Points, read_points
from pysd_runner.kernel.kernel import Kernel
from pysd_runner.kernel.program import Program

X = (-1.0, 0.0, 0.5, 2.0)
Y = (3.0, -1.0, 4.0, 4.5)
AT = [-7.0, -1.0, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0, 5.0, math.nan]


def text(tables: list[Points], width: int = 4) -> tuple[Program, Emitted]:
    build = Builder()
    nodes = tuple(build.lookup(points, build.input(0)) for points in tables)
    program = Program(tuple(build.nodes), tuple(build.tables), 1, (), nodes, 0.0, 1.0, nodes[0])
    return program, emit(program, width)


def compiled(points: Points, width: int = 4) -> Kernel:
    program, emitted = text([points], width)
    return Kernel(program, width, emitted.room, compile_text(emitted.text))


MODES = list(product(["hold", "extend"], ["linear", "previous", "next", "exact"]))
CHANCE = np.random.default_rng(3)
LONG_X = {
    "even": np.linspace(-1, 2, 61),
    "scattered": np.sort(CHANCE.normal(size=500)),
    "clustered": np.sort(np.concatenate([[-1e9, 1e9], 1 + 1e-6 * CHANCE.random(300)])),
    "repeated": np.repeat(np.arange(40.0), 3),
    "neighbours": np.nextafter(np.full(30, 1.0), 2.0) + np.spacing(1.0) * np.arange(30),
    "huge": np.linspace(-1.7, 1.7, 40) * 1e308,
    "tiny": 5e-324 * np.arange(50),
    "one place": np.full(30, 2.0),
    "with zeros": np.concatenate([np.linspace(-1, -0.0, 30), np.linspace(0, 1, 30)]),
}


@pytest.mark.parametrize(("outside", "between"), MODES)
def test_compiled_table_reads_as_the_folded_one(outside, between):
    points = Points(X, Y, outside, between)
    found = compiled(points).run(np.array(AT)[:, None], np.zeros(1, int), 0).outputs[:, 0, 0]
    np.testing.assert_array_equal(found, [read_points(points, x) for x in AT])


@pytest.mark.parametrize(
    ("outside", "between", "expected"),
    [
        ("hold", "linear", [3, 3, 0, -1, 1.5, 4, 4 + 1 / 6, 4.5, 4.5]),
        ("extend", "linear", [27, 3, 0, -1, 1.5, 4, 4 + 1 / 6, 4.5, 5.5]),
        ("hold", "previous", [3, 3, 3, -1, -1, 4, 4, 4.5, 4.5]),
        ("hold", "next", [3, 3, -1, -1, 4, 4, 4.5, 4.5, 4.5]),
    ],
)
def test_modes_mean_what_they_say(outside, between, expected):
    points = Points(X, Y, outside, between)
    np.testing.assert_allclose([read_points(points, x) for x in AT[:-1]], expected, rtol=1e-15)


@pytest.mark.parametrize("spacing", LONG_X)
@pytest.mark.parametrize(("outside", "between"), MODES)
def test_long_table_is_searched_to_the_same_bits(spacing, outside, between):
    xs = LONG_X[spacing]
    ys = np.random.default_rng(5).normal(size=len(xs))
    points = Points(tuple(xs.tolist()), tuple(ys.tolist()), outside, between)
    beside = [np.nextafter(xs, -np.inf), np.nextafter(xs, np.inf)]
    middle = xs[:-1] / 2 + xs[1:] / 2
    at = np.concatenate([xs, *beside, middle, [-np.inf, np.inf, np.nan, -0.0, 1e300, -1e300]])
    expected = [read_points(points, x) for x in at.tolist()]
    for width in (1, 8):
        found = compiled(points, width).run(at[:, None], np.zeros(1, int), 0).outputs[:, 0, 0]
        np.testing.assert_array_equal(found, expected)


def test_equal_tables_share_their_place_and_code_does_not_grow_with_points():
    def lines(count: int, reads: int) -> list[str]:
        xs = tuple(np.arange(float(count)).tolist())
        build = Builder()
        nodes = tuple(build.lookup(Points(xs, xs), build.input(n)) for n in range(reads))
        tables = tuple(build.tables)
        program = Program(tuple(build.nodes), tables, reads, (), nodes, 0.0, 1.0, nodes[0])
        return emit(program, 4).text.splitlines()

    places = [sum(line.startswith("@rows") for line in lines(10_000, n)) for n in (1, 2)]
    assert places == [2, 2]
    assert len(lines(10_000, 1)) == len(lines(1_000, 1))
