"""Estimates with their intervals, row by row, several series side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    grid_of,
    legend_above,
    readable_axis,
    row_label,
    share_axis,
    style,
    wrapped,
)

_WIDTHS = {1: 6.0, 2: 2.7, 3: 1.9}
"""Of a title [inches], by the panels in a row."""

_SERIES = ((ORANGE, "o"), (BLUE, "D"), (GREEN, "s"), (PURPLE, "^"))


def dots(
    panels: Mapping[str, Mapping[str, pd.DataFrame]],
    *,
    rows: Sequence[str],
    labels: Mapping[str, str] | None = None,
    axis: str = "",
    reference: float | None = 0.0,
    shares: bool = False,
    columns: int = 2,
    alike: int = 0,
    one_line: bool = False,
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
    shares : bool
        Whether the axis is in per cent.
    columns : int
        Panels to a row.
    alike : int
        So many panels, from the first, have one scale, since they are to be compared.
    one_line : bool
        Whether the series of a row share a line, because they do not cover each other.
    """
    count = max(len(series) for series in panels.values())
    with style():
        names = [row_label((labels or {}).get(row, row)) for row in rows]
        lines = max(1 if one_line else count, *(1 + name.count("\n") for name in names))
        height = 1.1 + 0.13 * (lines + 0.5 + 0.5 * (not one_line)) * len(rows)
        figure, axes_of = grid_of(len(panels), columns=columns, height=height)
        columns = min(columns, len(panels))
        for number, (axes, (title, series)) in enumerate(zip(axes_of, panels.items(), strict=True)):
            _panel(axes, series, rows, 0.0 if one_line else 0.5)
            if reference is not None:
                axes.axvline(reference, color=BLACK, linewidth=0.8)
            axes.set_yticks(np.arange(len(rows))[::-1],
                            names if number % columns == 0 else [""] * len(rows))  # fmt: skip
            axes.set_title(wrapped(title, _WIDTHS[columns]))
            axes.set_xlabel(wrapped(axis, _WIDTHS[columns], 8.5, bold=False))
        ends = [axes.get_xlim() for axes in axes_of[:alike]]
        for axes in axes_of[:alike]:
            axes.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
        for axes in axes_of:
            axes.xaxis.set_major_locator(MaxNLocator(7 - columns))
            (share_axis if shares else readable_axis)(axes, "x")
        if count > 1:
            legend_above(figure, axes_of[0])
    return figure


def _panel(
    axes: Axes, series: Mapping[str, pd.DataFrame], rows: Sequence[str], apart: float
) -> None:
    """Draw the series of one panel, the first one on top."""
    place = np.arange(len(rows))[::-1]
    for position, (name, table) in enumerate(series.items()):
        colour, marker = _SERIES[position % len(_SERIES)]
        own = table.reindex(list(rows))
        where = place + apart * (0.5 * (len(series) - 1) - position) / max(1, len(series) - 1)
        axes.hlines(where, own["low"], own["high"], color=colour, linewidth=1.6)
        axes.plot(own["estimate"], where, marker, color=colour, markersize=4.5, label=name)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="y", visible=False)
