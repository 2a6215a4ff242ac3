"""How often a breaker was right: shares of the futures, stacked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sensitivity.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    PALE,
    RED,
    grid_of,
    legend_above,
    row_label,
    share_axis,
    style,
    wrapped,
)

PARTS = {
    "right": (BLUE, "harm, braked before"),
    "late": (ORANGE, "harm, braked too late"),
    "missed": (RED, "harm, never braked"),
    "false": (GREY, "braked without harm"),
    "quiet": (PALE, "neither"),
}
"""Verdict -> its colour and what it is."""


def verdict_bars(panels: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw a bar for each row of a table of shares.

    Parameters
    ----------
    panels : mapping
        Title -> table, indexed by the label of the row, with one column for each verdict.
    """
    rows = max(len(table) for table in panels.values())
    with style():
        figure, axes_of = grid_of(len(panels), height=1.5 + 0.24 * rows)
        for number, (axes, (title, table)) in enumerate(zip(axes_of, panels.items(), strict=True)):
            place = np.arange(len(table))[::-1]
            left = np.zeros(len(table))
            for verdict, (colour, name) in PARTS.items():
                width = table[verdict].to_numpy(float)
                axes.barh(place, width, left=left, height=0.7, color=colour, label=name)
                left = left + width
            axes.set_yticks(
                place,
                [row_label(str(name)) for name in table.index]
                if number % 2 == 0
                else [""] * len(table),
            )
            axes.set_xlim(0, 1)
            share_axis(axes, "x")
            axes.grid(axis="y", visible=False)
            axes.set_title(wrapped(title, 3.2))
            axes.set_xlabel("share of the futures")
        legend_above(figure, axes_of[0])
    return figure
