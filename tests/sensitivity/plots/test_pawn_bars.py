"""PAWN bars stand beside what chance reaches."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from pysd_runner.errors import DesignError
from sensitivity.pawn import pawn
from sensitivity.plots.pawn_bars import pawn_bars
from sensitivity.plots.style import BLUE, PALE
from sensitivity.sampling import saltelli, sample
from sensitivity.sobol import sobol
from tests.sensitivity.analytic import Breaker, factors


def test_bars_are_indices_and_what_chance_reaches_is_pale() -> None:
    design = saltelli((*Breaker.factors, *factors(6)[5:]), 256)
    y = pd.DataFrame({"y": Breaker()(design.values[:, :5])})
    table = pawn(design, y, resamples=20)
    (axes,) = pawn_bars(table, {"y": "Title"}).axes
    rows = table.of("y", "PAWN")["estimate"].sort_values()
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(rows.tolist())
    dummy = table.dataset["PAWN_dummy"].sel(outcome="y", factor=list(rows.index)).values
    colours = [bar.get_facecolor()[:3] for bar in axes.patches]
    assert colours == [to_rgb(BLUE if value > 0 else PALE) for value in rows - dummy]
    assert to_rgb(PALE) in colours
    marks = next(each for each in axes.collections if each.get_label() == "reached by chance")
    assert isinstance(marks, LineCollection)
    assert [line[0, 0] for line in map(np.asarray, marks.get_segments())] == dummy.tolist()
    with pytest.raises(DesignError, match="a table of pawn"):
        pawn_bars(sobol(design, y))


def test_a_single_factor_leaves_room_for_its_bar() -> None:
    design = sample(factors(1), 256)
    table = pawn(design, pd.DataFrame({"y": design.values[:, 0]}), resamples=5, dummies=5)
    pawn_bars(table).savefig(io.BytesIO(), dpi=40)  # a layout that collapses is a warning
