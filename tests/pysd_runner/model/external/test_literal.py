"""Steps written as straight lines are the same at every float."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pysd_runner.kernel.ir import Points, read_points
from pysd_runner.model.external.literal import literal_text
from pysd_runner.model.parse import parse_statement
from pysd_runner.model.syntax import Between, Call, Table

X, Y = (-3.0, 0.0, 0.1, 2020.0), (1e6, -2.0, 5.0, 7.0)
DATA = parse_statement("x :RAW: := y")


@pytest.mark.parametrize("between", ["linear", "previous", "next"])
@pytest.mark.parametrize("count", [1, 4])
def test_the_text_means_the_table(between: Between, count: int) -> None:
    table = Table(X[:count], Y[:count], "hold", between)
    text = literal_text("x", DATA, table)
    body = parse_statement(str(text)).body
    assert isinstance(body, Call) and isinstance(body.arguments[1], Table)
    near = [nearby for x in X for nearby in (x, math.nextafter(x, -9e9), math.nextafter(x, 9e9))]
    for at in [*near, -9.0, -1.0, 0.05, 1.0, 3000.0]:
        expected = read_points(Points(table.x, table.y, "hold", between), at)
        # below 1e-100 no clock goes but for 0 itself
        if not 0 < abs(at) < 1e-100:
            found = np.interp(at, body.arguments[1].x, body.arguments[1].y)
            assert found == pytest.approx(expected, rel=1e-14, abs=1e-14)


def test_what_straight_lines_cannot_say() -> None:
    assert literal_text("x", DATA, Table(X, Y, "hold", "exact")) is None
    assert literal_text("x", DATA, Table(X, Y, "extend")) is None
