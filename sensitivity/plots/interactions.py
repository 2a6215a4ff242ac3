"""Interaction matrix: what pairs of levers do beyond the sum of their parts."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from sensitivity.index_table import IndexTable
from sensitivity.plots.numbers import readable
from sensitivity.plots.style import BLACK, GREY, row_label, style, title_of

_COLOURS = "PuOr"
"""Orange below zero, purple above: told apart with every common colour vision deficiency."""
_DARK = 0.7
"""Share of the largest value from which on purple is too dark for black letters."""


def interactions(
    table: IndexTable, outcome: str, kind: str = "interaction", title: str = ""
) -> Figure:
    """Draw a matrix of pairs: purple where they do more together, orange where less.

    Cells are hatched where the interval holds zero. The diagonal is what a lever contributes in
    all, its Shapley value.

    Parameters
    ----------
    table : IndexTable
        From :func:`sensitivity.contributions` of subsets, of outcomes without times.
    outcome : str
        One of its outcomes.
    kind : str
        ``interaction`` (averaged over the other levers) or ``synergy`` (both alone).
    title : str
        With the unit.

    Raises
    ------
    DesignError
        There is no such outcome or kind.
    """
    pairs = table.of(outcome, kind)
    names = [str(name) for name in table.dataset["factor"].values]
    labels = [table.labels[name] for name in names]
    largest = float(pairs["estimate"].abs().max()) or 1.0
    values = np.full((len(names), len(names)), np.nan)
    with style():
        figure = Figure(figsize=(7.6, 1.5 + 0.4 * len(names)))
        axes = figure.add_subplot()
        for first, row in pairs.iterrows():
            i, j = sorted((names.index(str(first)), names.index(str(row["with_factor"]))))
            values[j, i] = row["estimate"]
            dark = row["estimate"] > _DARK * largest
            _write(axes, i, j, row["estimate"], "white" if dark else BLACK)
            if row["low"] <= 0 <= row["high"]:
                axes.add_patch(_square(i, j))
        for place, own in enumerate(table.of(outcome, "Shapley")["estimate"]):
            _write(axes, place, place, own, GREY)
        axes.imshow(values, cmap=_COLOURS, norm=Normalize(-1.4 * largest, 1.4 * largest),
                    aspect="auto")  # fmt: skip
        labels = [row_label(label, 2.0) for label in labels]
        axes.set_xticks(range(len(names)), labels, rotation=25, ha="right")
        axes.set_yticks(range(len(names)), labels)
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.set_title(title or title_of(table, outcome, None, with_unit=True))
        for side in axes.spines.values():
            side.set_visible(False)
        legend = [
            Patch(facecolor="#b5abd3", label="more together than the sum of both"),
            Patch(facecolor="#fdb863", label="less"),
            Patch(facecolor="none", edgecolor=GREY, hatch="////", linewidth=0,
                  label="interval holds zero"),
        ]  # fmt: skip
        axes.legend(handles=legend, loc="upper right", fontsize=7.5)
    return figure


def _write(axes: Axes, x: int, y: int, value: float, colour: str) -> None:
    axes.text(x, y, readable(float(f"{value:.2g}")), ha="center", va="center", fontsize=7.5,
              color=colour)  # fmt: skip


def _square(x: int, y: int) -> Rectangle:
    return Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor="none", edgecolor=GREY, hatch="////",
                     linewidth=0, alpha=0.5)  # fmt: skip
