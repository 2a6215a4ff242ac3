"""Runs of the reference engine in several processes, which no signal leaves behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from pysd_runner.errors import RunError
from pysd_runner.model.graph import Variable
from pysd_runner.run.compiled import Progress
from pysd_runner.run.inputs import Setting
from pysd_runner.run.reference import ReferenceEngine, Trajectory, Translation
from pysd_runner.run.time_grid import TimeGrid

_SERIAL_BELOW = 4


def run_rows(
    engine: ReferenceEngine,
    rows: Sequence[tuple[Setting, ...]],
    grid: TimeGrid,
    kept: Sequence[Variable],
    workers: int,
    report: Progress,
) -> list[Trajectory]:
    """Integrate one run for each row of settings, in processes if there are enough of them."""
    if workers > 1 and len(rows) >= _SERIAL_BELOW:
        return _in_processes(engine, rows, grid, kept, workers, report)
    trajectories = []
    for number, row in enumerate(rows):
        trajectories.append(engine.run(row, grid, kept))
        report(number + 1, len(rows))
    return trajectories


_Row = tuple[Setting, ...]
_worker: list[tuple[Translation, TimeGrid, tuple[Variable, ...]]] = []
"""What a worker process was started for; empty in the main process."""


def _start_worker(translation: Translation, grid: TimeGrid, kept: tuple[Variable, ...]) -> None:
    _worker[:] = [(translation, grid, kept)]
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the main process to end, and end this one; to be run in a thread of a worker."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def workers_deaf_to_ctrl_c() -> Iterator[None]:
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
        with workers_deaf_to_ctrl_c():
            numbers = {pool.submit(_work, chunk): number for number, chunk in enumerate(chunks)}
        for future in as_completed(numbers):
            finished = found[numbers[future]] = future.result()
            done += len(finished)
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
