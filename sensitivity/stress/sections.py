"""The sections of the report: words, figures and tables of a stress test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from pysd_runner.names import identifier
from pysd_runner.spec.schema import Outcome
from sensitivity.plots.bands import bands
from sensitivity.plots.embed import data_uri
from sensitivity.plots.history import history
from sensitivity.plots.numbers import quantity
from sensitivity.plots.sobol_bars import sobol_bars
from sensitivity.plots.style import titled
from sensitivity.plots.tornado import tornado_bars
from sensitivity.sobol import IndexTable
from sensitivity.stress.findings import BETTER, findings, still
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.study import Study
from sensitivity.stress.tables import Grid, pair_table, tables

_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with the words that belong to it."""

    source: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report."""

    heading: str
    anchor: str
    paragraphs: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    warning: str = ""
    figures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[Grid, ...] = ()


def sections(test: StressTest) -> list[Section]:
    """Return what the report shows, in its order: history, outcomes, evidence, components."""
    found = [_history_section(test)] if test.history else []
    found.append(_study_section(test, "What moves the outcomes"))
    found.append(Section("Outcomes, levers and uncertainties", "factors", tables=tables(test)))
    for component in test.components:
        section = _study_section(component, component.model.spec.model.title)
        found.append(replace(section, tables=(*section.tables, *tables(component))))
    return found


def _history_section(test: StressTest) -> Section:
    notes = tuple(
        f"{entry.label}: {entry.note}" for entry in test.model.spec.history.values() if entry.note
    )
    caption = (
        "Line: the model with every lever at its base value. Points: published figures, hollow "
        "where they were derived from several; sources in data/series.csv. "
        "A year's figure stands beside the model's value at that time."
    )
    picture = _picture(history(test.history), "Base case against observed series", caption)
    return Section("The base case against history", "history", figures=(picture,), notes=notes)


def _study_section(test: StressTest, heading: str) -> Section:
    spec = test.model.spec
    titles = {name: titled(outcome.label, outcome.unit) for name, outcome in spec.outcomes.items()}
    over_time = {
        name: titled(outcome.quantity or outcome.label, _unit_over_time(outcome), width=44)
        for name, outcome in spec.outcomes.items()
    }
    figures: list[Picture] = []
    if test.sampled is not None and test.indices is not None:
        figures.append(_sobol_picture(test.sampled, test.indices, titles))
    if test.sampled is not None:
        figures += _bands(
            test.sampled, over_time, "Trajectories of the sampled runs",
            "All sampled runs over time, before they are reduced to an outcome.",
        )  # fmt: skip
    if test.screened is not None and test.swings is not None:
        figures += _tornado(test.screened, test.swings)
        figures += _bands(
            test.screened, over_time, "Range of the trajectories when each lever is moved alone",
            "Base case, and all that lies between the lowest and the highest of the runs in "
            "which one lever is moved alone.", percentiles=False,
        )  # fmt: skip
    paragraphs = (spec.model.question,) if heading != "What moves the outcomes" else ()
    return Section(
        heading, identifier(heading), paragraphs, tuple(findings(test)), test.refusal,
        tuple(figures), tables=pair_table(test),
    )  # fmt: skip


def _tornado(study: Study, swings: pd.DataFrame) -> list[Picture]:
    """Draw the outcomes that some lever moves; the findings name the others."""
    moved = swings[~swings["outcome"].isin(still(study))]
    if moved.empty:
        return []
    outcomes = study.model.spec.outcomes
    titles = {name: titled(outcome.label, "", width=26) for name, outcome in outcomes.items()}
    notes = {
        name: f"({quantity(float(study.base[name]), outcome.unit)}; {BETTER[outcome.direction]})"
        for name, outcome in outcomes.items()
    }
    return [_picture(
        tornado_bars(moved, titles, notes),
        "What each lever does alone",
        "Each lever alone, moved from its base to its lower and to its upper bound, all else "
        "as in the base case. What levers do only together is not seen here.",
    )]  # fmt: skip


def _bands(
    study: Study, titles: Mapping[str, str], alt: str, caption: str, *, percentiles: bool = True
) -> list[Picture]:
    runs, base = _distinct(study)
    if not runs:
        return []
    figure = bands(runs, base, titles, percentiles=percentiles, note=_time_label(study))
    return [_picture(figure, alt, caption)]


def _sobol_picture(study: Study, indices: IndexTable, titles: Mapping[str, str]) -> Picture:
    design = study.design
    more = len(design.factors) > _MOST_BARS
    drawn = f", the {_MOST_BARS} with the largest shares drawn" if more else ""
    return _picture(
        sobol_bars(indices, titles, _MOST_BARS),
        f"Sobol indices of {len(titles)} outcomes over {len(design.factors)} factors",
        "How much of the variance of an outcome each factor explains, alone (dark) and with all "
        "others it acts together with (light; these shares overlap and may exceed one in sum). "
        f"Whiskers: {indices.dataset.attrs['intervals']} Factors whose whiskers overlap "
        "must not be ranked. What factors do only together is told above where it exceeds its "
        f"interval. {len(design.factors)} factors{drawn}; N = {design.n_base}, "
        f"{len(design):,} runs.",
    )


def _unit_over_time(outcome: Outcome) -> str:
    """Return the unit of the trajectory that an outcome reduces."""
    return "" if outcome.has_own_unit else outcome.unit


_Trajectories = Mapping[str, xr.DataArray]


def _distinct(study: Study) -> tuple[_Trajectories, _Trajectories]:
    """Return one trajectory for outcomes that read the same expression at different times.

    Outcomes that nothing moves are left out.
    """
    seen: dict[str, str] = {}
    unmoved = still(study)
    for name, outcome in study.model.spec.outcomes.items():
        if name not in unmoved:
            seen.setdefault(outcome.text, name)
    names = list(seen.values())
    return (
        {name: study.trajectories[name] for name in names},
        {name: study.base_trajectories[name] for name in names},
    )


def _time_label(study: Study) -> str:
    graph = study.model.graph
    unit = graph["TIME STEP"].unit if "TIME STEP" in graph else ""
    return f"time [{unit}]" if unit else "time"


def _picture(figure: Figure, alt: str, caption: str) -> Picture:
    return Picture(data_uri(figure), alt, caption)
