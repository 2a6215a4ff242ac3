"""Policies by metrics: the rank in each cell, and how sure the first place is."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from sensitivity.plots.style import BLACK, row_label, style

_COLOURS = LinearSegmentedColormap.from_list("ranks", ["#2f7fb8", "#9cc7e0", "#f4f4f4"])


def rank_table(
    ranks: pd.DataFrame, values: pd.DataFrame, titles: Mapping[str, str] | None = None
) -> Figure:
    """Draw a cell for each policy and metric: its rank large, its value below.

    Parameters
    ----------
    ranks : pandas.DataFrame, shape (policies, metrics)
        1 is best. Policies are drawn in the order of their mean rank.
    values : pandas.DataFrame of str, same shape
        What stands below the rank.
    titles : mapping
        Metric -> title of its column.
    """
    order = ranks.mean(axis=1).sort_values(kind="stable").index
    ranks, values = ranks.loc[order], values.loc[order]
    numbers = ranks.to_numpy(float)
    rows, columns = numbers.shape
    with style():
        figure = Figure(figsize=(8.4, 1.1 + 0.42 * rows))
        axes = figure.add_subplot()
        axes.imshow(numbers, cmap=_COLOURS, vmin=1, vmax=max(2, rows), aspect="auto")
        for row in range(rows):
            for column in range(columns):
                rank = float(numbers[row, column])
                ink = "white" if rank <= 1 + 0.25 * (rows - 1) else BLACK
                axes.text(column, row - 0.1, f"{rank:g}", ha="center", va="center",
                          fontsize=9.5, fontweight="bold", color=ink)  # fmt: skip
                axes.text(column, row + 0.28, str(values.iloc[row, column]), ha="center",
                          va="center", fontsize=6.5, color=ink)  # fmt: skip
        axes.set_yticks(np.arange(rows), [row_label(str(name)) for name in ranks.index])
        names = [textwrap.fill((titles or {}).get(str(each), str(each)), 13)
                 for each in ranks.columns]  # fmt: skip
        axes.set_xticks(np.arange(columns), names, fontsize=7.5)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=2)
        axes.tick_params(which="minor", length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    return figure
