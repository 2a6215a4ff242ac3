"""Whether measures paid from one purse do more together than each alone for the same money."""

from __future__ import annotations

from collections.abc import Iterator

from pysd_runner.spec.schema import Outcome
from pysd_runner.spec.value_sets import Bundle
from sensitivity.equal_cost import BUNDLE, ONLY, SUM, SYNERGY, EqualCost
from sensitivity.plots.equal_cost import equal_cost_bars
from sensitivity.plots.numbers import quantity
from sensitivity.plots.style import titled
from sensitivity.stress.bundled import Bundled
from sensitivity.stress.sections.section import Picture, Section, listed, picture
from sensitivity.stress.sections.words import Row, interval, signed, within
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import Grid

_SPENT = 0.98
"""Of the money: a measure that can spend no more of it is not compared."""


def bundles_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` where the spec has no bundle."""
    found = struck.bundled
    if found is None:
        return None
    spec = struck.ensemble.spec
    said = [
        sentence
        for name, one in found.found.items()
        for sentence in _findings(struck, spec.bundles[name], one)
    ]
    notes = [note for one in found.found.values() for note in one.notes]
    return Section(
        "More together than apart, for the same money?", "bundles",
        (f"Each measure gets an equal part of the money; its levers are moved until it has spent "
         f"that much, on average over {found.futures} futures. All measures together are then "
         "scaled by one number more, until they cost what the parts cost apart.",),
        tuple(said),
        figures=tuple(_figure(struck, name, one) for name, one in found.found.items()),
        notes=(*map(str, notes),
               "What comes out belongs to this sum of money, this division into equal parts, and "
               "the proportions of the levers within a measure."),
        tables=tuple(_table(struck, found, name) for name in found.found),
        essence=tuple(said[:1]), short="Same money",
    )  # fmt: skip


def _findings(struck: Struck, bundle: Bundle, found: EqualCost) -> Iterator[str]:
    spec = struck.ensemble.spec
    outcome, cost = spec.outcomes[struck.outcome], spec.outcomes[bundle.cost]
    rows = _rows(found, struck.outcome)
    whole, synergy = rows[BUNDLE], rows[SYNERGY]
    money = quantity(float(whole["cost"]), cost.unit)
    yield (
        f"{bundle.label}: for {money} ({cost.label}), all measures at once change {outcome.label} "
        f"by {_effect(whole, outcome)}; each alone with its part of the money, added up, by "
        f"{signed(float(rows[SUM]['effect']), outcome.unit)}. {_verdict(synergy, outcome)}"
    )
    alone = {name: row for name, row in rows.items() if name.startswith(ONLY)}
    spent = [name for name, row in alone.items() if row["cost"] >= _SPENT * whole["cost"]]
    if spent:
        parts = [
            f"{_part(name)} {_effect(alone[name], outcome)}" for name in sorted(
                spent, key=lambda each: -float(alone[each]["effect"])
            )
        ]  # fmt: skip
        yield f"All of the money on one measure changes {outcome.label} by: {listed(parts)}."
    rest = [_part(name) for name in alone if name not in spent]
    if rest:
        yield f"{listed(rest)} cannot spend all of the money alone: see the notes."
    yield from _elsewhere(struck, found)


def _elsewhere(struck: Struck, found: EqualCost) -> Iterator[str]:
    """Say of which other outcomes the whole is surely better, or worse, than the sum."""
    outcomes = struck.ensemble.spec.outcomes
    for better in (True, False):
        names = [outcomes[name].label for name in _sure(struck, found, better=better)]
        if names:
            yield f"{'Better' if better else 'Worse'} than the sum of the parts: {listed(names)}."


def _sure(struck: Struck, found: EqualCost, *, better: bool) -> list[str]:
    """Return the other outcomes in which the whole surely is better, or worse, than the sum."""
    names = []
    for name in dict.fromkeys(map(str, found.table["outcome"])):
        row = _rows(found, name)[SYNERGY]
        turn = -1 if struck.ensemble.spec.outcomes[name].direction == "minimise" else 1
        sure = float(row["low"]) * float(row["high"]) > 0
        if sure and name != struck.outcome and (turn * float(row["effect"]) > 0) == better:
            names.append(name)
    return names


def _verdict(synergy: Row, outcome: Outcome) -> str:
    low, high = float(synergy["low"]), float(synergy["high"])
    size = quantity(abs(float(synergy["effect"])), outcome.unit)
    if low <= 0 <= high:
        return (
            "The difference is not sure: "
            f"{signed(float(synergy['effect']), outcome.unit)} {within(low, high, outcome.unit)}."
        )
    side = "above" if low > 0 else "below"
    ends = (low, high) if low > 0 else (-high, -low)
    return f"The whole is {size} {side} the sum of its parts {within(*ends, outcome.unit)}."


def _effect(row: Row, outcome: Outcome) -> str:
    ends = within(float(row["low"]), float(row["high"]), outcome.unit)
    return f"{signed(float(row['effect']), outcome.unit)} {ends}"


def _rows(found: EqualCost, outcome: str) -> dict[str, Row]:
    return {str(row["policy"]): row for row in found.of(outcome).reset_index().to_dict("records")}


def _part(name: str) -> str:
    return name.removeprefix(ONLY)


def _figure(struck: Struck, name: str, found: EqualCost) -> Picture:
    spec = struck.ensemble.spec
    bundle = spec.bundles[name]
    known = [each for each in dict.fromkeys(found.table["outcome"]) if each != bundle.cost]
    others = [*_sure(struck, found, better=False), *_sure(struck, found, better=True), *known]
    shown = list(dict.fromkeys((struck.outcome, *others)))[:2]
    titles = {each: titled(spec.outcomes[each].label, spec.outcomes[each].unit) for each in shown}
    return picture(
        equal_cost_bars(found, shown, titles),
        f"{bundle.label} at equal cost",
        "The same money in three ways: in equal parts on each measure alone, and the sum of what "
        "these do; on all together; and all of it on one. Pale: a measure that cannot spend it "
        f"all. Lines: {found.intervals}",
    )


def _table(struck: Struck, bundles: Bundled, name: str) -> Grid:
    spec, found = struck.ensemble.spec, bundles.found[name]
    bundle = spec.bundles[name]
    fixed = {BUNDLE: "all together", SUM: "sum of the parts", SYNERGY: "difference"}
    rows = []
    for row in found.table.to_dict("records"):
        key, outcome = str(row["policy"]), spec.outcomes[str(row["outcome"])]
        only = key.startswith(ONLY)
        label = fixed.get(key) or f"{'all on' if only else 'a part on'} {_part(key)}"
        money = (
            "–" if key == SYNERGY else quantity(float(row["cost"]), spec.outcomes[bundle.cost].unit)
        )
        named = {f"effect{end}": row[column] for end, column in
                 (("", "effect"), ("_low", "low"), ("_high", "high"))}  # fmt: skip
        rows.append((outcome.label, label, money, interval(named, "effect")))
    header = ("Outcome", "Spent on", "Money", "Change (95% interval)")
    return Grid(f"{bundle.label}: all outcomes", header, tuple(rows), (2, 3))
