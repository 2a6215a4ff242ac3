"""A box found by scenario discovery: its way there, its limits, and the runs in and around it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sensitivity.discovery import Discovery
from sensitivity.plots.numbers import readable
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    RED,
    SKY,
    readable_axis,
    share_axis,
    style,
    wrapped,
)

Labels = Mapping[str, str]


def box_figure(found: Discovery, labels: Labels, interest: str) -> Figure:
    """Draw the peeling, the two factors that limit the box most, and all of its limits.

    Parameters
    ----------
    found : Discovery
        From :func:`sensitivity.discovery.discover`.
    labels : mapping
        Factor -> label with its unit.
    interest : str
        What the runs of interest are: ``"output below 100"``.
    """
    rows = len(found.box.restricted)
    with style():
        figure = Figure(figsize=(8.4, 3.7 + 0.46 * rows))
        grid = figure.add_gridspec(2, 2, height_ratios=[3.0, 0.3 + 0.46 * rows])
        _trajectory(figure.add_subplot(grid[0, 0]), found)
        _scatter(figure.add_subplot(grid[0, 1]), found, labels, interest)
        _limits(figure.add_subplot(grid[1, :]), found, labels)
    return figure


def written(value: float, span: tuple[float, float]) -> str:
    """Return a limit as people write it; in a span of years it is a year."""
    if span[0] > 1900 and span[1] < 2200:
        return f"{value:.1f}"
    return readable(value)


def _trajectory(axes: Axes, found: Discovery) -> None:
    table = found.trajectory.table
    axes.plot(table["coverage"], table["density"], color=GREY, linewidth=0.8)
    dots = axes.scatter(table["coverage"], table["density"], c=table["restricted"], s=16,
                        cmap="viridis_r", zorder=3)  # fmt: skip
    axes.plot(found.score.coverage, found.score.density, "*", color=RED, markersize=13, zorder=4)
    axes.annotate("the box", (found.score.coverage, found.score.density), (-9, -13), color=RED,
                  textcoords="offset points", fontsize=8, ha="right")  # fmt: skip
    assert axes.figure is not None
    bar = axes.figure.colorbar(dots, ax=axes, pad=0.02, ticks=MaxNLocator(integer=True))
    bar.set_label("factors limited", fontsize=7.5)
    axes.set_xlim(0, 1.03)
    axes.set_ylim(0, 1.05)
    share_axis(axes)
    share_axis(axes, "x")
    axes.set_xlabel("coverage: share of the cases inside")
    axes.set_ylabel("density: share inside that are cases")
    axes.set_title("Peeling, from right to left")


def _scatter(axes: Axes, found: Discovery, labels: Labels, interest: str) -> None:
    limited = [name for name in sorted(found.quasi_p, key=found.quasi_p.__getitem__)
               if name in found.box.ranges]  # fmt: skip
    if not limited:
        axes.text(0.5, 0.5, "the box limits categories only", ha="center", color=GREY,
                  transform=axes.transAxes)  # fmt: skip
        axes.set_axis_off()
        return
    free = [name for name in found.cases.names if name not in found.cases.categories]
    names = [*limited, *(name for name in free if name not in limited), limited[0]][:2]
    x, y = (found.cases.inputs[name].to_numpy(float) for name in names)
    hit = found.cases.interest
    axes.plot(x[~hit], y[~hit], ".", color=PALE, markersize=2.5, rasterized=True)
    axes.plot(x[hit], y[hit], ".", color=ORANGE, markersize=3.5, rasterized=True)
    (left, right), (bottom, top) = (
        _within(found, name, values) for name, values in zip(names, (x, y), strict=True)
    )
    axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=RED,
              linewidth=1.3)  # fmt: skip
    for which, name, values in (("x", names[0], x), ("y", names[1], y)):
        axis = axes.xaxis if which == "x" else axes.yaxis
        axis.set_label_text(labels.get(name, name))
        axis.set_major_locator(MaxNLocator(5))
        if not 1900 < values.min() < values.max() < 2200:
            readable_axis(axes, which)
    axes.set_title(wrapped(f"Orange: {interest}", 3.0))


def _within(found: Discovery, name: str, values: np.ndarray) -> tuple[float, float]:
    """Return where to draw the sides of the box, a little beyond the runs where it is open."""
    low, high = found.box.ranges.get(name, (-np.inf, np.inf))
    margin = 0.02 * float(np.ptp(values))
    return max(low, float(values.min()) - margin), min(high, float(values.max()) + margin)


def _limits(axes: Axes, found: Discovery, labels: Labels) -> None:
    """Draw each limited factor from its lowest to its highest value, the box within."""
    names = found.box.restricted
    for row, name in enumerate(names):
        place = len(names) - 1 - row
        axes.barh(place, 1.0, height=0.36, color=PALE)
        if name in found.box.ranges:
            _range(axes, place, name, found)
        else:
            _categories(axes, place, name, found)
        often = float(found.again["frequency"].get(name, 0.0))
        axes.text(0, place + 0.24, f"{labels.get(name, name)}: limited in {often:.0%} of halves",
                  fontsize=8, va="bottom")  # fmt: skip
    axes.set_xlim(-0.005, 1.005)
    axes.set_ylim(-0.5, max(1, len(names)) - 0.1)
    axes.set_axis_off()


def _range(axes: Axes, place: int, name: str, found: Discovery) -> None:
    values = found.cases.inputs[name].to_numpy(float)
    span = (float(values.min()), float(values.max()))
    scale = span[1] - span[0]
    limits = found.box.ranges[name]
    left, right = ((min(max(each, span[0]), span[1]) - span[0]) / scale for each in limits)
    axes.barh(place, right - left, left=left, height=0.36, color=SKY)
    for at, limit, side in ((left, limits[0], "right"), (right, limits[1], "left")):
        if np.isfinite(limit):
            axes.text(at + (-0.006 if side == "right" else 0.006), place, written(limit, span),
                      ha=side, va="center", fontsize=7.5)  # fmt: skip
    if name in found.again.index:
        _again(axes, place, found.again.loc[[name]], span)


def _again(axes: Axes, place: int, row: pd.DataFrame, span: tuple[float, float]) -> None:
    """Draw where the limits lie in most of the halves."""
    for start, stop in (("low_from", "low_to"), ("high_from", "high_to")):
        ends = (row[[start, stop]].to_numpy(float)[0] - span[0]) / (span[1] - span[0])
        if np.isfinite(ends).all():
            axes.plot(ends, [place - 0.25] * 2, color=BLUE, linewidth=2, solid_capstyle="butt")


def _categories(axes: Axes, place: int, name: str, found: Discovery) -> None:
    known = found.cases.categories[name]
    for number, category in enumerate(known):
        inside = category in found.box.among[name]
        axes.barh(place, 1 / len(known), left=number / len(known), height=0.36, edgecolor="white",
                  color=SKY if inside else PALE)  # fmt: skip
        axes.text((number + 0.5) / len(known), place, category, ha="center", va="center",
                  fontsize=7, color=BLACK if inside else GREY)  # fmt: skip
