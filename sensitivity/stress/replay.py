"""PySD stays in sight: some runs of the kernel, made again by the reference engine."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.errors import RunError
from pysd_runner.model.graph import ModelGraph
from pysd_runner.run.processes import end_with_parent, workers_deaf_to_ctrl_c

SMALLEST = 1e-6
"""Of a variable that stays below, such as a difference that should be zero, nobody asks for the
digits."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One run by both engines.

    Parameters
    ----------
    label : str
        Which run: ``base case``, ``worst run``.
    deviation : float
        Largest difference of a variable at any time, as a share of its largest value in the run,
        or of :data:`SMALLEST` where that is less; NaN if an engine stopped.
    variable : str
        Where it is, with its element.
    time : float
        When [time unit].
    final_time : float
        To which time both ran [time unit].
    variables : int
        How many numbers at each time were compared.
    note : str
        What went wrong, or ``""``.
    """

    label: str
    deviation: float
    variable: str = ""
    time: float = float("nan")
    final_time: float = float("nan")
    variables: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A run to be made again.

    Parameters
    ----------
    label : str
        Which run it is.
    inputs : mapping
        Constant -> value.
    """

    label: str
    inputs: Mapping[str, float] = field(repr=False)


MOST_WORK = 1.2e6
"""Elements times steps of one replay: ten seconds of PySD or so. Longer runs are cut."""

_LITTLE_WORK = 3e4
"""Below that, a process of its own would take longer than the runs do."""


def horizon(model: Model) -> float | None:
    """Return the time at which replays stop, or ``None`` if they may run to the end."""
    elements, grid = _elements(model.graph), model.time_grid()
    if elements * grid.steps <= MOST_WORK:
        return None
    step = model.spec.model.save_step
    saves = int(MOST_WORK / elements * grid.time_step / step)
    return grid.initial_time + max(1, saves) * step


def _elements(graph: ModelGraph) -> int:
    return sum(len(graph.elements(each)) for each in graph.of_kind("stock", "flow", "auxiliary"))


class Replayer:
    """Makes runs of the kernel again by PySD, in a process of its own while other work goes on.

    Use it in a ``with`` statement. A small model is run in this process, and at the end.

    Parameters
    ----------
    model : Model
        Must compile.
    final_time : float or None
        Where both engines stop; ``None`` runs to the end.
    """

    def __init__(self, model: Model, final_time: float | None = None) -> None:
        self._model, self._final_time = model, final_time
        self._cases: list[Case] = []
        self._futures: list[Future[Replay]] = []
        self._pool: ProcessPoolExecutor | None = None
        self._apart = _elements(model.graph) * model.time_grid(final_time).steps > _LITTLE_WORK

    def __enter__(self) -> Self:
        if self._apart:
            self._pool = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), _start, (self._model.graph,)
            )
        return self

    def __exit__(self, *raised: object) -> None:
        if self._pool is not None:
            if raised[0] is not None:
                for process in multiprocessing.active_children():
                    process.terminate()
            self._pool.shutdown(wait=False, cancel_futures=True)

    def __len__(self) -> int:
        """How many runs are to be made again."""
        return len(self._cases)

    def submit(self, case: Case) -> None:
        """Ask for a run to be made again."""
        self._cases.append(case)
        if self._pool is not None:
            with workers_deaf_to_ctrl_c():
                self._futures.append(self._pool.submit(_work, case, self._final_time))

    def results(
        self, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> tuple[Replay, ...]:
        """Return all replays asked for, in their order; waits for those that are not done.

        Parameters
        ----------
        progress : callable
            Called with the numbers of replays done and in all.
        """
        found: list[Replay] = []
        for number, case in enumerate(self._cases):
            if self._pool is None:
                found.append(replay(self._model, case, self._final_time))
            else:
                found.append(self._result(number, case))
            progress(number + 1, len(self._cases))
        return tuple(found)

    def _result(self, number: int, case: Case) -> Replay:
        try:
            return self._futures[number].result()
        except BrokenProcessPool:
            return Replay(case.label, float("nan"), note="its process was ended from outside.")


_worker: list[Model] = []
"""The model of a worker process; empty in the main process."""


def _start(graph: ModelGraph) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    model = Model(graph)
    _ = model.engine
    _worker[:] = [model]


def _work(case: Case, final_time: float | None) -> Replay:
    return replay(_worker[0], case, final_time)


def replay(model: Model, case: Case, final_time: float | None = None) -> Replay:
    """Run a case by the kernel and by PySD, and compare every variable at every save.

    Parameters
    ----------
    model : Model
        Must compile.
    case : Case
        The run.
    final_time : float or None
        Where both stop; ``None`` runs to the end.
    """
    step = model.spec.model.save_step
    end = model.time_grid(final_time).final_time
    try:
        ours, theirs = (
            model.run(case.inputs, final_time=final_time, save_step=step, engine=engine)
            for engine in ("kernel", "pysd")
        )
    except RunError as error:
        return Replay(case.label, float("nan"), final_time=end, note=str(error))
    return compare(case.label, ours, theirs)


def compare(label: str, ours: xr.Dataset, theirs: xr.Dataset) -> Replay:
    """Return the largest deviation between two runs with the same variables and times."""
    worst, count = Replay(label, 0.0), 0
    times = theirs["time"].values
    for name in theirs.data_vars:
        one, other = (each[name].transpose("time", ...) for each in (ours, theirs))
        a, b = one.values.reshape(len(times), -1), other.values.reshape(len(times), -1)
        size = np.nanmax(np.abs(b), axis=0, initial=SMALLEST)
        away = np.abs(a - b) / size
        away[np.isnan(a) & np.isnan(b)] = 0.0
        away[np.isnan(a) != np.isnan(b)] = np.inf
        count += a.shape[1]
        row, column = np.unravel_index(int(np.argmax(away)), away.shape)
        if away[row, column] > worst.deviation:
            worst = Replay(
                label, float(away[row, column]), _cell(str(name), other, int(column)),
                float(times[row]),
            )  # fmt: skip
    return Replay(label, worst.deviation, worst.variable, worst.time, float(times[-1]), count)


def _cell(name: str, values: xr.DataArray, column: int) -> str:
    """Return the name of a variable with the element in a column of its flattened values."""
    own = values.dims[1:]
    if not own:
        return name
    place = np.unravel_index(column, values.shape[1:])
    elements = [str(values[dim].values[at]) for dim, at in zip(own, place, strict=True)]
    return f"{name}[{','.join(elements)}]"
