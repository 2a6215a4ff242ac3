"""Which loop carries a quantity, over time: in all futures, and in the worst."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sensitivity.plots.numbers import per_cent
from sensitivity.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
    grid_of,
    share_axis,
    style,
    year_axis,
)

_LINEAR = 0.01
"""Effect up to which the colours of a map change in proportion."""

_DIVERGING = LinearSegmentedColormap.from_list("effects", ["#B35806", "#F7F7F7", "#0B5A91"])
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, RED, SKY, YELLOW, "#8C564B", "#17517E", "#7F9C3B")


def dominance_areas(
    panels: Mapping[str, pd.DataFrame], labels: Mapping[str, str], *, most: int = 8, note: str = ""
) -> Figure:
    """Draw the share of futures in which each loop has the largest effect, stacked over time.

    Parameters
    ----------
    panels : mapping
        Title -> table, index time, one column for each loop and ``none``.
    labels : mapping
        Loop -> label.
    most : int
        Loops that have a colour of their own, those with the largest shares; others are one.
    note : str
        Label of the time axis.
    """
    total = pd.concat([table.drop(columns="none").mean() for table in panels.values()], axis=1)
    size = total.sum(axis=1).sort_values(ascending=False)
    shown = [str(loop) for loop in size[size > 0].index[:most]]
    with style():
        figure, axes_of = grid_of(len(panels), height=2.5)
        for number, (axes, (title, table)) in enumerate(zip(axes_of, panels.items(), strict=True)):
            rest = table.drop(columns=[*shown, "none"]).sum(axis=1)
            parts = [table[loop] for loop in shown]
            colours = list(_COLOURS[: len(shown)])
            names = [labels.get(loop, loop) for loop in shown]
            if float(rest.max()) > 0:
                parts.append(rest)
                colours.append(GREY)
                names.append("other loops")
            parts.append(table["none"])
            axes.stackplot(table.index, *parts, colors=[*colours, PALE],
                           labels=[*names, "no loop matters"], linewidth=0)  # fmt: skip
            axes.set_title(textwrap.fill(title, 44))
            axes.set_ylim(0, 1)
            axes.margins(x=0)
            share_axis(axes)
            year_axis(axes)
            axes.set_xlabel(note)
            if number % 2 == 0:
                axes.set_ylabel("share of the futures")
        handles, names = axes_of[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper left", ncols=3)
    return figure


def effect_maps(
    panels: Mapping[str, pd.DataFrame], labels: Mapping[str, str], *, note: str = ""
) -> Figure:
    """Draw the effect of each loop over time as colours: blue raises, orange lowers.

    The scale is logarithmic beyond one per cent, so that small effects show beside large ones.

    Parameters
    ----------
    panels : mapping
        Title -> table, index loop, columns time: effects between -1 and 1.
    labels : mapping
        Loop -> label.
    note : str
        Label of the time axis.
    """
    rows = max(len(table) for table in panels.values())
    norm = SymLogNorm(_LINEAR, vmin=-1, vmax=1)
    with style():
        figure = Figure(figsize=(8.4, 1.3 + 0.19 * rows))
        axes_of = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
        for axes, (title, table) in zip(axes_of, panels.items(), strict=True):
            times = table.columns.to_numpy(float)
            drawn = axes.pcolormesh(
                times, np.arange(rows), table.to_numpy(float), norm=norm, cmap=_DIVERGING,
                shading="nearest", rasterized=True,
            )  # fmt: skip
            axes.set_title(textwrap.fill(title, 22), fontsize=8.5)
            axes.set_xlabel(note)
            axes.grid(visible=False)
            year_axis(axes, 3)
        axes_of[0].set_yticks(np.arange(rows), [labels.get(str(each), str(each))
                                                for each in table.index])  # fmt: skip
        axes_of[0].invert_yaxis()
        bar = figure.colorbar(drawn, ax=axes_of, pad=0.01, aspect=30)
        bar.set_ticks([-1, -0.1, -0.01, 0, 0.01, 0.1, 1])
        bar.ax.yaxis.set_major_formatter(per_cent)
        bar.ax.yaxis.set_minor_locator(NullLocator())
    return figure
