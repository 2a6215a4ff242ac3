"""Which loop carries a quantity, over time: in all futures, and in the worst."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sensitivity.plots.numbers import per_cent
from sensitivity.plots.style import row_label, style, wrapped, year_axis

_LINEAR = 0.01
"""Effect up to which the colours of a map change in proportion."""
_SIZE = 8.5
"""Of titles [pt]."""

_DIVERGING = LinearSegmentedColormap.from_list("effects", ["#B35806", "#F7F7F7", "#0B5A91"])


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
            axes.set_title(wrapped(title, 1.6, _SIZE), fontsize=_SIZE)
            axes.set_xlabel(note)
            axes.grid(visible=False)
            year_axis(axes, 3)
        axes_of[0].set_yticks(np.arange(rows), [row_label(labels.get(str(each), str(each)))
                                                for each in table.index])  # fmt: skip
        axes_of[0].invert_yaxis()
        bar = figure.colorbar(drawn, ax=axes_of, pad=0.01, aspect=30)
        bar.set_ticks([-1, -0.1, -0.01, 0, 0.01, 0.1, 1])
        bar.ax.yaxis.set_major_formatter(per_cent)
        bar.ax.yaxis.set_minor_locator(NullLocator())
    return figure
