"""Mean against tail over settings of the breakers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sensitivity.plots.style import BLACK, BLUE, GREY, RED, grid_of, readable_axis, style

Said = Callable[[float], str]
"""Writes the value of a setting beside its point."""


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
            for row in own.iloc[[0, -1]].to_dict("records"):
                at = (row["gain_mean"], row["gain_tail"])
                axes.annotate(said(float(row["value"])), at, (5, -9), fontsize=7.5,
                              textcoords="offset points")  # fmt: skip
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
    return figure


def _points(axes: Axes, rows: pd.DataFrame) -> None:
    mean, tail = rows["gain_mean"], rows["gain_tail"]
    axes.hlines(tail, rows["gain_mean_low"], rows["gain_mean_high"], color=BLUE, linewidth=0.7,
                alpha=0.7)  # fmt: skip
    axes.vlines(mean, rows["gain_tail_low"], rows["gain_tail_high"], color=BLUE, linewidth=0.7,
                alpha=0.7)  # fmt: skip
    axes.plot(mean, tail, "o", color=BLUE, markersize=4, linestyle="none")
    axes.plot(mean, tail, color=BLUE, linewidth=0.9, alpha=0.6)
