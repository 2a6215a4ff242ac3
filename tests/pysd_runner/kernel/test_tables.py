"""A table gives the same value at compile time and at run time, in every mode."""

import math
from itertools import product

import numpy as np
import pytest

from pysd_runner.kernel.build import compile_text
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.ir import Builder, Points, read_points
from pysd_runner.kernel.kernel import Kernel
from pysd_runner.kernel.program import Program

X = (-1.0, 0.0, 0.5, 2.0)
Y = (3.0, -1.0, 4.0, 4.5)
AT = [-7.0, -1.0, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0, 5.0, math.nan]


def compiled(points: Points) -> Kernel:
    build = Builder()
    node = build.lookup(points, build.input(0))
    program = Program(tuple(build.nodes), tuple(build.tables), 1, (), (node,), 0.0, 1.0)
    return Kernel(program, 4, compile_text(emit(program, 4)))


@pytest.mark.parametrize(
    ("outside", "between"),
    list(product(["hold", "extend"], ["linear", "previous", "next", "exact"])),
)
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
