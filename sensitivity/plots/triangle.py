"""Single runs as resilience triangles: what a shock takes, how deep, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sensitivity.plots.style import BLACK, BLUE, GREY, RED, grid_of, share_axis, style, year_axis

_PLATE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
"""Behind letters that may stand on a line."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One run as a share of its twin.

    Parameters
    ----------
    title : str
        Of its panel.
    times, quality : ndarray, shape (saves,)
        The share over time [time unit], [1].
    start, ttr : float
        When the shock sets in, and how long until the run has recovered [time unit].
    censored : bool
        Whether it was not seen to recover.
    recovered : float
        Share of the twin that counts as recovered.
    """

    title: str
    times: NDArray[np.float64] = field(repr=False)
    quality: NDArray[np.float64] = field(repr=False)
    start: float
    ttr: float
    censored: bool
    recovered: float = 0.95


def triangle_panels(
    courses: Sequence[Course],
    *,
    since: float | None = None,
    label: str = "",
    note: str = "",
    unit: str = "",
) -> Figure:
    """Draw each run: the area lost, the depth, and the time to recover.

    Parameters
    ----------
    courses : sequence of Course
        One for each panel.
    since : float or None
        Time from which on to draw.
    label, note : str
        Of the vertical and of the time axis.
    unit : str
        Of time, with a space before it.
    """
    with style():
        figure, panels = grid_of(len(courses), columns=3, height=2.6)
        lowest = min(float(np.nanmin(each.quality)) for each in courses)
        for number, (axes, course) in enumerate(zip(panels, courses, strict=True)):
            _panel(axes, course, lowest, unit, since)
            axes.set_xlim(left=since)
            axes.set_xlabel(note)
            if number % 3 == 0:
                axes.set_ylabel(label)
    return figure


def _panel(axes: Axes, course: Course, lowest: float, unit: str, since: float | None) -> None:
    times, quality = course.times, course.quality
    after = times >= course.start
    axes.axhline(1, color=BLACK, linewidth=0.8)
    axes.axhline(course.recovered, color=GREY, linewidth=0.8, linestyle=":")
    axes.fill_between(times, quality, 1, where=after & (quality < 1), color=RED, alpha=0.25,
                      linewidth=0, interpolate=True)  # fmt: skip
    axes.fill_between(times, 1, quality, where=after & (quality > 1), color=BLUE, alpha=0.2,
                      linewidth=0, interpolate=True)  # fmt: skip
    axes.plot(times, quality, color=BLUE, linewidth=1.4)
    deepest = int(np.argmin(quality))
    if quality[deepest] < 1:
        where = (float(times[deepest]), float(quality[deepest]))
        _arrow(axes, where, (where[0], 1.0), "<->")
        first = float(times[0]) if since is None else since
        late = where[0] > (first + float(times[-1])) / 2
        axes.annotate(f"depth {1 - where[1]:.0%}", (where[0], (1 + where[1]) / 2),
                      (-4 if late else 4, 0), textcoords="offset points", fontsize=7.5,
                      ha="right" if late else "left", bbox=_PLATE)  # fmt: skip
    floor = lowest - 0.16 * (1.1 - lowest)
    if course.ttr > 0:
        _arrow(axes, (course.start + course.ttr, floor), (course.start, floor), "-|>")
        said = "not recovered" if course.censored else f"recovers in {course.ttr:.1f}{unit}"
        axes.annotate(said, (course.start, floor), (0, 3), textcoords="offset points", fontsize=7.5)
    axes.set_ylim(floor - 0.04 * (1.1 - lowest), 1.02 * max(1.0, float(np.nanmax(quality))))
    axes.set_title(course.title)
    axes.margins(x=0)
    share_axis(axes)
    year_axis(axes)


def _arrow(axes: Axes, tip: tuple[float, float], foot: tuple[float, float], look: str) -> None:
    axes.annotate("", tip, foot, arrowprops={"arrowstyle": look, "color": BLACK, "linewidth": 0.9})
