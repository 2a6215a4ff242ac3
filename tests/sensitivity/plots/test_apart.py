"""Shares of levers and uncertainties fill a bar."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.apart import apart
from sensitivity.design import DesignMatrix
from sensitivity.plots.apart import shared_variance
from sensitivity.slices import Slices
from tests.sensitivity.test_apart import FACTORS, run


def test_the_shares_fill_the_bar() -> None:
    found = apart(run, FACTORS, 64)
    (axes,) = shared_variance(found, {"y": "Output"}).axes
    levers, both, uncertainties = (c[0] for c in axes.containers if hasattr(c[0], "get_width"))
    rows = found.shared.of("y", "S1")["estimate"]
    assert levers.get_width() == pytest.approx(rows["levers"])
    assert uncertainties.get_width() == pytest.approx(rows["uncertainties"])
    assert both.get_x() == pytest.approx(levers.get_width())
    assert uncertainties.get_x() == pytest.approx(both.get_x() + both.get_width())
    assert uncertainties.get_x() + uncertainties.get_width() == pytest.approx(1)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Output"]


def test_what_has_times_is_not_drawn() -> None:
    def over_time(design: DesignMatrix, *, first: int = 0) -> Slices:
        return Slices(design.values[first:].sum(axis=1)[:, None], ("y",), np.array([0.0]))

    with pytest.raises(DesignError, match="pick one time"):
        shared_variance(apart(over_time, FACTORS, 16))
