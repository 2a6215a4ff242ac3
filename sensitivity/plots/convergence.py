"""Convergence: Sobol indices against the base sample, and the widest interval that is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from pysd_runner.errors import DesignError
from sensitivity.convergence import Convergence
from sensitivity.index_table import IndexTable
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    grid_of,
    style,
    title_of,
)

_LINES = ((BLUE, "o"), (RED, "s"), (GREEN, "^"), (ORANGE, "D"), (PURPLE, "v"))


def convergence(
    found: Convergence, titles: Mapping[str, str] | None = None, most: int = 3
) -> Figure:
    """Draw the largest total indices of each outcome for every base sample.

    Parameters
    ----------
    found : Convergence
        Of outcomes without times.
    titles : mapping
        Outcome -> title of its panel.
    most : int
        Factors drawn for each outcome, at most five.

    Raises
    ------
    DesignError
        The outcomes have times, or none has indices.
    """
    if "time" in found.last.dataset.dims:
        raise DesignError("convergence is drawn for outcomes; pick one time of these slices.")
    outcomes = found.last.analysed
    if not outcomes:
        raise DesignError("no outcome has indices to be drawn.")
    with style():
        figure, panels = grid_of(len(outcomes), height=2.35)
        for axes, outcome, why in zip(panels, outcomes, _why(found, outcomes), strict=True):
            _outcome(axes, found, outcome, min(most, len(_LINES)))
            settled = "settled" if not why else f"not settled: {why}"
            axes.set_title(f"{title_of(found.last, outcome, titles)}\n", fontsize=9)
            axes.text(0, 1.02, settled, transform=axes.transAxes, fontsize=7.5,
                      color=GREY if not why else RED)  # fmt: skip
        panels[-1].set_xlabel("base sample N")
        for axes in panels[::2]:
            axes.set_ylabel("ST, share of variance")
        lines = [line for line in panels[0].lines if line.get_linestyle() in ("--", ":")]
        figure.legend(
            lines, ["widest half-width of all factors", f"its target, {found.target:g}"],
            loc="outside upper left", ncols=2,
        )  # fmt: skip
    return figure


def _why(found: Convergence, outcomes: Sequence[str]) -> list[str]:
    by_name = dict(zip(found.last.outcomes, found.unsettled, strict=True))
    return [by_name[name] for name in outcomes]


def _outcome(axes: Axes, found: Convergence, outcome: str, most: int) -> None:
    last = found.last.of(outcome, "ST")
    names = last["estimate"].sort_values(ascending=False).index[:most]
    bases = np.array([table.n_base for table in found.tables], dtype=float)
    for number, (name, (colour, marker)) in enumerate(zip(names, _LINES, strict=False)):
        rows = [table.of(outcome, "ST").loc[name] for table in found.tables]
        shift = 2.0 ** (0.09 * (number - (len(names) - 1) / 2))
        axes.errorbar(
            bases * shift, [row["estimate"] for row in rows],
            yerr=[row["half_width"] for row in rows], color=colour, marker=marker, markersize=3.5,
            linewidth=1.2, elinewidth=0.9, capsize=2, label=found.last.labels[str(name)],
        )  # fmt: skip
    widest = [_widest(table, outcome) for table in found.tables]
    axes.plot(bases, widest, color=BLACK, linewidth=1, linestyle="--")
    axes.axhline(found.target, color=GREY, linewidth=1, linestyle=":")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(bases.tolist()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    low, high = axes.get_ylim()
    axes.set_ylim(min(0.0, low), high + 0.42 * (high - min(0.0, low)))  # room for the legend
    axes.legend(loc="upper right", fontsize=7, handlelength=1.5, borderaxespad=0)


def _widest(table: IndexTable, outcome: str) -> float:
    return float(table.of(outcome, "ST")["half_width"].max())
