"""Trajectories of many runs as bands around the base case."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from sensitivity.plots.style import (
    BLACK,
    BLUE,
    SKY,
    grid_of,
    legend_above,
    readable_axis,
    style,
    year_axis,
)


def bands(
    trajectories: Mapping[str, xr.DataArray],
    base: Mapping[str, xr.DataArray],
    titles: Mapping[str, str] | None = None,
    *,
    percentiles: bool = True,
    note: str = "",
) -> Figure:
    """Draw the runs of a study over time.

    Parameters
    ----------
    trajectories : mapping
        Name -> DataArray with dimensions ``run`` and ``time``.
    base : mapping
        Name -> DataArray with dimension ``time``.
    titles : mapping
        Name -> title of its panel, with its unit.
    percentiles : bool
        Whether to draw the middle 50 % and 90 % of the runs, or, for a design that is no sample,
        all that lies between the lowest and the highest run.
    note : str
        Label of the time axis.
    """
    with style():
        figure, panels = grid_of(len(trajectories), height=2.35)
        for axes, (name, values) in zip(panels, trajectories.items(), strict=True):
            times = values["time"].values
            runs = values.transpose("run", "time").values
            if percentiles:
                low, quarter, middle, upper, high = np.nanpercentile(
                    runs, [5, 25, 50, 75, 95], axis=0
                )
                axes.fill_between(times, low, high, color=SKY, alpha=0.35, linewidth=0,
                                  label="middle 90% of the runs")  # fmt: skip
                axes.fill_between(times, quarter, upper, color=SKY, alpha=0.6, linewidth=0,
                                  label="middle 50%")  # fmt: skip
                axes.plot(times, middle, color=BLUE, linewidth=1.4, label="median")
            else:
                axes.fill_between(times, np.nanmin(runs, axis=0), np.nanmax(runs, axis=0),
                                  color=SKY, alpha=0.5, linewidth=0,
                                  label="each lever alone, bound to bound")  # fmt: skip
            axes.plot(times, base[name].values, color=BLACK, linewidth=1.3, linestyle="--",
                      label="base case")  # fmt: skip
            axes.set_title((titles or {}).get(name, name))
            axes.margins(x=0)
            readable_axis(axes)
            year_axis(axes)
            axes.set_xlabel(note)
        legend_above(figure, panels[0])
    return figure
