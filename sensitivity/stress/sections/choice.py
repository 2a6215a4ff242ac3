"""Which policy holds up: several metrics of robustness side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sensitivity.plots.numbers import quantity, readable, unit_shown
from sensitivity.plots.ranks import rank_table
from sensitivity.robustness import METRICS, Robustness
from sensitivity.stress.choice import Choice
from sensitivity.stress.sections.section import Picture, Section, listed, picture
from sensitivity.stress.sections.words import percent
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import Grid
from sensitivity.tail import gains

_NEGATED = {"starr", "regret_90", "regret_max"}
"""Metrics that are no value of the outcome, so that its direction does not turn them."""


def choice_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` where there is nothing to choose between."""
    if struck.choice is None:
        return None
    found = struck.choice
    said = [sentence for name in found.robust for sentence in _findings(struck, found, name)]
    scenarios = next(iter(found.robust.values())).scenarios
    left = (
        f" {found.incomplete} futures are left out for all, because a run failed in them."
        if found.incomplete
        else ""
    )
    spec = struck.ensemble.spec
    each = "Each policy, with breakers off and on," if spec.breakers else "Each policy"
    every = "every stress, and no shock, in every draw" if spec.shocks else "every draw"
    paragraphs = (
        f"{each} is run in the same {scenarios:,} scenarios: {every} of the uncertainties; all "
        "count alike. Seven metrics condense what became of it, since each fears something "
        f"else.{left}",
    )
    notes = (
        "Regret: by how much a policy falls short of the best one in the same scenario. Satisfied: "
        f"the share of the scenarios in which {_thresholds(struck, found)}. Semideviation: root "
        "mean square of the shortfalls of the mean. Intervals come from resampled draws; that of "
        "the worst scenario and of the largest regret says little, since no resample holds a worse "
        "one. The scenarios are no forecast: a rank depends on which of them are thought of.",
    )
    return Section(
        "Which policy holds up", "policies", paragraphs, tuple(said),
        figures=tuple(_ranks(struck, name, each) for name, each in found.robust.items()),
        notes=notes, tables=tuple(_table(struck, n, each) for n, each in found.robust.items()),
        essence=tuple(said[:1]), short="Robustness",
    )  # fmt: skip


def _findings(struck: Struck, found: Choice, name: str) -> list[str]:
    robust, label = found.robust[name], struck.ensemble.spec.outcomes[name].label
    best = robust.table[
        robust.table["rank"] == robust.table.groupby("metric")["rank"].transform("min")
    ]
    wins = best.groupby("policy", sort=False).size().sort_values(ascending=False, kind="stable")
    policy, count = str(wins.index[0]), int(wins.iloc[0])
    fails = [METRICS[m].label for m in METRICS
             if policy not in set(best[best["metric"] == m]["policy"])]  # fmt: skip
    agreement = robust.agreement
    if np.isnan(agreement.estimate):
        return [f"By {label}, no metric tells one policy from another."]
    said = (
        f"By {label}, '{policy}' ranks first by {count} of {len(METRICS)} metrics"
        + (f", but not by {listed(fails)}" if 0 < len(fails) <= 3 else "")
        + "."
    )
    sure = robust.of("cvar_10")["first"].get(policy, np.nan)
    said += (
        f" By the mean of the worst tenth no other ranks above it in {percent(float(sure))} of the "
        "resamples."
    )
    return [
        said,
        f"The metrics agree on the order with Kendall's W = {float(agreement.estimate):.2f} (95% "
        f"interval {float(agreement.low):.2f} to {float(agreement.high):.2f}; 1 is one order, 0 "
        f"none) for {label}.",
    ]


def _thresholds(struck: Struck, found: Choice) -> str:
    """Say when a policy satisfies, and why that is enough."""
    spec = struck.ensemble.spec
    words = []
    for name, value in found.thresholds.items():
        outcome = spec.outcomes[name]
        bound = "at most" if outcome.direction == "minimise" else "at least"
        why = f" ({outcome.threshold_note})" if outcome.threshold_note else ""
        words.append(f"{outcome.label} is {bound} {quantity(value, outcome.unit)}{why}")
    named = any(each.threshold is not None for each in spec.outcomes.values())
    why = "" if named else " (a tenth worse than the base case; the spec names no threshold)"
    return listed(words) + why


def _shown(struck: Struck, outcome: str, metric: str, value: float) -> str:
    if metric == "starr":
        return percent(value)
    direction = struck.ensemble.spec.outcomes[outcome].direction
    turned = value if metric in _NEGATED else float(gains(np.array(value), direction))
    return readable(turned)


def _ranks(struck: Struck, outcome: str, robust: Robustness) -> Picture:
    names = list(METRICS)
    ranks = robust.table.pivot(index="policy", columns="metric", values="rank")[names]
    values = robust.table.pivot(index="policy", columns="metric", values="estimate")[names]
    written = pd.DataFrame(
        {m: [_shown(struck, outcome, m, float(v)) for v in values[m]] for m in names},
        index=values.index,
    )
    spec = struck.ensemble.spec.outcomes[outcome]
    unit = unit_shown(spec.unit)
    return picture(
        rank_table(ranks, written, {name: each.label for name, each in METRICS.items()}),
        f"Ranks of the policies by seven metrics for {spec.label}",
        f"Rank of each policy by each metric for {spec.label}, and below it the value"
        f"{f' [{unit}]' if unit else ''}; the best mean rank on top. Ranks that differ less than "
        "their intervals, see the table, are no ranks.",
    )


def _table(struck: Struck, outcome: str, robust: Robustness) -> Grid:
    header = ("Metric", "Policy", "Value", "95% interval", "Rank", "First in resamples")
    rows = []
    for row in robust.table.to_dict("records"):
        metric = str(row["metric"])
        value, low, high = (
            _shown(struck, outcome, metric, float(row[n])) for n in ("estimate", "low", "high")
        )
        rows.append((METRICS[metric].label, str(row["policy"]), value, f"{low} to {high}",
                     f"{row['rank']:g}", percent(row["first"])))  # fmt: skip
    label = struck.ensemble.spec.outcomes[outcome].label
    return Grid(f"Robustness for {label}", header, tuple(rows), (2, 3, 4, 5))
