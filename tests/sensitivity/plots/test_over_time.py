"""Indices over time are drawn as high as they are, each factor in its own panel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity.index_table import IndexTable
from sensitivity.plots.over_time import sobol_over_time
from sensitivity.sampling import saltelli
from sensitivity.sobol import sobol
from tests.sensitivity.analytic import factors


def test_each_factor_has_a_panel_as_high_as_its_indices(over_time: IndexTable) -> None:
    figure = sobol_over_time(over_time, "y", most=3)
    *panels, outcome = figure.axes
    assert len(panels) == 3
    some = over_time.dataset.sel(outcome="y")
    assert {axes.get_ylim() for axes in panels} == {(0.0, 1.0)}
    for axes in panels:
        name = axes.get_title("left")
        total, low, high = (line.get_ydata() for line in axes.lines)
        np.testing.assert_allclose(total, some["ST"].sel(factor=name))
        np.testing.assert_allclose(low, some["ST_low"].sel(factor=name))
        np.testing.assert_allclose(high, some["ST_high"].sel(factor=name))
        tops = [area.get_paths()[0].get_extents().ymax for area in axes.collections]
        assert tops[0] == pytest.approx(float(some["S1"].sel(factor=name).max()), abs=1e-9)
    assert outcome.get_title("left") == "Output"
    assert outcome.get_ylabel() == "million CNY"
    np.testing.assert_allclose(outcome.lines[0].get_ydata(), some["mean"])


def test_factors_are_ordered_by_the_variance_that_they_make(over_time: IndexTable) -> None:
    figure = sobol_over_time(over_time, "y", most=4)
    weights = over_time.dataset.sel(outcome="y")["sd"] ** 2
    mean = (over_time.dataset.sel(outcome="y")["ST"] * weights).sum("time").to_series()
    expected = mean.sort_values(ascending=False).index.tolist()
    assert [axes.get_title("left") for axes in figure.axes[:4]] == expected
    assert expected[-1] == "x4"


def test_what_cannot_be_drawn_is_refused(over_time: IndexTable) -> None:
    with pytest.raises(DesignError, match="'still' has no indices at any time: the same in all"):
        sobol_over_time(over_time, "still")
    with pytest.raises(DesignError, match="'z' is no outcome"):
        sobol_over_time(over_time, "z")
    design = saltelli(factors(2), 16)
    with pytest.raises(DesignError, match="of one time"):
        sobol_over_time(sobol(design, pd.DataFrame({"y": design.values[:, 0]})), "y")
