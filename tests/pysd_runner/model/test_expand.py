from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model, ModelError
from pysd_runner.model.expand import expand
from pysd_runner.model.syntax import write
from pysd_runner.run.reference import ReferenceEngine

InlineModel = Callable[[str], Model]
RANGES = "D: A, B, C -> E ~~|\nE: P, Q, R ~~|\nsub: B, C ~~|\nx[D] = 1, 2.5, -4 ~~|\n"


@pytest.mark.parametrize(
    ("equation", "scalar"),
    [
        ("y = SUM(x[D!])", "x of a + x of b + x of c"),
        ("y = VMAX(x[sub!])", "MAX(x of b, x of c)"),
        ("y = SUM(x[D!] * x[A])", "x of a * x of a + x of b * x of a + x of c * x of a"),
        ("y = ELMCOUNT(D) + x[B]", "3 + x of b"),
        ("y[D] = x[D] * 2", "x of b * 2"),
        ("y[E] = x[D]", "x of b"),
        ("y[D] = D * 10", "2 * 10"),
        ("y[D] = x[D] / SUM(x[D!])", "x of b / (x of a + x of b + x of c)"),
        ("y[A] = 0 ~~|\ny[sub] = x[sub]", "x of b"),
    ],
)
def test_equations_written_out(inline_model: InlineModel, equation: str, scalar: str) -> None:
    graph = expand(inline_model(f"{RANGES}{equation} ~~|").graph)
    names = [v.name for v in graph if v.name == "y" or v.name in ("y of b", "y of q")]
    body = graph[names[0]].definitions[0].body
    assert body is not None
    assert write(body) == scalar


def test_the_scalar_twin_has_the_same_numbers(inline_model: InlineModel) -> None:
    model = inline_model(
        RANGES
        + "S[D,E] = INTEG(x[D] * w[E] - S[D,E] / 3, 1) ~~|\nw[E] = 0.1, 0.2, 0.3 ~~|\n"
        "smooth[E] = SMOOTHI(SUM(S[D!,E]), 2, 0) ~~|\n"
        "t[D]((0,0.1),(5,x1)) ~~|\n".replace("x1", "0.123456789012345")
        + "u[D] = t[D](Time) + VMIN(S[D,E!]) + IF THEN ELSE(x[D] > 1 :AND: Time > 3, 1, 0) ~~|\n"
        "Z = INTEG(PROD(w[E!]), 0) ~~|\n"
    )
    names = ("S", "smooth", "u", "Z")
    outputs = [model.graph[name] for name in names]
    one, other = (
        ReferenceEngine(model.graph, keep_subscripts=keep).run((), model.time_grid(), outputs)
        for keep in (False, True)
    )
    for name in names:
        np.testing.assert_allclose(one.values[name.lower()], other.values[name.lower()], rtol=1e-13)
    assert str(one.status) == str(other.status) == "ok"


@pytest.mark.parametrize(
    ("equation", "what"),
    [
        ("y[D] = VECTOR SORT ORDER(x[D], 1)", "uses VECTOR SORT ORDER"),
        ("y = SUM(x[A])", "uses SUM without a range marked '!'"),
    ],
)
def test_what_has_no_scalar_form(inline_model: InlineModel, equation: str, what: str) -> None:
    with pytest.raises(ModelError, match=what):
        expand(inline_model(f"{RANGES}{equation} ~~|").graph)
