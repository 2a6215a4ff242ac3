"""Heat map: cells hold the indices, hatches lie where the interval holds zero."""

from __future__ import annotations

import numpy as np

from sensitivity.index_table import IndexTable
from sensitivity.plots.heat_map import _runs, heat_map


def test_cells_are_the_indices_by_factor_and_time(over_time: IndexTable) -> None:
    axes = heat_map(over_time, "y").axes[0]
    drawn = axes.collections[0].get_array()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    some = over_time.dataset.sel(outcome="y")
    for row, name in zip(drawn, labels, strict=True):
        np.testing.assert_allclose(row, some["ST"].sel(factor=name))
    assert labels[-1] == "x4"
    assert axes.get_title("left") == "Output"


def test_an_interval_that_holds_zero_is_hatched(over_time: IndexTable) -> None:
    axes = heat_map(over_time, "y").axes[0]
    hatched = [each for each in axes.collections if each.get_hatch()]
    boxes = [each.get_paths()[0].get_extents() for each in hatched]
    # x4 is inert at all times, x2 and x3 at the first: the last and two others.
    assert (3, 2020.0, 2040.0) in [(round(box.ymin), box.xmin, box.xmax) for box in boxes]
    assert sum(box.xmax == 2022.5 for box in boxes) == 2
    (legend,) = axes.get_legend().get_texts()
    assert legend.get_text() == "interval holds zero"


def test_a_start_without_spread_does_not_stretch_the_scale(over_time: IndexTable) -> None:
    dataset = over_time.dataset.copy(deep=True)
    dataset["sd"][0, 0] = 1e-9
    dataset["ST"][0, 0, 0] = 5.0
    figure = heat_map(IndexTable(dataset), "y")
    mesh = figure.axes[0].collections[0]
    assert mesh.norm.vmax < 1.2
    assert figure.axes[1]._colorbar.extend == "max"


def test_stretches_of_true_cells() -> None:
    mask = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=bool)
    assert _runs(mask) == [(0, slice(0, 2)), (0, slice(3, 4)), (2, slice(0, 4))]
