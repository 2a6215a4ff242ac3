"""Bars of Sobol indices with their intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from pysd_runner.errors import DesignError
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    SKY,
    grid_of,
    legend_above,
    row_label,
    style,
    title_of,
)
from sensitivity.sobol import FEWEST, IndexTable


def sobol_bars(
    indices: IndexTable, titles: Mapping[str, str] | None = None, most: int = 12
) -> Figure:
    """Draw first-order and total indices of every outcome, the largest total on top.

    Parameters
    ----------
    indices : IndexTable
        Estimates and half-widths (shares of the variance).
    titles : mapping
        Outcome -> title of its panel.
    most : int
        Factors drawn for each outcome.

    Raises
    ------
    DesignError
        The base sample is too small for a bar to mean anything.
    """
    if indices.n_base < FEWEST:
        raise DesignError(
            f"N = {indices.n_base} is too few for bars of Sobol indices; take at least {FEWEST}."
        )
    outcomes = indices.analysed
    factors = min(most, len(indices.of(outcomes[0], "ST")))
    with style():
        figure, panels = grid_of(len(outcomes), height=max(1.9, 0.9 + 0.3 * factors))
        for axes, outcome in zip(panels, outcomes, strict=True):
            total = indices.of(outcome, "ST").sort_values("estimate").tail(most)
            first = indices.of(outcome, "S1").loc[total.index]
            place = np.arange(len(total))
            bars = (
                (total, place + 0.19, SKY, "with others (total index, ST)"),
                (first, place - 0.19, BLUE, "alone (first-order index, S1)"),
            )
            for rows, where, colour, label in bars:
                axes.barh(where, rows["estimate"], height=0.36, color=colour, label=label)
                axes.errorbar(rows["estimate"], where, xerr=rows["half_width"], fmt="none",
                              ecolor=BLACK, elinewidth=0.9, capsize=2)  # fmt: skip
            axes.axvline(0, color=BLACK, linewidth=0.8)
            axes.set_yticks(
                place, [row_label(indices.labels.get(name, name), 2.4) for name in total.index]
            )
            axes.margins(y=0.02)
            axes.grid(axis="y", visible=False)
            axes.set_xlim(left=min(0.0, float(axes.get_xlim()[0])))
            axes.set_xlabel("share of its variance")
            axes.set_title(title_of(indices, outcome, titles))
        legend_above(figure, panels[0])
    return figure
