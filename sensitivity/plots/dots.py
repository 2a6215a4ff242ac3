"""Estimates with their intervals, row by row, several series side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sensitivity.plots.numbers import readable
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    grid_of,
    legend_above,
    style,
)

_SERIES = ((ORANGE, "o"), (BLUE, "D"), (GREEN, "s"), (PURPLE, "^"))


def dots(
    panels: Mapping[str, Mapping[str, pd.DataFrame]],
    *,
    rows: Sequence[str],
    labels: Mapping[str, str] | None = None,
    axis: str = "",
    reference: float | None = 0.0,
    formatted: Callable[[float, object], str] = readable,
) -> Figure:
    """Draw a panel of rows, each with an estimate and its interval for every series.

    Parameters
    ----------
    panels : mapping
        Title -> series label -> table, indexed by row, with columns ``estimate``, ``low`` and
        ``high``; at most four series.
    rows : sequence of str
        Order of the rows, from the top.
    labels : mapping
        Row -> what stands beside it.
    axis : str
        Label of the horizontal axis.
    reference : float or None
        Where to draw a line.
    formatted : callable
        Writes a number of the axis.
    """
    count = max(len(series) for series in panels.values())
    with style():
        figure, axes_of = grid_of(len(panels), height=1.0 + 0.13 * (count + 1) * len(rows))
        for number, (axes, (title, series)) in enumerate(zip(axes_of, panels.items(), strict=True)):
            place = np.arange(len(rows))[::-1]
            for position, (name, table) in enumerate(series.items()):
                colour, marker = _SERIES[position % len(_SERIES)]
                own = table.reindex(list(rows))
                where = place + 0.5 * (0.5 * (len(series) - 1) - position) / max(1, len(series) - 1)
                axes.hlines(where, own["low"], own["high"], color=colour, linewidth=1.6)
                axes.plot(own["estimate"], where, marker, color=colour, markersize=4.5, label=name)
            if reference is not None:
                axes.axvline(reference, color=BLACK, linewidth=0.8)
            names = [(labels or {}).get(row, row) for row in rows]
            axes.set_yticks(place, names if number % 2 == 0 else [""] * len(rows))
            axes.set_ylim(-0.6, len(rows) - 0.4)
            axes.grid(axis="y", visible=False)
            axes.xaxis.set_major_formatter(formatted)
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.set_title(textwrap.fill(title, 44))
            axes.set_xlabel(axis)
        if count > 1:
            legend_above(figure, axes_of[0])
    return figure
