"""Fan charts: how far futures spread over time, one fan for each setting."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    grid_of,
    legend_above,
    readable_axis,
    share_axis,
    style,
    wrapped,
    year_axis,
)

COLOURS = (ORANGE, BLUE, GREEN)

Fans = Mapping[str, NDArray[np.float64]]
"""Label -> the 5th, 25th, 50th, 75th and 95th percentile over time, shape (5, saves)."""


def fan_charts(
    panels: Mapping[str, Fans],
    times: NDArray[np.float64],
    *,
    since: float | None = None,
    reference: float | None = None,
    shares: bool = False,
    label: str = "",
    note: str = "",
) -> Figure:
    """Draw one panel for each stress: a fan, and the median and the ends of other settings.

    Parameters
    ----------
    panels : mapping
        Title -> fans; at most three in a panel, the same labels in all. The first has bands.
    times : ndarray, shape (saves,)
        Of the values.
    since : float or None
        Time from which on to draw.
    reference : float or None
        Level to draw a line at: 1 for shares of a twin.
    shares : bool
        Whether the values are shares, to be written in per cent.
    label : str
        Of the vertical axis.
    note : str
        Of the time axis.
    """
    with style():
        figure, axes_of = grid_of(len(panels), columns=3, height=2.1)
        for axes, (title, fans) in zip(axes_of, panels.items(), strict=True):
            for number, (name, fan) in enumerate(fans.items()):
                low, lower, middle, upper, high = fan
                colour = COLOURS[number]
                if number == 0:
                    axes.fill_between(times, low, high, color=colour, alpha=0.2, linewidth=0)
                    axes.fill_between(times, lower, upper, color=colour, alpha=0.35, linewidth=0)
                else:  # bands on bands would have a colour that no legend explains
                    for edge in (low, high):
                        axes.plot(times, edge, color=colour, linewidth=0.7, linestyle="--")
                axes.plot(times, middle, color=colour, linewidth=1.4, label=name)
            if reference is not None:
                axes.axhline(reference, color=BLACK, linewidth=0.8, linestyle=":")
            axes.set_title(wrapped(title, 2.1))
            axes.margins(x=0)
            axes.set_xlim(left=since)
            year_axis(axes)
            (share_axis if shares else readable_axis)(axes)
        lowest = min(axes.get_ylim()[0] for axes in axes_of)
        highest = max(axes.get_ylim()[1] for axes in axes_of)
        for number, axes in enumerate(axes_of):
            axes.set_ylim(lowest, highest)
            if number % 3 == 0:
                axes.set_ylabel(label)
            if number + 3 >= len(axes_of):
                axes.set_xlabel(note)
        legend_above(figure, axes_of[0])
    return figure
