"""How long until something happens: curves of what is still waiting for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    grid_of,
    row_label,
    share_axis,
    style,
    wrapped,
)

_COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY, BLACK)


def survival_curves(
    panels: Mapping[str, Mapping[str, pd.DataFrame]],
    ends: float,
    *,
    label: str = "",
    note: str | Sequence[str] = "",
    bands: bool = True,
) -> Figure:
    """Draw Kaplan-Meier curves upside down: the share in which it has happened by each time.

    Parameters
    ----------
    panels : mapping
        Title -> label -> table with columns ``time``, ``survival``, ``low`` and ``high``.
    ends : float
        Until when to draw [time unit].
    label : str
        Of the vertical axis.
    note : str or sequence of str
        Of the horizontal axis; one for each panel, or one for all.
    bands : bool
        Whether to draw the intervals.
    """
    with style():
        figure, axes_of = grid_of(len(panels), height=2.7)
        last = ends or 1.0
        notes = [note] * len(panels) if isinstance(note, str) else note
        for axes, own, (title, curves) in zip(axes_of, notes, panels.items(), strict=True):
            for colour, (name, table) in zip(_COLOURS * 3, curves.items(), strict=False):
                times = np.append(table["time"], last)
                happened = 1 - np.append(table["survival"], table["survival"].iloc[-1])
                axes.step(times, happened, where="post", color=colour, linewidth=1.4, label=name)
                if bands:
                    low = 1 - np.append(table["high"], table["high"].iloc[-1])
                    high = 1 - np.append(table["low"], table["low"].iloc[-1])
                    axes.fill_between(times, low, high, step="post", color=colour, alpha=0.15,
                                      linewidth=0)  # fmt: skip
            axes.set_ylim(-0.02, 1.02)
            axes.set_xlim(0, last)
            share_axis(axes)
            axes.set_title(wrapped(title, 3.3))
            axes.set_ylabel(label)
            axes.set_xlabel(own)
        handles, names = axes_of[0].get_legend_handles_labels()
        names = [row_label(name, 2.1) for name in names]
        figure.legend(handles, names, loc="outside upper left", ncols=3)
    return figure
