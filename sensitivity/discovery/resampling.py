"""Whether the search finds the same box again in other runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from pysd_runner.errors import DesignError
from sensitivity.discovery.box import Box, score
from sensitivity.discovery.cases import Cases
from sensitivity.discovery.prim import PEEL, peel

RESAMPLES = 20


def reproducibility(
    cases: Cases,
    box: Box,
    *,
    resamples: int = RESAMPLES,
    share: float = PEEL,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Peel random halves of the runs and note which factors are limited again, and where.

    Of each half, the box is taken that covers as much as ``box`` does of all runs.

    Parameters
    ----------
    cases : Cases
        What was looked at.
    box : Box
        What was found.
    resamples : int
        Number of halves, drawn without replacement.
    share : float
        As in :func:`sensitivity.discovery.peel`.
    seed : int
        Of the halves.
    progress : callable
        Called with the numbers of halves searched and in all.

    Returns
    -------
    pandas.DataFrame
        One row for each factor that was limited in any half, most often first: ``frequency``
        (share of the halves), and ``low_from``, ``low_to``, ``high_from``, ``high_to``: the 10th
        and 90th percentile of its lower and upper limit where there was one, else NaN.

    Raises
    ------
    DesignError
        Half the runs hold too few cases of interest.

    References
    ----------
    .. [1] Bryant and Lempert (2010), Technol. Forecast. Soc. Change 77, 34–49: the resampling
       test.
    """
    if resamples < 2:
        raise DesignError(f"{resamples} resamples tell nothing of luck; take 20.")
    wanted = score(box, cases).coverage
    rng = np.random.default_rng(seed)
    found: list[Box] = []
    for number in range(resamples):
        half = np.sort(rng.permutation(len(cases))[: len(cases) // 2])
        trajectory = peel(cases.some(half), share)
        nearest = int(np.argmin((trajectory.table["coverage"] - wanted).abs()))
        found.append(trajectory.boxes[nearest])
        progress(number + 1, resamples)
    rows = [_limits(str(name), found) for name in cases.inputs]
    table = pd.DataFrame(rows, columns=["factor", "frequency", *_LIMITS]).set_index("factor")
    met = table[table["frequency"] > 0]
    return met.sort_values("frequency", ascending=False, kind="stable")


_LIMITS = ("low_from", "low_to", "high_from", "high_to")


def _limits(name: str, boxes: list[Box]) -> tuple[str, float, *tuple[float, ...]]:
    frequency = sum(name in box.restricted for box in boxes) / len(boxes)
    sides = np.array([box.ranges[name] for box in boxes if name in box.ranges]).reshape(-1, 2)
    limits: list[float] = []
    for side in sides.T:
        finite = side[np.isfinite(side)]
        limits += np.percentile(finite, [10, 90]).tolist() if len(finite) else [np.nan, np.nan]
    return (name, frequency, *limits)
