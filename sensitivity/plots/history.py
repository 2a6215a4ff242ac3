"""The base case against what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sensitivity.plots.style import BLACK, BLUE, ORANGE, grid_of, readable_axis, style

DERIVED = ("derived", "estimate")
"""Qualities of figures that nobody published as such."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One series of the base case beside the observed one, in the same unit.

    Parameters
    ----------
    title : str
        With the unit.
    times, values : ndarray, shape (saves,)
        The base case.
    observed : pandas.DataFrame
        Columns ``year``, ``value``, ``quality`` and ``use`` (``calibration`` or ``validation``).
    """

    title: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    observed: pd.DataFrame


def history(comparisons: Sequence[Comparison]) -> Figure:
    """Draw each comparison: a line for the model, points for the data."""
    with style():
        figure, panels = grid_of(len(comparisons), columns=3, height=2.35)
        for axes, comparison in zip(panels, comparisons, strict=True):
            last = float(comparison.observed["year"].max()) + 1
            shown = comparison.times <= last
            axes.plot(comparison.times[shown], comparison.values[shown], color=BLUE,
                      label="base case")  # fmt: skip
            _points(axes, comparison.observed)
            axes.set_title(comparison.title)
            highest = max(comparison.values[shown].max(), comparison.observed["value"].max())
            axes.set_ylim(0, 1.12 * float(highest))
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            readable_axis(axes)
        _legend(figure, panels)
    return figure


def _legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """Put one legend above all panels, with what any of them shows."""
    known: dict[str, Artist] = {}
    for axes in panels:
        handles, names = axes.get_legend_handles_labels()
        known |= dict(zip(names, handles, strict=True))
    first, *points = known
    labels = [first, *sorted(points, reverse=True)]
    figure.legend([known[label] for label in labels], labels, loc="outside upper left",
                  ncols=len(labels))  # fmt: skip


def _points(axes: Axes, observed: pd.DataFrame) -> None:
    """Draw observations, filled where they were published and hollow where they were derived."""
    derived = observed["quality"].isin(DERIVED)
    for use, marker, colour in (("calibration", "o", BLACK), ("validation", "D", ORANGE)):
        for hollow in (False, True):
            rows = observed[(observed["use"] == use) & (derived == hollow)]
            if len(rows):
                axes.plot(
                    rows["year"],
                    rows["value"],
                    linestyle="none",
                    marker=marker,
                    markersize=4.5,
                    markeredgecolor=colour,
                    markerfacecolor="white" if hollow else colour,
                    label=f"{'derived' if hollow else 'observed'} ({use})",
                )
