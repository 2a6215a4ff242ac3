"""Figures as text inside a page: no file beside it, no network."""

from __future__ import annotations

import base64
import io
import multiprocessing
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from matplotlib.figure import Figure

from pysd_runner.run.processes import end_with_parent, workers_deaf_to_ctrl_c
from sensitivity.plots.style import style

_FEW = 8
"""Figures that are drawn sooner than processes start."""


def data_uri(figure: Figure) -> str:
    """Return a figure as an SVG data address for the ``src`` of an image."""
    buffer = io.BytesIO()
    with style():
        # No date: equal figures give equal bytes.
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def data_uris(figures: Sequence[Figure], workers: int = 1) -> list[str]:
    """Return figures as SVG data addresses, drawn in several processes if there are many.

    Parameters
    ----------
    figures : sequence of Figure
        To draw.
    workers : int
        Number of processes; with more than one, the main script must be importable.
    """
    if workers < 2 or len(figures) < _FEW:
        return [data_uri(figure) for figure in figures]
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start)
    try:
        with workers_deaf_to_ctrl_c():
            waiting = [pool.submit(data_uri, figure) for figure in figures]
        return [each.result() for each in waiting]
    except BrokenProcessPool:  # for want of memory, perhaps; one after the other takes less
        return [data_uri(figure) for figure in figures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
