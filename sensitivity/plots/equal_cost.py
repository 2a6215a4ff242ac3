"""Policies at equal cost: the parts, all of them together, and each alone with all the money."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sensitivity.equal_cost import BUNDLE, ONLY, SUM, SYNERGY, EqualCost
from sensitivity.plots.numbers import readable
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    SKY,
    grid_of,
    readable_axis,
    row_label,
    style,
    titled,
)


def equal_cost_bars(
    found: EqualCost,
    outcomes: list[str],
    titles: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Draw what a sum of money does, spent in parts, together, and on one policy alone.

    A policy that could not spend the sum alone is pale, with what it spent: it is not to be
    compared.

    Parameters
    ----------
    found : EqualCost
        From :func:`sensitivity.equal_cost`.
    outcomes : list of str
        To draw, one panel each.
    titles : mapping
        Outcome -> title of its panel, with its unit.
    labels : mapping
        Policy -> label.
    """
    with style():
        count = len(found.of(outcomes[0]))
        figure, panels = grid_of(len(outcomes), height=1.0 + 0.21 * count)
        for axes, outcome in zip(panels, outcomes, strict=True):
            _panel(axes, found.of(outcome), labels or {})
            title = titled(found.labels[outcome], found.units[outcome])
            axes.set_title((titles or {}).get(outcome, title))
            readable_axis(axes, "x")
            axes.locator_params(axis="x", nbins=5)
            axes.set_xlabel("change from the base case,\nmean over futures")
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, labels: Mapping[str, str]) -> None:
    money = float(rows["cost"].loc[BUNDLE])
    place = np.arange(len(rows), dtype=float)
    after = [list(rows.index).index(name) for name in (BUNDLE, SYNERGY)]
    place[after[0] :] += 0.4
    place[after[1] + 1 :] += 0.4
    for where, (name, row) in zip(place, rows.iterrows(), strict=True):
        short = str(name).startswith(ONLY) and row["cost"] < 0.98 * money
        colour = _colour(str(name), row["effect"]) if not short else PALE
        axes.barh(where, row["effect"], color=colour, height=0.7)
        axes.errorbar(row["effect"], where, xerr=[[row["effect"] - row["low"]],
                      [row["high"] - row["effect"]]], fmt="none", ecolor=GREY if short else BLACK,
                      elinewidth=0.9, capsize=2)  # fmt: skip
        if short:
            spent = readable(float(f"{row['cost']:.3g}"))
            axes.annotate(f"spends {spent}", (0, where),
                          xytext=(3, 0), textcoords="offset points", fontsize=6.5, color=GREY,
                          va="center")  # fmt: skip
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.set_yticks(place, [row_label(_label(str(name), labels)) for name in rows.index])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)


def _colour(name: str, effect: float) -> str:
    if name == SYNERGY:
        return BLUE if effect >= 0 else ORANGE
    return {BUNDLE: BLUE, SUM: GREY}.get(name, SKY)


def _label(name: str, labels: Mapping[str, str]) -> str:
    fixed = {BUNDLE: "All together", SUM: "Sum of the parts", SYNERGY: "Difference: synergy"}
    if name in fixed:
        return fixed[name]
    if name.startswith(ONLY):
        policy = name.removeprefix(ONLY)
        return f"All on: {labels.get(policy, policy)}"
    return f"A part: {labels.get(name, name)}"
