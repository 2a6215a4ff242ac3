"""Tornado: what each lever does alone, from one bound to the other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sensitivity.plots.numbers import span
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    grid_of,
    legend_above,
    readable_axis,
    row_label,
    style,
)


def tornado_bars(
    table: pd.DataFrame,
    titles: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    most: int = 12,
) -> Figure:
    """Draw a tornado for each outcome, the largest swing on top.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`sensitivity.screening.tornado`.
    titles : mapping
        Outcome -> title of its panel, with its unit.
    notes : mapping
        Outcome -> what its axis says besides the change, such as the better direction.
    most : int
        Factors drawn for each outcome.
    """
    outcomes = list(dict.fromkeys(table["outcome"]))
    factors = min(most, int(table.groupby("outcome").size().max()))
    with style():
        figure, panels = grid_of(len(outcomes), height=max(1.9, 0.95 + 0.25 * factors))
        for axes, outcome in zip(panels, outcomes, strict=True):
            rows = table[table["outcome"] == outcome]
            rows = rows.sort_values("swing", na_position="first").tail(most)
            axes.set_title((titles or {}).get(outcome, outcome))
            _panel(axes, rows, (notes or {}).get(outcome, ""))
        legend_above(figure, panels[0])
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, note: str) -> None:
    base = float(rows["base"].iloc[0])
    scale = 100 / abs(base) if base else 1.0
    place = np.arange(len(rows))
    for column, colour, label in (
        ("at_low", ORANGE, "lever at its lower bound"),
        ("at_high", BLUE, "lever at its upper bound"),
    ):
        axes.barh(place, (rows[column] - base) * scale, height=0.62, color=colour, label=label)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    names = [
        row_label(f"{label}, {span(low, high, unit)}")
        for label, low, high, unit in zip(
            rows["label"], rows["low_value"], rows["high_value"], rows["unit"], strict=True
        )
    ]
    axes.set_yticks(place, names)
    axes.tick_params(axis="y", labelsize=7)
    axes.grid(axis="y", visible=False)
    widest = float(rows["swing"].max())
    reach = 1.08 * widest * scale
    if not widest > 1e-12 * abs(base):
        reach = 1.0
        said = "no run has a value" if np.isnan(widest) else "no lever alone moves it"
        axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center",
                  color=GREY)  # fmt: skip
    axes.set_xlim(-reach, reach)
    readable_axis(axes, "x")
    said = "change, per cent of the base case" if base else "change from zero"
    axes.set_xlabel(f"{said}\n{note}" if note else said)
