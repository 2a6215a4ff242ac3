"""Figures in a page: the same bytes whoever draws them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import sensitivity.plots.embed as module
from sensitivity.plots.embed import data_uri, data_uris
from sensitivity.plots.small_multiples import Panel, small_multiples


def figures(count: int) -> list[Figure]:
    times = np.linspace(0, 1, 11)
    return [
        small_multiples([Panel(f"figure {n}", {"x": n * times})], times, shares=True)
        for n in range(count)
    ]


def test_few_figures_are_drawn_here() -> None:
    drawn = data_uris(figures(3), workers=2)
    assert drawn == [data_uri(figure) for figure in figures(3)]
    assert len(set(drawn)) == 3


@pytest.mark.slow
def test_other_processes_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FEW", 2)
    assert data_uris(figures(4), workers=2) == data_uris(figures(4))
