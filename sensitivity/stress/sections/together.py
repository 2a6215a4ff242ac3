"""Which levers of the largest policy bring its effect, and whether they help each other."""

from __future__ import annotations

import numpy as np

from sensitivity.index_table import PARTS, IndexTable
from sensitivity.plots.interactions import interactions
from sensitivity.plots.numbers import quantity, unit_shown
from sensitivity.plots.style import titled
from sensitivity.plots.waterfall import waterfall
from sensitivity.stress.sections.section import Picture, Section, listed, picture
from sensitivity.stress.sections.words import signed, within
from sensitivity.stress.struck import Struck
from sensitivity.stress.together import Together
from sensitivity.stress.trial import policy_label

_MOST = 3


def together_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` if no policy moves several levers."""
    found = struck.together
    if found is None:
        return None
    spec, outcome = struck.ensemble.spec, struck.outcome
    label = policy_label(spec, found.policy)
    said = tuple(_findings(struck, found))
    futures = found.groups.n_base
    figures = [_shares(struck, found.groups, label, "part")]
    if "interaction" in found.groups.kinds and not _empty(found.groups, outcome):
        figures.append(_pairs(struck, found.groups))
    if found.levers is not None and not _empty(found.levers, outcome):
        figures.append(_shares(struck, found.levers, label, "lever"))
    return Section(
        "Which levers bring it, and do they help each other", "together",
        (f"The levers of '{label}' are taken in and out, in {futures} futures without a shock. The "
         "contribution of a lever is what it adds, averaged over all orders in which the levers "
         "may be added (Shapley); contributions add up to the effect of the whole policy.",),
        said, figures=tuple(figures),
        notes=("A contribution belongs to this policy and its amounts: with other amounts, or "
               "another budget, a lever adds more or less. Costs are not counted here.",),
        essence=said[:1], short="Levers together",
    )  # fmt: skip


def _empty(table: IndexTable, outcome: str) -> bool:
    return outcome not in table.outcomes or bool(
        table.dataset["reason"].sel(outcome=outcome).item()
    )


def _findings(struck: Struck, found: Together) -> list[str]:
    spec, outcome = struck.ensemble.spec, struck.outcome
    if _empty(found.groups, outcome):
        return []
    unit, label = spec.outcomes[outcome].unit, spec.outcomes[outcome].label
    policy = policy_label(spec, found.policy)
    total = {part: float(found.groups.dataset[f"total{part}"].sel(outcome=outcome))
             for part in ("", "_low", "_high")}  # fmt: skip
    own = found.groups.of(outcome, "Shapley")
    parts = [
        f"{found.groups.labels[str(name)]} {signed(float(row['estimate']), unit)} "
        f"{within(float(row['low']), float(row['high']), unit)}"
        for name, row in own.sort_values("estimate", ascending=False).iterrows()
    ][:4]  # fmt: skip
    said = [
        f"'{policy}' changes {label} by {signed(total[''], unit)} "
        f"{within(total['_low'], total['_high'], unit)} on average; of that, {listed(parts)}."
    ]
    if "alone" in found.groups.kinds:
        said.append(_sum_of_parts(found.groups, outcome, total[""], unit))
    if found.levers is not None and not _empty(found.levers, outcome):
        single = found.levers.of(outcome, "Shapley").sort_values("estimate", ascending=False)
        sure = single[single["low"] > 0].head(_MOST)
        harm = single[single["high"] < 0].tail(_MOST)
        for word, rows in (("add", sure), ("take away", harm[::-1])):
            if len(rows):
                names = [
                    f"{found.levers.labels[str(name)]} ({signed(float(row['estimate']), unit)})"
                    for name, row in rows.iterrows()
                ]
                said.append(f"Single levers that {word} most, surely so: {listed(names)}.")
    return said


def _sum_of_parts(table: IndexTable, outcome: str, total: float, unit: str) -> str:
    """Say whether the whole is more than the sum of its parts, and which pair makes it so."""
    surplus, low, high = (
        float(table.dataset[f"surplus{part}"].sel(outcome=outcome)) for part in PARTS
    )
    said = f"Each part alone adds up to {signed(total - surplus, unit)}"
    if low <= 0 <= high:
        said += (
            ": that together they do more or less than the sum is not sure, "
            f"{signed(surplus, unit)} {within(low, high, unit)}."
        )
    else:
        ends = (low, high) if surplus > 0 else (-high, -low)
        said += (
            f": together they do {quantity(abs(surplus), unit)} "
            f"{'more' if surplus > 0 else 'less'} than the sum {within(*ends, unit)}."
        )
    pairs = table.of(outcome, "interaction")
    sure = pairs[pairs["low"] * pairs["high"] > 0]
    if sure.empty:
        return f"{said} No pair of them surely helps or hinders each other."
    row = sure.sort_values("estimate", key=np.abs).reset_index().to_dict("records")[-1]
    one = str(row["factor"])
    verb = "help" if row["estimate"] > 0 else "hinder"
    return (
        f"{said} {table.labels[one]} and {table.labels[str(row['with_factor'])]} {verb} each other "
        f"most: {signed(float(row['estimate']), unit)} "
        f"{within(float(row['low']), float(row['high']), unit)}."
    )


def _shares(struck: Struck, table: IndexTable, policy: str, what: str) -> Picture:
    spec = struck.ensemble.spec
    moved = [name for name in table.outcomes if not _empty(table, name)]
    shown = [name for name in (struck.outcome, struck.cost) if name in moved] or moved[:1]
    titles = {name: titled(spec.outcomes[name].label, spec.outcomes[name].unit) for name in shown}
    return picture(
        waterfall(table, shown, titles),
        f"What each {what} of {policy} contributes",
        f"How '{policy}' comes about, {what} by {what}, from the base case to its whole effect. "
        f"Lines: {table.dataset.attrs['intervals']}",
    )


def _pairs(struck: Struck, table: IndexTable) -> Picture:
    outcome = struck.ensemble.spec.outcomes[struck.outcome]
    unit = unit_shown(outcome.unit)
    return picture(
        interactions(table, struck.outcome, title=titled(outcome.label, outcome.unit, 5)),
        f"What pairs of parts add beyond their sum for {outcome.label}",
        f"What two parts do together beyond the sum of both{f' [{unit}]' if unit else ''}, "
        "averaged over what else is there; on the diagonal what each contributes. Hatched: the "
        "interval holds zero.",
    )
