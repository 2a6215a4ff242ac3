"""Runs of a translated model.

Every run loads the model anew, because values that are given to one run of a PySD model stay for
the next. The time step is given to the integrator, never set as a variable.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pysd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.errors import RunError
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.names import key
from pysd_runner.run.inputs import Setting
from pysd_runner.run.reference.mends import fast_lookups, quiet, whole_orders
from pysd_runner.run.reference.translate import translate
from pysd_runner.run.status import Ending, RunStatus
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.run.trajectories import find_non_finite
from pysd_runner.run.vensim_form import in_vensims_functions
from pysd_runner.run.written_out import (
    as_written,
    gather,
    scalar_outputs,
    scalar_settings,
    written_out,
)

_PYSD_FAILURES = (
    ArithmeticError, AttributeError, ImportError, IndexError, KeyError, NameError,
    NotImplementedError, OSError, RecursionError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trajectory:
    r"""The saved values of one run.

    Parameters
    ----------
    values : dict
        Key of variable -> ndarray, shape (saves, \*elements).
    status : RunStatus
        How the run ended; after a failure all values are NaN.
    """

    values: dict[str, NDArray[np.float64]]
    status: RunStatus


@dataclass(frozen=True, slots=True)
class Translation:
    """A model that PySD has translated; other processes may run it too.

    Parameters
    ----------
    graph : ModelGraph
        The model as its user knows it.
    scalar : ModelGraph
        The model as it was translated: ``graph``, or its scalar twin.
    path : pathlib.Path
        The Python file that PySD wrote.
    """

    graph: ModelGraph
    scalar: ModelGraph
    path: Path

    def run(
        self, settings: Sequence[Setting], grid: TimeGrid, outputs: Sequence[Variable]
    ) -> Trajectory:
        """Integrate one run.

        Parameters
        ----------
        settings : sequence of Setting
            Values of constants; they hold for this run only.
        grid : TimeGrid
            Time step and save step.
        outputs : sequence of Variable
            What to keep.
        """
        if self.scalar is self.graph:
            return run_translated(self.graph, self.path, settings, grid, outputs)
        found = run_translated(
            self.scalar,
            self.path,
            scalar_settings(self.graph, settings),
            grid,
            scalar_outputs(self.graph, self.scalar, outputs),
        )
        saves = len(grid.saved_times)
        status = as_written(self.graph, found.status, tuple(self.graph))
        return Trajectory(gather(self.graph, outputs, found.values, saves), status)


class ReferenceEngine:
    """A model translated by PySD, ready to be run any number of times.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    keep_subscripts : bool
        Whether PySD is to compute the subscripts with xarray, which takes up to a hundred times
        as long, rather than the scalar twin of the model.
    progress : callable or None
        Called with the numbers of equations translated and in all.

    Raises
    ------
    RunError
        PySD's translator refuses the model.
    """

    def __init__(
        self,
        graph: ModelGraph,
        *,
        keep_subscripts: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        folder = tempfile.mkdtemp(prefix="policy-sandbox-")
        self._cleanup = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        plain = in_vensims_functions(graph)
        scalar = plain if keep_subscripts else written_out(plain)
        self.graph = graph
        self.translation = Translation(graph, scalar, translate(scalar, Path(folder), progress))

    def run(
        self, settings: Sequence[Setting], grid: TimeGrid, outputs: Sequence[Variable]
    ) -> Trajectory:
        """Integrate one run, as :meth:`Translation.run`."""
        return self.translation.run(settings, grid, outputs)


def run_translated(
    graph: ModelGraph,
    translated: Path,
    settings: Sequence[Setting],
    grid: TimeGrid,
    outputs: Sequence[Variable],
) -> Trajectory:
    """Integrate one run of a model that :class:`ReferenceEngine` has translated."""
    times = grid.saved_times
    # A stock that breaks may leave finite outputs behind, so every stock is looked at.
    watched = list({v.key: v for v in (*outputs, *graph.of_kind("stock"))}.values())
    try:
        with quiet(), fast_lookups(), whole_orders():
            model = pysd.load(str(translated))
            names = {key(name): python for name, python in model.namespace.items()}
            frame = model.run(
                params=_parameters(model, graph, settings, names),
                return_columns=[names[variable.key] for variable in watched],
                final_time=grid.final_time,
                time_step=grid.time_step,
                saveper=grid.save_step,
                flatten_output=False,
            )
    except _PYSD_FAILURES as error:
        said = str(error).strip() or "no message"
        status = RunStatus(
            Ending.FAILED, message=f"PySD stopped with {type(error).__name__} ({said})"
        )
        return Trajectory(_all_nan(graph, outputs, len(times)), status)
    if len(frame) != len(times):
        raise RunError(
            f"PySD saved {len(frame)} of {len(times)} rows, because its clock drifts; use a time "
            "step that is a power of two, such as 0.0625."
        )
    values = {
        variable.key: _column(graph, variable, frame[names[variable.key]].to_numpy())
        for variable in watched
    }
    status = find_non_finite(watched, times, values)
    return Trajectory({variable.key: values[variable.key] for variable in outputs}, status)


def _parameters(
    model: Any, graph: ModelGraph, settings: Sequence[Setting], names: Mapping[str, str]
) -> dict[str, float | xr.DataArray]:
    """Return PySD's ``params``; a value for one element is put into a copy of the whole array."""
    params: dict[str, float | xr.DataArray] = {}
    for setting in settings:
        variable = graph[setting.variable]
        name = names[variable.key]
        if not setting.elements:
            params[name] = setting.value
            continue
        if name not in params:
            params[name] = model[name].copy().astype(float)
        array = params[name]
        assert isinstance(array, xr.DataArray)
        array.values[graph.position(variable, setting.elements)] = setting.value
    return params


def _column(graph: ModelGraph, variable: Variable, cells: NDArray[Any]) -> NDArray[np.float64]:
    shape = graph.shape(variable)
    rows = [_real(cell.values if isinstance(cell, xr.DataArray) else cell) for cell in cells]
    return np.stack([np.broadcast_to(row, shape) for row in rows]) if shape else np.array(rows)


def _real(value: Any) -> NDArray[np.float64]:
    """Return floats; complex numbers, which Python's ``**`` makes of roots, become NaN."""
    array = np.asarray(value)
    if array.dtype.kind in "cO":
        array = np.where(
            np.imag(array.astype(complex)) == 0, np.real(array.astype(complex)), np.nan
        )
    return array.astype(float)


def _all_nan(
    graph: ModelGraph, outputs: Sequence[Variable], saves: int
) -> dict[str, NDArray[np.float64]]:
    return {variable.key: np.full((saves, *graph.shape(variable)), np.nan) for variable in outputs}
