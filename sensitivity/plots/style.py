"""How figures look: one place for colours, sizes and type."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator

from sensitivity.index_table import IndexTable
from sensitivity.plots.numbers import TIE, per_cent, readable, unit_shown
from sensitivity.plots.typeface import FAMILY

# Okabe and Ito's palette, distinguishable with every common colour vision deficiency.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#222222"
GREY, PALE = "#767676", "#D9D9D9"

TITLE = 9.5
"""Size of the title of a panel [pt]."""

_STYLE: Any = {
    "font.family": FAMILY,
    "font.size": 9,
    "axes.titlesize": TITLE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": BLACK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#ECECEC",
    "grid.linewidth": 0.8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    # Room between a panel's title and the axis label above it.
    "figure.constrained_layout.h_pad": 0.1,
    "svg.fonttype": "path",
    # Of points that are drawn as a picture inside a figure.
    "savefig.dpi": 160,
    "svg.hashsalt": "policy-sandbox",
}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Draw in the project's style."""
    with mpl.rc_context(_STYLE):
        yield


def grid_of(
    panels: int, columns: int = 2, width: float = 8.4, height: float = 2.5
) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``panels`` axes, ``columns`` to a row; sizes in inches."""
    columns = min(columns, panels)
    rows = -(-panels // columns)
    figure = Figure(figsize=(width, height * rows))
    axes = [figure.add_subplot(rows, columns, number + 1) for number in range(panels)]
    return figure, axes


def legend_above(figure: Figure, axes: Axes) -> None:
    """Put the legend of one panel above all of them, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))


@lru_cache(maxsize=1024)
def wrapped(text: str, inches: float, size: float = TITLE, *, bold: bool = True) -> str:
    """Return a text on as many lines as it takes to be no wider than a panel.

    Parameters
    ----------
    text : str
        Broken between words; a word that is too wide stays whole.
    inches : float
        Width that there is.
    size : float
        Of the letters [pt].
    bold : bool
        Titles are, labels of axes are not.
    """
    font = FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        width = text_to_path.get_text_width_height_descent(longer, font, ismath=False)[0] / 72
        if lines[-1] and width > inches:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def row_label(text: str, inches: float = 3.2) -> str:
    """Return what stands beside a row, on two lines at the most, so that it leaves room to draw."""
    lines = wrapped(text, inches, 8.0, bold=False).split("\n")
    return "\n".join([lines[0], f"{lines[1]} …"]) if len(lines) > 2 else "\n".join(lines)


def titled(label: str, unit: str, inches: float = 2.1) -> str:
    """Return the title of a panel, with its unit, on as many lines as the panel needs."""
    return wrapped(with_unit(label, unit), inches)


def with_unit(label: str, unit: str) -> str:
    """Return a label with its unit in brackets, if it has one."""
    shown = unit_shown(unit).replace(" ", TIE)
    return f"{label} [{shown}]" if shown else label


def title_of(
    table: IndexTable, outcome: str, titles: Mapping[str, str] | None, *, with_unit: bool = False
) -> str:
    """Return the title of an outcome's panel: the one given, or its label."""
    if titles and outcome in titles:
        return titles[outcome]
    some = table.dataset.sel(outcome=outcome)
    return titled(str(some["outcome_label"].values), str(some["unit"].values) if with_unit else "")


def readable_axis(axes: Axes, which: str = "y") -> None:
    """Label the ticks of an axis with :func:`readable` numbers."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(FuncFormatter(readable))


class _Shares(Formatter):
    """Writes shares in per cent, with as many digits as the ticks of the axis need."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the labels of all ticks."""
        ticks = 100 * np.asarray(values, dtype=float)
        digits = next((n for n in (0, 1) if np.allclose(ticks, ticks.round(n), atol=1e-9)), 2)
        return [per_cent(value, digits=digits) for value in values]

    def __call__(self, value: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        return self.format_ticks([value])[0]


def share_axis(axes: Axes, which: str = "y") -> None:
    """Label the ticks of an axis in per cent."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(_Shares())


def year_axis(axes: Axes, most: int = 5) -> None:
    """Label few whole years across."""
    axes.xaxis.set_major_locator(MaxNLocator(most, integer=True))
