from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model, RunError
from pysd_runner.run.evaluate import evaluate, variables_in

InlineModel = Callable[[str], Model]
TEXT = (
    "D: A, B, C ~~|\nsub: B, C ~~|\nE: P, Q ~~|\nx[D] = 1, 2, 4 ~~|\nm[D,E] = 1,2; 3,4; 5,6 ~~|\n"
    's = 3 ~~|\n"R&D" = 5 ~~|\nStock = INTEG(1, 0) ~~|'
)


@pytest.fixture(scope="module")
def trajectories(shared_model: InlineModel) -> xr.Dataset:
    return shared_model(TEXT).batch({}, ["x", "m", "s", "R&D", "Stock"], save_step=5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("s", 3),
        ('"R&D" - s', 2),
        ("-s ^ 2 / 2 + 1", -3.5),
        ("x[B]", 2),
        ("SUM(x[D!])", 7),
        ("SUM(x[sub!])", 6),
        ("PROD(x[D!]) * VMAX(x[D!]) - VMIN(x[D!])", 31),
        ("SUM(m[D!,P])", 9),
        ("SUM(m[D!,E!])", 21),
        ("SUM(x[D!] * m[D!,Q])", 2 + 8 + 24),
        ("MAX(s, x[C]) - MIN(s, x[C])", 1),
        ("ZIDZ(s, x[A] - 1)", 0),
        ("ZIDZ(s, x[B])", 1.5),
        ("SQRT(x[C]) + ABS(-s) + EXP(0) + LN(1)", 6),
    ],
)
def test_expressions(
    shared_model: InlineModel, trajectories: xr.Dataset, text: str, value: float
) -> None:
    found = evaluate(text, trajectories, shared_model(TEXT).graph)
    np.testing.assert_allclose(found.values, np.full(found.shape, value), rtol=1e-14)


def test_an_expression_has_a_value_for_each_time(
    shared_model: InlineModel, trajectories: xr.Dataset
) -> None:
    found = evaluate("Stock / (Stock - 5)", trajectories, shared_model(TEXT).graph)
    assert found.dims == ("run", "time")
    assert found.values.tolist() == [[0.0, np.inf, 2.0]]


def test_a_missing_number_stays_one(shared_model: InlineModel, trajectories: xr.Dataset) -> None:
    broken = trajectories.assign(s=trajectories["s"] * np.nan)
    for text in ("MAX(s, 1)", "MAX(1, s)", "MIN(s, 1)", "ZIDZ(1, s)"):
        assert np.isnan(evaluate(text, broken, shared_model(TEXT).graph).values).all()


@pytest.mark.parametrize("text", ["SIN(s)", "MAX(s)", "s > 1", ":NOT: s", "IF THEN ELSE(s, 1, 2)"])
def test_what_has_no_meaning_after_a_run(
    shared_model: InlineModel, trajectories: xr.Dataset, text: str
) -> None:
    with pytest.raises(RunError, match="an outcome's expression may use"):
        evaluate(text, trajectories, shared_model(TEXT).graph)


def test_variables_in(shared_model: InlineModel) -> None:
    graph = shared_model(TEXT).graph
    assert variables_in(["SUM(X[D!]) + s", "s * M[A,P]"], graph) == ("x", "s", "m")
