"""C compiled and called."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.c.equations import Equations, cell, equations_of
from benchmarks.c.lanes import LANES, lanes_c
from benchmarks.c.scalar import scalar_c
from benchmarks.cases import Case, Floats
from benchmarks.contestant import Contestant, NotHere

LIBRARIES = Path(__file__).parents[2] / "results" / "bench" / "c"
Places = NDArray[np.int64]
SCALAR_FLAGS = ("-O3", "-march=native")
LANES_FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math")


@cache
def compiler() -> str:
    """Return the first line in which gcc tells its version.

    Raises
    ------
    NotHere
        There is none.
    """
    found = shutil.which("gcc")
    if found is None:
        raise NotHere("gcc is not installed")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    return told.stdout.splitlines()[0]


def shared_library(source: str, flags: tuple[str, ...]) -> ctypes.CDLL:
    """Return C compiled by gcc and loaded; what was compiled before is not compiled again."""
    told = "\n".join([compiler(), *flags, source])
    LIBRARIES.mkdir(parents=True, exist_ok=True)
    library = LIBRARIES / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.so"
    if not library.exists():
        file = library.with_suffix(".c")
        file.write_text(source, encoding="utf-8")
        whole = library.with_suffix(".whole")
        command = ["gcc", *flags, "-shared", "-fPIC", "-o", str(whole), str(file), "-lm"]
        subprocess.run(command, check=True)
        whole.replace(library)
    return ctypes.CDLL(str(library))


def equations_for(case: Case) -> Equations:
    """Return the equations that a case needs."""
    outputs = [cell(*each) for each in case.output_cells]
    inputs = [cell(*each) for each in case.input_cells]
    return equations_of(case.model.graph, inputs, outputs, case.model.time_grid().controls)


def scalar(case: Case, runs: int, threads: int) -> Contestant:
    """Return scalar C, one run after another."""
    return _contestant("scalar C, gcc -O3", case, runs, threads, lanes=1)


def lanes(case: Case, runs: int, threads: int) -> Contestant:
    """Return hand-vectorised C in blocks of runs."""
    return _contestant(f"vector C, {LANES} runs", case, runs, threads, lanes=LANES)


def _contestant(name: str, case: Case, runs: int, threads: int, lanes: int) -> Contestant:
    grid = case.model.time_grid()
    equations = equations_for(case)
    write, flags = (scalar_c, SCALAR_FLAGS) if lanes == 1 else (lanes_c, LANES_FLAGS)
    try:
        library = shared_library(write(equations), flags)
    except NotImplementedError as refusal:
        raise NotHere(f"the C generator does not know {refusal}") from refusal
    blocks = -(-runs // lanes)
    rows = case.design(blocks * lanes)
    by_block = np.ascontiguousarray(rows.reshape(blocks, lanes, -1).transpose(0, 2, 1))
    saves = np.append(grid.saved_steps, -1).astype(np.int64)
    found = np.empty((blocks, len(grid.saved_steps), len(equations.outputs), lanes))
    parts = np.array_split(np.arange(blocks), threads)
    parts = [part for part in parts if len(part)]

    def integrate(part: Places) -> None:
        first, count = int(part[0]), len(part)
        arrays = (by_block[first:], found[first:], saves)
        places = (ctypes.c_void_p(each.ctypes.data) for each in arrays)
        library.integrate(*places, ctypes.c_int64(count), ctypes.c_int64(grid.steps))

    def trajectories() -> Floats:
        by_run = found.transpose(0, 3, 1, 2)
        return by_run.reshape(blocks * lanes, *by_run.shape[2:])

    return Contestant(name, blocks * lanes, _over_threads(integrate, parts), trajectories, threads)


def _over_threads(work: Callable[[Places], None], parts: list[Places]) -> Callable[[], None]:
    """Return a call that does each part in a thread of its own, pinned to its own processor."""

    def pinned(place: int, part: Places) -> None:
        if hasattr(os, "sched_setaffinity"):
            own = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {own[place % len(own)]})  # of this thread only
        work(part)

    def call() -> None:
        if len(parts) == 1:
            work(parts[0])
            return
        threads = [threading.Thread(target=pinned, args=each) for each in enumerate(parts)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    return call
