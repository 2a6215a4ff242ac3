"""Sentences that say what the figures show, computed from the same tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from pysd_runner.spec.schema import Direction, Outcome, Spec
from sensitivity.plots.numbers import change, give_or_take, quantity
from sensitivity.sobol import IndexTable, constant
from sensitivity.stress.deciding import LEVERS, UNKNOWNS
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.study import Study

_NOTEWORTHY = 0.05
_MOST = 3

BETTER: dict[Direction, str] = {
    "maximise": "more is better",
    "minimise": "less is better",
    "none": "neither more nor less is better",
}
"""The direction of an outcome in words."""


def findings(test: StressTest, names: Sequence[str] | None = None) -> list[str]:
    """Return one sentence or two for each outcome of a stress test, or for some of them."""
    outcomes = test.model.spec.outcomes
    wanted = list(outcomes) if names is None else names
    if test.indices is not None:
        return [_of_indices(test.indices, name, outcomes[name])
                for name in test.indices.outcomes if name in wanted]  # fmt: skip
    if test.swings is not None and test.screened is not None:
        unmoved = still(test.screened)
        return [_of_swings(test.swings, name, outcomes[name], name in unmoved) for name in wanted]
    return []


def apart(test: StressTest, names: Sequence[str] | None = None) -> list[str]:
    """Say what all levers together explain, and what all unknowns together, by outcome."""
    found = None if test.deciding is None else test.deciding.apart
    if found is None:
        return []
    outcomes = test.model.spec.outcomes
    said = []
    for name in _asked(found, names):
        first, both = found.of(name, "S1"), found.of(name, "S2").iloc[0]
        parts = {each: f"{_bounded(first.loc[[each]].iloc[0])}" for each in (LEVERS, UNKNOWNS)}
        said.append(
            f"{outcomes[name].label}: of its variance, what the city decides explains "
            f"{parts[LEVERS]}, what nobody knows {parts[UNKNOWNS]}, and only both together "
            f"{_bounded(both)}, over the ranges assumed."
        )
    return said


def effects(test: StressTest, names: Sequence[str] | None = None) -> list[str]:
    """Say how correlated unknowns share what they explain, by outcome."""
    found = None if test.deciding is None else test.deciding.effects
    if found is None:
        return []
    outcomes = test.model.spec.outcomes
    said = []
    for name in _asked(found, names):
        rows = found.of(name, "Shapley").sort_values("estimate", ascending=False)
        parts = [f"{_bounded(row)} to {found.labels[str(f)]}" for f, row in rows.iterrows()]
        said.append(
            f"{outcomes[name].label}: by Shapley effects, of its variance {_listed(parts)}."
        )
    return said


def _asked(found: IndexTable, names: Sequence[str] | None) -> list[str]:
    """Return the outcomes that have indices, of those asked for."""
    return [name for name in found.analysed if names is None or name in names]


def joined(spec: Spec) -> list[str]:
    """Say which unknowns are drawn together, and that they have one index."""
    how = {"correlations": "are drawn with rank correlations", "shares": "sum to one"}
    return [
        f"{each.label}: {_listed([spec.uncertainties[name].label for name in each.uncertainties])} "
        f"{how[table]} and have one Sobol index together."
        for (table, _), each in spec.joint.items()
    ]


def _bounded(row: pd.Series) -> str:
    """Return a share with its half-width; a share below zero is none."""
    return give_or_take(max(0.0, float(row["estimate"])), float(row["half_width"]))


def still(study: Study) -> list[str]:
    """Return the outcomes that are the same in all runs of a study."""
    return [str(name) for name in study.outcomes if constant(study.outcomes[name])]


def _of_indices(indices: IndexTable, name: str, outcome: Outcome) -> str:
    total = indices.of(name, "ST").sort_values("estimate", ascending=False)
    strong = total[total["estimate"] - total["half_width"] > _NOTEWORTHY].head(_MOST)
    if strong.empty:
        return f"{outcome.label}: no factor stands out beyond its interval at N = {indices.n_base}."
    labels = [indices.labels.get(str(factor), str(factor)) for factor in strong.index]
    shares = [
        f"{label} ({give_or_take(row['estimate'], row['half_width'])})"
        for label, (_, row) in zip(labels, strong.iterrows(), strict=True)
    ]
    return (
        f"{outcome.label} ({BETTER[outcome.direction]}) varies most with {_listed(shares)}, as "
        f"shares of its variance"
        f"{_order(total, list(strong.index), labels)}.{_together(indices, name)}"
    )


def _order(total: pd.DataFrame, listed: Sequence[object], labels: Sequence[str]) -> str:
    """Say which ranks the intervals leave open, among those listed and to the others."""
    low = (total["estimate"] - total["half_width"]).to_dict()
    high = (total["estimate"] + total["half_width"]).to_dict()
    numbered = list(zip(listed, labels, strict=True))
    pairs = [
        f"{first} and {second}"
        for (above, first), (below, second) in combinations(numbered, 2)
        if high[below] >= low[above]
    ]
    lowest = min(low[factor] for factor in listed)
    rivals = sum(high[factor] >= lowest for factor in total.index if factor not in listed)
    said = []
    if pairs:
        every = len(pairs) >= len(listed) - 1
        said.append("order not settled" if every else f"order of {_listed(pairs)} not settled")
    if rivals:
        said.append(f"{rivals} other{'s' * (rivals > 1)} may matter as much")
    return f"; {_listed(said)}: intervals overlap" if said else ""


def _together(indices: IndexTable, outcome: str) -> str:
    """Say how much of the variance no factor explains alone, if that exceeds its interval."""
    first = indices.of(outcome, "S1")
    together = 1 - float(first["estimate"].sum())
    # All first-order estimates share two samples, so their errors may add up: the widest case.
    half_width = float(first["half_width"].sum())
    if together > half_width:
        return f" Factors acting together add {give_or_take(together, half_width)} of the variance."
    return ""


def _of_swings(table: pd.DataFrame, name: str, outcome: Outcome, unmoved: bool) -> str:
    rows = table[table["outcome"] == name].sort_values("swing", ascending=False)
    base = float(rows["base"].iloc[0])
    if unmoved:
        return (
            f"{outcome.label}: no lever alone moves it; it stays {quantity(base, outcome.unit)}, "
            "so the figures leave it out."
        )
    shown = [
        f"{row['label']} ({_end(row['at_low'], base, outcome.unit)} and "
        f"{_end(row['at_high'], base, outcome.unit)})"
        for _, row in rows.head(_MOST).iterrows()
        if row["swing"] > 0
    ]
    if not shown:
        return f"{outcome.label}: no run with a lever at its bound ended well."
    return (
        f"{outcome.label}: {quantity(base, outcome.unit)} in the base case, "
        f"{BETTER[outcome.direction]}. Levers that change it most, each alone at its bounds: "
        f"{_listed(shown)}."
    )


def _end(value: float, base: float, unit: str) -> str:
    return "no value" if np.isnan(value) else change(value, base, unit)


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
