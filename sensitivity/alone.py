"""Each lever by itself, at its bounds, in many futures: what it brings, how surely, for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pysd_runner.errors import DesignError
from sensitivity.across import Across, across
from sensitivity.coalitions import Futures
from sensitivity.factors import Factor
from sensitivity.runner import Runner, check_runner
from sensitivity.slices import no_outcome

ENDS = ("low", "high")
"""The lower and the upper bound of a lever."""


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """What levers do one at a time.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``outcome``, ``lever``, ``end`` (of :data:`ENDS`), ``value`` of the lever, the mean
        change ``estimate`` with ``low`` and ``high`` [unit of the outcome], ``base``, the mean of
        the base case, and ``raises`` and ``lowers``, the shares of the futures in which the
        outcome rises and falls; in the others it stays.
    runs : int
        Runs made.
    futures : int
        Futures that each lever met.
    intervals : str
        What the intervals are worth.
    """

    table: pd.DataFrame = field(repr=False)
    runs: int
    futures: int
    intervals: str

    def of(self, outcome: str, end: str) -> pd.DataFrame:
        """Return the rows of one outcome and one bound, by lever.

        Raises
        ------
        DesignError
            There is no such outcome, or no such end.
        """
        known = list(dict.fromkeys(self.table["outcome"]))
        if outcome not in known:
            raise DesignError(no_outcome(outcome, "this table", known))
        if end not in ENDS:
            raise DesignError(f"'{end}' is no end of a lever; take 'low' or 'high'.")
        own = self.table[(self.table["outcome"] == outcome) & (self.table["end"] == end)]
        return own.set_index("lever")


def alone(
    run: Runner, levers: Sequence[Factor], futures: Futures, *, confidence: float = 0.95
) -> Alone:
    """Move each lever to its lower and to its upper bound, all others at their base.

    Parameters
    ----------
    run : callable
        Takes a design: ``watched(run_outcomes, model)``.
    levers : sequence of Factor
        To be moved.
    futures : Futures
        Over which changes are averaged.
    confidence : float
        Level of the intervals.

    Raises
    ------
    DesignError
        There is no lever, or a run fails.
    """
    check_runner(run)
    if not levers:
        raise DesignError("there is no lever to move.")
    base = np.array([lever.base for lever in levers])
    bounds = np.array([lever.bounds for lever in levers])
    settings = np.tile(base, (2 * len(levers), 1))
    for end in range(2):
        rows = np.arange(len(levers)) + end * len(levers)
        settings[rows, np.arange(len(levers))] = bounds[:, end]
    found = across(run, levers, settings, futures)
    table = _table(found, levers, confidence)
    return Alone(table, len(found.design), len(found.base), found.intervals(confidence))


def _table(found: Across, levers: Sequence[Factor], confidence: float) -> pd.DataFrame:
    mean, half = found.mean(found.changes, confidence)
    raises, lowers = ((sign * found.changes > 0).mean(axis=0) for sign in (1, -1))
    base = found.base.mean(axis=0)
    rows = [
        (outcome, lever.name, end, lever.bounds[ENDS.index(end)], mean[row, column],
         mean[row, column] - half[row, column], mean[row, column] + half[row, column],
         base[column], raises[row, column], lowers[row, column])
        for column, outcome in enumerate(found.slices.outcomes)
        for row, (end, lever) in enumerate((end, lever) for end in ENDS for lever in levers)
    ]  # fmt: skip
    columns = ["outcome", "lever", "end", "value", "estimate", "low", "high", "base", "raises",
               "lowers"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
