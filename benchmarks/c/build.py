"""C compiled and called."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.c.equations import cell, equations_of
from benchmarks.c.lanes import LANES, lanes_c
from benchmarks.c.scalar import scalar_c
from benchmarks.cases import Case
from benchmarks.contestant import Contestant, NotHere

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
    folder = Path(tempfile.gettempdir()) / "policy-sandbox-bench"
    folder.mkdir(exist_ok=True)
    library = folder / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.so"
    if not library.exists():
        file = library.with_suffix(".c")
        file.write_text(source, encoding="utf-8")
        command = ["gcc", *flags, "-shared", "-fPIC", "-o", str(library), str(file), "-lm"]
        subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


def scalar(case: Case, runs: int, threads: int) -> Contestant:
    """Return scalar C, one run after another."""
    return _contestant("scalar C, gcc -O3", case, runs, threads, lanes=1)


def lanes(case: Case, runs: int, threads: int) -> Contestant:
    """Return hand-vectorised C in blocks of runs."""
    return _contestant(f"vector C, {LANES} runs", case, runs, threads, lanes=LANES)


def _contestant(name: str, case: Case, runs: int, threads: int, lanes: int) -> Contestant:
    grid = case.model.time_grid()
    outputs = [cell(*each) for each in case.output_cells]
    inputs = [cell(*each) for each in case.input_cells]
    try:
        equations = equations_of(case.model.graph, inputs, outputs, grid.controls)
    except NotImplementedError as refusal:
        raise NotHere(f"the C generator does not know {refusal}") from refusal
    write, flags = (scalar_c, SCALAR_FLAGS) if lanes == 1 else (lanes_c, LANES_FLAGS)
    library = shared_library(write(equations), flags)
    blocks = -(-runs // lanes)
    rows = case.design(blocks * lanes)
    by_block = np.ascontiguousarray(rows.reshape(blocks, lanes, -1).transpose(0, 2, 1))
    saves = np.append(grid.saved_steps, -1).astype(np.int64)
    found = np.empty((blocks, len(grid.saved_steps), len(outputs), lanes))
    parts = np.array_split(np.arange(blocks), threads)

    def integrate(part: np.ndarray) -> None:
        first, count = int(part[0]), len(part)
        library.integrate(
            *(ctypes.c_void_p(each.ctypes.data) for each in (by_block[first:], found[first:], saves)),
            ctypes.c_int64(count), ctypes.c_int64(grid.steps),
        )  # fmt: skip

    def trajectories() -> np.ndarray:
        by_run = found.transpose(0, 3, 1, 2)
        return by_run.reshape(blocks * lanes, *by_run.shape[2:])

    return Contestant(name, blocks * lanes, _over_threads(integrate, parts), trajectories, threads)


def _over_threads(
    work: Callable[[np.ndarray], None], parts: list[np.ndarray]
) -> Callable[[], None]:
    def call() -> None:
        others = [threading.Thread(target=work, args=(part,)) for part in parts[1:]]
        for each in others:
            each.start()
        work(parts[0])
        for each in others:
            each.join()

    return call
