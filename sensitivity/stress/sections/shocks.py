"""What shocks take, how deep they cut, and how fast it comes back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pysd_runner.spec.series import read_sources
from sensitivity.plots.dots import dots
from sensitivity.plots.fans import fan_charts
from sensitivity.plots.numbers import MINUS, quantity, readable, unit_shown
from sensitivity.plots.survival import survival_curves
from sensitivity.plots.triangle import Course, triangle_panels
from sensitivity.stress.ensemble import NONE, Ensemble
from sensitivity.stress.futures import CALM
from sensitivity.stress.measure import courses_of, shares_of
from sensitivity.stress.resilience import HOLD, RECOVERED
from sensitivity.stress.sections.section import (
    Picture,
    Section,
    listed,
    picture,
    time_label,
    time_unit,
)
from sensitivity.stress.sections.words import Row, duration, interval, percent, share_cell, within
from sensitivity.stress.struck import Shocks, Struck
from sensitivity.stress.summaries import recovery
from sensitivity.stress.tables import Cell, Grid, evidence
from sensitivity.stress.trial import BASE, policy_label

MILD = 0.1
"""Loss of the worst tenth below which a stress is told to take little [time unit]."""

_MOST_CURVES = 6


def shocks_section(struck: Struck) -> Section | None:
    """Return the section, or ``None`` for a model without shocks."""
    if struck.shocks is None:
        return None
    found, ensemble = struck.shocks, struck.ensemble
    said = _findings(struck, found)
    draws, unit = ensemble.trial.futures.draws, time_unit(ensemble.trial.model)
    paragraphs = (
        f"Every future is run twice, with a shock and without it but else the same; "
        f"{found.quantity.label} with the shock, as a share q of that without it, says what the "
        f"shock took. All stresses and policies meet the same {draws} draws of the uncertainties, "
        "and the times, depths and lengths of the shocks are drawn with them.",
    )
    notes = (
        "Loss: the area between q and one from the start of the shock to the end of the run, in "
        f"{unit or 'units of time'} of {found.quantity.label}; what is gained beyond the twin "
        "later counts against it. "
        f"Recovered: q is at least {RECOVERED:.0%} for {f'{HOLD:g} {unit}'.strip()}, "
        "after it was below; a run that ends before is censored, which the curves allow for "
        "(Kaplan and Meier). What the shocks are like is assumed: see the table of shocks.",
    )
    figures = [_fans(struck, found), _triangles(struck, found), _losses(found, ensemble),
               _recoveries(found, ensemble)]  # fmt: skip
    return Section(
        "What shocks take, and how fast it comes back", "shocks", paragraphs, tuple(said),
        figures=tuple(figures), notes=notes,
        tables=(_resilience_table(found, ensemble), _tail_table(struck), shock_table(struck)),
        essence=tuple(said[:2]), short="Shocks",
    )  # fmt: skip


def first_brakes(ensemble: Ensemble) -> str:
    """Return the setting without any breaker."""
    return next(iter(ensemble.brakes))


def brakes_label(brakes: str) -> str:
    """Return how figures call a setting of the breakers."""
    return "no breakers in the model" if brakes == NONE else f"breakers {brakes}"


def _of(table: pd.DataFrame, policy: str, brakes: str) -> pd.DataFrame:
    own = table[(table["policy"] == policy) & (table["brakes"] == brakes)]
    return own.set_index("stress")


def _findings(struck: Struck, found: Shocks) -> list[str]:
    ensemble = struck.ensemble
    model = ensemble.trial.model
    unit, label = time_unit(model), found.quantity.label
    table = _of(found.resilience, BASE, first_brakes(ensemble))
    worst = str(table["loss"].idxmax())
    row = table.loc[[worst]].to_dict("records")[0]
    free = "" if first_brakes(ensemble) == NONE else " with all breakers off"
    takes = " takes most:" if len(table) > 1 else " takes"
    said = [
        f"Under the base policy{free}, {ensemble.label(worst)}{takes} a loss equal to "
        f"{duration(row['loss'], unit)} of {label} on average "
        f"{within(row['loss_low'], row['loss_high'], unit)}, and "
        f"{duration(row['tail'], unit)} in the worst tenth of the futures "
        f"{within(row['tail_low'], row['tail_high'], unit)}. At the deepest point {label} lies "
        f"{percent(row['depth'])} below its twin on average."
    ]
    row = table.loc[[found.standard.name]].to_dict("records")[0]
    said.append(_recovery_sentence(struck, found, row))
    said.append(_tail_sentence(struck, found))
    mild = [ensemble.label(str(name)) for name in table.index[table["tail"] < MILD]]
    if mild:
        said.append(
            f"Even in their worst tenth, less than {duration(MILD, unit)} is lost under "
            f"{listed(mild)}."
        )
    return said


def _recovery_sentence(struck: Struck, found: Shocks, row: Row) -> str:
    """Say by when half of the futures have recovered, how many never do, and how many relapse."""
    model, label = struck.ensemble.trial.model, found.quantity.label
    final = model.time_grid().final_time
    if np.isnan(row["ttr"]):
        half = "fewer than half of the futures recover within the run"
    elif row["ttr"] == 0:
        half = f"in half of the futures or more {label} stays above {RECOVERED:.0%} of its twin"
    else:
        within_time = duration(row["ttr"], time_unit(model))
        half = f"half of the futures have recovered within {within_time}"
    lost = f"{percent(row['censored'])} of all are not seen to recover by {final:g}"
    back = f"{percent(row['relapsed'])} fall back after they had recovered"
    return (
        f"After {found.standard.label}, {half}; "
        f"{lost if row['censored'] else f'all of them have recovered by {final:g}'}, and "
        f"{back if row['relapsed'] else 'none falls back after it had recovered'}."
    )


def _tail_sentence(struck: Struck, found: Shocks) -> str:
    ensemble = struck.ensemble
    outcome = ensemble.spec.outcomes[struck.outcome]
    table = _of(found.tails[struck.outcome], BASE, first_brakes(ensemble))
    calm, hit = (table.loc[[name]].to_dict("records")[0] for name in (CALM, found.standard.name))
    return (
        f"{outcome.label}: {quantity(calm['mean'], outcome.unit)} on average without a shock, "
        f"{quantity(hit['mean'], outcome.unit)} under {found.standard.label} "
        f"{within(hit['mean_low'], hit['mean_high'], outcome.unit)}; in the worst tenth of the "
        f"futures {quantity(calm['tail'], outcome.unit)} and {quantity(hit['tail'], outcome.unit)} "
        f"{within(hit['tail_low'], hit['tail_high'], outcome.unit)}."
    )


# -- figures ----------------------------------------------------------------------------------


def _fans(struck: Struck, found: Shocks) -> Picture:
    ensemble = struck.ensemble
    panels = {
        each.label: {
            brakes_label(brakes): ensemble.fans[(BASE, brakes, each.name), found.quantity.name]
            for brakes in ensemble.brakes
        }
        for each in ensemble.stresses if each.name != CALM
    }  # fmt: skip
    first, *rest = map(brakes_label, ensemble.brakes)
    dashed = f", {first}; dashed: the middle 90%, {rest[0]}" if rest else ""
    return picture(
        fan_charts(panels, ensemble.times, since=_since(ensemble), reference=1.0, shares=True,
                   label="share of the twin", note=time_label(ensemble.trial.model)),
        f"{found.quantity.label} under each stress as a share of the run without it",
        f"{found.quantity.label} under each stress, as a share of the same future without it; base "
        f"policy. Lines: medians; bands: the middle 50% and 90% of the futures{dashed}.",
    )  # fmt: skip


def _since(ensemble: Ensemble) -> float:
    """Return a time shortly before any shock can set in."""
    first = min(each.start.bounds[0] for each in ensemble.spec.shocks.values())
    return max(float(ensemble.times[0]), first - 1)


def _triangles(struck: Struck, found: Shocks) -> Picture:
    """Draw three futures of the standard stress: of small, of middling and of the largest loss."""
    ensemble, name = struck.ensemble, found.quantity.name
    trial, brakes = ensemble.trial, first_brakes(ensemble)
    table = ensemble.triangles
    own = table[
        (table["policy"] == BASE) & (table["brakes"] == brakes) & (table["quantity"] == name)
        & (table["stress"] == found.standard.name) & table["loss"].notna()
    ].sort_values("loss", kind="stable")  # fmt: skip
    chosen = own.iloc[[len(own) // 10, len(own) // 2, len(own) - 1]]
    draws = chosen["draw"].tolist()
    settings = ensemble.settings(BASE, brakes)
    runs = [trial.run(stress, settings, draws) for stress in (found.standard, ensemble.stresses[0])]
    hit, calm = (courses_of(trial.model, each) for each in runs)
    share = shares_of(hit, calm, [name])[name]
    times = runs[0]["time"].values
    starts = trial.futures.starts(found.standard)
    unit = time_unit(trial.model)
    courses = [
        Course(title, times, share[place], float(starts[row["draw"]]),
               float(row["ttr"]), bool(row["censored"]), RECOVERED)
        for place, (title, row) in enumerate(
            zip(("Small loss", "Middling loss", "Largest loss"), chosen.to_dict("records"),
                strict=True)
        )
    ]  # fmt: skip
    return picture(
        triangle_panels(courses, since=_since(ensemble), label="share of the twin",
                        note=time_label(trial.model), unit=f" {unit}" if unit else ""),
        f"Resilience triangles of three futures under {found.standard.label}",
        f"Three futures under {found.standard.label}, {brakes_label(brakes)}: a tenth of the "
        "futures lose less than the first, half less than the second. Red: what is lost against "
        f"the twin; dotted: {RECOVERED:.0%} of the twin.",
    )  # fmt: skip


def series(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a column with its interval under the names that figures take."""
    renamed = table.rename(columns={name: "estimate", f"{name}_low": "low", f"{name}_high": "high"})
    return renamed[["estimate", "low", "high"]]


def _losses(found: Shocks, ensemble: Ensemble) -> Picture:
    unit = time_unit(ensemble.trial.model)
    panels = {
        title: {
            brakes_label(brakes): series(_of(found.resilience, BASE, brakes), name)
            for brakes in ensemble.brakes
        }
        for title, name in (("Mean loss", "loss"), ("Loss in the worst tenth", "tail"))
    }
    rows = [each.name for each in ensemble.stresses if each.name != CALM]
    return picture(
        dots(panels, rows=rows, labels={each.name: each.label for each in ensemble.stresses},
             axis=f"loss [{unit} of {found.quantity.label}]"),
        f"Loss of {found.quantity.label} under each stress",
        f"Loss of {found.quantity.label} under each stress, base policy; lines: 95% intervals, "
        "from resampled futures.",
    )  # fmt: skip


def _recoveries(found: Shocks, ensemble: Ensemble) -> Picture:
    table = ensemble.triangles
    own = table[(table["quantity"] == found.quantity.name) & (table["policy"] == BASE)]
    size = _of(found.resilience, BASE, first_brakes(ensemble))["loss"]
    shown = list(size.sort_values(ascending=False).index[:_MOST_CURVES])
    panels = {
        brakes_label(brakes).capitalize(): {
            ensemble.label(str(stress)): recovery(
                own[(own["brakes"] == brakes) & (own["stress"] == stress)]
            ).table
            for stress in shown
        }
        for brakes in ensemble.brakes
    }
    unit = time_unit(ensemble.trial.model)
    few = f"the {len(shown)} stresses with the largest loss; " if len(size) > len(shown) else ""
    return picture(
        survival_curves(panels, float(own["ttr"].max()), label="share recovered",
                        note=f"time since the shock set in [{unit}]", bands=len(shown) <= 3),
        "Share of the futures that have recovered, by the time since the shock",
        f"Share of the futures that have recovered by each time since the shock set in; {few}"
        "futures in which little was lost have recovered at once.",
    )  # fmt: skip


# -- tables -----------------------------------------------------------------------------------


def _resilience_table(found: Shocks, ensemble: Ensemble) -> Grid:
    header = ("Stress", "Breakers", "Loss", "Loss, worst tenth", "Depth", "Half recovered after",
              "Not recovered", "Relapsed")  # fmt: skip
    own = found.resilience[found.resilience["policy"] == BASE].sort_values(
        "stress", key=lambda each: each.map({s.name: n for n, s in enumerate(ensemble.stresses)}),
        kind="stable",
    )  # fmt: skip
    rows = []
    for row in own.to_dict("records"):
        ttr = "–" if np.isnan(row["ttr"]) else readable(row["ttr"])
        rows.append((
            ensemble.label(row["stress"]), str(row["brakes"]), _rounded(row, "loss"),
            _rounded(row, "tail"), share_cell(row, "depth"), ttr, percent(row["censored"]),
            percent(row["relapsed"]),
        ))  # fmt: skip
    unit = time_unit(ensemble.trial.model)
    return Grid(
        f"Resilience of {found.quantity.label}, base policy [loss and recovery in {unit}]",
        header, tuple(rows), tuple(range(2, 8)),
    )  # fmt: skip


def _rounded(row: Row, name: str) -> str:
    """Return a time and its interval to a hundredth: what is less is no loss that one feels."""
    # What rounds to zero has no sign.
    value, low, high = (f"{round(row[each], 2) + 0.0:.2f}".replace("-", MINUS)
                        for each in (name, f"{name}_low", f"{name}_high"))  # fmt: skip
    return f"{value} ({low} to {high})"


def _tail_table(struck: Struck) -> Grid:
    assert struck.shocks is not None
    ensemble = struck.ensemble
    outcome = ensemble.spec.outcomes[struck.outcome]
    header = ("Policy", "Breakers", "Stress", "Mean", "10% are worse than", "Mean of the worst 10%")
    shown = {CALM, struck.shocks.standard.name}
    rows = tuple(
        (policy_label(ensemble.spec, row["policy"]), str(row["brakes"]),
         ensemble.label(row["stress"]), interval(row, "mean"), interval(row, "percentile"),
         interval(row, "tail"))
        for row in struck.shocks.tails[struck.outcome].to_dict("records")
        if row["stress"] in shown
    )  # fmt: skip
    unit = unit_shown(outcome.unit)
    return Grid(f"{outcome.label}{f' [{unit}]' if unit else ''}, by policy", header, rows,
                (3, 4, 5))  # fmt: skip


def shock_table(struck: Struck) -> Grid:
    """Return what each shock is, with the evidence for it."""
    spec, model = struck.ensemble.spec, struck.ensemble.trial.model
    sources = read_sources(model.folder / spec.model.sources)
    header = ("Shock", "Strikes", "Start", "Depth", "Hold", "Recovery", "Evidence")

    def span(part: str, shock: object) -> str:
        draw = getattr(shock, part)
        if draw is None:
            return "–"
        low, high = draw.bounds
        written = (f"{low:g}", f"{high:g}") if part == "start" else (readable(low), readable(high))
        return f"{written[0]} to {written[1]}"

    rows: list[tuple[Cell, ...]] = [
        (f"{each.code} {each.label}".strip(), each.acts_on,
         *(span(part, each) for part in ("start", "depth", "hold", "recovery")),
         evidence(each, sources))
        for each in spec.shocks.values()
    ]  # fmt: skip
    for compound in spec.compounds.values():
        parts = " and ".join(spec.shocks[name].label for name in compound.shocks)
        together = "one start" if compound.same_start else "starts of their own"
        rows.append((
            f"{compound.code} {compound.label}".strip(), parts, together,
            f"rank correlation {compound.correlation:g}", "", "",
            evidence(compound, sources),
        ))  # fmt: skip
    return Grid("Shocks", header, tuple(rows))
