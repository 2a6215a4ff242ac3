"""What an edit did: which equations changed, which outcomes moved, which checks broke."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.check.finding import Finding
from pysd_runner.check.scorecard import Scorecard
from pysd_runner.errors import Fault
from pysd_runner.model.graph import ModelGraph, Variable
from pysd_runner.run.evaluate import evaluate
from pysd_runner.run.outcomes import outcomes_of_run
from pysd_runner.spec.schema import Outcome

MOVED = 1e-6
"""Relative change below which an outcome has not moved: rounding."""

DEPARTED = 1e-3
"""Share of its largest magnitude by which a trajectory differs where it is said to depart."""


@dataclass(frozen=True, slots=True)
class Change:
    """An equation that is not what it was.

    Parameters
    ----------
    name : str
        Variable.
    line : int
        Of the file as it is now; where the equation is gone, of the file as it was.
    before, after : str
        Equation and unit; ``""`` where there is none.
    """

    name: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What is different between two states of a model.

    Parameters
    ----------
    changes : tuple of Change
        Equations, in the order of the file.
    moved : pandas.DataFrame
        Outcomes that moved, the largest relative change first; columns ``label``, ``unit``,
        ``before``, ``after``, ``change`` (relative) and ``from``, the time at which the trajectory
        departs (NaN if an outcome has none).
    compared : int or None
        Number of outcomes that both states have; ``None`` if a base case does not run to its end.
    broken, mended : tuple of Finding
        Checks that fail now and did not, or fail in a new place; checks that hold again.
    """

    changes: tuple[Change, ...]
    moved: pd.DataFrame
    compared: int | None
    broken: tuple[Finding, ...]
    mended: tuple[Finding, ...]

    def __bool__(self) -> bool:
        """Tell whether anything is different."""
        return bool(self.changes or len(self.moved) or self.broken or self.mended)


def difference(before: tuple[Model, Scorecard], after: tuple[Model, Scorecard]) -> Difference:
    """Compare two states of a model, each with its scorecard.

    Parameters
    ----------
    before, after : tuple of Model and Scorecard
        As :func:`~pysd_runner.check.scorecard.check_model` makes them; both equally thorough.
    """
    (old, was), (new, now) = before, after
    known = {} if was.spec is None else was.spec.outcomes
    outcomes = {} if now.spec is None else now.spec.outcomes
    shared = {name: each for name, each in outcomes.items() if name in known}
    moved, compared = pd.DataFrame(), None
    if was.base is not None and now.base is not None:
        moved = _moved(shared, (old.graph, was.base), (new.graph, now.base))
        compared = len(shared)
    return Difference(
        tuple(_changes(old.graph, new.graph)), moved, compared,
        tuple(_worse(was, now)), tuple(_worse(now, was, mended=True)),
    )  # fmt: skip


# -- equations ------------------------------------------------------------------------------------


def _changes(old: ModelGraph, new: ModelGraph) -> Iterator[Change]:
    for variable in new:
        if variable.is_internal:
            continue
        was = old.variables.get(variable.key)
        before, after = ("" if each is None else _text(each) for each in (was, variable))
        if before != after:
            yield Change(variable.name, _line(was, variable), before, after)
    for variable in old:
        if not variable.is_internal and variable.key not in new.variables:
            yield Change(variable.name, variable.line, _text(variable), "")


def _text(variable: Variable) -> str:
    equations = (" ".join(each.entry.text.split()) for each in variable.definitions)
    return f"{'; '.join(equations)} [{variable.unit}]"


def _line(was: Variable | None, variable: Variable) -> int:
    """Return the line of the first equation of a variable that is new."""
    known = set() if was is None else {each.entry.text for each in was.definitions}
    lines = (each.entry.line for each in variable.definitions if each.entry.text not in known)
    return next(lines, variable.line)


# -- outcomes -------------------------------------------------------------------------------------


def _moved(
    outcomes: Mapping[str, Outcome],
    before: tuple[ModelGraph, xr.Dataset],
    after: tuple[ModelGraph, xr.Dataset],
) -> pd.DataFrame:
    values = [outcomes_of_run(outcomes, run, graph) for graph, run in (before, after)]
    rows = {}
    for name, outcome in outcomes.items():
        was, now = (float(each[name]) for each in values)
        scale = abs(was) if was else abs(now)
        change = (now - was) / scale if scale else 0.0
        if abs(change) > MOVED or np.isnan(was) != np.isnan(now):
            start = _departure(outcome, before, after)
            rows[name] = (outcome.label, outcome.unit, was, now, change, start)
    columns = ["label", "unit", "before", "after", "change", "from"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.sort_values("change", key=lambda each: -each.abs())


def _departure(
    outcome: Outcome, before: tuple[ModelGraph, xr.Dataset], after: tuple[ModelGraph, xr.Dataset]
) -> float:
    """Return the first time at which what an outcome looks at differs."""
    was, now = (evaluate(outcome.text, run, graph) for graph, run in (before, after))
    if "time" not in was.dims or "time" not in now.dims:
        return float("nan")
    times = np.asarray(now["time"].values, dtype=float)
    earlier = np.interp(times, was["time"].values, was.values)
    gap = np.abs(now.values - earlier)
    apart = gap > DEPARTED * max(float(np.abs(earlier).max()), 1e-300)
    return float(times[apart.argmax()]) if apart.any() else float("nan")


# -- checks ---------------------------------------------------------------------------------------


def _worse(good: Scorecard, bad: Scorecard, *, mended: bool = False) -> Iterator[Finding]:
    """Yield what fails in one scorecard and not, or not there, in the other."""
    known = dict(_by_label(good))
    for label, finding in _by_label(bad):
        other = known.get(label)
        if finding.passed or (mended and other is None):
            continue
        if other is None or other.passed:
            yield finding
            continue
        told = {_what(fault) for fault in other.faults}
        fresh = tuple(fault for fault in finding.faults if _what(fault) not in told)
        if fresh and not mended:
            yield Finding(finding.label, False, f"{len(fresh)} more", fresh)


def _by_label(card: Scorecard) -> Iterator[tuple[tuple[str, str], Finding]]:
    for topic in card.topics:
        for finding in topic.findings:
            yield (topic.heading, finding.label), finding


def _what(fault: Fault) -> tuple[str | None, str]:
    """Return what makes two faults the same although the lines above have moved."""
    return fault.variable, fault.message
