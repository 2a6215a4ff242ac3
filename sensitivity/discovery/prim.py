"""PRIM, the patient rule induction method: peel away what holds few cases of interest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.discovery.box import Box, Score, counted
from sensitivity.discovery.cases import Cases, Truths

PEEL = 0.05
"""Share of the runs inside that a step removes: small is patient."""

FEWEST_INSIDE = 20
"""Runs below which a box is not peeled any further."""


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """The boxes of a peeling, each inside the one before.

    Parameters
    ----------
    boxes : tuple of Box
        From the whole input space on.
    scores : tuple of Score
        One for each box.
    """

    boxes: tuple[Box, ...]
    scores: tuple[Score, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each box: ``coverage``, ``density``, ``mass`` and ``restricted``, a count."""
        return pd.DataFrame(
            [(s.coverage, s.density, s.mass, len(box.restricted))
             for box, s in zip(self.boxes, self.scores, strict=True)],
            columns=["coverage", "density", "mass", "restricted"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Peel:
    """One way to make a box smaller."""

    box: Box
    removed: Truths = field(repr=False)
    gain: float


def peel(cases: Cases, share: float = PEEL, fewest_inside: int = FEWEST_INSIDE) -> Trajectory:
    """Peel a box from the whole input space down to few runs.

    Each step removes a thin slice: the lowest or highest ``share`` of a continuous factor, or one
    category. It takes the slice that raises the density most for each run removed, which lets
    slices of different thickness compete. It ends when no slice raises the density.

    Parameters
    ----------
    cases : Cases
        What to look at.
    share : float
        Share of the runs inside that a step removes, between 0 and 0.5.
    fewest_inside : int
        Runs below which the box is left alone.

    Raises
    ------
    DesignError
        The share is out of range.

    References
    ----------
    .. [1] Friedman, J. H. and Fisher, N. I. (1999). Bump hunting in high-dimensional data.
       Stat. Comput. 9, 123–143: top-down peeling.
    .. [2] Kwakkel, J. H. and Jaxa-Rozen, M. (2016). Improving scenario discovery for handling
       heterogeneous uncertainties and multinomial classified outcomes. Environ. Model. Softw. 79,
       311–321: gain for each run removed, categories.
    """
    if not 0 < share < 0.5:
        raise DesignError(f"a peel of {share:g} of the runs is none; give a share below one half.")
    rows = np.arange(len(cases))
    box = Box()
    boxes, scores = [box], [counted(len(rows), int(cases.interest.sum()), cases)]
    while scores[-1].density < 1:
        found = max(_peels(cases, box, rows, share), key=lambda each: each.gain, default=None)
        if found is None or found.gain <= 0 or np.sum(~found.removed) < fewest_inside:
            break
        box, rows = found.box, rows[~found.removed]
        boxes.append(box)
        scores.append(counted(len(rows), int(cases.interest[rows].sum()), cases))
    return Trajectory(tuple(boxes), tuple(scores))


def _peels(cases: Cases, box: Box, rows: NDArray[np.int64], share: float) -> Iterator[_Peel]:
    """Yield the best slice of each side of the box."""
    values, interest = cases.codes[rows], cases.interest[rows]
    for column, name in enumerate(cases.names):
        if name in cases.categories:
            sides = _categories(box, name, cases, values[:, column])
        else:
            sides = _slices(box, name, values[:, column], share)
        for smaller, removed in sides:
            count = int(removed.sum())
            if 0 < count < len(rows):
                after = (interest.sum() - interest[removed].sum()) / (len(rows) - count)
                yield _Peel(smaller, removed, float(after - interest.mean()) / count)


def _slices(
    box: Box, name: str, values: NDArray[np.float64], share: float
) -> Iterator[tuple[Box, Truths]]:
    """Yield the box without its lowest and without its highest values of a factor."""
    low, high = box.ranges.get(name, (-np.inf, np.inf))
    count = max(1, int(share * len(values)))
    ordered = np.sort(values)
    # Of values that occur often, all or none are removed: at least the outermost.
    removed = values < ordered[count]
    if not removed.any():
        removed = values == ordered[0]
    if not removed.all():
        middle = float(values[removed].max() + values[~removed].min()) / 2
        yield Box({**box.ranges, name: (middle, high)}, box.among), removed
    removed = values > ordered[-1 - count]
    if not removed.any():
        removed = values == ordered[-1]
    if not removed.all():
        middle = float(values[removed].min() + values[~removed].max()) / 2
        yield Box({**box.ranges, name: (low, middle)}, box.among), removed


def _categories(
    box: Box, name: str, cases: Cases, codes: NDArray[np.float64]
) -> Iterator[tuple[Box, Truths]]:
    """Yield the box without one category of a factor, for each that it holds."""
    known = cases.categories[name]
    inside = box.among.get(name, frozenset(known))
    for code, category in enumerate(known):
        if category in inside and len(inside) > 1:
            yield Box(box.ranges, {**box.among, name: inside - {category}}), codes == code
