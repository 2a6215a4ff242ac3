"""Runs whose clock is part of the model: a time step or an end that equations decide.

Such a model is integrated first for its clock alone, to learn at which step each run ends, and
then for its outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import RunError
from pysd_runner.kernel.kernel import Kernel
from pysd_runner.kernel.program import Cell
from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import CONTROL, TIME, ModelGraph, Variable
from pysd_runner.names import key
from pysd_runner.run.compiled import CompiledEngine, Runs
from pysd_runner.run.inputs import Column

Floats = NDArray[np.float64]
_FIRST_GUESS = 1024
MAX_STEPS = 1_000_000
"""Steps of a run whose clock moves: fewer than otherwise, since the clock of each is kept."""
_TOLERANCE = 1e-5
"""Share of a time step by which an end or a save time may be missed, as in PySD."""


@dataclass(frozen=True, slots=True)
class MovingGrid:
    """Control variables, of which some are computed by each run.

    Parameters
    ----------
    controls : mapping
        Those with a value known beforehand, by key; always the initial time.
    """

    controls: Mapping[str, float]


def moving_controls(
    graph: ModelGraph, columns: Sequence[Column], given: Mapping[str, float | None]
) -> tuple[str, ...]:
    """Return the keys of the control variables that have no value before a run.

    Parameters
    ----------
    columns : sequence of Column
        What differs by run; a control variable that depends on it has no value beforehand.
    given : mapping
        Key of control variable -> value from outside, or ``None``.
    """
    changed = {column.variable for column in columns}
    return tuple(
        name
        for name in CONTROL
        if name in graph
        and given.get(name) is None
        and (constant_value(graph, name) is None or changed & _upstream(graph, name))
    )


def _upstream(graph: ModelGraph, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for used in graph[waiting.pop()].uses:
            if key(used) not in found:
                found.add(key(used))
                waiting.append(used)
    return found


def run_moving(
    engine: CompiledEngine,
    columns: Sequence[Column],
    grid: MovingGrid,
    outputs: Sequence[Variable],
    threads: int | None = None,
) -> tuple[Floats, Runs]:
    """Integrate one run for each row of the columns, by Euler's method.

    Returns
    -------
    ndarray, shape (saves,)
        The saved times.
    Runs
        What the runs left behind.

    Raises
    ------
    RunError
        A run does not end, or runs save at different times.
    """
    inputs, rows = engine.inputs(columns)
    steps, saves, times = _clock(engine, columns, grid, threads)
    cells = engine.cells_of(outputs)
    kernel = engine.kernel(inputs, cells, grid.controls)
    found = kernel.run(rows, saves, steps, threads=threads)
    return times, engine.collect(outputs, found)


def _clock(
    engine: CompiledEngine, columns: Sequence[Column], grid: MovingGrid, threads: int | None
) -> tuple[int, NDArray[np.int64], Floats]:
    """Return the number of steps, the numbers of those that are saved, and their times."""
    inputs, rows = engine.inputs(columns)
    save = "saveper" if "saveper" in engine.graph or "saveper" in grid.controls else "time step"
    cells: list[Cell] = [(TIME, ()), ("time step", ()), ("final time", ()), (save, ())]
    kernel = engine.kernel(inputs, cells, grid.controls)
    time, step, interval, ended = _to_the_end(kernel, rows, threads)
    last = ended.argmax(axis=1)
    since = time - time[:, :1]
    saved = _reaches_a_save(since, step, interval)
    saved &= np.arange(time.shape[1]) <= last[:, None]
    same_rows = (saved == saved[0]).all() and (last == last[0]).all()
    saves = np.flatnonzero(saved[0])
    if not (same_rows and (time[:, saves] == time[:1, saves]).all()):
        raise RunError(
            "the runs save at different times, because TIME STEP, FINAL TIME or SAVEPER depend "
            "on what differs between them; run them one by one."
        )
    return int(last[0]), saves.astype(np.int64), time[0, saves]


def _check_numbers(time: Floats, clock: Mapping[str, Floats], ended: NDArray[np.bool_]) -> None:
    """Refuse a clock that has no value before a run has ended.

    Parameters
    ----------
    time : ndarray, shape (runs, steps)
        Time of each step [model's time unit].
    clock : mapping
        Name of control variable -> its values, shape (runs, steps).
    ended : ndarray of bool, shape (runs, steps)
        Where a run has come to its end.

    Raises
    ------
    RunError
        With the first variable and time.
    """
    before_end = np.cumsum(ended, axis=1) <= ended
    for name, values in clock.items():
        if (missing := np.isnan(values) & before_end).any():
            run, number = np.argwhere(missing)[0]
            raise RunError(f"{name} is no number at time {time[run, number]:g}; look for a "
                           "division by zero in its equation.")  # fmt: skip


def _reaches_a_save(since: Floats, step: Floats, interval: Floats) -> NDArray[np.bool_]:
    """Tell which steps are the first ones at or after a multiple of the save interval.

    Parameters
    ----------
    since, step, interval : ndarray, shape (runs, steps)
        Time since the start of the run, time step and save interval [model's time unit].
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        now = np.floor((since + _TOLERANCE * step) / interval)
        before = np.floor((since[:, :-1] + _TOLERANCE * step[:, :-1]) / interval[:, 1:])
    passed = np.ones(since.shape, dtype=np.bool_)
    # an interval of less than a step, as 0, means each step
    passed[:, 1:] = (now[:, 1:] > before) | ~(interval[:, 1:] > step[:, :-1])
    return passed


def _to_the_end(
    kernel: Kernel, rows: Floats, threads: int | None
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Step until every run has ended; return time, time step, save step and where it has ended."""
    guess = _FIRST_GUESS
    while True:
        found = kernel.run(rows, np.arange(guess + 1), guess, threads=threads).outputs
        time, step, final, interval = np.moveaxis(found, 2, 0)
        ended = ~(time + _TOLERANCE * step < final)
        _check_numbers(time, {"TIME STEP": step, "FINAL TIME": final, "SAVEPER": interval}, ended)
        if (early := final[:, 0] < time[:, 0]).any():
            raise RunError(f"the final time {final[early.argmax(), 0]:g} lies before the initial "
                           f"time {time[0, 0]:g}.")  # fmt: skip
        if (stuck := ~ended & ~(step > 0)).any():
            run, number = np.argwhere(stuck)[0]
            raise RunError(
                f"TIME STEP is {step[run, number]:g} at time {time[run, number]:g}; "
                "it must stay positive."
            )
        if ended.any(axis=1).all():
            return time, step, interval, ended
        if guess >= MAX_STEPS:
            raise RunError(f"the run has not ended after {guess:,} steps; look at FINAL TIME.")
        guess = min(4 * guess, MAX_STEPS)
