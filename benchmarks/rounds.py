"""Contestants compared, then timed: round after round, so that all meet the same disturbances."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.cases import Floats
from benchmarks.contestant import Contestant, NotHere

TOLERANCE = 1e-9
"""Greatest difference between trajectories, relative to the largest value that an output takes."""
SENSITIVE = 1e-4
"""The same for the one run of a hundred in which a model itself may amplify rounding.

The city does in 3 of 2,048: as the money of a programme runs out, what firms expect to be paid and
what they ask for both fall to nothing, and the ratio of the two is the next expectation. There a
last bit of the inputs moves an output of one and the same engine by up to 2e-5.
"""
_FEW = 0.01
_SECONDS = 0.25
_FIRST = 64


@dataclass(frozen=True, slots=True)
class Timed:
    """A contestant and what it took.

    Parameters
    ----------
    contestant : Contestant
        Who.
    difference : float
        From the reference; relative, see :data:`TOLERANCE`.
    seconds : tuple of float
        Of one run, in each round.
    """

    contestant: Contestant
    difference: float
    seconds: tuple[float, ...]

    @property
    def per_run(self) -> float:
        """Median time of a run [s]."""
        return median(self.seconds)

    def longer_than(self, other: Timed) -> float:
        """Return how many times as long this one took: in the median round, if both had all."""
        if len(self.seconds) != len(other.seconds):
            return self.per_run / other.per_run
        return median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


class Disagreement(Exception):
    """An engine found other trajectories than the others; there is nothing to time."""


def sized(make: Callable[[int], Contestant], step: int = _FIRST) -> Contestant:
    """Return a contestant with so many runs, whole steps of them, that a call takes long enough."""
    first = make(step)
    first.call()
    took = min(timed_once(first) for _ in range(5)) * step  # others may disturb some of them
    return make(step * max(1, round(_SECONDS / took)))


def timed_once(contestant: Contestant) -> float:
    """Call a contestant; return the seconds that one run took."""
    start = time.perf_counter()
    contestant.call()
    seconds = time.perf_counter() - start
    return (contestant.seconds() if contestant.seconds else seconds) / contestant.runs


def difference(found: Floats, reference: Floats, columns: tuple[int, ...] | None) -> float:
    """Return the greatest relative difference from the reference.

    That is of 99 of 100 runs, or of all but one of fewer, as long as no other run differs by more
    than :data:`SENSITIVE`.
    """
    wanted = reference if columns is None else reference[..., list(columns)]
    runs, saves = min(len(found), len(wanted)), min(found.shape[1], wanted.shape[1])
    scale = np.abs(wanted[:runs]).max(axis=1, keepdims=True)
    gap = np.abs(found[:runs, :saves] - wanted[:runs, :saves]) / np.where(scale > 0, scale, 1.0)
    each = gap.reshape(len(gap), -1).max(axis=1)
    worst = float(each.max())
    return worst if worst > SENSITIVE else float(np.quantile(each, 1 - _FEW, method="lower"))


def raced(
    asked: Sequence[Contestant], rounds: int, tell: Callable[[str], None] = print
) -> list[Timed]:
    """Return the times of contestants that agree; slow ones are called once.

    One that cannot take part after all is told of and left out.

    Raises
    ------
    Disagreement
        Some trajectories are further apart than rounding explains.
    """
    contestants: list[Contestant] = []
    seconds: list[list[float]] = []
    for each in asked:
        try:
            seconds.append([timed_once(each)])
        except NotHere as why:
            tell(f"  {each.name} is left out: {why}")
        else:
            contestants.append(each)
    reference = contestants[0].trajectories()
    apart = [difference(each.trajectories(), reference, each.columns) for each in contestants]
    for each, gap in zip(contestants, apart, strict=True):
        if not gap <= TOLERANCE:
            raise Disagreement(
                f"{each.name} differs from {contestants[0].name} by {gap:.1e}, relative."
            )
    for _ in range(rounds):
        for each, times in zip(contestants, seconds, strict=True):
            if not each.once:
                times.append(timed_once(each))
    return [
        Timed(each, gap, tuple(times if each.once else times[1:]))
        for each, gap, times in zip(contestants, apart, seconds, strict=True)
    ]
