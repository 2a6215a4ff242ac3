"""Many small panels of a few lines each: what every shock and every lever does by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sensitivity.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    grid_of,
    legend_above,
    readable_axis,
    share_axis,
    style,
    wrapped,
    year_axis,
)

COLOURS = (BLUE, ORANGE)

LEAST = 0.01
"""Changes below are drawn small: no panel of shares shows less than from minus to plus this."""

_MARGIN = 0.08
"""Of the range, above and below."""
_SIZE = 8.2
"""Of titles [pt]."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One panel.

    Parameters
    ----------
    title : str
        What is moved, or what is seen.
    lines : mapping
        Label -> values over time, shape (saves,); at most two.
    remark : str
        Written below the title.
    """

    title: str
    lines: Mapping[str, NDArray[np.float64]] = field(repr=False)
    remark: str = ""


def small_multiples(
    panels: Sequence[Panel],
    times: NDArray[np.float64],
    *,
    since: float | None = None,
    shares: bool = False,
    mark: float | None = None,
    columns: int = 4,
    note: str = "",
) -> Figure:
    """Draw panels that differ in what is moved.

    Changes have one scale in each row, so that panels can be compared along it; other values have
    a scale of their own in each panel.

    Parameters
    ----------
    panels : sequence of Panel
        The same labels in all.
    times : ndarray, shape (saves,)
        Of the values.
    since : float or None
        Time from which on to draw.
    shares : bool
        Whether the values are changes, to be written in per cent, with a line at none.
    mark : float or None
        Time to draw a line at.
    columns : int
        Panels to a row.
    note : str
        Of the time axis; below the lowest panel of each column.
    """
    with style():
        figure, axes_of = grid_of(len(panels), columns=columns, height=1.62)
        for axes, panel in zip(axes_of, panels, strict=True):
            _draw(axes, panel, times, since, shares)
        if shares:
            for start in range(0, len(axes_of), columns):
                _one_scale(axes_of[start : start + columns])
        for number, axes in enumerate(axes_of):
            if mark is not None:
                axes.axvline(mark, color=GREY, linewidth=0.8, linestyle=":")
            if number + columns >= len(panels):
                axes.set_xlabel(note)
        if len(panels[0].lines) > 1:
            legend_above(figure, axes_of[0])
    return figure


def _draw(
    axes: Axes, panel: Panel, times: NDArray[np.float64], since: float | None, shares: bool
) -> None:
    seen = slice(None) if since is None else times >= since
    for colour, (label, values) in zip(COLOURS, panel.lines.items(), strict=False):
        axes.plot(times[seen], values[seen], color=colour, linewidth=1.4, label=label)
    title = wrapped(panel.title, 1.6, _SIZE)
    axes.set_title(title, fontsize=_SIZE, pad=14 if panel.remark else 4)
    axes.text(0, 1.03, panel.remark, transform=axes.transAxes, fontsize=7, color=GREY)
    axes.margins(x=0, y=_MARGIN)
    axes.tick_params(labelsize=7)
    year_axis(axes, 3)
    if not shares:
        readable_axis(axes)
        return
    axes.axhline(0, color=GREY, linewidth=0.8)
    share_axis(axes)


def _one_scale(row: Sequence[Axes]) -> None:
    """Give panels of shares the scale that holds all of their lines."""
    drawn = [line.get_ydata() for axes in row for line in axes.lines]
    values = np.concatenate([np.asarray(each, dtype=float) for each in drawn])
    values = np.append(values[np.isfinite(values)], (-LEAST, LEAST))
    low, high = values.min(), values.max()
    for axes in row:
        axes.set_ylim(low - _MARGIN * (high - low), high + _MARGIN * (high - low))
