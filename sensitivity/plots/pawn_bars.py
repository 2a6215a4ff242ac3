"""Bars of PAWN indices beside what a factor without effect reaches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from pysd_runner.errors import DesignError
from sensitivity.index_table import IndexTable
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    ORANGE,
    PALE,
    grid_of,
    legend_above,
    row_label,
    style,
    title_of,
)


def pawn_bars(
    indices: IndexTable, titles: Mapping[str, str] | None = None, most: int = 12
) -> Figure:
    """Draw PAWN indices of every outcome, the largest on top.

    Factors that do not reach beyond the dummy are pale: their index may be chance.

    Parameters
    ----------
    indices : IndexTable
        From :func:`sensitivity.pawn`, of outcomes without times.
    titles : mapping
        Outcome -> title of its panel.
    most : int
        Factors drawn for each outcome.

    Raises
    ------
    DesignError
        The table holds no PAWN indices, or has times.
    """
    if "PAWN" not in indices.kinds or "time" in indices.dataset.dims:
        raise DesignError("these bars need a table of pawn(…) at one time.")
    outcomes = indices.analysed
    with style():
        count = min(most, len(indices.labels))
        figure, panels = grid_of(len(outcomes), height=max(1.9, 0.9 + 0.22 * count))
        for axes, outcome in zip(panels, outcomes, strict=True):
            rows = indices.of(outcome, "PAWN").sort_values("estimate").tail(most)
            dummy = (
                indices.dataset["PAWN_dummy"].sel(outcome=outcome, factor=list(rows.index)).values
            )
            place = np.arange(len(rows))
            colours = np.where(rows["estimate"] > dummy, BLUE, PALE)
            axes.barh(place, rows["estimate"], color=colours, height=0.62)
            axes.errorbar(
                rows["estimate"], place,
                xerr=[rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]],
                fmt="none", ecolor=BLACK, elinewidth=0.9, capsize=2, label="scatter (bootstrap)",
            )  # fmt: skip
            axes.vlines(dummy, place - 0.5, place + 0.5, color=ORANGE, linewidth=1.2,
                        linestyle="--", label="reached by chance")  # fmt: skip
            axes.set_yticks(place, [row_label(indices.labels[str(name)]) for name in rows.index])
            axes.margins(y=0.02)
            axes.set_xlim(left=0)
            axes.grid(axis="y", visible=False)
            axes.set_title(title_of(indices, outcome, titles))
            axes.set_xlabel("PAWN index (distance of distributions)")
        legend_above(figure, panels[0])
    return figure
