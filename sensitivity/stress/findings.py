"""Sentences that say what the figures show, computed from the same tables."""

from __future__ import annotations

import pandas as pd

from sensitivity.plots.style import quantity
from sensitivity.sobol import IndexTable
from sensitivity.stress.stress_test import StressTest

_NOTEWORTHY = 0.05


def findings(test: StressTest) -> list[str]:
    """Return one sentence for each outcome of a stress test."""
    outcomes = test.model.spec.outcomes
    if test.indices is not None:
        analysed = dict.fromkeys(test.indices.table["outcome"])
        return [_of_indices(test.indices, name, outcomes[name].label) for name in analysed]
    if test.swings is not None:
        return [_of_swings(test.swings, name, outcomes[name].label, outcomes[name].unit)
                for name in outcomes]  # fmt: skip
    return []


def _of_indices(indices: IndexTable, outcome: str, label: str) -> str:
    total = indices.of(outcome, "ST").sort_values("estimate", ascending=False)
    strong = total[total["estimate"] - total["half_width"] > _NOTEWORTHY].head(3)
    if strong.empty:
        return f"{label}: no factor stands out beyond its interval at N = {indices.n_base}."
    parts = [
        f"{indices.labels.get(str(name), name)} ({row['estimate']:.0%} ± {row['half_width']:.0%})"
        for name, row in strong.iterrows()
    ]
    return (
        f"{label}: the factors most involved in its spread are {', '.join(parts)} (total index ST; "
        f"the shares overlap); {_together(indices, outcome)}."
    )


def _together(indices: IndexTable, outcome: str) -> str:
    """Say how much of the variance no factor explains alone, if that exceeds its interval."""
    first = indices.of(outcome, "S1")
    together = 1 - float(first["estimate"].sum())
    # All first-order estimates share two samples, so their errors may add up: the widest case.
    half_width = float(first["half_width"].sum())
    if together > half_width:
        return f"factors acting together add {together:.0%} ± {half_width:.0%} of the variance"
    return "interactions cannot be told from noise at this sample size"


def _of_swings(table: pd.DataFrame, outcome: str, label: str, unit: str) -> str:
    rows = table[table["outcome"] == outcome].sort_values("swing", ascending=False)
    top = rows.iloc[0]
    base = float(top["base"])
    if not top["swing"] > 1e-9 * max(abs(base), 1e-12):
        return f"{label}: no lever alone moves it."
    shown = ", ".join(
        f"{row['label']} ({_change(row['at_low'], base)} to {_change(row['at_high'], base)})"
        for _, row in rows.head(3).iterrows()
    )
    return (
        f"{label} is {quantity(base, unit)} in the base case; alone, the levers that move it most "
        f"are {shown}."
    )


def _change(value: float, base: float) -> str:
    return f"{(value - base) / abs(base):+.1%}" if base else f"{value - base:+.3g}"
