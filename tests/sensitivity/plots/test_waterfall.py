"""Waterfall and interaction matrix: bars and cells are the contributions."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity.coalitions import Futures, subsets
from sensitivity.contribution import contributions
from sensitivity.index_table import IndexTable
from sensitivity.plots.interactions import interactions
from sensitivity.plots.waterfall import waterfall
from sensitivity.slices import Slices
from tests.sensitivity.test_contribution import LEVERS, POLICY, UNKNOWN, gain


@pytest.fixture(scope="module")
def table() -> IndexTable:
    design = subsets(LEVERS, POLICY, Futures(UNKNOWN[:1], 64))
    return contributions(design, gain(design).assign(twice=2 * gain(design)["y"]))


def test_bars_lead_from_zero_to_the_whole(table: IndexTable) -> None:
    first, _ = waterfall(table, titles={"y": "Title"}).axes
    bars = [bar for container in first.containers[:1] for bar in container]
    shapley = table.of("y", "Shapley")["estimate"]
    ordered = shapley.reindex(shapley.abs().sort_values(ascending=False).index)
    assert [bar.get_width() for bar in bars] == pytest.approx(ordered.tolist())
    assert bars[0].get_x() == 0
    for left, right in itertools.pairwise(bars):
        assert right.get_x() == pytest.approx(left.get_x() + left.get_width())
    total = float(table.dataset["total"][0])
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(total)
    labels = [label.get_text() for label in first.get_yticklabels()]
    assert labels == [*ordered.index, "Whole policy"]
    assert first.get_title("left") == "Title"


def test_only_outcomes_that_move_are_drawn() -> None:
    design = subsets(LEVERS, POLICY, Futures((), 1))
    y = gain_without(design.values)
    slices = Slices(np.column_stack([y, 0 * y]), ("y", "still"))
    assert len(waterfall(contributions(design, slices)).axes) == 1
    over_time = contributions(design, Slices(y[:, None], ("y",), np.array([0.0])))
    with pytest.raises(DesignError, match="at one time"):
        waterfall(over_time)


def gain_without(values: np.ndarray) -> np.ndarray:
    return np.asarray(values @ [1.0, 2.0, 3.0])


def test_cells_are_interactions_and_hatched_where_they_may_be_none(table: IndexTable) -> None:
    figure = interactions(table, "y", title="Title")
    axes = figure.axes[0]
    drawn = np.asarray(axes.images[0].get_array().filled(np.nan))
    pairs = table.of("y", "interaction").set_index("with_factor", append=True)["estimate"]
    assert drawn[1, 0] == pairs[("x1", "x2")]
    assert drawn[2, 1] == pairs[("x2", "x3")]
    assert np.isnan(np.triu(drawn)[np.triu_indices(3)]).all()
    hatched = [patch for patch in axes.patches if patch.get_hatch()]
    held = [row for row in table.of("y", "interaction").itertuples() if row.low <= 0 <= row.high]
    assert len(hatched) == len(held) == 1  # x1 and x2: 3 - 3
    texts = {text.get_text() for text in axes.texts}
    assert "−3" in texts
    with pytest.raises(DesignError, match="no index of this table"):
        interactions(table, "y", "S2")


def test_levers_without_interaction_have_a_white_matrix() -> None:
    design = subsets(LEVERS, POLICY, Futures((), 1))
    table = contributions(design, pd.DataFrame({"y": gain_without(design.values)}))
    drawn = interactions(table, "y").axes[0].images[0].get_array()
    assert np.nanmax(np.abs(drawn.filled(0.0))) == pytest.approx(0, abs=1e-12)
