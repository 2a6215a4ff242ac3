"""Each shock and each lever alone, as it departs from the base case over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pysd_runner.api import Model
from sensitivity.factors import Factor, factors_of
from sensitivity.stress.futures import Futures, Stress, stresses_of
from sensitivity.stress.measure import Courses, courses_of
from sensitivity.stress.quantities import Quantity, quantities_of
from sensitivity.stress.trial import Trial

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Departures:
    """Runs that differ from the base case in one respect, all unknowns at their base.

    Parameters
    ----------
    model : Model
        With a spec.
    times : ndarray, shape (saves,)
        Saved times.
    base : mapping
        Quantity -> values of the base case, shape (saves,).
    stresses : tuple of Stress
        Shocks and compounds, each with every number in the middle of its bounds.
    shocks : mapping
        Quantity -> values, shape (stresses, saves).
    levers : tuple of Factor
        Moved alone.
    low, high : mapping
        Quantity -> values at the lower and at the upper bound, shape (levers, saves).
    """

    model: Model
    times: Floats = field(repr=False)
    base: Courses = field(repr=False)
    stresses: tuple[Stress, ...]
    shocks: Courses = field(repr=False)
    levers: tuple[Factor, ...]
    low: Courses = field(repr=False)
    high: Courses = field(repr=False)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What is followed."""
        return quantities_of(self.model.spec)

    def relative(self, courses: Courses, quantity: str) -> Floats:
        """Return changes as shares of the base case; NaN where that is not above zero.

        Parameters
        ----------
        courses : mapping
            :attr:`shocks`, :attr:`low` or :attr:`high`.
        quantity : str
            Identifier.
        """
        base = self.base[quantity]
        return np.asarray(courses[quantity] / np.where(base > 0, base, np.nan) - 1)

    def most_moved(self, courses: Courses, row: int, but: str = "") -> tuple[Quantity, float]:
        """Return the quantity that a run moves most, and by what share at the most.

        Quantities that are not above zero throughout the run have no share.

        Parameters
        ----------
        courses : mapping
            :attr:`shocks`, :attr:`low` or :attr:`high`.
        row : int
            Of the run.
        but : str
            Quantity to leave out.
        """
        found = self.quantities[0], 0.0
        for each in self.quantities:
            if each.name == but or not (self.base[each.name] > 0).all():
                continue
            away = self.relative(courses, each.name)[row]
            furthest = float(away[np.nanargmax(np.abs(away))]) if np.isfinite(away).any() else 0.0
            if abs(furthest) > abs(found[1]):
                found = each, furthest
        return found

    def moved_from_zero(self, courses: Courses, row: int, but: str = "") -> Quantity | None:
        """Return the first quantity that a run moves and that has no share, or ``None``."""
        for each in self.quantities:
            if each.name == but or (self.base[each.name] > 0).all():
                continue
            away = np.abs(courses[each.name][row] - self.base[each.name])
            size = np.abs(courses[each.name][row]).max()
            if np.isfinite(away).all() and away.max() > 1e-9 * size:
                return each
        return None


def departures(model: Model, futures: Futures, *, workers: int | None = None) -> Departures:
    """Run the base case, every shock and compound at middling size, and every lever at its bounds.

    Parameters
    ----------
    model : Model
        With a spec; it must compile.
    futures : Futures
        Of the same spec.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    """
    spec = model.spec
    trial = Trial(model, futures, workers)
    stresses = stresses_of(spec) if spec.shocks else ()
    levers = factors_of(spec, spec.levers) if spec.levers else ()
    unknown = {each.setting: each.base for each in futures.factors}
    still = {**trial.unmoved, **futures.calm, **unknown}
    changes: list[Mapping[str, float]] = [{}, *(_middling(each) for each in stresses)]
    for end in (0, 1):
        changes += [{lever.setting: lever.bounds[end]} for lever in levers]
    found = model.batch(
        _columns(still, changes), trial.outputs, save_step=spec.model.save_step, workers=workers
    )
    courses = courses_of(model, found)
    first, last = 1 + len(stresses), 1 + len(stresses) + len(levers)

    def part(start: int, stop: int) -> dict[str, Floats]:
        return {name: values[start:stop] for name, values in courses.items()}

    base = {name: values[0] for name, values in courses.items()}
    return Departures(
        model, np.asarray(found["time"].values), base, stresses, part(1, first), levers,
        part(first, last), part(last, last + len(levers)),
    )  # fmt: skip


def _middling(stress: Stress) -> dict[str, float]:
    """Return the settings of a stress with every number in the middle of its bounds."""
    first = next(iter(stress.shocks.values())).start
    found: dict[str, float] = {}
    for shock in stress.shocks.values():
        for part, draw in shock.draws.items():
            own = first if part == "start" and stress.same_start else draw
            found[draw.setting] = sum(own.bounds) / 2
    return found


def _columns(
    still: Mapping[str, float], changes: Sequence[Mapping[str, float]]
) -> dict[str, Floats | float]:
    """Return one column for each setting that some run changes, one value for the others."""
    columns: dict[str, Floats | float] = dict(still)
    for name in {name for each in changes for name in each}:
        columns[name] = np.array([each.get(name, still[name]) for each in changes])
    return columns
