"""A compiled model: arrays of inputs in, arrays of outputs out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pysd_runner.kernel.build import MachineCode, compile_text, native_width
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.loops import lay_out
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.program import Cell, Input, Method, Program, Reduction
from pysd_runner.kernel.rolled import emit_rolled
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.syntax import Expression

Floats = NDArray[np.float64]
_BLOCKS_PER_TASK = 4
_MOST_REMEMBERED = 2**31
"""Bytes that delays of whole steps may remember for one block of runs."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a kernel's runs left behind.

    Parameters
    ----------
    outputs : ndarray, shape (runs, saves, outputs)
        Values at the save times.
    measures : ndarray, shape (runs, measures)
        What was reduced on the way.
    finite : ndarray of bool, shape (runs,)
        Whether all outputs, measures and last states are finite numbers.
    within : ndarray of bool, shape (runs,)
        Whether stocks and outputs stayed within the limits that the model states.
    """

    outputs: Floats
    measures: Floats
    finite: NDArray[np.bool_]
    within: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Kernel:
    """Machine code of one model for given inputs, outputs and times.

    Parameters
    ----------
    program : Program
        What a run computes.
    width : int
        Runs integrated together.
    """

    program: Program
    width: int
    _code: MachineCode = field(repr=False)
    _lengths: Kernel | None = field(repr=False, default=None)
    _room: int = field(repr=False, default=0)

    def run(
        self,
        inputs: Floats,
        saves: NDArray[np.int64],
        steps: int,
        *,
        weights: Floats | None = None,
        threads: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Result:
        """Integrate one run for each row of inputs.

        Parameters
        ----------
        inputs : ndarray, shape (runs, inputs)
            Values of what the kernel was compiled for; a curve takes one column a point.
        saves : ndarray of int, shape (saves,)
            Numbers of the steps whose values are kept, increasing; 0 is the initial time.
        steps : int
            Number of steps.
        weights : ndarray, shape (saves, measures), or None
            See :class:`~pysd_runner.kernel.program.Measure`.
        threads : int or None
            ``None`` takes one for each processor.
        progress : callable or None
            Called with the numbers of runs done and in all.

        Returns
        -------
        Result
            The result of a run does not depend on the others, on its place among them, or on the
            number of threads.
        """
        runs, width, program = len(inputs), self.width, self.program
        blocks = -(-runs // width)
        padded = np.resize(inputs, (blocks * width, max(inputs.shape[1], 1)))
        lanes = np.ascontiguousarray(padded.reshape(blocks, width, -1).transpose(0, 2, 1))
        outputs = np.empty((blocks, len(saves), len(program.outputs), width))
        measured = np.empty((blocks, len(program.measures), width))
        health = np.empty((blocks, 2, width))
        if weights is None:
            weights = np.ones((len(saves), len(program.measures)))
        fixed = [np.append(saves, -1).astype(np.int64), np.ascontiguousarray(weights, dtype=float)]
        arrays = [lanes, outputs, measured, health]
        rings = sum(state.kind == "past" for state in program.states)
        capacity = self._capacity(inputs, threads) if rings else 1

        def integrate(first: int) -> int:
            last = min(first + _BLOCKS_PER_TASK, blocks)
            past = np.empty(rings * capacity * width)
            work = np.zeros(self._room * width + 100000)
            places = [array.ctypes.data for array in (*arrays, past, work, *fixed)]
            self._code.function(*places, first, last, steps, len(saves), capacity)
            return last

        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            for last in pool.map(integrate, range(0, blocks, _BLOCKS_PER_TASK)):
                if progress is not None:
                    progress(min(last * width, runs), runs)
        return Result(
            outputs.transpose(0, 3, 1, 2).reshape(blocks * width, len(saves), -1)[:runs],
            measured.transpose(0, 2, 1).reshape(blocks * width, -1)[:runs],
            np.isfinite(health[:, 0]).reshape(-1)[:runs],
            (health[:, 1] == 0).reshape(-1)[:runs],
        )

    def _capacity(self, inputs: Floats, threads: int | None) -> int:
        """Return room enough for the longest delay of any run, a power of two."""
        assert self._lengths is not None
        found = self._lengths.run(inputs, np.zeros(1, dtype=np.int64), 0, threads=threads)
        longest = float(np.max(found.outputs, initial=1.0))
        if not longest * self.width * 8 < _MOST_REMEMBERED:
            raise MemoryError(f"a delay of {longest:.3g} steps cannot be remembered")
        return 1 << int(longest).bit_length()


def compile_kernel(
    graph: ModelGraph,
    inputs: Sequence[Input],
    outputs: Sequence[Cell],
    *,
    controls: Mapping[str, float],
    measures: Sequence[tuple[Reduction, Expression]] = (),
    method: Method = "euler",
    width: int | None = None,
) -> Kernel:
    """Compile a model.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    inputs : sequence of Cell or Curve
        What differs by run: constants, initial values of stocks, curves; all else keeps the
        values of the file.
    outputs : sequence of Cell
        What is asked for; equations that neither these nor their stocks need are left out.
    controls : mapping
        Values of the control variables, by key: ``initial time``, ``time step``, …. One that
        is missing is computed as it stands in the model, at every step, by Euler's method.
    measures : sequence of pairs
        How an expression over variables of the model is reduced while a run goes on, and the
        expression.
    method : str
        ``euler``, ``rk2`` or ``rk4``.
    width : int or None
        Runs integrated together; ``None`` suits this processor.

    Raises
    ------
    ModelError
        The model uses a construct that cannot be compiled.
    """
    program = lower(graph, inputs, outputs, controls=controls, measures=measures)
    chosen = width or native_width()
    layout = lay_out(program) if method == "euler" else None
    text = emit_rolled(program, chosen, layout) if layout else emit(program, chosen, method)
    code = compile_text(text)
    room = layout.room if layout else 0
    lengths = tuple(state.length for state in program.states if state.length is not None)
    if not lengths:
        return Kernel(program, chosen, code, None, room)
    at_start = replace(program, states=(), outputs=lengths, measures=(), limits=(), step=lengths[0])
    of_lengths = Kernel(at_start, chosen, compile_text(emit(at_start, chosen)))
    return Kernel(program, chosen, code, of_lengths, room)
