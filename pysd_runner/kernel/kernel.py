"""A compiled model: arrays of inputs in, arrays of outputs out."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import RunError
from pysd_runner.kernel.build import MachineCode, compile_text, register_width
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.layout import lay_out
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.pairs import in_pairs
from pysd_runner.kernel.parallel import Chunks, in_threads, processors
from pysd_runner.kernel.program import Cell, Input, Method, Program, Reduction
from pysd_runner.kernel.text import ALIGNMENT
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.syntax import Expression

Floats = NDArray[np.float64]
_SECONDS = 1e-10
"""Of one operation for one run, roughly."""
_CHUNK_SECONDS = 0.02
_BUFFER = 2**20
"""Bytes of outputs that a thread holds before it puts them in order."""
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
    room : int
        Vectors of working memory for a block of runs.
    code : MachineCode
        The function that integrates blocks of runs.
    """

    program: Program
    width: int
    room: int
    code: MachineCode = field(repr=False)
    _lengths: Kernel | None = field(repr=False, default=None)

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
        if weights is None:
            weights = np.ones((len(saves), len(self.program.measures)))
        session = _Session(
            self,
            inputs if inputs.shape[1] else np.zeros((len(inputs), 1)),
            np.append(saves, -1).astype(np.int64),
            np.ascontiguousarray(weights, dtype=np.float64),
            steps,
            self._capacity(inputs, threads) if self._lengths is not None else 1,
        )
        blocks, seconds = session.blocks, session.seconds_per_block
        threads = threads or processors()
        # a chunk is long enough to hide what it costs, and short enough to share the work
        size = max(1, min(int(_CHUNK_SECONDS / seconds), -(-blocks // (4 * threads))))
        chunks = Chunks(blocks, size)
        tell = progress or (lambda done, total: None)
        if blocks * seconds < _CHUNK_SECONDS:
            session.work(chunks)
        else:
            in_threads(
                session.work, chunks, threads, stop=session.stop,
                progress=lambda done: tell(min(done * self.width, len(inputs)), len(inputs)),
            )  # fmt: skip
        tell(len(inputs), len(inputs))
        return session.result

    def _capacity(self, inputs: Floats, threads: int | None) -> int:
        """Return room enough for the longest delay of any run, a power of two."""
        assert self._lengths is not None
        found = self._lengths.run(inputs, np.zeros(1, dtype=np.int64), 0, threads=threads)
        longest = float(np.max(found.outputs, initial=1.0))
        if not longest * self.width * 8 < _MOST_REMEMBERED:
            raise RunError(f"a delay of {longest:.3g} time steps is too long to remember; shorten "
                           "it, or take a longer time step.")  # fmt: skip
        return 1 << int(longest).bit_length()


class _Session:
    """The runs of one call: what all threads share."""

    def __init__(
        self,
        kernel: Kernel,
        inputs: Floats,
        saves: NDArray[np.int64],
        weights: Floats,
        steps: int,
        capacity: int,
    ) -> None:
        program = kernel.program
        runs, count = len(inputs), len(saves) - 1
        self.kernel = kernel
        self.inputs = inputs
        self.saves = saves
        self.weights = weights
        self.steps = steps
        self.capacity = capacity
        self.stopped = np.zeros(1, dtype=np.int64)
        self.blocks = -(-runs // kernel.width)
        self.result = Result(
            np.empty((runs, count, len(program.outputs))),
            np.empty((runs, len(program.measures))),
            np.empty(runs, dtype=np.bool_),
            np.empty(runs, dtype=np.bool_),
        )

    @property
    def seconds_per_block(self) -> float:
        """A rough measure of the time that a block of runs takes."""
        return _SECONDS * len(self.kernel.program.nodes) * (self.steps + 1) * self.kernel.width

    def stop(self) -> None:
        """Make all threads end after the step that they are at."""
        self.stopped[0] = 1

    def work(self, chunks: Chunks) -> None:
        """Integrate chunks of blocks until there are none."""
        kernel, program, width = self.kernel, self.kernel.program, self.kernel.width
        count = len(self.saves) - 1
        rings = sum(state.is_ring for state in program.states)
        together = max(
            1, min(chunks.size, _BUFFER // (8 * width * count * len(program.outputs) + 1))
        )
        lanes = aligned((together, max(self.inputs.shape[1], 1), width))
        outputs = aligned((together, count, len(program.outputs), width))
        measured = aligned((together, len(program.measures), width))
        health = aligned((together, 2, width))
        past = aligned((rings, self.capacity, width))
        memory = aligned((kernel.room, width))
        memory[...] = 0.0
        arrays = (lanes, outputs, measured, health, past, memory)
        places = [a.ctypes.data for a in (*arrays, self.saves, self.weights, self.stopped)]
        result = self.result
        for first, last in chunks:
            for block in range(first, last, together):
                blocks = min(together, last - block)
                runs = slice(block * width, min((block + blocks) * width, len(self.inputs)))
                rows = self.inputs[runs]
                used = len(rows)
                # lanes without a run repeat the first ones
                rows = np.resize(rows, (blocks * width, rows.shape[1])) if used % width else rows
                lanes[:blocks] = _by_block(rows, width)
                kernel.code.function(*places, 0, blocks, self.steps, count, self.capacity)
                result.outputs[runs] = _by_run(outputs[:blocks])[:used]
                result.measures[runs] = _by_run(measured[:blocks])[:used]
                sound = _by_run(health[:blocks])[:used]
                result.finite[runs] = np.isfinite(sound[:, 0])
                result.within[runs] = sound[:, 1] == 0.0


def _by_block(rows: Floats, width: int) -> Floats:
    """Return (runs, …) as (blocks, …, width)."""
    return np.moveaxis(rows.reshape(len(rows) // width, width, *rows.shape[1:]), 1, -1)


def _by_run(lanes: Floats) -> Floats:
    """Return (blocks, …, width) as (runs, …)."""
    moved = np.moveaxis(lanes, -1, 1)
    return moved.reshape(moved.shape[0] * moved.shape[1], *moved.shape[2:])


def aligned(shape: tuple[int, ...]) -> Floats:
    """Return an array without values that begins where the machine code wants it to."""
    size = math.prod(shape)
    spare = ALIGNMENT // 8
    room = np.empty(size + spare)
    first = -(room.ctypes.data // 8) % spare
    return room[first : first + size].reshape(shape)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Keep the collector of cycles from looking through a program while it is made.

    All nodes of it are in use, and to look takes a quarter of the time of a large one.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_collector_off()
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
    kernel = _built(program, width, method)
    lengths = tuple(state.length for state in program.states if state.length is not None)
    if not lengths:
        return kernel
    at_start = replace(program, states=(), outputs=lengths, measures=(), limits=(), step=lengths[0])
    return replace(kernel, _lengths=_built(at_start, kernel.width, "euler"))


def _built(program: Program, width: int | None, method: Method) -> Kernel:
    layout = lay_out(program)
    width = width or register_width()
    if width <= register_width():
        layout = in_pairs(program, layout)
    emitted = emit(program, width, method, layout)
    return Kernel(program, width, emitted.room, compile_text(emitted.text))
