"""Convergence plot: every base sample has its points, and what is not settled is said."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.convergence import converge
from sensitivity.design import DesignMatrix
from sensitivity.plots.convergence import convergence
from sensitivity.sampling import saltelli
from sensitivity.slices import Slices
from tests.sensitivity.analytic import Ishigami


def run(design: DesignMatrix, *, first: int = 0) -> Slices:
    y = Ishigami()(design.values[first:])
    return Slices(np.column_stack([y, 0 * y]), ("y", "still"))


def test_points_are_the_indices_of_every_base_sample() -> None:
    found = converge(run, saltelli(Ishigami.factors, 64), target=1e-6, most=256)
    (axes,) = convergence(found, {"y": "Title"}, most=2).axes
    assert axes.get_title("left").strip() == "Title"
    lines = {line.get_label(): line for line in axes.get_legend_handles_labels()[0]}
    largest = found.last.of("y", "ST")["estimate"].idxmax()
    points = next(c for c in axes.containers if c.get_label() == largest)
    expected = [table.of("y", "ST").loc[largest, "estimate"] for table in found.tables]
    assert points.lines[0].get_ydata().tolist() == expected
    assert len(lines) == 2
    dashed = next(line for line in axes.lines if line.get_linestyle() == "--")
    assert dashed.get_ydata()[-1] == found.last.of("y", "ST")["half_width"].max()
    assert axes.texts[0].get_text().startswith("not settled: ± 0.")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["64", "128", "256"]


def test_what_cannot_be_drawn_is_refused() -> None:
    def over_time(design: DesignMatrix, *, first: int = 0) -> Slices:
        return Slices(Ishigami()(design.values[first:])[:, None], ("y",), np.array([0.0]))

    found = converge(over_time, saltelli(Ishigami.factors, 64), most=128)
    with pytest.raises(DesignError, match="drawn for outcomes"):
        convergence(found)
