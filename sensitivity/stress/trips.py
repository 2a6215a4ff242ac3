"""What a circuit breaker did in each run: when it tripped, how often, how long it was open."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError

Floats = NDArray[np.float64]

COUNTS = ("trips", "tripped", "first", "open_before", "time_open", "shortest")
"""Columns of the counts."""


def trips(
    times: Floats, counter: Floats, time_open: Floats, is_open: Floats, start: Floats
) -> pd.DataFrame:
    """Read a breaker's counters from the start of a shock on.

    A trip is dated at the save that first shows it, so times are known to one save step.

    Parameters
    ----------
    times : ndarray, shape (saves,)
        Saved times.
    counter : ndarray, shape (runs, saves)
        How often the breaker has opened.
    time_open : ndarray, shape (runs, saves)
        How long it has been open [time unit].
    is_open : ndarray, shape (runs, saves)
        1 while it is open.
    start : ndarray, shape (runs,)
        From when on to look [time unit].

    Returns
    -------
    pandas.DataFrame
        One row for each run; NaN and False where a value is missing:

        * ``trips``, how often it opened after the start;
        * ``tripped``, whether it did; ``first``, time from the start to the first trip, or to the
          end of the run without one [time unit];
        * ``open_before``, whether it was open at the start;
        * ``time_open``, how long it was open after the start [time unit];
        * ``shortest``, the shortest time between two trips [time unit], NaN with less than two.

    Raises
    ------
    DesignError
        The shapes do not fit.
    """
    shape = (len(start), len(times))
    if not counter.shape == time_open.shape == is_open.shape == shape:
        raise DesignError(
            f"counters of shape {counter.shape}, {time_open.shape} and {is_open.shape} do not fit "
            f"{len(start)} starts and {len(times)} times."
        )
    whole = np.asarray(np.isfinite(counter + time_open + is_open).all(axis=1))
    new = np.rint(np.diff(np.where(whole[:, None], counter, 0.0), axis=1))
    new = np.where(times[1:] > start[:, None], new, 0.0)
    count = new.sum(axis=1)
    tripped = (count > 0) & whole
    runs, before = np.arange(len(start)), np.searchsorted(times, start, side="right") - 1
    at_start = _between(times, time_open, start, before)
    table = pd.DataFrame(
        {
            "trips": count,
            "first": np.where(tripped, times[1:][(new > 0).argmax(axis=1)], times[-1]) - start,
            "time_open": time_open[:, -1] - at_start,
            "shortest": _shortest(times, new),
        }
    )
    table[~whole] = np.nan
    table["tripped"] = tripped
    table["open_before"] = whole & (is_open[runs, before] > 0.5)
    return table[list(COUNTS)]


def _between(times: Floats, values: Floats, at: Floats, before: NDArray[np.int64]) -> Floats:
    """Return the value of each run at a time of its own, on the line between two saves."""
    runs, after = np.arange(len(at)), np.minimum(before + 1, len(times) - 1)
    low, high = values[runs, before], values[runs, after]
    step = np.where(after > before, times[after] - times[before], 1.0)
    return np.asarray(low + (high - low) * (at - times[before]) / step)


def _shortest(times: Floats, new: Floats) -> Floats:
    """Return the shortest time between two trips of each run; several at a save share its step."""
    shortest, last = np.full((2, len(new)), np.nan)
    for now in range(new.shape[1]):
        some, time = new[:, now] > 0, times[now + 1]
        gap = np.where(
            new[:, now] > 1, (time - times[now]) / np.maximum(new[:, now], 1), time - last
        )
        shortest = np.where(some, np.fmin(shortest, gap), shortest)
        last = np.where(some, time, last)
    return shortest
