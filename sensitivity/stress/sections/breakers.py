"""What circuit breakers do: when they trip, whether they should have, what they cost and save."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sensitivity.bootstrap import proportion
from sensitivity.plots.dots import dots
from sensitivity.plots.frontier import Said, frontier_panels
from sensitivity.plots.numbers import quantity, readable, unit_shown
from sensitivity.plots.style import with_unit
from sensitivity.plots.survival import survival_curves
from sensitivity.plots.timeline import timeline
from sensitivity.plots.verdicts import verdict_bars
from sensitivity.stress.braking import VERDICTS
from sensitivity.stress.ensemble import ON, Ensemble
from sensitivity.stress.frontier import GAP, LOOSER, OFF, REVIEW, THRESHOLD, TIGHTER
from sensitivity.stress.futures import CALM
from sensitivity.stress.resilience import HARM, LASTING
from sensitivity.stress.sections.section import (
    Fold,
    Picture,
    Section,
    picture,
    time_label,
    time_unit,
)
from sensitivity.stress.sections.shocks import series
from sensitivity.stress.sections.words import (
    Row,
    better,
    duration,
    interval,
    or_dash,
    percent,
    percent_within,
)
from sensitivity.stress.struck import Breakers, Shocks, Struck
from sensitivity.stress.survival import kaplan_meier
from sensitivity.stress.tables import Grid
from sensitivity.stress.trial import BASE


def breakers_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` for a model without breakers or shocks."""
    if struck.breakers is None or struck.shocks is None:
        return None
    found, shocks = struck.breakers, struck.shocks
    said = _findings(struck, found, shocks)
    unit = time_unit(struck.ensemble.trial.model)
    label = shocks.quantity.label
    notes = (
        f"A future is harmed once {label}, with all breakers off, has been below {HARM:.0%} of "
        f"its twin without a shock for {LASTING:g} {unit}. A breaker is right if, with all "
        "breakers on, it opened by then (or was open when the shock set in), late if it opened "
        "only afterwards, missed the harm if it never opened, and is false if it opened though "
        f"there was no harm. Trips are known to one save step, "
        f"{struck.ensemble.spec.model.save_step:g} {unit}. All thresholds are assumptions of the "
        "model.",
    )
    figures = [_timeline(struck, found, shocks), _relief(struck, found),
               _verdicts(struck, found, shocks), _first_trips(struck, shocks),
               _frontier(struck, found.frontier, shocks)]  # fmt: skip
    return Section(
        "What circuit breakers do", "breakers",
        ("A breaker watches an indicator; beyond a threshold it cuts an instrument, until the "
         "indicator is well again. The base policy is run in the same futures with all breakers "
         "on and with all off.",),
        tuple(said), figures=tuple(figures), notes=notes,
        folds=(Fold(f"Each breaker under {shocks.standard.label}",
                    tuple(_trip_sentences(struck, shocks))),),
        tables=(_trip_table(struck, shocks), _alone_table(struck, found, shocks),
                _frontier_table(struck, found)),
        essence=tuple(said[:2]), short="Breakers",
    )  # fmt: skip


def name_of(ensemble: Ensemble, breaker: str) -> str:
    """Return how figures call a breaker."""
    each = ensemble.spec.breakers[breaker]
    return f"{each.code} {each.label}".strip()


def _trips(ensemble: Ensemble, stress: str) -> pd.DataFrame:
    table = ensemble.trips
    own = table[(table["policy"] == BASE) & (table["brakes"] == ON) & (table["stress"] == stress)]
    return own[own["trips"].notna()]


# -- sentences --------------------------------------------------------------------------------


def _findings(struck: Struck, found: Breakers, shocks: Shocks) -> list[str]:
    outcome = struck.ensemble.spec.outcomes[struck.outcome]
    table = found.cost[found.cost["policy"] == BASE].set_index("stress")
    hit, calm = (table.loc[[n]].to_dict("records")[0] for n in (shocks.standard.name, CALM))
    unit = outcome.unit
    said = [
        f"Under {shocks.standard.label}, the breakers make {outcome.label} on average "
        f"{_change(hit, 'mean', unit)}, and in the worst tenth of the futures "
        f"{_change(hit, 'tail', unit)}; without a shock, on average {_change(calm, 'mean', unit)}."
    ]
    said += _errors(struck, found, shocks)
    said.append(_frontier_sentence(struck, found.frontier, shocks))
    return said


def _change(row: Row, name: str, unit: str) -> str:
    return better(row[name], row[f"{name}_low"], row[f"{name}_high"], unit)


def _errors(struck: Struck, found: Breakers, shocks: Shocks) -> tuple[str, str]:
    """Say how often the best breaker errs, and which trip for nothing."""
    own = found.rates[found.rates["policy"] == BASE]
    hit = own[own["stress"] == shocks.standard.name]
    wrong = hit.assign(error=hit["false"] + hit["late"] + hit["missed"])
    best = wrong.loc[[wrong["error"].idxmin()]].to_dict("records")[0]
    label = name_of(struck.ensemble, best["breaker"])
    calm = own[(own["stress"] == CALM) & (own["false"] > 0)]
    futures = int(best["futures"])
    low, high = proportion(round(best["error"] * futures), futures)
    only = len(struck.ensemble.spec.breakers) == 1
    said = (
        f"{'The breaker' if only else 'The breaker that errs least is'} {label}: under "
        f"{shocks.standard.label} it errs in {percent(best['error'])} of the futures "
        f"{percent_within(low, high)}: {percent(best['missed'])} harmed without a trip, "
        f"{percent(best['late'])} too late, {percent(best['false'])} braked without harm."
    )
    if calm.empty:
        return said, "Without a shock no breaker ever trips."
    listed = ", ".join(
        f"{name_of(struck.ensemble, row['breaker'])} in {percent(row['false'])}"
        for row in calm.to_dict("records")
    )
    return said, f"Without any shock these trip all the same: {listed} of the futures."


def _trip_sentences(struck: Struck, shocks: Shocks) -> list[str]:
    unit = time_unit(struck.ensemble.trial.model)
    said = []
    table = _trips(struck.ensemble, shocks.standard.name)
    for breaker, own in table.groupby("breaker", sort=False):
        label = name_of(struck.ensemble, str(breaker))
        count, runs = int(own["tripped"].sum()), len(own)
        if not count:
            said.append(f"{label} trips in none of the {runs} futures under that stress.")
            continue
        low, high = proportion(count, runs)
        tripped = own[own["tripped"]]
        again = tripped["trips"] > 1
        first = kaplan_meier(own["first"].to_numpy(float), own["tripped"].to_numpy(bool)).median
        when = (
            "" if np.isnan(first)
            else f", in half of all futures within {duration(first, unit)} of the shock"
        )  # fmt: skip
        said.append(
            f"{label} trips in {percent(count / runs)} of the futures "
            f"{percent_within(low, high)}{when}, "
            f"and is then open for {duration(float(tripped['time_open'].mean()), unit)} on average"
            + (
                f"; {percent(float(again.mean()))} of those trip again, at the shortest "
                f"{duration(float(tripped['shortest'].min()), unit)} apart."
                if again.any()
                else "; none trips a second time."
            )
        )
    return said


def _frontier_sentence(struck: Struck, table: pd.DataFrame, shocks: Shocks) -> str:
    outcome = struck.ensemble.spec.outcomes[struck.outcome]
    best = table[table["best"]]
    under = f"{outcome.label} under {shocks.standard.label}"
    count = len(table) - 1
    if set(best["family"]) == {OFF}:
        return (
            f"Using no breaker beats each of {count} settings of thresholds, gaps and review, in "
            f"the mean as in the worst tenth of {under}."
        )
    kept = best[best["family"] != OFF]
    top = kept.loc[[kept["gain_tail"].idxmax()]].to_dict("records")[0]
    unit = outcome.unit
    return (
        f"Of {count} settings of thresholds, gaps and review, {len(kept)} "
        f"{'are' if len(kept) > 1 else 'is'} not beaten by any other, or by no breakers, in both "
        f"the mean and the worst tenth of {under}. The best for the worst tenth "
        f"({setting(top, struck)}) makes that {_change(top, 'gain_tail', unit)}, and the mean "
        f"{_change(top, 'gain_mean', unit)}."
    )


def setting(row: Row, struck: Struck) -> str:
    """Return a setting of the breakers in words."""
    family, value = row["family"], float(row["value"])
    if family == THRESHOLD:
        ends = {0.0: "the loosest thresholds", 1.0: "the tightest thresholds"}
        return ends.get(value, f"thresholds {percent(value)} of the way from loose to tight")
    if family == GAP:
        return f"gap between trip and reset {value:g} times that of the model"
    if family == REVIEW:
        return f"review every {quantity(value, time_unit(struck.ensemble.trial.model))}"
    return "no breakers"


# -- figures ----------------------------------------------------------------------------------


def _timeline(struck: Struck, found: Breakers, shocks: Shocks) -> Picture:
    single, model = found.single, struck.ensemble.trial.model
    return picture(
        timeline(single.times, single.strips, single.lines, start=single.start,
                 label=with_unit(shocks.quantity.label, shocks.quantity.unit),
                 note=time_label(model)),
        "One future with breakers, without them, and without the shock",
        f"The future under {shocks.standard.label} that is worst without breakers (number "
        f"{single.draw}); base policy. Above: {shocks.quantity.label}. Below: what each breaker "
        "cuts and what it looks at, its thresholds, and in which state it is. Dotted: the shock "
        "sets in.",
    )  # fmt: skip


def _relief(struck: Struck, found: Breakers) -> Picture:
    ensemble = struck.ensemble
    outcome = ensemble.spec.outcomes[struck.outcome]
    table = found.cost[found.cost["policy"] == BASE].set_index("stress")
    unit = unit_shown(outcome.unit)
    panels = {
        "Change of the mean": {"all breakers": series(table, "mean")},
        "Change of the worst tenth": {"all breakers": series(table, "tail")},
    }
    return picture(
        dots(panels, rows=[each.name for each in ensemble.stresses],
             labels={each.name: each.label for each in ensemble.stresses},
             axis=f"{outcome.label}{f' [{unit}]' if unit else ''}, with less without breakers"),
        f"What breakers change in {outcome.label} under each stress",
        f"What all breakers together change in {outcome.label}, base policy: right of the line is "
        "better. Lines: 95% intervals of the difference in the same futures.",
    )  # fmt: skip


def _verdicts(struck: Struck, found: Breakers, shocks: Shocks) -> Picture:
    ensemble = struck.ensemble
    own = found.rates[found.rates["policy"] == BASE]
    panels: dict[str, pd.DataFrame] = {}
    for title, stress in ((shocks.standard.label, shocks.standard.name), ("No shock", CALM)):
        table = own[own["stress"] == stress].set_index("breaker")
        table.index = pd.Index([name_of(ensemble, str(each)) for each in table.index])
        panels[title] = table[list(VERDICTS)]
    return picture(
        verdict_bars(panels),
        "How often each breaker was right, late, missing or false",
        "How often each breaker was right, judged by what happens without any; base policy. "
        "Exactly what the words mean is told below.",
    )


def _first_trips(struck: Struck, shocks: Shocks) -> Picture:
    ensemble = struck.ensemble
    unit = time_unit(ensemble.trial.model)
    table = _trips(ensemble, shocks.standard.name)
    curves = {
        name_of(ensemble, str(breaker)): kaplan_meier(
            own["first"].to_numpy(float), own["tripped"].to_numpy(bool)
        ).table
        for breaker, own in table.groupby("breaker", sort=False)
    }
    opened = {
        name_of(ensemble, str(breaker)): kaplan_meier(
            own["time_open"].to_numpy(float), np.ones(len(own), dtype=bool)
        ).table
        for breaker, own in table.groupby("breaker", sort=False)
    }
    return picture(
        survival_curves(
            {f"First trip under {shocks.standard.label}": curves,
             "Time open, all trips together": opened},
            float(table["first"].max()), label="share of the futures",
            note=(f"time since the shock set in [{unit}]", f"time open [{unit}]"),
            bands=len(curves) <= 3,
        ),
        "Time to the first trip of each breaker, and how long it is open",
        "Left: share of the futures in which each breaker has tripped by a time since the shock "
        "set in. Right: share in which it is open for no longer than a time.",
    )  # fmt: skip


def _frontier(struck: Struck, table: pd.DataFrame, shocks: Shocks) -> Picture:
    unit = time_unit(struck.ensemble.trial.model)
    titles: dict[str, tuple[str, Said]] = {
        THRESHOLD: ("Thresholds", lambda v: "loose" if v < 0.5 else "tight"),
        GAP: ("Gap of trip and reset", lambda v: f"{v:g} ×"),
        REVIEW: ("Review interval", lambda v: quantity(v, unit)),
    }
    shown = {k: v for k, v in titles.items() if k in set(table["family"])}
    outcome = struck.ensemble.spec.outcomes[struck.outcome]
    label, money = outcome.label, unit_shown(outcome.unit)
    return picture(
        frontier_panels(table, shown, label="change of the mean", tail="change of the worst tenth"),
        "Mean against tail over settings of the breakers",
        f"{label} under {shocks.standard.label}{f' [{money}]' if money else ''}: by how much each "
        "setting of all breakers, moved together, makes the mean and the worst tenth better than "
        "no breakers do in the same futures; lines: 95% intervals. Thresholds run from one end of "
        "their range to the other at the gap of the model (where the spec gives no range, from "
        f"{LOOSER:g} gaps looser to {TIGHTER:g} tighter); gaps are in units of that of the model. "
        "Ringed: no other setting is better in both.",
    )


# -- tables -----------------------------------------------------------------------------------


def _trip_table(struck: Struck, shocks: Shocks) -> Grid:
    found, ensemble = struck.breakers, struck.ensemble
    assert found is not None
    header = ("Breaker", "Stress", "Trips in", "Trips a run", "Time open", "Twice or more",
              "Shortest cycle", "False of trips", "Missed of harms")  # fmt: skip
    rates = found.rates[found.rates["policy"] == BASE].set_index(["breaker", "stress"])
    rows = []
    for stress in (CALM, *(each.name for each in ensemble.stresses if each.name != CALM)):
        for breaker, own in _trips(ensemble, stress).groupby("breaker", sort=False):
            rate = rates.loc[[(breaker, stress)]].to_dict("records")
            row = rate[0] if rate else {"false_rate": np.nan, "missed_rate": np.nan}
            shortest = float(own["shortest"].min())
            rows.append((
                name_of(ensemble, str(breaker)), ensemble.label(stress),
                percent(float(own["tripped"].mean())), readable(float(own["trips"].mean())),
                readable(float(own["time_open"].mean())),
                percent(float((own["trips"] > 1).mean())), or_dash(shortest, readable),
                or_dash(row["false_rate"], percent), or_dash(row["missed_rate"], percent),
            ))  # fmt: skip
    unit = time_unit(ensemble.trial.model)
    return Grid(f"Trips under the base policy, breakers on [times in {unit}]", header, tuple(rows),
                tuple(range(2, 9)))  # fmt: skip


def _alone_table(struck: Struck, found: Breakers, shocks: Shocks) -> Grid:
    ensemble = struck.ensemble
    outcome = ensemble.spec.outcomes[struck.outcome]
    header = ("Breaker alone", "Change of the mean", "Change of the worst tenth",
              "Change of the mean without a shock")  # fmt: skip
    rows = []
    for breaker, own in found.alone.groupby("breaker", sort=False):
        table = own.set_index("stress")
        hit, calm = (table.loc[[n]].to_dict("records")[0] for n in (shocks.standard.name, CALM))
        rows.append((
            name_of(ensemble, str(breaker)), interval(hit, "mean"), interval(hit, "tail"),
            interval(calm, "mean"),
        ))  # fmt: skip
    unit = unit_shown(outcome.unit)
    heading = f"Each breaker alone under {shocks.standard.label}: {outcome.label}"
    return Grid(f"{heading}{f' [{unit}]' if unit else ''}", header, tuple(rows), (1, 2, 3))


def _frontier_table(struck: Struck, found: Breakers) -> Grid:
    header = ("Setting", "Change of the mean", "Change of the worst tenth",
              "Change of the mean without a shock", "Trips", "Time open", "Not beaten")  # fmt: skip
    rows = tuple(
        (setting(row, struck), interval(row, "gain_mean"), interval(row, "gain_tail"),
         interval(row, "gain_calm"), readable(row["trips"]), readable(row["time_open"]),
         "yes" if row["best"] else "")
        for row in found.frontier.to_dict("records")
    )  # fmt: skip
    return Grid("Settings of the breakers", header, rows, (1, 2, 3, 4, 5))
