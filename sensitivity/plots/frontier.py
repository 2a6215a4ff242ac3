"""Mean against tail over settings of the breakers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from sensitivity.plots.style import BLACK, BLUE, GREY, RED, grid_of, readable_axis, style

Said = Callable[[float], str]
"""Writes the value of a setting beside its point."""
_HALF = np.array([25.0, 15.0])
"""From a point to the middle of what is written beside it [pixels]."""


def frontier_panels(
    table: pd.DataFrame, titles: Mapping[str, tuple[str, Said]], *, label: str, tail: str
) -> Figure:
    """Draw a panel for each family of settings: mean across, tail upward, a line in their order.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``family``, ``value``, ``gain_mean``, ``gain_mean_low``, ``gain_mean_high``, the
        same of ``gain_tail``, and ``best``: differences to no breakers, which lie at zero.
    titles : mapping
        Family -> title of its panel, and how its values are written.
    label, tail : str
        Of the axes.
    """
    with style():
        figure, axes_of = grid_of(len(titles), columns=3, height=3.0)
        for number, (axes, (family, (title, said))) in enumerate(
            zip(axes_of, titles.items(), strict=True)
        ):
            own = table[table["family"] == family].sort_values("value")
            axes.axhline(0, color=GREY, linewidth=0.8)
            axes.axvline(0, color=GREY, linewidth=0.8)
            _points(axes, own)
            axes.plot(0, 0, "o", color=RED, markersize=5)
            axes.annotate("no breakers", (0, 0), (5, 4), color=RED, fontsize=7.5,
                          textcoords="offset points")  # fmt: skip
            best = own[own["best"]]
            axes.plot(best["gain_mean"], best["gain_tail"], "o", markerfacecolor="none",
                      markeredgecolor=BLACK, markersize=9, linestyle="none")  # fmt: skip
            axes.set_title(title)
            axes.set_xlabel(label)
            if number % 3 == 0:
                axes.set_ylabel(tail)
            for which, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
                most = 3 if which == "x" else 5  # long numbers stand side by side
                axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
                readable_axis(axes, which)
            axes.margins(0.12)
            _name_ends(axes, own, said)
    return figure


def _points(axes: Axes, rows: pd.DataFrame) -> None:
    mean, tail = rows["gain_mean"], rows["gain_tail"]
    axes.hlines(tail, rows["gain_mean_low"], rows["gain_mean_high"], color=BLUE, linewidth=0.7,
                alpha=0.4)  # fmt: skip
    axes.vlines(mean, rows["gain_tail_low"], rows["gain_tail_high"], color=BLUE, linewidth=0.7,
                alpha=0.4)  # fmt: skip
    axes.plot(mean, tail, "o", color=BLUE, markersize=4, linestyle="none")
    axes.plot(mean, tail, color=BLUE, linewidth=0.9, alpha=0.6)


def _name_ends(axes: Axes, rows: pd.DataFrame, said: Said) -> None:
    """Write the first and the last value, each in the corner of its cross with most room."""
    axes.autoscale_view()
    at = axes.transData.transform(rows[["gain_mean", "gain_tail"]])
    for place in (0, len(rows) - 1):
        others = np.delete(at, place, axis=0)
        right, above = max(
            product((1, -1), (1, -1)),
            key=lambda corner: np.hypot(*(at[place] + _HALF * corner - others).T).min(initial=1e9),
        )
        note = axes.annotate(
            said(float(rows["value"].iloc[place])),
            (rows["gain_mean"].iloc[place], rows["gain_tail"].iloc[place]),
            (6 * right, 5 * above), textcoords="offset points", fontsize=7.5,
            ha="left" if right > 0 else "right", va="bottom" if above > 0 else "top",
        )  # fmt: skip
        note.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
