"""Bars at equal cost, and what is pale because it could not spend the money."""

from __future__ import annotations

import pytest

from sensitivity.equal_cost import equal_cost
from sensitivity.plots.equal_cost import equal_cost_bars
from sensitivity.plots.style import BLUE, PALE
from tests.sensitivity.test_equal_cost import LEVERS, POLICIES, UNKNOWN, Futures, runner


def test_bars_are_effects_and_policies_that_cannot_spend_are_pale() -> None:
    found = equal_cost(
        runner(lambda outlay: outlay), LEVERS, POLICIES, Futures(UNKNOWN[:1], 8), "outlay",
        budget=60.0,
    )  # fmt: skip
    (axes,) = equal_cost_bars(found, ["effect"], {"effect": "Title"}, {"first": "Grants"}).axes
    assert axes.get_title(loc="left") == "Title"
    assert equal_cost_bars(found, ["effect"]).axes[0].get_title(loc="left") == "effect"
    rows = found.of("effect")
    bars = [container[0] for container in axes.containers if hasattr(container[0], "get_width")]
    assert [bar.get_width() for bar in bars] == pytest.approx(rows["effect"].tolist())
    colours = [bar.get_facecolor()[:3] for bar in bars]
    names = list(rows.index)
    from matplotlib.colors import to_rgb

    assert colours[names.index("together")] == to_rgb(BLUE)
    assert colours[names.index("only first")] == to_rgb(PALE)  # x1 is at its bound
    assert colours[names.index("only second")] != to_rgb(PALE)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [
        "A part: Grants", "A part: second", "All together", "Sum of the parts",
        "Difference: synergy", "All on: Grants", "All on: second",
    ]  # fmt: skip
    assert [text.get_text() for text in axes.texts] == ["spends 40"]
