"""Figures: what is drawn is what was computed, and what must not be drawn is refused."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from pysd_runner.errors import DesignError
from sensitivity.plots.bands import bands
from sensitivity.plots.embed import drawing
from sensitivity.plots.history import Comparison, history
from sensitivity.plots.sobol_bars import sobol_bars
from sensitivity.plots.style import row_label, style, titled, wrapped
from sensitivity.plots.survival import survival_curves
from sensitivity.plots.tornado import tornado_bars
from sensitivity.sampling import one_at_a_time, saltelli
from sensitivity.screening import tornado
from sensitivity.sobol import IndexTable, sobol
from sensitivity.stress.survival import kaplan_meier
from tests.sensitivity.analytic import Ishigami, factors


def indices(n: int) -> IndexTable:
    design = saltelli(Ishigami.factors, n)
    return sobol(design, pd.DataFrame({"y": Ishigami()(design.values)}))


def test_sobol_bars_are_as_long_as_the_indices() -> None:
    table = indices(128)
    (axes,) = sobol_bars(table).axes
    drawn = sorted(bar.get_width() for bar in axes.patches)
    drawn_kinds = table.table["index"].isin(["S1", "ST"])
    expected = sorted(table.table["estimate"][drawn_kinds])
    assert drawn == pytest.approx(expected)
    assert axes.get_xlabel() == "share of its variance"


def test_the_largest_sobol_indices_are_drawn_if_there_are_many() -> None:
    table = indices(128)
    (axes,) = sobol_bars(table, most=2).axes
    largest = table.of("y", "ST")["estimate"].sort_values().index[-2:]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        table.labels[name] for name in largest
    ]
    assert len(axes.patches) == 4


def test_no_sobol_bar_is_drawn_from_too_few_runs() -> None:
    with pytest.raises(DesignError, match="at least 64"):
        sobol_bars(indices(32))


def test_tornado_bars_are_changes_in_per_cent() -> None:
    design = one_at_a_time(factors(2, 0.0, 2.0))
    y = 10 + design.values[:, 0] + 3 * design.values[:, 1]  # 14 at the base
    (axes,) = tornado_bars(tornado(design, pd.DataFrame({"y": y}))).axes
    widths = sorted(round(bar.get_width(), 6) for bar in axes.patches)
    assert widths == pytest.approx([-300 / 14, -100 / 14, 100 / 14, 300 / 14], abs=1e-5)


def test_tornado_says_when_nothing_moves() -> None:
    design = one_at_a_time(factors(2))
    table = tornado(design, pd.DataFrame({"y": np.full(len(design), 3.0)}))
    (axes,) = tornado_bars(table).axes
    assert [text.get_text() for text in axes.texts] == ["no lever alone moves it"]


@pytest.mark.parametrize("percentiles", [True, False])
def test_bands_lie_between_the_lowest_and_the_highest_run(percentiles: bool) -> None:
    times = np.linspace(0, 1, 5)
    runs = xr.DataArray(
        np.outer(np.arange(101.0), times), dims=("run", "time"), coords={"time": times}
    )
    figure = bands({"y": runs}, {"y": runs.isel(run=50)}, percentiles=percentiles)
    outer = figure.axes[0].collections[0].get_paths()[0].get_extents()
    assert outer.ymax == pytest.approx(95 if percentiles else 100)


def test_history_draws_every_observation() -> None:
    observed = pd.DataFrame(
        {"year": [2015.0, 2016.0, 2018.0], "value": [1.0, 2.0, 4.0],
         "quality": ["final", "derived", "final"],
         "use": ["calibration", "calibration", "validation"]}
    )  # fmt: skip
    times = np.arange(2015.0, 2041.0)
    (axes,) = history([Comparison("t", times, times - 2014, observed)]).axes
    points = np.concatenate([line.get_xydata() for line in axes.lines if line.get_marker() in "oD"])
    assert sorted(map(tuple, points)) == [(2015.0, 1.0), (2016.0, 2.0), (2018.0, 4.0)]
    hollow = [line.get_label() for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert hollow == ["derived (calibration)"]


def test_equal_figures_give_equal_bytes_and_need_no_network() -> None:
    table = indices(64)
    first, second = (drawing(sobol_bars(table), "x") for _ in range(2))
    assert first == second
    assert first.startswith("<svg ")
    assert "<image" not in first and "http" not in first.replace("http://www.w3.org/2000/svg", "")


def test_a_legend_covers_no_bar() -> None:
    design = one_at_a_time(factors(6, 0.0, 2.0))
    y = 10 + design.values.sum(axis=1)
    table = indices(64)
    runs = xr.DataArray(np.ones((3, 2)), dims=("run", "time"), coords={"time": [0.0, 1.0]})
    for figure in (
        tornado_bars(tornado(design, pd.DataFrame({"a": y, "b": y}))),
        sobol_bars(table),
        bands({"y": runs}, {"y": runs.isel(run=0)}),
    ):
        figure.draw_without_rendering()
        (legend,) = figure.legends
        lowest = legend.get_window_extent().y0
        assert all(axes.get_tightbbox().y1 <= lowest for axes in figure.axes)


def test_titles_keep_clear_of_the_axis_above() -> None:
    design = one_at_a_time(factors(6, 0.0, 2.0))
    y = 10 + design.values.sum(axis=1)
    outcomes = pd.DataFrame(dict.fromkeys("abcd", y))
    titles = dict.fromkeys("abcd", "A title\non two lines")
    figure = tornado_bars(tornado(design, outcomes), titles, dict.fromkeys("abcd", "(a note)"))
    figure.draw_without_rendering()
    above, below = figure.axes[0], figure.axes[2]
    gap = above.xaxis.label.get_window_extent().y0 - below.title.get_window_extent().y1
    assert gap > 0.1 * figure.dpi
    assert above.get_xlabel() == "change, per cent of the base case\n(a note)"


def test_titles_have_their_units_and_fit_their_panel() -> None:
    assert titled("Fund DPI", "Dmnl") == "Fund DPI"
    assert titled("Knowledge", "MCNY") == "Knowledge [million\N{NO-BREAK SPACE}CNY]"
    assert titled("Equipment utilisation, lowest", "Dmnl", 2.0) == "Equipment utilisation,\nlowest"


def test_no_line_is_wider_than_there_is_room_unless_a_word_is() -> None:
    text = "Orange: WIDE MARKET GROWTH after 2026 below 360 bn CNY/yr"
    with style():
        figure = Figure(dpi=720)
        for inches in (1.0, 2.0, 3.0):
            lines = wrapped(text, inches).split("\n")
            assert " ".join(lines) == text
            for line in lines:
                drawn = figure.text(0, 0, line, fontsize=9.5, fontweight="bold")
                assert drawn.get_window_extent().width <= 720 * inches * 1.01, line
    assert wrapped("indivisible", 0.1) == "indivisible"
    # Letters are measured, not counted.
    assert wrapped("ill lit till", 1.0) == "ill lit till"
    assert wrapped("WWW WWW WWWW", 1.0) == "WWW WWW\nWWWW"


@pytest.mark.parametrize("count", [2, 40])
def test_very_long_labels_leave_room_for_the_bars(count: int) -> None:
    said = "A lever that a ministry named in one breath and never shortened, not even in tables"
    named = [replace(each, label=said) for each in factors(count)]
    design = saltelli(named, 64)
    y = design.values @ np.arange(1.0, count + 1)
    figure = sobol_bars(sobol(design, pd.DataFrame({"y": y, "z": -y})))
    figure.savefig(io.BytesIO(), dpi=40)  # a layout that collapses is a warning, which is an error
    assert all(axes.get_position().width > 0.1 for axes in figure.axes)
    label = figure.axes[0].get_yticklabels()[0].get_text()
    assert label.startswith("A lever that a ministry") and label.count("\n") == 1


def test_a_row_label_that_fits_stays_as_it_is() -> None:
    assert (
        row_label("S12 Recession, crunch and budget cut") == "S12 Recession, crunch and budget cut"
    )
    assert row_label("a " * 200).endswith(" …")


def test_runs_that_have_recovered_at_once_are_drawn() -> None:
    table = kaplan_meier(np.zeros(5), np.ones(5, dtype=bool)).table
    (axes,) = survival_curves({"A": {"all": table}}, 0.0).axes
    times, share = axes.lines[0].get_data()
    assert times[-1] == axes.get_xlim()[1] > 0 and share[-1] == 1


def test_a_tornado_of_runs_that_failed_says_so() -> None:
    table = tornado(one_at_a_time(factors(1)), pd.DataFrame({"y": [1.0, np.nan, np.nan]}))
    (axes,) = tornado_bars(table).axes
    assert [text.get_text() for text in axes.texts] == ["no run has a value"]
