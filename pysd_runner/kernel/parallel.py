"""Chunks of work over threads: no error is lost, and an interruption leaves at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeAlias

Chunk: TypeAlias = tuple[int, int]
"""The first item, and the one after the last."""

_PATIENCE = 0.1
"""Seconds between two looks at the progress; on Windows also before an interruption is noticed."""


class Chunks:
    """Chunks of items that threads take one after the other.

    Parameters
    ----------
    items : int
        In all.
    size : int
        Of a chunk; the last one is smaller.
    """

    def __init__(self, items: int, size: int) -> None:
        self.items = items
        self.size = size
        self.done = 0
        self._taken = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return (self.items + self.size - 1) // self.size

    def __iter__(self) -> Iterator[Chunk]:
        """Yield chunks that nobody else took; one is done when the next one is asked for."""
        while True:
            with self._lock:
                first, last = self._taken, min(self._taken + self.size, self.items)
                self._taken = last
            if first == last:
                return
            yield first, last
            with self._lock:
                self.done += last - first

    def close(self) -> None:
        """Give nothing away any more."""
        with self._lock:
            self._taken = self.items


def processors() -> int:
    """Return the number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have none
        return os.cpu_count() or 1


def in_threads(
    work: Callable[[Chunks], None],
    chunks: Chunks,
    threads: int,
    *,
    stop: Callable[[], None],
    progress: Callable[[int], None],
) -> None:
    """Have chunks worked on by some threads.

    Parameters
    ----------
    work : callable
        Is called once in each thread and takes chunks until there are none.
    chunks : Chunks
        The work.
    threads : int
        How many.
    stop : callable
        Is called to make all work end soon, when some of it failed or the user interrupts.
    progress : callable
        Is called in this thread with the number of items that are done.

    Raises
    ------
    BaseException
        Whatever the work, the progress or an interruption raises.
    """
    with ThreadPoolExecutor(threads) as pool:
        waiting = {pool.submit(work, chunks) for _ in range(min(threads, len(chunks)))}
        told = 0
        try:
            while waiting:
                finished, waiting = wait(waiting, _PATIENCE, FIRST_COMPLETED)
                for future in finished:
                    future.result()
                if chunks.done > told:
                    told = chunks.done
                    progress(told)
        except BaseException:
            chunks.close()
            stop()
            raise
