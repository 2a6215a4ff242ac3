"""The sections of the report: words, figures and tables of a stress test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import xarray as xr
from matplotlib.figure import Figure

from pysd_runner.api import Model
from pysd_runner.names import identifier
from pysd_runner.spec.schema import Lever, Outcome, Uncertainty
from pysd_runner.spec.series import read_sources
from sensitivity.plots.bands import bands
from sensitivity.plots.embed import data_uri
from sensitivity.plots.history import history
from sensitivity.plots.sobol_bars import sobol_bars
from sensitivity.plots.style import readable, titled, unit_shown
from sensitivity.plots.tornado import tornado_bars
from sensitivity.sobol import IndexTable
from sensitivity.stress.findings import findings
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.study import Study

_MOST_PAIRS = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with the words that belong to it."""

    source: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of the report; ``numbers`` are the columns set flush right."""

    heading: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


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
    found.append(_evidence_section(test.model))
    for component in test.components:
        section = _study_section(component, component.model.spec.model.title)
        found.append(replace(section, tables=(*section.tables, *_tables(component.model))))
    return found


def _evidence_section(model: Model) -> Section:
    words = (
        "The levers and uncertainties of the model, with their ranges and the evidence for them."
    )
    return Section("Levers and uncertainties", "factors", (words,), tables=_tables(model))


def _tables(model: Model) -> tuple[Grid, ...]:
    tables = (_lever_table(model), _uncertainty_table(model))
    return tuple(table for table in tables if table.rows)


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
    figures = []
    if test.sampled is not None and test.indices is not None:
        figures.append(_sobol_picture(test.sampled, test.indices, titles))
    if test.sampled is not None:
        figures.append(
            _picture(
                bands(*_distinct(test.sampled), over_time, note="time [yr]"),
                "Trajectories of the sampled runs",
                "All sampled runs over time, before they are reduced to an outcome.",
            )
        )
    if test.screened is not None and test.swings is not None:
        figures.append(_picture(
            tornado_bars(test.swings, titles),
            "What each lever does alone",
            "Each lever alone, moved from its base to its lower and to its upper bound, all else "
            "as in the base case. Interactions between levers are not seen here.",
        ))  # fmt: skip
        figures.append(_picture(
            bands(*_distinct(test.screened), over_time, percentiles=False, note="time [yr]"),
            "Range of the trajectories when each lever is moved alone",
            "Base case, and all that lies between the lowest and the highest of the runs in "
            "which one lever is moved alone.",
        ))  # fmt: skip
    paragraphs = (spec.model.question,) if heading != "What moves the outcomes" else ()
    return Section(
        heading, identifier(heading), paragraphs, tuple(findings(test)), test.refusal,
        tuple(figures), tables=_pair_table(test),
    )  # fmt: skip


def _pair_table(test: StressTest) -> tuple[Grid, ...]:
    """Return the strongest pairs of each outcome, if second-order indices were asked for."""
    if test.indices is None or "S2" not in set(test.indices.table["index"]):
        return ()
    labels, outcomes = test.indices.labels, test.model.spec.outcomes
    pairs = test.indices.table[test.indices.table["index"] == "S2"]
    strongest = pairs.sort_values("estimate", ascending=False).groupby("outcome").head(_MOST_PAIRS)
    rows = tuple(
        (
            outcomes[str(row.outcome)].label,
            f"{labels[str(row.factor)]} and {labels[str(row.with_factor)]}",
            f"{row.estimate:.2f} ± {row.half_width:.2f}",
        )
        for row in strongest.sort_values(["outcome", "estimate"]).iloc[::-1].itertuples()
    )
    header = ("Outcome", "Pair", "S2, share of the variance")
    return (Grid("Pairs of factors that act together most", header, rows, (2,)),)


def _sobol_picture(study: Study, indices: IndexTable, titles: Mapping[str, str]) -> Picture:
    design = study.design
    return _picture(
        sobol_bars(indices, titles),
        f"Sobol indices of {len(titles)} outcomes over {len(design.factors)} factors",
        f"Sobol indices of {len(design.factors)} factors, N = {design.n_base}, {len(design):,} "
        f"runs; whiskers: {indices.confidence:.0%} bootstrap intervals. S1 is the share of the "
        "variance that a factor explains alone, ST the share that involves it at all; total "
        "shares of factors that act together overlap.",
    )


def _unit_over_time(outcome: Outcome) -> str:
    """Return the unit of the trajectory that an outcome reduces."""
    return "" if outcome.reduction == "integral" else outcome.unit


_Trajectories = Mapping[str, xr.DataArray]


def _distinct(study: Study) -> tuple[_Trajectories, _Trajectories]:
    """Return one trajectory for outcomes that read the same expression at different times."""
    seen: dict[str, str] = {}
    for name, outcome in study.model.spec.outcomes.items():
        seen.setdefault(outcome.text, name)
    names = list(seen.values())
    return (
        {name: study.trajectories[name] for name in names},
        {name: study.base_trajectories[name] for name in names},
    )


def _picture(figure: Figure, alt: str, caption: str) -> Picture:
    return Picture(data_uri(figure), alt, caption)


# -- tables -----------------------------------------------------------------------------------


def _lever_table(model: Model) -> Grid:
    sources = read_sources(model.folder / model.spec.model.sources)
    header = ("Lever", "Base (range)", "Unit", "Paid through", "Paper", "Evidence for the range")
    rows = tuple(
        (
            lever.label,
            _range(lever),
            unit_shown(lever.unit),
            lever.cost or lever.cost_note or "",
            f"§ {lever.paper}",
            _evidence(lever, sources),
        )
        for lever in model.spec.levers.values()
    )
    return Grid("Levers", header, rows)


def _uncertainty_table(model: Model) -> Grid:
    sources = read_sources(model.folder / model.spec.model.sources)
    header = ("Uncertainty", "Base (range)", "Unit", "Distribution", "Evidence for the range")
    rows = tuple(
        (
            entry.label,
            _range(entry),
            unit_shown(entry.unit),
            entry.distribution,
            _evidence(entry, sources),
        )
        for entry in model.spec.uncertainties.values()
    )
    return Grid("Uncertainties", header, rows)


def _range(factor: Lever | Uncertainty) -> str:
    low, high = factor.bounds
    return f"{readable(factor.base)} ({readable(low)} – {readable(high)})"


def _evidence(factor: Lever | Uncertainty, sources: dict[str, tuple[str, str]]) -> str:
    if factor.assumption is not None:
        return f"assumption: {factor.assumption}"
    keys = [part.strip() for part in (factor.source or "").split(",")]
    return "; ".join(sources.get(name, (name, ""))[0] for name in keys)
