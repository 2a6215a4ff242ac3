"""A box in input space, and how well it describes the cases of interest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import scipy

from sensitivity.discovery.cases import Cases, Truths


@dataclass(frozen=True, slots=True)
class Box:
    """Limits of factors; a factor that is not named may take any value.

    Parameters
    ----------
    ranges : mapping
        Continuous factor -> lowest and highest value; one of them may be infinite.
    among : mapping
        Categorical factor -> categories that are inside.
    """

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    among: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def restricted(self) -> tuple[str, ...]:
        """Names of the factors that the box limits."""
        return (*self.ranges, *self.among)

    def contains(self, inputs: pd.DataFrame) -> Truths:
        """Tell which runs lie inside, shape (runs,)."""
        inside = np.ones(len(inputs), dtype=bool)
        for name, (low, high) in self.ranges.items():
            values = inputs[name].to_numpy(float)
            inside &= (values >= low) & (values <= high)
        for name, categories in self.among.items():
            inside &= inputs[name].astype(str).isin(categories).to_numpy()
        return inside

    def without(self, name: str) -> Box:
        """Return the box with one factor set free."""
        ranges = {other: limits for other, limits in self.ranges.items() if other != name}
        among = {other: limits for other, limits in self.among.items() if other != name}
        return replace(self, ranges=ranges, among=among)


@dataclass(frozen=True, slots=True)
class Score:
    """How well a box describes the cases of interest.

    Parameters
    ----------
    runs : int
        Runs inside.
    hits : int
        Cases of interest inside.
    coverage : float
        Share of all cases of interest that lie inside.
    density : float
        Share of the runs inside that are of interest; 0 of an empty box.
    mass : float
        Share of all runs that lie inside.
    """

    runs: int
    hits: int
    coverage: float
    density: float
    mass: float

    @property
    def harmonic(self) -> float:
        """Harmonic mean of coverage and density: a compromise of both."""
        both = self.coverage + self.density
        return 2 * self.coverage * self.density / both if both else 0.0


def score(box: Box, cases: Cases) -> Score:
    """Count what a box holds.

    References
    ----------
    .. [1] Bryant, B. P. and Lempert, R. J. (2010). Thinking inside the box: A participatory,
       computer-assisted approach to scenario discovery. Technol. Forecast. Soc. Change 77,
       34–49: coverage and density.
    """
    inside = box.contains(cases.inputs)
    return counted(int(inside.sum()), int(cases.interest[inside].sum()), cases)


def counted(runs: int, hits: int, cases: Cases) -> Score:
    """Return the score of a box that holds so many runs and cases of interest."""
    total = int(cases.interest.sum())
    return Score(runs, hits, hits / total, hits / runs if runs else 0.0, runs / len(cases))


def quasi_p_values(box: Box, cases: Cases) -> dict[str, float]:
    """Return, for each factor that a box limits, how likely its limits are mere luck.

    The box is held against the same box with that factor set free: the probability that as many
    cases of interest or more fall inside, were each run of interest with the density of the
    larger box. It is no true p-value, since the search has looked at the same runs.

    References
    ----------
    .. [1] Bryant and Lempert (2010), Technol. Forecast. Soc. Change 77, 34–49: the
       quasi-p-value test.
    """
    own = score(box, cases)
    densities = {name: score(box.without(name), cases).density for name in box.restricted}
    tail = scipy.stats.binom.sf
    return {name: float(tail(own.hits - 1, own.runs, p)) for name, p in densities.items()}
