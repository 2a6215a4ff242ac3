"""Enough runs? Sobol indices against the base sample, doubled until they are settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix
from sensitivity.index_table import IndexTable
from sensitivity.runner import Runner, check_runner
from sensitivity.sampling import extend
from sensitivity.slices import Slices
from sensitivity.sobol import Estimator, sobol

Floats: TypeAlias = NDArray[np.float64]

TARGET = 0.05
"""Half-width of a total index that is narrow enough [share of the variance]."""
TOP = 3
"""Factors whose order must be settled."""


@dataclass(frozen=True, slots=True, eq=False)
class Convergence:
    """Sobol indices of a design and of those that it was doubled to.

    Parameters
    ----------
    tables : tuple of IndexTable
        In the order of their base samples.
    design : DesignMatrix
        The last one.
    slices : Slices
        Its outcomes, for other analyses.
    target : float
        Half-width that every total index was to have.
    top : int
        Number of largest total indices whose order was to be settled.
    """

    tables: tuple[IndexTable, ...]
    design: DesignMatrix = field(repr=False)
    slices: Slices = field(repr=False)
    target: float
    top: int

    @property
    def last(self) -> IndexTable:
        """The indices of the largest base sample."""
        return self.tables[-1]

    @property
    def enough(self) -> bool:
        """Whether the last base sample was enough for all that can be analysed."""
        return not any(self.unsettled)

    @property
    def unsettled(self) -> tuple[str, ...]:
        """For each outcome what is not settled at the last base sample, or ``""``."""
        before = self.tables[-2] if len(self.tables) > 1 else None
        return tuple(
            _unsettled(self.last, before, name, self.target, self.top)
            for name in self.last.outcomes
        )

    def __str__(self) -> str:
        runs = f"{self.last.dataset.attrs['runs']:,} runs"
        rule = (
            f"half-widths of all total indices below {self.target:g} and the order of the "
            f"{self.top} largest unchanged"
        )
        left_out = _left_out(self.last)
        if self.enough:
            return f"N = {self.last.n_base} is enough ({runs}): {rule}.{left_out}"
        labels = self.last.dataset["outcome_label"].values.tolist()
        named = [
            f"{label} ({why})" for label, why in zip(labels, self.unsettled, strict=True) if why
        ]
        return (
            f"N = {self.last.n_base} is not enough ({runs}) for {rule}: {'; '.join(named)}."
            f"{left_out}"
        )


def converge(
    run: Runner,
    design: DesignMatrix,
    *,
    target: float = TARGET,
    top: int = TOP,
    most: int = 2**14,
    estimator: Estimator = "auto",
    confidence: float = 0.95,
) -> Convergence:
    """Double the base sample of a design until its indices are settled; no run is made twice.

    They are settled where every total index has a half-width below ``target``, and none of the
    ``top`` largest has changed places since the last doubling with a factor from which its
    interval now keeps it apart. Slices that cannot be analysed are left out; the tables say why.

    Parameters
    ----------
    run : callable
        Takes a design and the first row to run: ``watched(run_outcomes, model)``.
    design : DesignMatrix
        Of the scheme ``saltelli``, with the smallest base sample.
    target : float
        Half-width [share of the variance].
    top : int
        Number of largest total indices.
    most : int
        Largest base sample; if it is not enough, the result says so.
    estimator, confidence
        As in :func:`sensitivity.sobol`.

    Raises
    ------
    DesignError
        Nothing can be analysed, or a setting makes no sense.
    """
    check_runner(run)
    if not target > 0 or top < 1:
        raise DesignError("a target is above 0, and at least the largest index is looked at.")
    if most < design.n_base:
        raise DesignError(f"the design has N = {design.n_base} already, more than {most}.")
    slices = run(design)
    tables = [sobol(design, slices, estimator=estimator, confidence=confidence)]
    found = Convergence(tuple(tables), design, slices, target, top)
    # One table shows no change of order, so there are at least two.
    while design.n_base * 2 <= most and (len(tables) < 2 or not found.enough):
        larger = extend(design)
        slices = slices.behind(run(larger, first=len(design)))
        design = larger
        tables.append(sobol(design, slices, estimator=estimator, confidence=confidence))
        found = Convergence(tuple(tables), design, slices, target, top)
    return found


def _unsettled(
    table: IndexTable, before: IndexTable | None, outcome: str, target: float, top: int
) -> str:
    """Say what is not settled about one outcome, at any of its times."""
    now, half = _totals(table, outcome)
    if not len(now):
        return ""
    factors = list(table.labels.values())
    widest = np.unravel_index(np.argmax(half), half.shape)
    if half[widest] >= target:
        return f"± {half[widest]:.2g} for {factors[int(widest[1])]}"
    if before is None:
        return "no smaller sample to compare with"
    then, _ = _totals(before, outcome)
    if then.shape != now.shape:
        return "no index at the smaller sample"
    for slice_now, slice_half, slice_then in zip(now, half, then, strict=True):
        swapped = _swapped(slice_now, slice_half, slice_then, top)
        if swapped is not None:
            return f"{factors[swapped[0]]} and {factors[swapped[1]]} changed places"
    return ""


def _left_out(table: IndexTable) -> str:
    """Name the outcomes that have no indices at any time, and why."""
    found = []
    for name in table.outcomes:
        reasons = table.dataset["reason"].sel(outcome=name).values.ravel().tolist()
        if all(reasons):
            label = table.dataset["outcome_label"].sel(outcome=name).item()
            found.append(f"{label} ({reasons[0]})")
    return f" Without indices: {'; '.join(found)}." if found else ""


def _totals(table: IndexTable, outcome: str) -> tuple[Floats, Floats]:
    """Return total indices and half-widths, shape (slices, factors), of slices that have them."""
    some = table.dataset.sel(outcome=outcome)
    names = ("ST", "ST_low", "ST_high")
    total, low, high = (np.atleast_2d(some[name].values) for name in names)
    has = np.isfinite(total).all(axis=1)
    return total[has], ((high - low) / 2)[has]


def _swapped(now: Floats, half: Floats, then: Floats, top: int) -> Sequence[int] | None:
    """Return two factors that changed places although their intervals are apart now."""
    for first in np.argsort(-now)[:top]:
        apart = np.abs(now[first] - now) > half[first] + half
        turned = (now[first] - now) * (then[first] - then) < 0
        if (apart & turned).any():
            return int(first), int(np.argmax(apart & turned))
    return None
