"""What a user waits for: after an edit, for one run, and for a sweep."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.cases import Case
from pysd_runner import load
from pysd_runner.kernel.kernel import compile_kernel
from sensitivity.factors import factors_of
from sensitivity.sampling import saltelli

_ROUNDS = 5
_REPEATS = 25
_FACTORS = 12
_BASE = 1024
_EDITED = {
    # an equation of the file that a factor can stand before
    "foshan": "knowledge creation[industry]",
    "scalar": "Harbour life of firms",
    "subscripted": "potential output[industry]",
}


def after_edit(case: Case) -> float:
    """Return the seconds from a changed line of the file to the new trajectories of the outputs.

    The file is read anew and everything is compiled anew: no run has seen that equation before.
    """
    folder = Path(shutil.copytree(case.path.parent, Path(tempfile.mkdtemp()) / "model"))
    file = folder / case.path.name
    text = file.read_text(encoding="utf-8")
    load(file)

    def once(number: int) -> float:
        factor = 1 + (time.time_ns() % 10**9) * 1e-15 + number * 1e-6
        file.write_text(edited(case.name, text, factor), encoding="utf-8")
        start = time.perf_counter()
        load(file).run(outputs=case.outputs, engine="kernel")
        return time.perf_counter() - start

    return median(once(number) for number in range(_ROUNDS))


def edited(name: str, text: str, factor: float) -> str:
    """Return the text of a case's model with a factor in one of its equations."""
    left = re.escape(_EDITED[name])
    found, count = re.subn(rf"(?m)^({left}\s*=)", rf"\g<1> {factor!r} *", text)
    assert count == 1, f"{name} has {count} equations of {_EDITED[name]}"
    return found


def single_run(case: Case) -> float:
    """Return the seconds of one run of a compiled model."""
    grid = case.model.time_grid()
    kernel = compile_kernel(
        case.model.graph, case.input_cells, case.output_cells, controls=grid.controls
    )
    row = case.design(1)
    return _median(lambda: kernel.run(row, grid.saved_steps, grid.steps))


@dataclass(frozen=True, slots=True)
class Sweep:
    """A Saltelli sweep with second order, as a stress test does it.

    Parameters
    ----------
    runs : int
        In all.
    seconds : float
        From the design to the table of outcomes, on all processors.
    megabytes : float
        By which the memory of the process grew at its peak.
    """

    runs: int
    seconds: float
    megabytes: float


def sweep(case: Case) -> Sweep:
    """Run a sweep over twelve factors of a model's spec with N = 1024."""
    design = saltelli(factors_of(case.model.spec)[:_FACTORS], _BASE, second_order=True)
    case.model.outcomes({name: values[:2] for name, values in design.inputs.items()})
    before = _peak_memory()
    start = time.perf_counter()
    table = case.model.outcomes(design.inputs, engine="kernel")
    seconds = time.perf_counter() - start
    return Sweep(len(table), seconds, _peak_memory() - before)


def _peak_memory() -> float:
    """Return the most memory that this process has had so far [MB]."""
    import resource  # Windows has none

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _median(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)
