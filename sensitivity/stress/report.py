"""The stress-test report: one self-contained page, and the numbers beside it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape
from matplotlib.figure import Figure

from pysd_runner.api import Model
from pysd_runner.names import identifier
from pysd_runner.spec.schema import Lever, Uncertainty
from pysd_runner.spec.series import read_sources
from sensitivity.plots.bands import bands
from sensitivity.plots.embed import data_uri
from sensitivity.plots.history import history
from sensitivity.plots.sobol_bars import sobol_bars
from sensitivity.plots.style import readable, titled, unit_shown
from sensitivity.plots.tornado import tornado_bars
from sensitivity.stress.findings import findings
from sensitivity.stress.record import Record
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.study import Study

_MOST_FAILURES = 20


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
    tables: tuple[Grid, ...] = field(default=())


def write_report(test: StressTest, record: Record, folder: Path) -> Path:
    """Write the report and its numbers into a folder that does not exist yet.

    The folder appears whole or not at all: it is filled beside its place and then renamed.

    Parameters
    ----------
    test : StressTest
        What was found.
    record : Record
        Where it comes from.
    folder : pathlib.Path
        For instance ``results/foshan/2026-11-23T10-15-00``.

    Returns
    -------
    pathlib.Path
        The page, ``report.html`` in the folder.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        (beside / "report.html").write_text(render(test, record), encoding="utf-8")
        (beside / "record.json").write_text(
            json.dumps(record.as_dict(), indent=2) + "\n", encoding="utf-8"
        )
        _write_numbers(test, beside)
        beside.chmod(0o755)
        os.replace(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return folder / "report.html"


def render(test: StressTest, record: Record) -> str:
    """Return the page as HTML text."""
    environment = Environment(
        loader=PackageLoader("sensitivity.stress", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    about = test.model.spec.model
    failures = _failures(test.studies)
    return environment.get_template("report.html.j2").render(
        title=about.title,
        question=about.question,
        model=test.model.name,
        date=record.started,
        seed=record.seed,
        command=record.command,
        runs=f"{sum(len(study.statuses) for study in test.studies):,}",
        failed_count=len(failures),
        failures=failures[:_MOST_FAILURES],
        more_failures=max(0, len(failures) - _MOST_FAILURES),
        versions=", ".join(f"{name} {number}" for name, number in record.versions.items()),
        sections=_sections(test),
    )


def _failures(studies: Sequence[Study]) -> list[tuple[str, int, str]]:
    return [
        (f"{study.model.name}, {study.design.scheme}", number, status)
        for study in studies
        for number, status in study.failures
    ]


def _sections(test: StressTest) -> list[Section]:
    sections = []
    if test.history:
        sections.append(_history_section(test))
    sections.append(_study_section(test, "What moves the outcomes"))
    sections.append(
        Section("Levers and uncertainties", "factors", (
            "Every value that the runs change, with its range and the evidence for it.",
        ), tables=tuple(_factor_tables(test.model)))
    )  # fmt: skip
    for component in test.components:
        sections.append(_study_section(component, component.model.spec.model.title))
    return sections


def _history_section(test: StressTest) -> Section:
    notes = tuple(
        f"{entry.label}: {entry.note}" for entry in test.model.spec.history.values() if entry.note
    )
    caption = (
        "Line: the model with every lever at its base value. Points: observed figures, with their "
        "sources in data/series.csv; a year's figure stands beside the model's value at that time."
    )
    picture = _picture(history(test.history), "Base case against observed series", caption)
    return Section("The base case against history", "history", notes, figures=(picture,))


def _study_section(test: StressTest, heading: str) -> Section:
    spec = test.model.spec
    titles = {name: titled(outcome.label, outcome.unit) for name, outcome in spec.outcomes.items()}
    over_time = {
        name: textwrap.fill(outcome.quantity or outcome.label, 40)
        for name, outcome in spec.outcomes.items()
    }
    figures = []
    if test.sampled is not None and test.indices is not None:
        n, k = test.sampled.design.n_base, len(test.sampled.design.factors)
        figures.append(_picture(
            sobol_bars(test.indices, titles),
            f"Sobol indices of {len(spec.outcomes)} outcomes over {k} factors",
            f"Sobol indices of {k} factors, N = {n}, {len(test.sampled.design):,} runs; whiskers: "
            f"{test.indices.confidence:.0%} bootstrap intervals. S1 is the share of the variance "
            "that a factor explains alone, ST the share that involves it at all.",
        ))  # fmt: skip
        figures.append(_picture(
            bands(*_distinct(test.sampled), over_time, note="time [yr]"),
            "Trajectories of the sampled runs",
            "All sampled runs over time, before they are reduced to an outcome.",
        ))  # fmt: skip
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
        tuple(figures),
    )  # fmt: skip


def _distinct(study: Study) -> tuple[dict[str, object], dict[str, object]]:  # type: ignore[type-arg]
    """Return one trajectory for outcomes that read the same expression at different times."""
    seen: dict[str, str] = {}
    for name, outcome in study.model.spec.outcomes.items():
        seen.setdefault(outcome.text, name)
    names = list(seen.values())
    return (
        {name: study.trajectories[name] for name in names},
        {name: study.base_trajectories[name] for name in names},
    )  # type: ignore[return-value]


def _picture(figure: Figure, alt: str, caption: str) -> Picture:
    return Picture(data_uri(figure), alt, caption)


# -- tables -----------------------------------------------------------------------------------


def _factor_tables(model: Model) -> list[Grid]:
    sources = read_sources(model.folder / model.spec.model.sources)
    levers = tuple(
        (lever.label, _range(lever), unit_shown(lever.unit), lever.cost or lever.cost_note or "", f"§ {lever.paper}",
         _evidence(lever, sources))
        for lever in model.spec.levers.values()
    )  # fmt: skip
    uncertainties = tuple(
        (entry.label, _range(entry), unit_shown(entry.unit), entry.distribution, _evidence(entry, sources))
        for entry in model.spec.uncertainties.values()
    )
    grids = []
    if levers:
        header = ("Lever", "Base (range)", "Unit", "Paid through", "Paper", "Evidence for the range")
        grids.append(Grid("Levers", header, levers))
    if uncertainties:
        header = ("Uncertainty", "Base (range)", "Unit", "Distribution", "Evidence for the range")
        grids.append(Grid("Uncertainties", header, uncertainties))
    return grids


def _range(factor: Lever | Uncertainty) -> str:
    low, high = factor.bounds
    return f"{readable(factor.base)} ({readable(low)} – {readable(high)})"


def _evidence(factor: Lever | Uncertainty, sources: dict[str, tuple[str, str]]) -> str:
    if factor.assumption is not None:
        return f"assumption: {factor.assumption}"
    keys = [part.strip() for part in (factor.source or "").split(",")]
    return "; ".join(sources.get(name, (name, ""))[0] for name in keys)


# -- numbers ----------------------------------------------------------------------------------


def _write_numbers(test: StressTest, folder: Path) -> None:
    for study in (test.screened, test.sampled):
        if study is not None:
            scheme = identifier(study.design.scheme)
            inputs = pd.DataFrame(study.design.values, columns=list(study.design.names))
            together = pd.concat([inputs, study.outcomes.reset_index(drop=True)], axis=1)
            together["status"] = study.statuses
            together.to_csv(folder / f"{test.model.name}_{scheme}_runs.csv", index_label="run")
    if test.swings is not None:
        test.swings.to_csv(folder / f"{test.model.name}_tornado.csv", index=False)
    if test.indices is not None:
        (folder / f"{test.model.name}_sobol.csv").write_text(test.indices.to_csv(), "utf-8")
    for component in test.components:
        _write_numbers(component, folder)
