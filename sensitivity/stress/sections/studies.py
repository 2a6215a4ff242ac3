"""What moves the outcomes, and the base case against history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
import xarray as xr

from pysd_runner.names import identifier
from pysd_runner.spec.schema import Outcome
from sensitivity.elementary_effects import lost
from sensitivity.index_table import IndexTable
from sensitivity.plots.bands import bands
from sensitivity.plots.dots import dots
from sensitivity.plots.heat_map import heat_map
from sensitivity.plots.history import history
from sensitivity.plots.numbers import quantity
from sensitivity.plots.over_time import sobol_over_time
from sensitivity.plots.sobol_bars import sobol_bars
from sensitivity.plots.style import titled
from sensitivity.plots.tornado import tornado_bars
from sensitivity.stress.deciding import FOLLOWED, KEPT
from sensitivity.stress.findings import BETTER, apart, effects, findings, joined, still
from sensitivity.stress.reproduction import NOTE, reproduction_grid
from sensitivity.stress.sections.section import Fold, Picture, Section, picture, time_label
from sensitivity.stress.sections.trust import failure_sentence
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.study import Study
from sensitivity.stress.tables import pair_table

WHOLE = "What decides the outcomes"
"""Heading of the section of a whole model."""
_MOST_BARS = 12


def history_section(test: StressTest) -> Section:
    """Return the base case against observed series."""
    notes = tuple(
        f"{entry.label}: {entry.note}" for entry in test.model.spec.history.values() if entry.note
    )
    caption = (
        "Line: the model with every lever at its base value. Points: published figures, hollow "
        "where they were derived from several; sources in data/series.csv. "
        "A year's figure stands beside the model's value at that time."
    )
    shown = picture(history(test.history), "Base case against observed series", caption)
    return Section(
        "The base case against history", "history", figures=(shown,), notes=(NOTE, *notes),
        tables=(reproduction_grid(test),),
    )  # fmt: skip


def study_section(test: StressTest, heading: str) -> Section:
    """Return what moves the outcomes of a model: indices, tornado, trajectories.

    The first outcomes of the spec stand in the open, the others are folded away.
    """
    names = list(test.model.spec.outcomes)
    first, rest = names[:FOLLOWED], names[FOLLOWED:]
    folds = []
    timed = list(_over_time(test, first))
    if timed[1:]:
        folds.append(Fold("Total indices of all factors over time", figures=tuple(timed[1:])))
    if rest:
        number = f"{len(rest)} more outcomes" if len(rest) > 1 else "One more outcome"
        said = (*findings(test, rest), *apart(test, rest), *effects(test, rest))
        folds.append(Fold(number, said, tuple(_figures(test, rest))))
    paragraphs = (test.model.spec.model.question,) if heading != WHOLE else ()
    each, together = findings(test, first), (*apart(test, first), *effects(test, first))
    return Section(
        heading, identifier(heading), paragraphs, (*each, *together), test.refusal,
        (*timed[:1], *_figures(test, first)), tuple(_sure(test)), tuple(folds),
        pair_table(test), (*each[:1], *apart(test, first)[:1]), "Levers and unknowns",
    )  # fmt: skip


def _sure(test: StressTest) -> Iterator[str]:
    """Say what was left out of the indices, and whether there were runs enough."""
    found = test.deciding
    if found is None or found.indices is None:
        return
    if found.screening is not None:
        yield f"{found.screening} {KEPT} levers and {KEPT} unknowns are kept in any case."
        yield lost(found.indices)
    yield from joined(test.model.spec)
    if found.settled:
        yield found.settled
    if found.failures is not None and found.failures.count:
        yield failure_sentence(found.failures)


def _over_time(test: StressTest, names: Sequence[str]) -> Iterator[Picture]:
    """Draw the indices of the first outcome over time, and maps of the others."""
    found = None if test.deciding is None else test.deciding.over_time
    if found is None:
        return
    known = [name for name in found.outcomes if not found.dataset["reason"].sel(outcome=name).all()]
    outcomes = test.model.spec.outcomes
    for number, name in enumerate(known):
        label = outcomes[name].quantity or outcomes[name].label
        if number == 0:
            yield picture(
                sobol_over_time(found, name),
                f"Sobol indices of {label} over time",
                f"What each factor explains of the variance of {label} at each time: dark alone, "
                f"light only with others. Dotted: {found.dataset.attrs['intervals']} The last "
                "panel shows how much there is to explain.",
            )
        yield picture(
            heat_map(found, name),
            f"Total indices of {label} over factors and time",
            f"Total index of each factor for {label}; hatched where its interval holds zero.",
        )


def _figures(test: StressTest, names: Sequence[str]) -> list[Picture]:
    """Draw indices, trajectories and the tornado of some outcomes."""
    figures: list[Picture] = []
    if test.sampled is not None and test.indices is not None:
        figures += _sobol_picture(test.sampled, test.indices, names)
    if test.deciding is not None and test.deciding.effects is not None:
        figures += _effects_picture(test, test.deciding.effects, names)
    if test.sampled is not None:
        figures += _bands(test.sampled, names)
    if test.screened is not None and test.swings is not None:
        figures += _tornado(test.screened, test.swings, names)
    return figures


def _tornado(study: Study, swings: pd.DataFrame, names: Sequence[str]) -> list[Picture]:
    """Draw the outcomes that some lever moves; the findings name the others."""
    moved = swings[swings["outcome"].isin(names) & ~swings["outcome"].isin(still(study))]
    if moved.empty:
        return []
    outcomes = study.model.spec.outcomes
    titles = {name: titled(outcome.label, "") for name, outcome in outcomes.items()}
    notes = {
        name: f"({quantity(float(study.base[name]), outcome.unit)}; {BETTER[outcome.direction]})"
        for name, outcome in outcomes.items()
    }
    return [picture(
        tornado_bars(moved, titles, notes),
        "What each lever does alone",
        "Each lever alone, moved from its base to its lower and to its upper bound, all else "
        "as in the base case. What levers do only together is not seen here.",
    )]  # fmt: skip


def _bands(study: Study, names: Sequence[str]) -> list[Picture]:
    runs, base = _distinct(study, names)
    if not runs:
        return []
    outcomes = study.model.spec.outcomes
    titles = {
        name: titled(outcomes[name].quantity or outcomes[name].label,
                     _unit_over_time(outcomes[name]), inches=3.4)
        for name in runs
    }  # fmt: skip
    return [picture(
        bands(runs, base, titles, note=time_label(study.model)),
        "Trajectories of the sampled runs",
        "All sampled runs over time, before they are reduced to an outcome.",
    )]  # fmt: skip


def _sobol_picture(study: Study, indices: IndexTable, names: Sequence[str]) -> list[Picture]:
    design, outcomes = study.design, study.model.spec.outcomes
    drawn = [name for name in indices.outcomes if name in names]
    if not drawn:
        return []
    titles = {name: titled(outcomes[name].label, outcomes[name].unit) for name in drawn}
    more = len(design.groups) > _MOST_BARS
    largest = f", the {_MOST_BARS} with the largest shares drawn" if more else ""
    return [picture(
        sobol_bars(IndexTable(indices.dataset.sel(outcome=drawn)), titles, _MOST_BARS),
        f"Sobol indices of {len(drawn)} outcomes over {len(design.groups)} factors",
        "How much of the variance of an outcome each factor explains, alone (dark) and with all "
        "others it acts together with (light; these shares overlap and may exceed one in sum). "
        f"Whiskers: {indices.dataset.attrs['intervals']} Factors whose whiskers overlap "
        "must not be ranked. What factors do only together is told above where it exceeds its "
        f"interval. {len(design.groups)} factors{largest}; N = {design.n_base}, "
        f"{len(design):,} runs.",
    )]  # fmt: skip


def _effects_picture(test: StressTest, found: IndexTable, names: Sequence[str]) -> list[Picture]:
    """Draw the Shapley effects of correlated unknowns."""
    known = [name for name in names if name in found.analysed]
    if not known:
        return []
    outcomes = test.model.spec.outcomes
    panels = {
        outcomes[name].label: {"": found.of(name, "Shapley")[["estimate", "low", "high"]]}
        for name in known
    }
    rows = [str(name) for name in found.dataset["factor"].values]
    labels = {name: found.labels[name] for name in rows}
    return [picture(
        dots(panels, rows=rows, labels=labels, axis="share of the variance", shares=True),
        "Shapley effects of unknowns that come together",
        "Unknowns that come together share what they explain, which no Sobol index tells. Their "
        "Shapley effects do: what knowing one of them adds, averaged over all orders in which they "
        "may become known. Levers are one player, unknowns that are not correlated another; the "
        f"effects add up to one. Lines: {found.dataset.attrs['intervals']}",
    )]  # fmt: skip


def _unit_over_time(outcome: Outcome) -> str:
    """Return the unit of the trajectory that an outcome reduces."""
    return "" if outcome.has_own_unit else outcome.unit


_Trajectories = Mapping[str, xr.DataArray]


def _distinct(study: Study, some: Sequence[str]) -> tuple[_Trajectories, _Trajectories]:
    """Return one trajectory for outcomes that read the same expression at different times.

    Outcomes that nothing moves are left out.
    """
    seen: dict[str, str] = {}
    unmoved = still(study)
    for name, outcome in study.model.spec.outcomes.items():
        if name in some and name not in unmoved:
            seen.setdefault(outcome.text, name)
    names = list(seen.values())
    return (
        {name: study.trajectories[name] for name in names},
        {name: study.base_trajectories[name] for name in names},
    )
