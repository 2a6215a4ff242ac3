"""An engine that takes part: what it is called, and how to make it run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.cases import Floats


class NotHere(Exception):
    """An engine cannot take part; the message says why."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """An engine, ready to run one case.

    Parameters
    ----------
    name : str
        For tables.
    runs : int
        Runs that one call integrates.
    call : callable
        Integrates them.
    trajectories : callable
        Returns what the last call left, shape (runs, saves, outputs), or the first runs and
        saves of that.
    threads : int
        Threads or processes that it uses.
    seconds : callable or None
        Seconds that all runs take, where that is not what a call takes.
    columns : tuple of int or None
        Which outputs of the case it keeps; ``None``: all.
    note : str
        How it was measured, if not like the others.
    once : bool
        Whether it is so slow that one round must do.
    """

    name: str
    runs: int
    call: Callable[[], object]
    trajectories: Callable[[], Floats]
    threads: int = 1
    seconds: Callable[[], float] | None = field(default=None, repr=False)
    columns: tuple[int, ...] | None = None
    note: str = ""
    once: bool = False
