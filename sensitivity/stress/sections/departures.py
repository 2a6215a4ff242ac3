"""The base case, and every shock and every lever by itself, over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensitivity.plots.small_multiples import Panel, small_multiples
from sensitivity.plots.style import with_unit
from sensitivity.stress.departures import Departures
from sensitivity.stress.measure import Courses
from sensitivity.stress.quantities import Quantity
from sensitivity.stress.sections.section import Picture, Section, listed, picture, time_label
from sensitivity.stress.sections.words import signed_share
from sensitivity.stress.struck import Struck

_FEWEST = 0.001
"""A quantity moved by less is not named as the one that is moved most."""


def departures_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` if it was not run."""
    found = struck.departures
    if found is None:
        return None
    positive = [each for each in found.quantities if (found.base[each.name] > 0).all()]
    figures = [_base_case(found)]
    said: list[str] = []
    if positive:
        said = _findings(found, positive[0])
        figures += [_shocks(found, positive[0])] if found.stresses else []
        figures += [_levers(found, positive[0])] if found.levers else []
    return Section(
        "One thing at a time", "departures",
        ("All unknown numbers at their base. The first figure is the base case; the others show "
         "what changes against it if one shock strikes, or one lever is moved.",),
        tuple(said), figures=tuple(figures),
        notes=("Single runs say how the model behaves, not how likely that is; nor do they show "
               "what levers do together.",),
    )  # fmt: skip


def _base_case(found: Departures) -> Picture:
    panels = [
        Panel(with_unit(each.label, each.unit), {"base case": found.base[each.name]})
        for each in found.quantities
    ]
    return picture(
        small_multiples(panels, found.times, note=time_label(found.model)),
        "The base case over time",
        "The base case: no lever moved, no shock, every unknown number at its base.",
    )


def _since(found: Departures) -> float:
    """Return a time shortly before anything differs from the base case."""
    moved = np.zeros(len(found.times), dtype=bool)
    for courses in (found.shocks, found.low, found.high):
        for each in found.quantities:
            away = np.abs(courses[each.name] - found.base[each.name])
            size = 1e-9 * np.abs(found.base[each.name]).max()
            moved |= (away > size).any(axis=0) if len(away) else False
    first = int(np.argmax(moved)) if moved.any() else 0
    return float(found.times[first]) - 1


def _shocks(found: Departures, headline: Quantity) -> Picture:
    name = headline.name
    away = found.relative(found.shocks, name)
    panels = [
        Panel(found.stresses[row].label, {headline.label: away[row]},
              _remark(found, found.shocks, row, name))
        for row in _largest_first(away)
    ]  # fmt: skip
    return picture(
        small_multiples(panels, found.times, since=_since(found), shares=True,
                        note=time_label(found.model)),
        f"Change of {headline.label} under each shock",
        f"Change of {headline.label} against the base case if one shock strikes, its start, depth, "
        "length and recovery in the middle of their bounds; the largest first, one scale in each "
        "row. Below the name: what else is moved furthest, and by how much at the most.",
    )  # fmt: skip


def _levers(found: Departures, headline: Quantity) -> Picture:
    name = headline.name
    high, low = (found.relative(courses, name) for courses in (found.high, found.low))
    panels = [
        Panel(found.levers[row].label, {"upper bound": high[row], "lower bound": low[row]},
              _remark(found, found.high, row, name))
        for row in _largest_first(np.hstack([high, low]))
    ]  # fmt: skip
    return picture(
        small_multiples(panels, found.times, since=_since(found), shares=True,
                        note=time_label(found.model)),
        f"Change of {headline.label} as each lever is moved alone",
        f"Change of {headline.label} against the base case as one lever is moved to its upper or "
        "lower bound; the largest first, one scale in each row. Below the name: what else the "
        "upper bound moves furthest, and by how much at the most.",
    )  # fmt: skip


def _largest_first(changes: NDArray[np.float64]) -> list[int]:
    """Return the rows of changes, shape (rows, saves), by the size of the largest in each."""
    size = np.nan_to_num(np.abs(changes), nan=0.0).max(axis=1)
    return [int(row) for row in np.argsort(-size, kind="stable")]


def _remark(found: Departures, courses: Courses, row: int, headline: str) -> str:
    if np.isnan(courses[headline][row]).any():
        return "the run did not end well"
    quantity, share = found.most_moved(courses, row, headline)
    if abs(share) >= _FEWEST:
        return f"{quantity.label} {signed_share(share)}"
    from_zero = found.moved_from_zero(courses, row, headline)
    return f"also moves: {from_zero.label}" if from_zero else "nothing else moves"


def _findings(found: Departures, headline: Quantity) -> list[str]:
    said = []
    if found.stresses:
        away = found.relative(found.shocks, headline.name).min(axis=1)
        worst = [row for row in np.argsort(away, kind="stable")[:3] if away[row] < -_FEWEST]
        parts = [f"{found.stresses[row].label} ({signed_share(float(away[row]))})" for row in worst]
        if parts:
            said.append(
                f"Of the shocks at middling size, {headline.label} falls furthest under "
                f"{listed(parts)}, at its deepest."
            )
        elif np.isfinite(away).any():
            said.append(f"No shock of middling size lowers {headline.label} by a thousandth.")
    if found.levers:
        at_end = found.relative(found.high, headline.name)[:, -1]
        order = np.argsort(-at_end, kind="stable")
        best = [row for row in order[:3] if at_end[row] > _FEWEST]
        parts = [f"{found.levers[row].label} ({signed_share(float(at_end[row]))})" for row in best]
        harm = [row for row in order[::-1][:3] if at_end[row] < -_FEWEST]
        if parts:
            said.append(
                f"Levers whose upper bound raises {headline.label} most by the end: "
                f"{listed(parts)}."
            )
        if harm:
            parts = [
                f"{found.levers[row].label} ({signed_share(float(at_end[row]))})" for row in harm
            ]
            said.append(
                f"Levers whose upper bound lowers {headline.label} by the end: {listed(parts)}."
            )
    return said
