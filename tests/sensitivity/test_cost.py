"""What indices cost, beside SALib and beside the runs they are made of.

``pytest -m full -s tests/sensitivity/test_cost.py`` prints the ratios of ``sensitivity/README.md``.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

import numpy as np
import pytest
from SALib.analyze import sobol as salib_sobol

from pysd_runner import load
from sensitivity.factors import factors_of
from sensitivity.sampling import saltelli
from sensitivity.slices import run_slices
from sensitivity.sobol import estimate, sobol
from tests.sensitivity.analytic import factors

pytestmark = pytest.mark.full
ROUNDS = 5
SLICES = 200


@pytest.mark.parametrize("second_order", [False, True])
def test_a_slice_costs_less_than_with_salib(second_order: bool) -> None:
    design = saltelli(factors(12), 1024, second_order=second_order, scrambles=0)
    rng = np.random.default_rng(0)
    values = np.exp(design.values @ rng.normal(size=(12, SLICES)) / 3)
    problem = {"num_vars": 12, "names": list(design.names), "bounds": [[0, 1]] * 12}
    ratios = []
    for column in range(ROUNDS):
        start = perf_counter()
        theirs = salib_sobol.analyze(
            problem, values[:, column], calc_second_order=second_order, num_resamples=100, seed=1
        )
        between = perf_counter()
        ours = estimate(design, values, estimator="saltelli")
        end = perf_counter()
        np.testing.assert_allclose(ours["ST"].estimate[:, column], theirs["ST"], atol=1e-12)
        ratios.append((between - start) / ((end - between) / SLICES))
    print(f"second order {second_order}: SALib takes {median(ratios):.0f} times as long a slice")
    assert median(ratios) > 5


def test_indices_of_the_city_over_time_cost_less_than_the_runs() -> None:
    model = load("models/foshan")
    design = saltelli(factors_of(model.spec), 256, second_order=True)
    run_slices(model, saltelli(factors_of(model.spec), 8))  # compiles
    start = perf_counter()
    slices = run_slices(model, design)
    between = perf_counter()
    sobol(design, slices)
    end = perf_counter()
    share = (end - between) / (between - start)
    print(f"{slices.values.shape[1]:,} slices of {len(design):,} runs: {share:.2f} of their time")
    assert share < 1
