"""Chunks over threads: each once, errors surface, an interruption ends all work."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.kernel.kernel import compile_kernel
from pysd_runner.kernel.parallel import Chunks, in_threads

InlineModel = Callable[[str], Model]


def nothing(done: int = 0) -> None:
    del done


@pytest.mark.parametrize("threads", [1, 3])
def test_every_item_is_worked_on_once(threads: int) -> None:
    taken: list[int] = []
    told: list[int] = []

    def work(chunks: Chunks) -> None:
        for first, last in chunks:
            taken.extend(range(first, last))

    chunks = Chunks(1000, 7)
    assert len(chunks) == 143
    in_threads(work, chunks, threads, stop=nothing, progress=told.append)
    assert sorted(taken) == list(range(1000))
    assert told[-1] == 1000 and told == sorted(told)


def test_an_error_in_a_thread_surfaces_and_stops_the_others() -> None:
    stopped = threading.Event()
    taken: list[int] = []

    def work(chunks: Chunks) -> None:
        for first, _ in chunks:
            taken.append(first)
            if first == 3:
                raise ZeroDivisionError("of item 3")
            stopped.wait(0.05)

    with pytest.raises(ZeroDivisionError, match="of item 3"):
        in_threads(work, Chunks(10_000, 1), 2, stop=stopped.set, progress=nothing)
    assert stopped.is_set()
    assert len(taken) < 100


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let an interruption arrive, which programs started in the background ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_leaves_long_runs_at_once(inline_model: InlineModel) -> None:
    model = inline_model("S = INTEG(0.1 - S * 0.01, 1) ~~|")
    controls = model.time_grid().controls
    kernel = compile_kernel(model.graph, [], [("s", ())], controls=controls)
    hours = 10**12
    timer = threading.Timer(0.3, _thread.interrupt_main)
    start = time.perf_counter()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        kernel.run(np.empty((1, 0)), np.zeros(1, dtype=np.int64), hours)
    assert time.perf_counter() - start < 20


def test_progress_is_told_to_the_end(inline_model: InlineModel) -> None:
    model = inline_model("k = 1 ~~|\nS = INTEG(k * 0.1 - S * 0.01, 1) ~~|")
    controls = model.time_grid().controls
    kernel = compile_kernel(model.graph, [("k", ())], [("s", ())], controls=controls)
    told: list[tuple[int, int]] = []
    inputs = np.linspace(0, 1, 1001)[:, None]
    kernel.run(
        inputs, np.zeros(1, dtype=np.int64), 5000, threads=2,
        progress=lambda *numbers: told.append(numbers),
    )  # fmt: skip
    assert told[-1] == (1001, 1001)
    assert all(done <= total == 1001 for done, total in told)
