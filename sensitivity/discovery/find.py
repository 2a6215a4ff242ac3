"""The whole search: peel, choose, drop limits that may be luck, paste, search again in halves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sensitivity.discovery.box import Box, Score, quasi_p_values, score
from sensitivity.discovery.cases import Cases
from sensitivity.discovery.paste import paste
from sensitivity.discovery.prim import PEEL, Trajectory, peel
from sensitivity.discovery.resampling import RESAMPLES, reproducibility

LUCK = 0.05
"""Quasi-p-value above which a limit is dropped."""

MOST_FACTORS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """A box, how it was found, and how far it is to be trusted.

    Parameters
    ----------
    cases : Cases
        What was looked at.
    trajectory : Trajectory
        The peeling.
    chosen : int
        Number of the box in the trajectory that was gone on with.
    box : Box
        That box with few factors, none of them by luck, and pasted.
    score : Score
        Of ``box``.
    quasi_p : mapping
        Limited factor -> how likely its limits are luck.
    again : pandas.DataFrame
        From :func:`sensitivity.discovery.reproducibility`.
    """

    cases: Cases
    trajectory: Trajectory
    chosen: int
    box: Box
    score: Score
    quasi_p: Mapping[str, float]
    again: pd.DataFrame = field(repr=False)


def discover(
    cases: Cases,
    *,
    most_factors: int = MOST_FACTORS,
    share: float = PEEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Discovery:
    """Find the box that describes the cases of interest with few limits.

    Of every box on the way of a peeling, the limits of the ``most_factors`` factors are kept that
    are least likely luck; of these boxes, the one with the best compromise of coverage and density
    is pasted.

    Parameters
    ----------
    cases : Cases
        What to look at.
    most_factors : int
        Factors that the box may limit.
    share, resamples, seed, progress
        As in :func:`peel` and :func:`reproducibility`.
    """
    trajectory = peel(cases, share)
    short = [_shortened(cases, box, most_factors) for box in trajectory.boxes]
    chosen = int(np.argmax([score(box, cases).harmonic for box in short]))
    box = paste(cases, _without_luck(cases, short[chosen]), share)
    again = reproducibility(
        cases, box, resamples=resamples, share=share, seed=seed, progress=progress
    )
    return Discovery(
        cases, trajectory, chosen, box, score(box, cases), quasi_p_values(box, cases), again
    )


def _shortened(cases: Cases, box: Box, most_factors: int) -> Box:
    """Set the factors free whose limits are most likely luck, but for so many."""
    quasi_p = quasi_p_values(box, cases) if len(box.restricted) > most_factors else {}
    for name in sorted(quasi_p, key=quasi_p.__getitem__)[most_factors:]:
        box = box.without(name)
    return box


def _without_luck(cases: Cases, box: Box) -> Box:
    """Set free, one after the other, the factors whose limits are most likely luck."""
    while box.restricted:
        quasi_p = quasi_p_values(box, cases)
        worst = max(quasi_p, key=quasi_p.__getitem__)
        if quasi_p[worst] <= LUCK:
            break
        box = box.without(worst)
    return box
