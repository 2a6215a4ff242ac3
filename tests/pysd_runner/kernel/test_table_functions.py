"""Lookups and their functions, against values computed by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pysd_runner import Curve, Model, ModelError
from pysd_runner.kernel.kernel import compile_kernel

InlineModel = Callable[[str], Model]
TABLE = "t((4,1),(0,2),(1,4),(2,3)) ~~|\n"  # not in order of x
FALLING = "down((0,9),(2,5),(3,1)) ~~|\n"


def read(model: Model, at: list[float]) -> NDArray[np.float64]:
    """Return y of a model for values of its constant x."""
    controls = model.time_grid().controls
    kernel = compile_kernel(model.graph, [("x", ())], [("y", ())], controls=controls)
    return kernel.run(np.array(at)[:, None], np.zeros(1, dtype=np.int64), 0).outputs[:, 0, 0]


AT = [-1.0, 0.0, 0.5, 1.0, 3.0, 4.0, 6.0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("t(x)", [2, 2, 3, 4, 2, 1, 1]),
        ("WITH LOOKUP(x, ((0,2),(1,4),(2,3),(4,1)))", [2, 2, 3, 4, 2, 1, 1]),
        ("WITH LOOKUP(x, t)", [2, 2, 3, 4, 2, 1, 1]),
        ("LOOKUP FORWARD(t, x)", [2, 2, 4, 4, 1, 1, 1]),
        ("LOOKUP BACKWARD(t, x)", [2, 2, 2, 4, 3, 1, 1]),
        ("LOOKUP EXTRAPOLATE(t, x)", [0, 2, 3, 4, 2, 1, -1]),
        ("TABXL(t, x)", [0, 2, 3, 4, 2, 1, -1]),
        ("LOOKUP AREA(t, 0, x)", [-2, 0, 1.25, 3, 9, 10.5, 12.5]),
        ("LOOKUP AREA(t, x, 4)", [12.5, 10.5, 9.25, 7.5, 1.5, 0, -2]),
        ("LOOKUP INVERT(down, 10 - x)", [0, 0, 0, 0, 1, 1.5, 2.25]),
        ("one(x)", [7] * 7),
        ("LOOKUP EXTRAPOLATE(one, x) + LOOKUP AREA(one, 0, x)", [0, 7, 10.5, 14, 28, 35, 49]),
    ],
)
def test_functions_of_lookups(
    inline_model: InlineModel, expression: str, expected: list[float]
) -> None:
    model = inline_model(f"{TABLE}{FALLING}one((3,7)) ~~|\nx = 0 ~~|\ny = {expression} ~~|\n")
    np.testing.assert_allclose(read(model, AT), expected, rtol=1e-15, atol=1e-15)
    assert math.isnan(read(model, [math.nan])[0]) or "one(" in expression


def test_at_a_jump_the_later_point_counts(inline_model: InlineModel) -> None:
    model = inline_model("t((0,0),(1,1),(1,5),(2,6)) ~~|\nx = 0 ~~|\ny = t(x) ~~|\n")
    found = read(model, [0.5, np.nextafter(1, 0), 1.0, 1.5])
    np.testing.assert_allclose(found, [0.5, 1, 5, 5.5], rtol=1e-15)


def test_beyond_a_jump_at_its_end_a_lookup_goes_on_level(inline_model: InlineModel) -> None:
    model = inline_model(
        "t((0,0),(0,1),(1,5),(1,6)) ~~|\nx = 0 ~~|\ny = LOOKUP EXTRAPOLATE(t, x) ~~|\n"
        "fixed = LOOKUP EXTRAPOLATE(t, 3) + 10 * LOOKUP EXTRAPOLATE(t, -3) ~~|\n"
    )
    above, far, below = read(model, [3.0, 9.0, -3.0])
    fixed = model.run(outputs=["fixed"], engine="kernel")["fixed"].values
    assert fixed[0] == above + 10 * below
    assert above == far


def test_subscripted_lookups_and_arguments(inline_model: InlineModel) -> None:
    model = inline_model(
        "D: A, B ~~|\nt[A]((0,0),(1,10)) ~~|\nt[B]((0,5),(2,9)) ~~|\nx = 0 ~~|\n"
        "z[D] = t[D](x + D) ~~|\nw[D] = LOOKUP BACKWARD(t[D], x) ~~|\n"
        "y = z[A] + 100 * z[B] + 10000 * w[B] + 1000000 * SUM(t[D!](x)) ~~|\n"
    )
    assert read(model, [0.0, 0.5]).tolist() == [5050910, 11050910]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("LOOKUP INVERT(t, x)", "a lookup that neither rises nor falls throughout"),
        ("LOOKUP FORWARD(x, 1)", "'x', which is no lookup, as a lookup"),
        ("LOOKUP FORWARD(2 * x, 1)", "an expression where a lookup must stand"),
        ("LOOKUP SLOPE(t, x, 1)", "LOOKUP SLOPE"),
        ("t + x", "uses the lookup 't' without an argument"),
    ],
)
def test_what_is_no_lookup_is_refused(
    inline_model: InlineModel, expression: str, message: str
) -> None:
    model = inline_model(f"{TABLE}x = 0 ~~|\ny = {expression} ~~|\n")
    with pytest.raises(ModelError, match=message) as caught:
        read(model, [0.0])
    assert (caught.value.faults[0].line, caught.value.faults[0].variable) == (3, "y")


def test_a_lookup_that_differs_by_run_is_read_by_a_plain_call_only(
    inline_model: InlineModel,
) -> None:
    model = inline_model(f"{TABLE}x = 0.5 ~~|\ny = t(x) ~~|\nz = LOOKUP FORWARD(t, x) ~~|\n")
    curve = {"t": Curve([0, 1], [0, 8])}
    assert model.run(curve, ["y"], engine="kernel")["y"].values[0] == 4
    with pytest.raises(ModelError, match="'t', which differs by run, as a lookup"):
        model.run(curve, ["z"], engine="kernel")
