"""Waterfall: what the levers of a policy contribute, with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pysd_runner.errors import DesignError
from sensitivity.index_table import IndexTable
from sensitivity.plots.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    grid_of,
    legend_above,
    readable_axis,
    row_label,
    style,
    title_of,
)


def waterfall(
    table: IndexTable, outcomes: list[str] | None = None, titles: Mapping[str, str] | None = None
) -> Figure:
    """Draw how the levers of a policy add up to its effect, the largest contribution on top.

    Parameters
    ----------
    table : IndexTable
        From :func:`sensitivity.contributions`, of outcomes without times.
    outcomes : list of str or None
        Those to draw; ``None`` takes all that the policy moves.
    titles : mapping
        Outcome -> title of its panel, with its unit.

    Raises
    ------
    DesignError
        The table is over time, or holds no contributions.
    """
    if "total" not in table.dataset or "time" in table.dataset.dims:
        raise DesignError("a waterfall needs a table of contributions(…) at one time.")
    chosen = table.analysed if outcomes is None else outcomes
    with style():
        figure, panels = grid_of(
            len(chosen), height=1.0 + 0.27 * (len(table.dataset["factor"]) + 1)
        )
        for axes, outcome in zip(panels, chosen, strict=True):
            _waterfall(axes, table, outcome)
            axes.set_title(title_of(table, outcome, titles, with_unit=True))
            readable_axis(axes, "x")
            axes.locator_params(axis="x", nbins=5)
        for axes in panels[-2:]:
            axes.set_xlabel("change from the base case")
        legend_above(figure, panels[0])
    return figure


def _waterfall(axes: Axes, table: IndexTable, outcome: str) -> None:
    rows = table.of(outcome, "Shapley")
    rows = rows.reindex(rows["estimate"].abs().sort_values(ascending=False).index)
    ends = rows["estimate"].cumsum()
    starts = ends - rows["estimate"]
    colours = [BLUE if value >= 0 else ORANGE for value in rows["estimate"]]
    place = np.arange(len(rows))
    axes.barh(place, rows["estimate"], left=starts, color=colours, height=0.62)
    for colour, label in ((BLUE, "contribution, upwards"), (ORANGE, "downwards")):
        axes.fill_between([], [], color=colour, label=label)
    axes.errorbar(ends, place + 0.1, xerr=rows["half_width"], fmt="none", ecolor=BLACK,
                  elinewidth=0.9, capsize=2)  # fmt: skip
    for number, end in enumerate(ends):
        axes.plot([end, end], [number, number + 1], color=GREY, linewidth=0.7)
    if "alone" in table.kinds:
        for kind, marker, fill, label in (
            ("alone", "o", "white", "if the lever came alone"),
            ("last", "D", BLACK, "if it came last"),
        ):
            values = table.of(outcome, kind)["estimate"].reindex(rows.index)
            axes.plot(starts + values, place - 0.19, marker, color=BLACK, markersize=3.5,
                      markerfacecolor=fill, markeredgewidth=0.8, linestyle="none",
                      label=label)  # fmt: skip
    whole = table.dataset.sel(outcome=outcome)
    total, low, high = (float(whole[f"total{part}"]) for part in ("", "_low", "_high"))
    axes.barh(len(rows), total, color=GREY, height=0.62)
    axes.errorbar(total, len(rows), xerr=[[total - low], [high - total]], fmt="none", ecolor=BLACK,
                  elinewidth=0.9, capsize=2)  # fmt: skip
    axes.axvline(0, color=BLACK, linewidth=0.8)
    labels = [row_label(table.labels[str(name)]) for name in rows.index]
    axes.set_yticks([*place, len(rows)], [*labels, "Whole policy"])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
