"""What was fitted is the optimum on its grid, so that the fit can be repeated.

The drift of the value-added rate is the multiple of 0.001 a year that comes closest to the rate of
2020. The shift of market growth, common to all industries, is the multiple of 0.1 percentage points
with the least sum of squared logarithms of model over data, at that drift. Both hold at once.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from pysd_runner import Model
from tests.models.foshan.conftest import own_value
from tests.models.foshan.test_history import observed

INDUSTRIES = ("SHA", "HEM", "HYD", "ROB", "NEV", "OSE")
GRID = 0.001 * np.arange(-3, 4)

FITTED = (
    ("advanced_value_added", "city value added", (2019.0, 2020.0, 2021.0), None),
    ("iva_above_scale", "city value added", (2017.0, 2019.0, 2020.0, 2021.0), 2015.0),
    ("gross_industrial_output_above_scale", "city gross output", (2016.0, 2017.0, 2020.0), 2015.0),
)
"""Indicator, variable, years, and the year to which both are relative, if not levels: ten values,
none after 2021."""


def moved(model: Model, shifts: NDArray[np.float64], drifts: NDArray[np.float64]) -> xr.Dataset:
    """One run for each pair of a shift of market growth and a drift, both added to the file's."""
    inputs = {
        f"market growth[{industry}]": own_value(model, f"market growth[{industry}]") + shifts
        for industry in INDUSTRIES
    }
    inputs["value drift"] = own_value(model, "value drift") + drifts
    names = ["city value added", "city gross output", "city value added rate"]
    return model.batch(inputs, names, save_step=1.0, final_time=2022.0, workers=1)


def misfit(runs: xr.Dataset) -> NDArray[np.float64]:
    """Sum of squared logarithms of model over data, by run."""
    logs = []
    for indicator, variable, years, base in FITTED:
        data, found = observed()[indicator], runs[variable]
        for year in years:
            ratio = found.sel(time=year) / data[year]
            if base is not None:
                ratio = ratio / (found.sel(time=base) / data[base])
            logs.append(np.log(ratio.values))
    assert len(logs) == 10
    return np.square(logs).sum(axis=0)


def test_market_growth_has_the_least_squares(model: Model) -> None:
    found = misfit(moved(model, GRID, np.zeros_like(GRID)))
    assert GRID[found.argmin()] == 0.0
    # The valley is flat: a tenth of a point more or less costs about one per cent of the sum.
    assert found[2] / found[3] - 1 == pytest.approx(0.01, abs=0.01)
    assert found[4] / found[3] - 1 == pytest.approx(0.01, abs=0.01)


def test_the_drift_meets_the_rate_of_2020(model: Model) -> None:
    rate = moved(model, np.zeros_like(GRID), GRID)["city value added rate"].sel(time=2020.0)
    miss = abs(rate.values - observed()["value_added_rate_above_scale"][2020.0])
    assert GRID[miss.argmin()] == 0.0


def test_certification_has_the_least_squares(model: Model) -> None:
    """Three constants, each a step of its grid up or down: no neighbour fits four counts better."""
    steps = {"qualification innovation": 0.01, "qualification imitation": 0.01,
             "initial high tech share": 0.001}  # fmt: skip
    own = {name: own_value(model, name) for name in steps}
    columns = {name: [own[name]] for name in steps}
    for name, step in steps.items():
        for sign in (-1.0, 1.0):
            for each in steps:
                columns[each].append(own[each] + (sign * step if each == name else 0.0))
    runs = model.batch(
        {name: np.array(values) for name, values in columns.items()},
        ["high tech firm count"], save_step=1.0, final_time=2022.0, workers=1,
    )  # fmt: skip
    counts = {y: n for y, n in observed()["hte_count"].items() if y < 2022}
    assert len(counts) == 4
    logs = [np.log(runs["high tech firm count"].sel(time=y).values / n) for y, n in counts.items()]
    assert np.square(logs).sum(axis=0).argmin() == 0
