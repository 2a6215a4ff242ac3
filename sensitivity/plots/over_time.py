"""Sobol indices over time: what each factor explains alone, and what only with others."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.index_table import IndexTable
from sensitivity.plots.numbers import unit_shown
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREY,
    SKY,
    grid_of,
    legend_above,
    readable_axis,
    style,
    titled,
)


def sobol_over_time(indices: IndexTable, outcome: str, most: int = 8) -> Figure:
    """Draw the indices of one outcome over time, one panel for each factor.

    Total indices overlap, so areas stacked on each other would promise shares that do not add up;
    here each factor has its own panel with the same axis. The last panel shows the outcome, for
    a share of next to no variance means nothing.

    Parameters
    ----------
    indices : IndexTable
        Over time, from :func:`sensitivity.sobol`.
    outcome : str
        One of its outcomes.
    most : int
        Factors drawn: those with the largest total indices, times weighted by their variance.

    Raises
    ------
    DesignError
        The indices are of one time only, or the outcome has none.
    """
    some = one_outcome(indices, outcome)
    names = [str(name) for name in some["factor"].values[by_weight(some, "ST")][:most]]
    top = min(1.0, np.ceil(4 * float(some["ST_high"].sel(factor=names).max())) / 4)
    times = some["time"].values
    unit = str(some["time"].attrs.get("unit", ""))
    with style():
        figure, panels = grid_of(len(names) + 1, columns=3, height=1.75)
        for axes, name in zip(panels, names, strict=False):
            _factor(axes, some.sel(factor=name), times)
            axes.set_ylim(0, top)
            axes.set_title(titled(str(some["label"].sel(factor=name).values), ""))
        for axes in panels[: len(names) : 3]:
            axes.set_ylabel("share of variance")
        _outcome(panels[-1], some, times)
        for axes in panels:
            axes.set_xlim(times[0], times[-1])
            axes.locator_params(axis="x", nbins=6)
        for axes in panels[-3:]:
            axes.set_xlabel(f"time [{unit}]" if unit else "time")
        legend_above(figure, panels[0])
    return figure


def one_outcome(indices: IndexTable, outcome: str) -> xr.Dataset:
    """Return what is known of one outcome over time.

    Raises
    ------
    DesignError
        The indices are of one time only, or the outcome has none.
    """
    if "time" not in indices.dataset.dims:
        raise DesignError("these indices are of one time; analyse slices over time.")
    if outcome not in indices.outcomes:
        indices.of(outcome, "ST", float(indices.dataset["time"][0]))  # says what is there
    some = indices.dataset.sel(outcome=outcome)
    if np.isnan(some["ST"].values).all():
        raise DesignError(f"'{outcome}' has no indices at any time: {some['reason'].values[-1]}.")
    return some


def by_weight(some: xr.Dataset, kind: str) -> NDArray[np.int64]:
    """Return the order of the factors, the largest first, times weighted by their variance."""
    weights = some["sd"] ** 2
    mean = (some[kind] * weights).sum("time") / weights.sum()
    return np.argsort(-mean.fillna(-1.0).values, kind="stable")


def _factor(axes: Axes, some: xr.Dataset, times: NDArray[np.float64]) -> None:
    first, total = some["S1"].values, some["ST"].values
    bottom = np.clip(first, 0, None)
    axes.fill_between(times, 0, bottom, color=BLUE, alpha=0.85, linewidth=0,
                      label="alone (first-order index, S1)")  # fmt: skip
    axes.fill_between(times, bottom, np.maximum(total, bottom), color=SKY, alpha=0.6, linewidth=0,
                      label="only with others (up to the total index, ST)")  # fmt: skip
    axes.plot(times, total, color=BLACK, linewidth=1)
    for number, end in enumerate(("ST_low", "ST_high")):
        axes.plot(times, some[end].values, color=BLACK, linewidth=0.8, linestyle=":",
                  label="" if number else "interval of ST")  # fmt: skip
    axes.locator_params(axis="y", nbins=4)


def _outcome(axes: Axes, some: xr.Dataset, times: NDArray[np.float64]) -> None:
    mean, spread = some["mean"].values, some["sd"].values
    axes.fill_between(times, mean - spread, mean + spread, color=GREY, alpha=0.3, linewidth=0)
    axes.plot(times, mean, color=BLACK, linewidth=1.2)
    axes.set_title(titled(str(some["outcome_label"].values), ""))
    axes.text(0.03, 0.97, "mean ± standard deviation", transform=axes.transAxes, fontsize=7.5,
              va="top")  # fmt: skip
    readable_axis(axes)
    axes.locator_params(axis="y", nbins=4)
    axes.set_ylabel(unit_shown(str(some["unit"].values)))
