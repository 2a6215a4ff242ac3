"""Which loops carry the effect of a policy: the policy is tried again with each loop cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from sensitivity.bootstrap import bootstrap
from sensitivity.stress.futures import CALM, Futures, Stress
from sensitivity.stress.measure import courses_of, outcomes_of
from sensitivity.stress.trial import BASE, Trial, policies_of

Floats = NDArray[np.float64]

DRAWS = 64
"""Futures at the most: each meets every loop twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """What a policy brings with all loops closed, and with each of them cut.

    The gain is the mean of the outcome under the policy over that under the base policy, less one,
    both with the same loops and in the same futures. Cutting a loop changes the base policy too,
    so levels cannot be compared, but gains can.

    Parameters
    ----------
    policy, outcome : str
        Identifiers.
    gain : float
        With all loops closed, a share of the outcome under the base policy.
    table : pandas.DataFrame
        Index loop: ``without``, the gain with that loop cut, and ``estimate``, with ``low`` and
        ``high``, what the loop adds to the gain: ``gain - without``.
    runs : int
        Runs made.
    """

    policy: str
    outcome: str
    gain: float
    table: pd.DataFrame = field(repr=False)
    runs: int


def carried(
    model: Model,
    draws: int,
    policy: str,
    outcome: str,
    *,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Carried:
    """Try a policy and the base policy with all loops closed, and with each one cut.

    Parameters
    ----------
    model : Model
        With loops and the policy in its spec.
    draws : int
        Futures, a power of two; at most :data:`DRAWS` are taken.
    policy, outcome : str
        Identifiers.
    seed : int
        Of the futures and the intervals.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    progress : callable
        Called with the numbers of runs done and in all.

    Raises
    ------
    DesignError
        In too few futures all runs end well, or the outcome is not above zero.
    """
    spec = model.spec
    futures = Futures(spec, min(draws, DRAWS), seed)
    trial, calm = Trial(model, futures, workers), Stress(CALM, "no shock")
    settings = policies_of(spec)
    switches = [None, *(loop.switch for loop in spec.loops.values())]
    total = 2 * futures.draws * len(switches)
    columns: list[Floats] = []
    for switch in switches:
        cut = {} if switch is None else {switch: 0.0}
        for name in (policy, BASE):
            found = trial.run(calm, {**settings[name], **cut})
            table = outcomes_of(spec, courses_of(model, found), found["time"].values)
            columns.append(table[outcome].to_numpy(float))
        progress(futures.draws * len(columns), total)
    values = np.stack(columns, axis=1).reshape(futures.draws, len(switches), 2)
    whole = values[np.isfinite(values).all(axis=(1, 2))]
    if len(whole) < 2 or not (whole[:, :, 1].mean(axis=0) > 0).all():
        raise DesignError(
            f"with some loop cut, '{outcome}' has no mean above zero in the futures that end well, "
            "so there is no telling which loop carries a policy."
        )
    return _compared(policy, outcome, list(spec.loops), whole, total, seed)


def _compared(
    policy: str, outcome: str, loops: list[str], values: Floats, runs: int, seed: int
) -> Carried:
    """Tabulate gains; ``values`` has shape (futures, 1 + loops, 2): the policy, then the base."""

    def gains(rows: NDArray[np.int64]) -> Floats:
        mean = values[rows].mean(axis=0)
        gain = mean[:, 0] / mean[:, 1] - 1
        return np.asarray(np.append(gain, gain[0] - gain[1:]))

    found = bootstrap(gains, np.arange(len(values)), seed=seed)
    count = 1 + len(loops)
    table = pd.DataFrame(
        {
            "without": found.estimate[1:count], "estimate": found.estimate[count:],
            "low": found.low[count:], "high": found.high[count:],
        },
        index=pd.Index(loops, name="loop"),
    )  # fmt: skip
    return Carried(policy, outcome, float(found.estimate[0]), table, runs)
