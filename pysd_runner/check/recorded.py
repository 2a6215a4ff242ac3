"""A run beside the output of the same model that another program has recorded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.errors import RunError
from pysd_runner.model.external.files import SEPARATORS, WORKBOOKS
from pysd_runner.model.external.series import Series, read_data_file
from pysd_runner.model.graph import Variable

_NOT_COMPUTED = ("control", "lookup")
OUTPUT = frozenset({*SEPARATORS, *WORKBOOKS, ".dat"})
"""Endings of the files that hold output."""

_APART = 1e-6
"""Share of a time step by which two times may differ and be the same."""

_SIX_DIGITS = 5e-6
"""Share of a time by which it is rounded where programs print six digits."""

_MISSING = -(2.0**109)
"""What Vensim writes for :NA:."""

Floats = NDArray[np.float64]


def recorded_series(model: Model, path: Path) -> list[Series]:
    """Return what a file has recorded of the variables that a run of the model computes.

    Parameters
    ----------
    path : pathlib.Path
        A ``.tab`` or ``.csv`` file with the time in its first column and names such as ``demand``
        or ``demand[north]`` in its first row, or the other way round; or a ``.dat`` file.

    Raises
    ------
    ModelError
        The file is missing or broken.
    RunError
        It is no file of output, or has recorded nothing of this model.
    """
    if path.suffix.lower() not in OUTPUT:
        raise RunError(f"'{path}' is no recorded output; name a .tab, .csv or .dat file.")
    graph = model.graph
    wanted = {v.key for v in graph if v.kind not in _NOT_COMPUTED and not graph.is_idle(v)}
    found = [s for s in read_data_file(path, wanted, whole=False) if _place(model, s) is not None]
    if not found:
        raise RunError(
            f"'{path}' has recorded no variable of the model; name the variables in its first row "
            "or its first column, as the model does."
        )
    return found


def deviations(model: Model, run: xr.Dataset, recorded: list[Series]) -> pd.DataFrame:
    """Return how far a run is from what was recorded, the worst first.

    Parameters
    ----------
    run : xarray.Dataset
        Without the dimension ``run``; holds the variables that are recorded.
    recorded : list of Series
        See :func:`recorded_series`.

    Returns
    -------
    pandas.DataFrame, shape (series, 5)
        ``variable``; ``time``, ``run`` and ``recorded`` where the deviation is largest; and
        ``deviation``, as a share of the largest recorded number of the series. A number beside
        none is infinitely far; Vensim's :NA: is none.

    Raises
    ------
    RunError
        No time is recorded that the run has saved.
    """
    times = run["time"].values
    rows = [row for series in recorded for row in _worst(model, run, series, times)]
    if not rows:
        raise RunError("no recorded time is one that the run has saved; give a save step.")
    columns = ["variable", "time", "run", "recorded", "deviation"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("deviation", ascending=False, kind="stable", ignore_index=True)


def _worst(
    model: Model, run: xr.Dataset, series: Series, times: Floats
) -> Iterator[tuple[str, float, float, float, float]]:
    variable = model.graph[series.name]
    place = _place(model, series)
    assert place is not None
    at = np.array([time for time, _ in series.points])
    theirs = np.array([value for _, value in series.points])
    nearest = np.abs(times[None, :] - at[:, None]).argmin(axis=1)
    step = max(float(np.diff(times).min(initial=1.0)), math.ulp(abs(times[-1])))
    rounded = _SIX_DIGITS * float(np.abs(times).max())
    close = max(_APART * step, min(rounded, step / 4))
    same = np.abs(times[nearest] - at) <= close
    if not same.any():
        return
    at, theirs = at[same], theirs[same]
    values = run[variable.name].values
    moving = "time" in run[variable.name].dims
    ours = values[(nearest[same], *place)] if moving else np.full(len(at), values[place])
    none = np.isclose(theirs, _MISSING, rtol=1e-5)
    finite = np.isfinite(theirs) & ~none
    scale = float(np.abs(theirs[finite]).max(initial=0.0)) or 1.0
    with np.errstate(invalid="ignore"):  # infinity less infinity
        far = np.abs(ours - theirs) / scale
    far[~np.isfinite(far)] = math.inf
    far[(ours == theirs) | (none & np.isnan(ours))] = 0.0
    worst = int(far.argmax())
    yield (model.graph.cell_name(variable.key, series.elements), float(at[worst]),
           float(ours[worst]), float(theirs[worst]), float(far[worst]))  # fmt: skip


def _place(model: Model, series: Series) -> tuple[int, ...] | None:
    """Return where an element lies in its variable, or ``None`` if there is no such element."""
    variable: Variable = model.graph[series.name]
    if len(variable.dimensions) != len(series.elements):
        return None
    keys = [model.graph.ranges[dimension].keys for dimension in variable.dimensions]
    pairs = list(zip(keys, series.elements, strict=True))
    if any(element not in names for names, element in pairs):
        return None
    return tuple(names.index(element) for names, element in pairs)
