"""A compiled model: arrays of inputs in, arrays of outputs out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pysd_runner.kernel.build import MachineCode, compile_text, native_width
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.program import Cell, Program
from pysd_runner.model.graph import ModelGraph

_BLOCKS_PER_TASK = 4


@dataclass(frozen=True, slots=True)
class Kernel:
    """Machine code of one model for given inputs and outputs.

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

    def run(
        self,
        inputs: NDArray[np.float64],
        initial_time: float,
        time_step: float,
        steps: int,
        every: int = 1,
        threads: int | None = None,
    ) -> NDArray[np.float64]:
        """Integrate one run for each row of inputs.

        Parameters
        ----------
        inputs : ndarray, shape (runs, inputs)
            Values of the constants that the kernel was compiled for.
        initial_time, time_step : float
            In the model's time unit.
        steps : int
            Number of Euler steps.
        every : int
            Every so many steps are kept, the first included.
        threads : int or None
            ``None`` takes one for each processor.

        Returns
        -------
        ndarray, shape (runs, saves, outputs)
            The result of a run does not depend on the others, on its place among them, or on the
            number of threads.
        """
        runs, width = len(inputs), self.width
        blocks = -(-runs // width)
        padded = np.resize(inputs, (blocks * width, max(inputs.shape[1], 1)))
        lanes = np.ascontiguousarray(padded.reshape(blocks, width, -1).transpose(0, 2, 1))
        saves, count = steps // every + 1, len(self.program.outputs)
        outputs = np.empty((blocks, saves, count, width))
        ends = np.empty((blocks, len(self.program.states), width))
        uniforms = np.array([initial_time, time_step])
        addresses = [array.ctypes.data for array in (lanes, outputs, ends, uniforms)]

        def integrate(first: int) -> None:
            last = min(first + _BLOCKS_PER_TASK, blocks)
            self._code.function(*addresses, first, last, steps, every)

        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            list(pool.map(integrate, range(0, blocks, _BLOCKS_PER_TASK)))
        found = outputs.transpose(0, 3, 1, 2).reshape(blocks * width, saves, count)
        return found[:runs]


def compile_kernel(
    graph: ModelGraph,
    inputs: Sequence[Cell],
    outputs: Sequence[Cell],
    width: int | None = None,
) -> Kernel:
    """Compile a model.

    Parameters
    ----------
    graph : ModelGraph
        The model.
    inputs : sequence of Cell
        Constants that differ by run; all others keep the values of the file.
    outputs : sequence of Cell
        What is asked for; equations that neither these nor their stocks need are left out.
    width : int or None
        Runs integrated together; ``None`` suits this processor.

    Raises
    ------
    ModelError
        The model uses a construct that cannot be compiled.
    """
    program = lower(graph, inputs, outputs)
    chosen = width or native_width()
    return Kernel(program, chosen, compile_text(emit(program, chosen)))
