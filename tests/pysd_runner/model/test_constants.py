from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.model.constants import constant_value

InlineModel = Callable[[str], Model]
TEXT = (
    "D: A, B ~~|\nE: P, Q ~~|\na = 2 ~~|\nb = - a ^ 3 / 4 ~~|\nc = MAX(a, LN(EXP(5))) ~~|\n"
    "S = INTEG(1, 0) ~~|\nd = S + 1 ~~|\nsame[D] = 7 ~~|\nown[D] = 3, 4 ~~|\n"
    "grid[D,E] = 1,2; 3,4 ~~|\nrow[E] = grid[B,E] + own[A] ~~|\nzero = a / 0 ~~|\n"
    "root = (-a)^0.5 ~~|\ntotal = SUM(own[D!]) ~~|\ntable((0,0),(1,1)) ~~|\nread = table(0.5) ~~|\n"
)


@pytest.mark.parametrize(
    ("name", "elements", "value"),
    [
        ("a", (), 2.0),
        ("b", (), -2.0),
        ("c", (), 5.0),
        ("same", (), 7.0),
        ("own", ("b",), 4.0),
        ("grid", ("b", "p"), 3.0),
        ("row", ("q",), 7.0),
        ("SAVEPER", (), 0.25),
        ("S", (), None),
        ("d", (), None),
        ("own", (), None),
        ("own", ("c",), None),
        ("zero", (), None),
        ("root", (), None),
        ("total", (), None),
        ("read", (), None),
    ],
)
def test_constant_value(
    inline_model: InlineModel, name: str, elements: tuple[str, ...], value: float | None
) -> None:
    found = constant_value(inline_model(TEXT).graph, name, elements)
    assert found == value or (found is not None and math.isclose(found, value or 0, rel_tol=1e-15))


def test_a_long_chain_has_a_value_or_none(inline_model: InlineModel) -> None:
    chain = "".join(f"x{n} = x{n - 1} + x{n - 1} ~~|\n" for n in range(1, 400))
    graph = inline_model("x0 = 1 ~~|\n" + chain).graph
    assert constant_value(graph, "x20") == 2.0**20
    assert constant_value(graph, "x399") in (None, 2.0**399)
