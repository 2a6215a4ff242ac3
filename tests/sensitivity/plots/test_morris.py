"""Morris plot: points lie where the effects are, names cover nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sensitivity.elementary_effects import elementary_effects, screen
from sensitivity.index_table import IndexTable
from sensitivity.plots.morris import morris
from sensitivity.plots.style import PALE
from sensitivity.sampling import radial
from tests.sensitivity.analytic import factors


@pytest.fixture
def effects() -> IndexTable:
    design = radial(factors(4), 32)
    x = design.values
    y = 10 * x[:, 0] + 8 * x[:, 1] * x[:, 2] + 0.01 * x[:, 3]
    return elementary_effects(design, pd.DataFrame({"y": y}))


def test_points_are_means_and_spreads(effects: IndexTable) -> None:
    (axes,) = morris(effects, titles={"y": "Title"}).axes
    points = [line.get_xydata()[0] for c in axes.containers for line in c.lines[:1]]
    expected = np.column_stack(
        [effects.of("y", kind)["estimate"].to_numpy() for kind in ("mu_star", "sigma")]
    )
    np.testing.assert_allclose(points, expected)
    assert axes.get_title("left") == "Title"


def test_dropped_factors_are_pale_and_have_no_name(effects: IndexTable) -> None:
    screening = screen(effects)
    assert screening.dropped == ("x4",)
    (axes,) = morris(effects, screening).axes
    colours = [c.lines[0].get_color() for c in axes.containers]
    assert [colour == PALE for colour in colours] == [False, False, False, True]
    assert {text.get_text() for text in axes.texts} == {"x1", "x2", "x3"}


def test_names_do_not_cover_each_other() -> None:
    design = radial(factors(12), 16)
    y = design.values @ np.linspace(1, 1.1, 12)
    figure = morris(elementary_effects(design, pd.DataFrame({"y": y})))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])
