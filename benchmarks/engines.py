"""The engines that take part, besides C: this project's kernel, PySD, and pysimlin."""

from __future__ import annotations

import shutil
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.cases import Case, Floats
from benchmarks.contestant import Contestant, NotHere
from pysd_runner.kernel.kernel import Result, compile_kernel

_BETWEEN = 8
_REPEATS = 3


def kernel(case: Case, runs: int, threads: int) -> Contestant:
    """Return this project's compiled engine."""
    grid = case.model.time_grid()
    compiled = compile_kernel(
        case.model.graph, case.input_cells, case.output_cells, controls=grid.controls
    )
    inputs = case.design(runs)
    last: list[Result] = []

    def call() -> None:
        last[:] = [compiled.run(inputs, grid.saved_steps, grid.steps, threads=threads)]

    return Contestant("this kernel", runs, call, lambda: last[0].outputs, threads)


def simlin(case: Case, runs: int) -> Contestant:
    """Return pysimlin in its fastest loop."""
    try:
        import simlin as engine
    except ImportError as missing:
        raise NotHere("pysimlin has no wheel for this platform") from missing
    simulation = engine.load(str(case.path)).simulate()
    names = {name.replace("_", " "): name for name in simulation.get_var_names()}
    columns = [names[_cell(*cell)] for cell in case.output_cells]
    constants = [names[name.lower()] for name in case.bounds]
    inputs = case.design(runs)
    found = np.empty((runs, len(case.model.time_grid().saved_steps), len(columns)))

    def call() -> None:
        for row, values in enumerate(inputs):
            simulation.reset()
            for name, value in zip(constants, values, strict=True):
                simulation.set_value(name, float(value))
            simulation.run_to_end()
            for place, name in enumerate(columns):
                found[row, :, place] = simulation.get_series(name)

    return Contestant("pysimlin", runs, call, lambda: found)


def pysd(case: Case) -> Contestant:
    """Return PySD as it translates the file by itself: one run, of which it does the beginning."""
    import pysd as engine

    folder = Path(tempfile.mkdtemp())  # PySD writes beside the model
    shutil.copy(case.path, folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = engine.read_vensim(str(folder / case.path.name))
    parameters = dict(zip(case.bounds, map(float, case.design(1)[0]), strict=True))
    beginning = Beginning.of(case)
    found: list[Floats] = []
    taken: list[tuple[float, ...]] = []

    def run(final_time: float) -> float:
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = model.run(
                params=parameters, return_columns=list(case.outputs), final_time=final_time
            )
        seconds = time.process_time() - start
        columns = [_column(table.columns, case, *cell) for cell in case.output_cells]
        found[:] = [table[columns].to_numpy(dtype=float)]
        return seconds

    def call() -> None:
        run(beginning.final_times[0])  # a first run has more to do
        taken[:] = [tuple(map(run, beginning.final_times)) for _ in range(_REPEATS)]

    return Contestant(
        # other work only adds to a time, and the difference of two is sensitive to it
        "PySD", 1, call, lambda: np.stack(found),
        seconds=lambda: beginning.scaled(*(min(each) for each in zip(*taken, strict=True))),
        note=beginning.note, once=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beginning:
    """Two short parts of a run, from which the time of the whole is told.

    Parameters
    ----------
    final_times : tuple of float
        Where the parts end.
    steps : tuple of int
        Time steps of the parts, and of the whole.
    """

    final_times: tuple[float, float]
    steps: tuple[int, int, int]

    @classmethod
    def of(cls, case: Case) -> Beginning:
        """Take one save interval, and so many that some steps lie between the ends."""
        grid = case.model.time_grid()
        times, steps = grid.saved_times, grid.saved_steps
        late = int(np.searchsorted(steps, steps[1] + _BETWEEN))
        ends = (float(times[1]), float(times[late]))
        return cls(ends, (int(steps[1]), int(steps[late]), grid.steps))

    def scaled(self, short: float, longer: float) -> float:
        """Return the seconds of the whole run from those of the parts."""
        few, more, every = self.steps
        return short + (longer - short) / (more - few) * (every - few)

    @property
    def note(self) -> str:
        """How the time was told."""
        return f"scaled from {self.steps[0]} and {self.steps[1]} of {self.steps[2]} steps"


def _cell(name: str, elements: tuple[str, ...]) -> str:
    return name + (f"[{','.join(elements)}]" if elements else "")


def _column(columns: list[str], case: Case, name: str, elements: tuple[str, ...]) -> str:
    """Return the name that PySD gives to a cell, in whatever spelling."""
    wanted = case.model.graph.cell_name(name, elements).lower().replace(" ", "")
    return next(each for each in columns if each.lower().replace(" ", "") == wanted)
