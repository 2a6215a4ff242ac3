"""exp, log and pow against extended precision and against the rules of IEEE 754."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pysd_runner import Model
from pysd_runner.kernel.kernel import Kernel, compile_kernel

InlineModel = Callable[[str], Model]
SPECIAL = np.array([0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, np.inf, np.nan, 1e308, 5e-324, -2.5])


@pytest.fixture(scope="module")
def kernel(shared_model: InlineModel) -> Kernel:
    model = shared_model("x = 1 ~~|\ny = 1 ~~|\ne = EXP(x) ~~|\nl = LN(x) ~~|\np = x ^ y ~~|")
    names = [("x", ()), ("y", ())]
    outputs = [("e", ()), ("l", ()), ("p", ())]
    return compile_kernel(model.graph, names, outputs, controls=model.time_grid().controls)


def values(kernel: Kernel, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return kernel.run(np.column_stack([x, y]), np.zeros(1, int), 0).outputs[:, 0, :]


def units_off(found: NDArray[np.float64], exact: NDArray[np.longdouble]) -> float:
    rounded = exact.astype(float)
    usable = np.isfinite(rounded) & (np.abs(rounded) > 1e-300)
    return float(np.max((np.abs(found - exact) / np.spacing(np.abs(rounded)))[usable]))


def test_errors_stay_within_units_in_the_last_place(kernel: Kernel) -> None:
    chance = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        x = chance.uniform(-700, 700, 40_000)
        assert units_off(values(kernel, x, x)[:, 0], np.exp(x.astype(np.longdouble))) <= 1
        x = np.exp(chance.uniform(-700, 700, 40_000))
        assert units_off(values(kernel, x, x)[:, 1], np.log(x.astype(np.longdouble))) <= 1
        cases = (
            (1e-20, 1e20, 14, 1),
            (0.99, 1.01, 70_000, 1),
            (0.3, 3, 50, 1.3),
            (0.5, 2, 900, 16),
        )
        for low, high, power, units in cases:
            x = np.exp(chance.uniform(np.log(low), np.log(high), 40_000))
            y = chance.uniform(-power, power, 40_000)
            exact = np.power(x.astype(np.longdouble), y.astype(np.longdouble))
            assert units_off(values(kernel, x, y)[:, 2], exact) <= units


def test_special_values_follow_ieee_754(kernel: Kernel) -> None:
    x, y = (grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL))
    with np.errstate(all="ignore"):
        found = values(kernel, x, y)
        np.testing.assert_allclose(found[:, 0], np.exp(x), rtol=4e-16)
        np.testing.assert_allclose(found[:, 1], np.log(x), rtol=4e-16)
        np.testing.assert_allclose(found[:, 2], np.power(x, y), rtol=4e-16)


def test_bits_depend_on_neither_neighbours_nor_width(shared_model: InlineModel) -> None:
    """One lane that is not ordinary sends its whole block through the general functions."""
    model = shared_model("x = 1 ~~|\ny = 1 ~~|\ne = EXP(x) ~~|\nl = LN(x) ~~|\np = x ^ y ~~|")
    names, asked = [("x", ()), ("y", ())], [("e", ()), ("l", ()), ("p", ())]
    chance = np.random.default_rng(1)
    x, y = np.exp(chance.uniform(-7, 7, 4096)), chance.uniform(-50, 50, 4096)
    controls = model.time_grid().controls

    def of_width(width: int) -> Kernel:
        return compile_kernel(model.graph, names, asked, controls=controls, width=width)

    ordinary = values(of_width(8), x, y)
    mixed_x, mixed_y = np.repeat(x, 2), np.repeat(y, 2)
    mixed_x[1::2] = np.resize(SPECIAL, 4096)
    for width in (1, 2, 4, 8):
        beside = values(of_width(width), mixed_x, mixed_y)
        np.testing.assert_array_equal(beside[::2], ordinary)
