"""Equations of one form as loops: the same bits as straight-line code, and short text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.kernel import layout
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.kernel import compile_kernel
from pysd_runner.kernel.layout import lay_out
from pysd_runner.kernel.loops import Loop
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.program import Cell, Method

InlineModel = Callable[[str], Model]

LARGE = """
D: (d1-d40) ~~|
E: (e1-e3) ~~|
k[D] = D / 7 ~~|
m[D, E] = k[D] + E ~~|
t((0,1),(1,3),(2,2),(60,0)) ~~|
X[D] = INTEG(k[D] * t(X[D]) - X[D] / 4, k[D]) ~~|
Y[D, E] = INTEG(SMOOTH(X[D], 1 + m[D, E] / 9) - Y[D, E] ^ 1.1, m[D, E]) ~~|
z[D] = IF THEN ELSE(X[D] > total / 40, SUM(Y[D, E!]), DELAY FIXED(X[D], 1, 0)) ~~|
total = SUM(X[D!]) ~~|
weighed[E] = SUM(X[D!] * m[D!, E]) / largest ~~|
largest = VMAX(X[D!]) + VMIN(Y[D!, E!]) + PROD(k[D!]) ~~|
shift[D] = INITIAL(X[D]) * scale + SAMPLE IF TRUE(Time > 4, X[D], 0) ~~|
scale = 2 ~~|
"""
OUTPUTS = ("x", "y", "z", "total", "shift", "weighed", "largest")


def cells(model: Model) -> list[Cell]:
    graph = model.graph
    return [(name, elements) for name in OUTPUTS for elements in graph.elements(graph[name])]


@pytest.mark.parametrize("method", ["euler", "rk2", "rk4"])
def test_loops_give_the_bits_of_straight_line_code(
    inline_model: InlineModel, monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    model = inline_model(LARGE)
    grid = model.time_grid()
    every = np.arange(grid.steps + 1)
    scales = np.linspace(0, 3, 11)[:, None]
    found = []
    for many in (10**9, 1):
        monkeypatch.setattr(layout, "MANY", many)
        kernel = compile_kernel(
            model.graph, [("scale", ())], cells(model), controls=grid.controls, method=method
        )
        found.append(kernel.run(scales, every, grid.steps))
    assert np.all(np.isfinite(found[0].outputs))
    assert np.array_equal(found[0].outputs, found[1].outputs)
    assert np.array_equal(found[0].finite, found[1].finite)


def test_text_of_loops_grows_with_the_equations_not_with_the_elements(
    inline_model: InlineModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "MANY", 1)
    lines = []
    without_rings = LARGE.replace("DELAY FIXED(X[D], 1, 0)", "X[D]")
    for text in (without_rings, without_rings.replace("d40", "d80")):
        model = inline_model(text)
        program = lower(model.graph, [], cells(model), controls=model.time_grid().controls)
        assert any(isinstance(item, Loop) for item in lay_out(program).step)
        lines.append(emit(program, 4).text.count("\n"))
    assert lines[1] < 1.2 * lines[0]
