"""Many runs of one model: a table of inputs in, trajectories out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.errors import RunError
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.run.inputs import Setting, read_settings
from pysd_runner.run.reference import ReferenceEngine, Trajectory, Translation
from pysd_runner.run.time_grid import TimeGrid
from pysd_runner.run.trajectories import output_variables, to_dataset

Progress = Callable[[int, int], None]
_SERIAL_BELOW = 4


def run_batch(
    engine: ReferenceEngine,
    inputs: Mapping[str, NDArray[np.float64]],
    grid: TimeGrid,
    outputs: Sequence[str] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Integrate one run for each row of inputs.

    Parameters
    ----------
    engine : ReferenceEngine
        The translated model.
    inputs : mapping
        Name of a constant (or of one element, ``"grant rate[SHA]"``) -> values, shape (runs,).
    grid : TimeGrid
        The same for all runs.
    outputs : sequence of str or None
        Variables to keep; ``None`` keeps all that change over time.
    workers : int or None
        Number of processes; ``None`` takes one for each processor.
    progress : callable or None
        Called with the numbers of runs done and in all.

    Returns
    -------
    xarray.Dataset
        Dimensions ``run``, ``time`` and the model's subscript ranges. A run that fails leaves
        NaN and a status that says why; it never stops the others.
    """
    graph = engine.graph
    kept = output_variables(graph, outputs)
    rows = _rows(graph, inputs)
    workers = workers or os.cpu_count() or 1
    report = progress or (lambda done, total: None)
    if workers == 1 or len(rows) < _SERIAL_BELOW:
        trajectories = []
        for number, row in enumerate(rows):
            trajectories.append(engine.run(row, grid, kept))
            report(number + 1, len(rows))
    else:
        trajectories = _in_processes(engine, rows, grid, kept, workers, report)
    values = {
        variable.key: np.stack([trajectory.values[variable.key] for trajectory in trajectories])
        for variable in kept
    }
    return to_dataset(graph, kept, grid.saved_times, values, [t.status for t in trajectories])


def _rows(
    graph: ModelGraph, inputs: Mapping[str, NDArray[np.float64]]
) -> list[tuple[Setting, ...]]:
    lengths = {len(np.atleast_1d(values)) for values in inputs.values()} or {1}
    if len(lengths) > 1:
        raise RunError(f"the inputs have different numbers of runs: {sorted(lengths)}.")
    if lengths == {0}:
        raise RunError("the inputs hold no runs; give at least one value for each.")
    columns = {name: np.atleast_1d(values).astype(float) for name, values in inputs.items()}
    return [
        read_settings(graph, {name: values[row] for name, values in columns.items()})
        for row in range(lengths.pop())
    ]


# -- processes --------------------------------------------------------------------------------

_Row = tuple[Setting, ...]
_worker: list[tuple[Translation, TimeGrid, tuple[Variable, ...]]] = []
"""What a worker process was started for; empty in the main process."""


def _start_worker(translation: Translation, grid: TimeGrid, kept: tuple[Variable, ...]) -> None:
    _worker[:] = [(translation, grid, kept)]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _workers_deaf_to_ctrl_c() -> Iterator[None]:
    """Let processes started here ignore Ctrl-C: the main process stops them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(chunk: list[_Row]) -> list[Trajectory]:
    translation, grid, kept = _worker[0]
    return [translation.run(row, grid, kept) for row in chunk]


def _in_processes(
    engine: ReferenceEngine,
    rows: Sequence[tuple[Setting, ...]],
    grid: TimeGrid,
    kept: Sequence[Variable],
    workers: int,
    report: Progress,
) -> list[Trajectory]:
    size = max(1, min(8, len(rows) // (workers * 4)))
    chunks = [list(rows[start : start + size]) for start in range(0, len(rows), size)]
    found: dict[int, list[Trajectory]] = {}
    done = 0
    pool = ProcessPoolExecutor(
        max_workers=min(workers, len(chunks)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(engine.translation, grid, tuple(kept)),
    )
    try:
        with _workers_deaf_to_ctrl_c():
            pending: dict[Future[list[Trajectory]], int] = {
                pool.submit(_work, chunk): number for number, chunk in enumerate(chunks)
            }
        while pending:
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                number = pending.pop(future)
                found[number] = future.result()
                done += len(found[number])
                report(done, len(rows))
    except BrokenProcessPool:
        raise RunError(
            f"a worker process was ended from outside after {done} of {len(rows)} runs, perhaps "
            "for want of memory; run again with fewer workers."
        ) from None
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [trajectory for number in sorted(found) for trajectory in found[number]]
