"""Heat map of an index: factors by time, hatched where the interval holds zero."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sensitivity.index_table import IndexTable
from sensitivity.plots.over_time import by_weight, one_outcome
from sensitivity.plots.style import PALE, row_label, style, titled, year_axis

_COLOURS = "Blues"
"""One hue from white to dark: alike with and without colour vision deficiency, and in grey."""

_SPREAD = 0.05
"""Times at which the outcome varies less, compared with its most, do not stretch the scale."""


def heat_map(indices: IndexTable, outcome: str, kind: str = "ST", most: int = 20) -> Figure:
    """Draw an index of one outcome over factors and time.

    Parameters
    ----------
    indices : IndexTable
        Over time.
    outcome : str
        One of its outcomes.
    kind : str
        ``ST`` or ``S1``.
    most : int
        Factors drawn, the largest on top.

    Raises
    ------
    DesignError
        The indices are of one time only, or the outcome has none.
    """
    some = one_outcome(indices, outcome)
    order = by_weight(some, kind)[:most]
    values = some[kind].values[:, order].T
    unsure = some[f"{kind}_low"].values[:, order].T <= 0
    times, spread = some["time"].values, some["sd"].values
    told = spread >= _SPREAD * np.nanmax(spread)
    top = max(0.1, float(np.nanmax(values[:, told])))
    edges = _edges(times)
    with style():
        figure = Figure(figsize=(8.4, 1.3 + 0.22 * len(order)))
        axes = figure.add_subplot()
        colours = colormaps[_COLOURS].with_extremes(bad="white")
        mesh = axes.pcolormesh(
            edges, np.arange(len(order) + 1), np.ma.masked_invalid(values), cmap=colours,
            norm=Normalize(0, top), rasterized=True,
        )  # fmt: skip
        for row, column in _runs(unsure & np.isfinite(values)):
            axes.fill_between(
                edges[[column.start, column.stop]], row, row + 1, facecolor="none",
                edgecolor=PALE, hatch="////", linewidth=0,
            )  # fmt: skip
        axes.set_yticks(
            np.arange(len(order)) + 0.5, [row_label(str(n)) for n in some["label"].values[order]]
        )
        axes.invert_yaxis()
        year_axis(axes)
        axes.grid(visible=False)
        unit = str(some["time"].attrs.get("unit", ""))
        axes.set_xlabel(f"time [{unit}]" if unit else "time")
        axes.set_title(titled(str(some["outcome_label"].values), "", inches=6))
        figure.colorbar(
            mesh, ax=axes, label=f"{kind}, share of variance", pad=0.01,
            extend="max" if np.nanmax(values) > top else "neither",
        )  # fmt: skip
        if (unsure & np.isfinite(values)).any():
            patch = Patch(facecolor="none", edgecolor=PALE, hatch="////", linewidth=0)
            axes.legend([patch], ["interval holds zero"], loc="lower right",
                        bbox_to_anchor=(1, 1), borderaxespad=0.1)  # fmt: skip
    return figure


def _edges(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the borders of cells around times."""
    middle = (times[1:] + times[:-1]) / 2
    return np.concatenate([times[:1], middle, times[-1:]])


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, slice]]:
    """Return row and columns of each unbroken stretch of true cells."""
    found = []
    for row, cells in enumerate(mask):
        ends = np.flatnonzero(np.diff(np.concatenate([[False], cells, [False]]).astype(int)))
        found += [(row, slice(int(a), int(b))) for a, b in zip(ends[::2], ends[1::2], strict=True)]
    return found
