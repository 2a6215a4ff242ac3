"""Whose variance it is: levers, uncertainties, and what they only do together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from pysd_runner.errors import DesignError
from sensitivity.apart import LEVERS, UNCERTAINTIES, Apart
from sensitivity.plots.style import BLACK, BLUE, ORANGE, PALE, legend_above, style, title_of


def shared_variance(found: Apart, titles: Mapping[str, str] | None = None) -> Figure:
    """Draw the variance of each outcome as a bar that levers and uncertainties share.

    The shares add up to one: what neither explains alone is what they only do together. The upper
    whisker is the interval of the levers' share, the lower one that of the uncertainties'.

    Parameters
    ----------
    found : Apart
        Of outcomes without times.
    titles : mapping
        Outcome -> its label.

    Raises
    ------
    DesignError
        The outcomes have times, or none varies.
    """
    table = found.shared
    if "time" in table.dataset.dims:
        raise DesignError("shares are drawn for outcomes; pick one time of these slices.")
    outcomes = table.analysed
    if not outcomes:
        raise DesignError("no outcome has indices to be drawn.")
    rows = [table.of(outcome, "S1") for outcome in outcomes]
    first = np.array([each.loc[LEVERS, "estimate"] for each in rows])
    last = np.array([each.loc[UNCERTAINTIES, "estimate"] for each in rows])
    place = np.arange(len(outcomes))
    with style():
        figure = Figure(figsize=(8.4, 1.2 + 0.34 * len(outcomes)))
        axes = figure.add_subplot()
        axes.barh(place, first, color=BLUE, height=0.6, label="levers alone")
        axes.barh(place, 1 - first - last, left=first, color=PALE, height=0.6,
                  label="only both together")  # fmt: skip
        axes.barh(place, last, left=1 - last, color=ORANGE, height=0.6, label="uncertainties alone")
        # One above the other: the two intervals often overlap.
        for ends, kind, shift in ((first, LEVERS, -0.13), (1 - last, UNCERTAINTIES, 0.13)):
            halves = np.array([each.loc[kind, "half_width"] for each in rows], dtype=float)
            axes.errorbar(ends, place + shift, xerr=halves, fmt="none", ecolor=BLACK,
                          elinewidth=0.9, capsize=2)  # fmt: skip
        axes.set_yticks(
            place, [title_of(table, name, titles).replace("\n", " ") for name in outcomes]
        )
        axes.set_xlim(min(0.0, float(first.min())), max(1.0, float((1 - last).max())))
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("share of the variance of the outcome")
        legend_above(figure, axes)
    return figure
