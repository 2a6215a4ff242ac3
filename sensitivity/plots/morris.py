"""Morris plot: mean absolute elementary effects against their spread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sensitivity.elementary_effects import Screening
from sensitivity.index_table import IndexTable
from sensitivity.plots.style import (
    BLUE,
    PALE,
    grid_of,
    legend_above,
    readable_axis,
    style,
    title_of,
)

_LABELLED = 0.15
"""Share of the largest effect from which on a factor has its name written."""
_LETTER, _LINE = 0.0165, 0.05
"""Width of a letter and height of a line, in widths and heights of a panel."""
_Box = tuple[float, float, float, float]


def morris(
    effects: IndexTable,
    screening: Screening | None = None,
    titles: Mapping[str, str] | None = None,
) -> Figure:
    """Draw mean absolute effects and standard deviations of effects, one panel an outcome.

    Parameters
    ----------
    effects : IndexTable
        From :func:`sensitivity.elementary_effects`, of outcomes without times.
    screening : Screening or None
        Factors that it drops are pale.
    titles : mapping
        Outcome -> title of its panel, with its unit.
    """
    outcomes = effects.analysed
    dropped = set(screening.dropped) if screening is not None else set()
    with style():
        figure, panels = grid_of(len(outcomes), height=2.9)
        for axes, outcome in zip(panels, outcomes, strict=True):
            _outcome(axes, effects, outcome, dropped)
            axes.set_title(title_of(effects, outcome, titles, with_unit=True))
            readable_axis(axes)
            readable_axis(axes, "x")
            axes.locator_params(axis="x", nbins=5)
            axes.set_xlabel("mean absolute effect μ*")
            axes.set_ylabel("standard deviation σ")
        legend_above(figure, panels[0])
    return figure


def _outcome(axes: Axes, effects: IndexTable, outcome: str, dropped: set[str]) -> None:
    mean, sigma = effects.of(outcome, "mu_star"), effects.of(outcome, "sigma")
    sigma = sigma.fillna(0.0)
    largest = float(mean["estimate"].max())
    reach = np.array([0.0, 1.15 * largest])
    for ratio, label in ((1.0, "σ = μ*"), (0.5, "σ = μ*/2")):
        axes.plot(reach, ratio * reach, color=PALE, linewidth=1, zorder=0, label=label,
                  linestyle="-" if ratio == 1 else "--")  # fmt: skip
    for name in mean.index:
        colour = PALE if name in dropped else BLUE
        m, s = mean.loc[name], sigma.loc[name]
        axes.errorbar(
            m["estimate"], s["estimate"],
            xerr=[[m["estimate"] - max(m["low"], 0.0)], [m["high"] - m["estimate"]]],
            yerr=[[s["estimate"] - s["low"]], [s["high"] - s["estimate"]]],
            fmt="o", markersize=4, color=colour, elinewidth=0.7, zorder=2,
        )  # fmt: skip
    axes.set_xlim(0, 1.15 * largest)
    axes.set_ylim(0, 1.15 * max(0.5 * largest, float(sigma["estimate"].max())))
    points = [(float(mean.loc[n, "estimate"]), float(sigma.loc[n, "estimate"])) for n in mean.index]
    kept = [
        (point, effects.labels[str(name)])
        for name, point in zip(mean.index, points, strict=True)
        if name not in dropped and point[0] >= _LABELLED * largest
    ]
    _annotate(axes, sorted(kept, reverse=True), points)


def _annotate(
    axes: Axes, labelled: list[tuple[tuple[float, float], str]], points: list[tuple[float, float]]
) -> None:
    """Write labels beside their points where they cover nothing; the largest effects first."""
    right, top = axes.get_xlim()[1], axes.get_ylim()[1]
    taken = [(x / right, y / top, x / right, y / top) for x, y in points]
    for (x, y), label in labelled:
        width = _LETTER * len(label)
        for side, above in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            left = x / right + (0.015 if side > 0 else -0.015 - width)
            low = y / top + (0.015 if above > 0 else -0.015 - _LINE)
            box = (left, low, left + width, low + _LINE)
            inside = box[0] > 0 and box[2] < 1 and box[1] > 0 and box[3] < 1
            if inside and not any(_overlap(box, other) for other in taken):
                axes.text(left, low, label, transform=axes.transAxes, fontsize=7, zorder=3)
                taken.append(box)
                break


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
