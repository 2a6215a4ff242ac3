"""The compiled engine: kernels of one model, and what their runs leave behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import ModelError
from pysd_runner.kernel.kernel import Kernel, Result, compile_kernel
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.noise import SEED
from pysd_runner.kernel.program import Cell, Input, Method, Reduction
from pysd_runner.kernel.program import Curve as CurveInput
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.model.syntax import Expression, Reference, references
from pysd_runner.run.diagnosis import locate
from pysd_runner.run.inputs import Column
from pysd_runner.run.status import Ending, RunStatus
from pysd_runner.run.time_grid import TimeGrid

Floats = NDArray[np.float64]
Progress: TypeAlias = Callable[[int, int], None]
_MOST_KERNELS = 16
_DIAGNOSED_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    r"""What many runs left behind.

    Parameters
    ----------
    values : dict
        Key of variable -> ndarray, shape (runs, saves, \*elements); an element without an
        equation is NaN.
    measures : ndarray, shape (runs, measures)
        What was reduced while the runs went on.
    statuses : list of RunStatus
        One for each run.
    """

    values: dict[str, Floats] = field(repr=False)
    measures: Floats = field(repr=False)
    statuses: list[RunStatus] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """Something reduced on the way: how, of what, and the weight of each save.

    Parameters
    ----------
    reduction : str
        See :class:`pysd_runner.kernel.program.Measure`.
    expression : Expression
        Over variables of the model.
    weights : ndarray, shape (saves,)
        Zero where a save does not count.
    """

    reduction: Reduction
    expression: Expression
    weights: Floats = field(repr=False, compare=False)


class CompiledEngine:
    """Machine code of a model, made when it is asked for and kept.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    """

    def __init__(self, graph: ModelGraph) -> None:
        self.graph = graph
        self._kernels: dict[object, Kernel] = {}
        self._compiling = threading.Lock()  # several threads may run one model

    def run(
        self,
        columns: Sequence[Column],
        grid: TimeGrid,
        outputs: Sequence[Variable],
        measured: Sequence[Measured] = (),
        *,
        method: Method = "euler",
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Runs:
        """Integrate one run for each row of the columns.

        Parameters
        ----------
        columns : sequence of Column
            What differs by run; none means one run.
        grid : TimeGrid
            The same for all runs.
        outputs : sequence of Variable
            What to keep.
        measured : sequence of Measured
            What to reduce on the way.
        method : str
            ``euler``, ``rk2`` or ``rk4``.
        threads : int or None
            ``None`` takes one for each processor.
        progress : callable or None
            Called with the numbers of runs done and in all.

        Raises
        ------
        ModelError
            The model uses a construct that cannot be compiled.
        """
        inputs, rows = self.inputs(columns)
        kernel = self.kernel(inputs, self.cells_of(outputs), grid.controls, measured, method)
        weights = np.zeros((len(grid.saved_steps), len(measured)))
        for index, each in enumerate(measured):
            weights[:, index] = each.weights
        found = kernel.run(
            rows, grid.saved_steps, grid.steps, weights=weights, threads=threads, progress=progress
        )
        runs = self.collect(outputs, found)
        for ending, sound in (
            (Ending.OUT_OF_LIMITS, found.within),
            (Ending.NON_FINITE, found.finite),
        ):
            broken = np.flatnonzero(~sound)
            for first in range(0, len(broken), _DIAGNOSED_AT_ONCE):
                some = broken[first : first + _DIAGNOSED_AT_ONCE]
                told = self._diagnose(ending, inputs, rows[some], grid, outputs, measured, method)
                for run, status in zip(some, told, strict=True):
                    runs.statuses[run] = status
        return runs

    def refusal(self, grid: TimeGrid) -> ModelError | None:
        """Return why the model cannot be compiled, or ``None`` if it can."""
        moving = self.graph.of_kind("stock", "flow", "auxiliary", "data")
        try:
            lower(self.graph, [], self.cells_of(moving), controls=grid.controls)
        except ModelError as refusal:
            return refusal
        return None

    def collect(self, outputs: Sequence[Variable], found: Result) -> Runs:
        """Put the columns of a kernel's result into arrays by variable.

        An element without an equation has no value.
        """
        values: dict[str, Floats] = {}
        first = 0
        for variable in outputs:
            cells = self._cells(variable)
            own = found.outputs[:, :, first : first + len(cells)]
            shape = (*own.shape[:2], *self.graph.shape(variable))
            first += len(cells)
            if len(cells) == len(self.graph.elements(variable)):
                values[variable.key] = own.reshape(shape)
                continue
            whole = values[variable.key] = np.full(shape, np.nan)
            for number, cell in enumerate(cells):
                place: Any = (..., *self.graph.position(variable, cell))
                whole[place] = own[:, :, number]
        ok, lost, outside = map(RunStatus, (Ending.OK, Ending.NON_FINITE, Ending.OUT_OF_LIMITS))
        statuses = [
            (ok if within else outside) if finite else lost
            for finite, within in zip(found.finite, found.within, strict=True)
        ]
        return Runs(values, found.measures, statuses)

    # -- inputs and kernels -------------------------------------------------------------------

    def inputs(self, columns: Sequence[Column]) -> tuple[list[Input], Floats]:
        """Return what a kernel is compiled for, and its rows; of two columns the later counts."""
        found: dict[Cell, tuple[Input, Floats]] = {}
        for column in columns:
            if column.variable == SEED[0]:
                found[SEED] = (SEED, column.values[:, None])
                continue
            variable = self.graph[column.variable]
            for elements in [column.elements] if column.elements else self._cells(variable):
                cell = (variable.key, elements)
                one = CurveInput(cell, column.x) if column.x else cell
                found[cell] = (one, column.values.reshape(len(column.values), -1))
        runs = len(columns[0].values) if columns else 1
        blocks = [values for _, values in found.values()]
        return [each for each, _ in found.values()], np.hstack([np.empty((runs, 0)), *blocks])

    def kernel(
        self,
        inputs: Sequence[Input],
        outputs: Sequence[Cell],
        controls: Mapping[str, float],
        measured: Sequence[Measured] = (),
        method: Method = "euler",
    ) -> Kernel:
        """Return the kernel of some inputs and outputs, compiled if there is none yet."""
        wanted = (
            tuple(inputs), tuple(outputs), tuple(sorted(controls.items())), tuple(measured), method
        )  # fmt: skip
        with self._compiling:
            if wanted not in self._kernels:
                reductions = [(each.reduction, each.expression) for each in measured]
                kernel = compile_kernel(
                    self.graph, inputs, outputs,
                    controls=controls, measures=reductions, method=method,
                )  # fmt: skip
                while len(self._kernels) >= _MOST_KERNELS:
                    self._kernels.pop(next(iter(self._kernels)))
                self._kernels[wanted] = kernel
            return self._kernels[wanted]

    # -- cells --------------------------------------------------------------------------------

    def cells_of(self, variables: Sequence[Variable]) -> list[Cell]:
        """Return the cells of variables, in the order in which a kernel is asked for them."""
        return [(v.key, cell) for v in variables for cell in self._cells(v)]

    def _cells(self, variable: Variable) -> list[tuple[str, ...]]:
        """Return the elements of a variable that have an equation."""
        defined = {elements for elements, _, _ in self.graph.cells(variable)}
        return [cell for cell in self.graph.elements(variable) if cell in defined]

    # -- what went wrong ----------------------------------------------------------------------

    def _diagnose(
        self,
        ending: Ending,
        inputs: Sequence[Input],
        rows: Floats,
        grid: TimeGrid,
        outputs: Sequence[Variable],
        measured: Sequence[Measured],
        method: Method,
    ) -> list[RunStatus]:
        """Run again with everything in sight; say when and where it broke first."""
        suspects = upstream(self.graph, outputs, measured)
        cells = self.cells_of(suspects)
        kernel = self.kernel(inputs, cells, grid.controls, (), method)
        finite = ending is Ending.NON_FINITE
        steps = np.arange(grid.steps + 1) if finite else grid.saved_steps
        found = kernel.run(rows, steps, grid.steps).outputs
        times: Floats = grid.initial_time + grid.time_step * steps.astype(np.float64)
        return [locate(self.graph, ending, cells, times, values) for values in found]


def upstream(
    graph: ModelGraph, outputs: Sequence[Variable], measured: Sequence[Measured]
) -> list[Variable]:
    """Return the outputs, and what they depend on and changes, causes before effects."""
    from_measures = [
        name
        for each in measured
        for node in references(each.expression)
        if (name := node.name if isinstance(node, Reference) else node.function) in graph
    ]
    waiting = [v.name for v in outputs] + from_measures
    found: set[str] = set()
    while waiting:
        variable = graph[waiting.pop()]
        if variable.key not in found:
            found.add(variable.key)
            waiting += variable.uses
    moving = ("stock", "flow", "auxiliary", "data")
    asked = {v.key for v in outputs}
    return [graph[k] for k in graph.order if k in asked or (k in found and graph[k].kind in moving)]
