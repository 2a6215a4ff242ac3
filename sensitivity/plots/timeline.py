"""One run over time: what the breakers saw, in which state they were, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    readable_axis,
    style,
    wrapped,
)

Floats = NDArray[np.float64]

_STATES = (("half-open", ORANGE), ("open", RED))

_LOOKS = ((BLUE, "-", 3.0), (ORANGE, "-", 1.2), (GREY, "--", 1.2), (GREEN, ":", 1.2))
"""The first line is wide, so that it is seen below another that takes the same course."""


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """The course of one breaker.

    Parameters
    ----------
    label : str
        Of the breaker.
    indicator : ndarray, shape (saves,)
        What is compared with the thresholds.
    trip, reset : float
        Thresholds, in the unit of the indicator.
    is_open, is_half : ndarray, shape (saves,)
        1 in that state.
    """

    label: str
    indicator: Floats = field(repr=False)
    trip: float
    reset: float
    is_open: Floats = field(repr=False)
    is_half: Floats = field(repr=False)


def timeline(
    times: Floats,
    strips: Sequence[Strip],
    lines: Mapping[str, Floats],
    *,
    label: str = "",
    note: str = "",
    start: float | None = None,
) -> Figure:
    """Draw a run: the quantity with and without breakers on top, a strip for each breaker below.

    Parameters
    ----------
    times : ndarray, shape (saves,)
        Saved times.
    strips : sequence of Strip
        One for each breaker.
    lines : mapping
        Label -> values of the quantity, shape (saves,), the run itself first.
    label, note : str
        Of the quantity and of the time axis.
    start : float or None
        When the shock sets in.
    """
    with style():
        figure = Figure(figsize=(8.4, 2.4 + 0.95 * len(strips)))
        heights = [2.3, *[1.0] * len(strips)]
        panels = figure.subplots(1 + len(strips), sharex=True, height_ratios=heights)
        panels = np.atleast_1d(panels)
        for (colour, dash, width), (name, values) in zip(_LOOKS, lines.items(), strict=False):
            panels[0].plot(times, values, dash, color=colour, linewidth=width, label=name)
        panels[0].set_ylabel(wrapped(label, 1.5, 8.5, bold=False))
        panels[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, fontsize=7.5)
        readable_axis(panels[0])
        for axes, strip in zip(panels[1:], strips, strict=True):
            _strip(axes, times, strip)
        for axes in panels:
            axes.margins(x=0)
            if start is not None:
                axes.axvline(start, color=BLACK, linewidth=0.8, linestyle=":")
        panels[-1].set_xlabel(note)
        handles: list[Artist] = [
            Patch(color=colour, alpha=0.45, label=name) for name, colour in _STATES
        ]
        for name, colour in (("trip", RED), ("reset", GREEN)):
            handles.append(Line2D([], [], color=colour, linestyle="--", linewidth=0.9, label=name))
        figure.legend(handles=handles, loc="outside upper right", ncols=4)
    return figure


def _strip(axes: Axes, times: Floats, strip: Strip) -> None:
    edges = np.append(times, times[-1] + (times[-1] - times[-2]))
    for values, colour in ((strip.is_half, ORANGE), (strip.is_open, RED)):
        turns = np.flatnonzero(np.diff(np.concatenate([[0], values > 0.5, [0]])))
        for first, last in turns.reshape(-1, 2):
            axes.axvspan(edges[first], edges[last], color=colour, alpha=0.45, linewidth=0)
    axes.plot(times, strip.indicator, color=BLACK, linewidth=1.1)
    axes.axhline(strip.trip, color=RED, linewidth=0.8, linestyle="--")
    axes.axhline(strip.reset, color=GREEN, linewidth=0.8, linestyle="--")
    axes.set_title(strip.label, fontsize=8, pad=2)
    axes.grid(visible=False)
    axes.tick_params(axis="y", labelsize=7)
    readable_axis(axes)
