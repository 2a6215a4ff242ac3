"""Functions that remember, where PySD is no oracle: orders that differ by run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model, ModelError

InlineModel = Callable[[str], Model]
TEXT = "x = STEP(3, 1) + Time ~~|\nn = 3 ~~|\ny = {function}(x, 4, 1, n) ~~|"


@pytest.mark.parametrize("function", ["SMOOTH N", "DELAY N"])
def test_the_order_may_differ_by_run(inline_model: InlineModel, function: str) -> None:
    orders = [1.0, 2.0, 5.9, 24.0]
    text = TEXT.format(function=function)
    runs = inline_model(text).batch({"n": orders}, ["y"], engine="kernel")["y"].values
    for order, found in zip(orders, runs, strict=True):
        alone = inline_model(text.replace("n = 3", f"n = {int(order)}")).run(outputs=["y"])
        assert np.array_equal(found, alone["y"].values)


@pytest.mark.parametrize("function", ["SMOOTH N", "DELAY N"])
def test_an_order_beyond_what_a_run_can_have_gives_no_number(
    inline_model: InlineModel, function: str
) -> None:
    model = inline_model(TEXT.format(function=function))
    runs = model.batch({"n": [0.0, 25.0, 2.0]}, ["y"], engine="kernel")
    assert runs["failed"].values.tolist() == [1, 1, 0]


def test_an_order_that_is_none_is_refused(inline_model: InlineModel) -> None:
    model = inline_model(TEXT.format(function="DELAY N").replace("n = 3", "n = 0"))
    with pytest.raises(ModelError, match="DELAY N of an order that is no number from 1 to 1000"):
        model.run(engine="kernel")


def test_a_stock_inside_an_expression_is_a_stock(inline_model: InlineModel) -> None:
    text = (
        "x = MAX(INTEG(flow, start) * 2, 5) + INTEG(x, 0) ~~|\nflow = 3 ~~|\nstart = 1 ~~|\n"
        "plain = INTEG(flow, start) ~~|\nsum = INTEG(y, 0) ~~|\ny = MAX(plain * 2, 5) + sum ~~|"
    )
    run = inline_model(text).run(engine="kernel")
    assert np.array_equal(run["x"].values, run["y"].values)
    assert run["plain"].values[:2].tolist() == [1.0, 1.75]
