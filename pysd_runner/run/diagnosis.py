"""Where and when a run broke: the first value that is no finite number, or out of its limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.kernel.program import Cell
from pysd_runner.model.graph import ModelGraph
from pysd_runner.run.status import Ending, RunStatus

LOOSE = 1e-9
"""Share of a limit, or of 1, by which a value may lie outside: rounding is no finding."""


def locate(
    graph: ModelGraph,
    ending: Ending,
    cells: Sequence[Cell],
    times: NDArray[np.float64],
    values: NDArray[np.float64],
) -> RunStatus:
    """Return the status of one run from the values of its cells.

    Parameters
    ----------
    ending : Ending
        ``NON_FINITE`` or ``OUT_OF_LIMITS``: what to look for.
    cells : sequence of Cell
        Causes before effects: of what broke at the same time, the first is named.
    times : ndarray, shape (saves,)
        Times of the values.
    values : ndarray, shape (saves, cells)
        Of one run.
    """
    if ending is Ending.NON_FINITE:
        broken = ~np.isfinite(values)
    else:
        broken = np.column_stack(
            [
                outside(column, graph[name].limits)
                for (name, _), column in zip(cells, values.T, strict=True)
            ]
        )
    if not broken.any():
        return RunStatus(ending)
    step = int(np.argmax(broken.any(axis=1)))
    return RunStatus(
        ending, float(times[step]), graph.cell_name(*cells[int(np.argmax(broken[step]))])
    )


def gaps(graph: ModelGraph, run: xr.Dataset) -> dict[str, RunStatus]:
    """Return the variables of a run that are not finite throughout, causes before effects.

    Parameters
    ----------
    run : xarray.Dataset
        Without the dimension ``run``.

    Returns
    -------
    dict
        Key of a variable -> where it has no value first.
    """
    times = run["time"].values
    found: dict[str, RunStatus] = {}
    for name in (name for name in graph.order if graph[name].name in run):
        values = run[graph[name].name].values.reshape(len(times), -1)
        lacking = ~np.isfinite(values)
        defined = {elements for elements, _, _ in graph.cells(graph[name])}
        cells = graph.elements(graph[name])
        lacking[:, [cell not in defined for cell in cells]] = False
        if lacking.any():
            step = int(np.argmax(lacking.any(axis=1)))
            cell = cells[int(np.argmax(lacking[step]))]
            found[name] = RunStatus(
                Ending.NON_FINITE, float(times[step]), graph.cell_name(name, cell)
            )
    return found


def outside(
    values: NDArray[np.float64], limits: tuple[float | None, float | None]
) -> NDArray[np.bool_]:
    """Tell which values lie outside limits, by more than rounding."""
    low, high = limits
    found = np.zeros(values.shape, dtype=bool)
    if low is not None:
        found |= values < low - LOOSE * max(abs(low), 1.0)
    if high is not None:
        found |= values > high + LOOSE * max(abs(high), 1.0)
    return found
