"""What ``sandbox run`` shows: outcomes, variables, and what differs from a recorded run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pysd_runner.model.graph import ModelGraph
from pysd_runner.run.outcomes import beyond_run, five_digits, outcomes_of_run, relative
from pysd_runner.run.table import flatten
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.spec.schema import Spec

RECORDED_TOLERANCE = 1e-4
"""Share of the largest number of a recorded series; programs record five or six digits."""

_MOST_SHOWN = 20
_LEFT = ("outcome", "variable", "unit")


def outcomes_page(
    graph: ModelGraph, spec: Spec, changed: xr.Dataset, base: xr.Dataset, grid: TimeGrid
) -> Iterator[RenderableType]:
    """Yield the outcomes of a run beside those of the base case, and what the run is too short for.

    Parameters
    ----------
    changed, base : xarray.Dataset
        Without the dimension ``run``; the same object if nothing is changed.
    """
    beyond = {name: beyond_run(outcome, grid) for name, outcome in spec.outcomes.items()}
    inside = {name: each for name, each in spec.outcomes.items() if not beyond[name]}
    now, before = (outcomes_of_run(inside, each, graph) for each in (changed, base))
    table = pd.DataFrame({
        "outcome": [each.label for each in inside.values()],
        "base case": [five_digits(before[name]) for name in inside],
        "this run": [five_digits(now[name]) for name in inside],
        "change": [_change(before[name], now[name]) for name in inside],
        "unit": [each.unit for each in inside.values()],
    })  # fmt: skip
    if changed is base:
        table = table.drop(columns=["this run", "change"])
    if len(table):
        yield _table(table, f"Outcomes of a run to {grid.final_time:g}")
    missing = [f"{spec.outcomes[name].label} ({why})" for name, why in beyond.items() if why]
    if missing:
        yield Text(f"not computed, because the run ends at {grid.final_time:g}: "
                   f"{', '.join(missing)}")  # fmt: skip


def _change(before: float, now: float) -> str:
    return relative((now - before) / abs(before)) if before else ""


def variables_page(
    graph: ModelGraph, run: xr.Dataset, names: Sequence[str]
) -> Iterator[RenderableType]:
    """Yield where variables start and end and between which values they move."""
    rows = []
    for name in dict.fromkeys(graph[each].name for each in names):
        for column, values in flatten(run[[name]]).items():
            numbers = values.to_numpy(dtype=float)
            ends = [numbers[0], numbers[-1], np.min(numbers), np.max(numbers)]
            rows.append([column, *map(five_digits, ends), graph[name].unit])
    columns = ["variable", "start", "end", "lowest", "highest", "unit"]
    first, last = (float(run["time"].values[at]) for at in (0, -1))
    yield _table(pd.DataFrame(rows, columns=columns), f"From {first:g} to {last:g}")


def deviations_page(table: pd.DataFrame) -> Iterator[RenderableType]:
    """Yield what differs from the recorded output, or how near all of it is.

    Parameters
    ----------
    table : pandas.DataFrame
        See :func:`~pysd_runner.check.recorded.deviations`.
    """
    wrong = deviant(table)
    if wrong.empty:
        worst = table.iloc[0]
        yield Text(f"as recorded: {len(table)} series agree; the farthest, {worst['variable']}, is "
                   f"{worst['deviation']:.1e} of its largest number away")  # fmt: skip
        return
    shown = wrong.head(_MOST_SHOWN)
    rows = [
        (row.variable, f"{row.time:g}", f"{row.run:.8g}", f"{row.recorded:.8g}",
         f"{row.deviation:.2%}")
        for row in shown.itertuples()
    ]  # fmt: skip
    title = f"{len(wrong)} of {len(table)} recorded series differ by more than "
    title += f"{RECORDED_TOLERANCE:.2%} of their largest number"
    columns = ["variable", "time", "this run", "recorded", "deviation"]
    yield _table(pd.DataFrame(rows, columns=columns), title)
    if len(wrong) > len(shown):
        yield Text(f"and {len(wrong) - len(shown)} more")


def deviant(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the series that differ from what was recorded."""
    return table[table["deviation"] > RECORDED_TOLERANCE]


def _table(frame: pd.DataFrame, title: str) -> Table:
    """Return a table whose numbers stay whole on a narrow screen; names break."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in frame.columns:
        text = column in _LEFT
        table.add_column(
            column, justify="left" if text else "right", overflow="fold", no_wrap=not text
        )
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(str(cell)) for cell in row))
    return table
