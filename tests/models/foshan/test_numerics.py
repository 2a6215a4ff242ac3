"""Step, method and engine make no difference that matters."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.check.time_step import compare_steps
from pysd_runner.run.reference import ReferenceEngine
from pysd_runner.spec.checks import read_checks
from tests.models.folder import MODELS


def test_halving_the_time_step_hardly_moves_an_outcome(model: Model) -> None:
    rule = read_checks(MODELS / "foshan" / "checks.toml", model.graph).time_step
    assert rule is not None
    assert rule.tolerance == 0.005
    coarse, fine = (
        model.outcomes(time_step=step).drop(columns="status").iloc[0]
        for step in (model.time_grid().time_step, rule.halve_to)
    )
    found = compare_steps(coarse, fine, rule)
    assert found.passed, found.detail


def test_the_error_of_hydrogen_is_that_of_compound_growth(model: Model) -> None:
    """It halves with the step, as no fast part or jump would let it."""
    hydrogen = np.array(
        [model.outcomes(time_step=1 / n)["hydrogen_2035"].item() for n in (16, 32, 64)]
    )
    first, second = np.diff(hydrogen)
    assert first / second == pytest.approx(2.0, abs=0.03)
    value = model.run(outputs=["value added"], save_step=1.0)["value added"].sel(industry="HYD")
    growth = np.diff(np.log(value.squeeze().sel(time=slice(2015.0, 2035.0))))
    lag = (growth**2).sum() / 2 / 16  # of Euler's method behind the exponential
    assert (first + second) / hydrogen[0] < lag < 3 * (first + second) / hydrogen[0]


def test_runge_kutta_agrees_where_nothing_switches(model: Model) -> None:
    euler = model.outcomes().drop(columns="status").iloc[0]
    runge_kutta = model.outcomes(method="rk4").drop(columns="status").iloc[0]
    assert (abs(euler / runge_kutta - 1) < 0.01).all()  # hydrogen most; the rest below 0.3 %
    assert (abs(euler / runge_kutta - 1).drop("hydrogen_2035") < 0.003).all()


@pytest.mark.slow
def test_pysd_gives_the_numbers_of_the_kernel(model: Model) -> None:
    # Half a year and subscripts kept: PySD translates all elements in a minute.
    grid = model.time_grid(final_time=2015.5, save_step=0.25)
    stocks = model.graph.of_kind("stock")
    theirs = ReferenceEngine(model.graph, keep_subscripts=True).run((), grid, stocks)
    ours = model.run(outputs=[s.name for s in stocks], final_time=2015.5, save_step=0.25)
    for stock in stocks:
        expected = np.asarray(theirs.values[stock.key], dtype=float)
        assert ours[stock.name].values == pytest.approx(expected, rel=1e-11, abs=1e-12), stock.name


@pytest.mark.full
def test_pysd_gives_the_numbers_of_the_kernel_to_the_end(model: Model) -> None:
    names = [v.name for v in model.graph.of_kind("stock", "flow", "auxiliary")]
    step = model.time_grid().time_step
    ours, theirs = (
        model.run(outputs=names, save_step=step, engine=engine) for engine in ("kernel", "pysd")
    )
    for name in names:
        scale = float(abs(theirs[name]).max())
        assert np.allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-9 * scale), name
