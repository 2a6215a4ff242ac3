"""Small multiples: every panel shows its lines on a scale of its own."""

from __future__ import annotations

import numpy as np
import pytest

from sensitivity.plots.small_multiples import LEAST, Panel, small_multiples

TIMES = np.linspace(2025, 2040, 61)


def test_lines_are_drawn_from_the_time_asked_for() -> None:
    panel = Panel("A shock", {"value": TIMES - 2025}, "something else −4%")
    (axes,) = small_multiples([panel], TIMES, since=2030).axes
    times, values = axes.lines[0].get_data()
    assert min(times) == 2030
    assert values == pytest.approx(np.asarray(times) - 2025)
    assert axes.texts[0].get_text() == "something else −4%"


def test_a_change_of_nothing_is_drawn_small_and_rows_have_one_scale() -> None:
    still, moved = np.zeros(61), np.linspace(0, -0.3, 61)
    panels = [Panel("a", {"x": still}), Panel("b", {"x": moved}), Panel("c", {"x": still})]
    first, second, third = small_multiples(panels, TIMES, shares=True, columns=2).axes
    assert third.get_ylim()[0] < -LEAST < LEAST < third.get_ylim()[1] < 2 * LEAST
    assert second.get_ylim()[0] < -0.3
    assert first.get_ylim() == second.get_ylim()


def test_ticks_of_small_shares_differ() -> None:
    panel = Panel("a", {"x": np.linspace(0, 0.012, 61)})
    figure = small_multiples([panel], TIMES, shares=True)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(set(labels)) == len(labels)


def test_two_lines_have_a_legend() -> None:
    panel = Panel("a", {"upper bound": TIMES, "lower bound": -TIMES})
    (legend,) = small_multiples([panel], TIMES).legends
    assert [text.get_text() for text in legend.get_texts()] == ["upper bound", "lower bound"]
