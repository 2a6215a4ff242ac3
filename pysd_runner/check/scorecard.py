"""Everything that can be said of a model without an experiment, on one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.check.evidence import evidence_table
from pysd_runner.check.finding import Finding
from pysd_runner.check.reproduction import reproduction
from pysd_runner.check.runs import run_findings
from pysd_runner.check.text import SPEC, text_findings
from pysd_runner.spec.checks import read_checks
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.series import SERIES, read_series


@dataclass(frozen=True, slots=True)
class Topic:
    """Findings that belong together.

    Parameters
    ----------
    heading : str
        Above them.
    findings : tuple of Finding
        One for each check.
    summary : str
        A sentence that stands for all of them if all hold; ``""`` if each is worth a line.
    """

    heading: str
    findings: tuple[Finding, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a check of a model shows.

    Parameters
    ----------
    spec : Spec or None
        Levers, shocks, breakers and loops, if the model has a spec.
    sectors : pandas.DataFrame
        One row for each group of the file: numbers of stocks, flows, auxiliaries, constants.
    evidence : pandas.DataFrame
        One row for each group: what stands behind its constants.
    topics : tuple of Topic
        All findings.
    coverage : pandas.DataFrame or None
        Observed series: rows, first and last year, use.
    reproduction : pandas.DataFrame or None
        How well the base case reproduces them.
    base : xarray.Dataset or None
        The base case, every time step, with what outcomes and checks need.
    """

    spec: Spec | None
    sectors: pd.DataFrame
    evidence: pd.DataFrame
    topics: tuple[Topic, ...]
    coverage: pd.DataFrame | None
    reproduction: pd.DataFrame | None
    base: xr.Dataset | None = field(default=None, repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, whatever their topic."""
        return tuple(finding for topic in self.topics for finding in topic.findings)

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(finding.passed for finding in self.findings)


def check_model(model: Model, *, quick: bool = False) -> Scorecard:
    """Check a model: its text, its books, its runs.

    Parameters
    ----------
    model : Model
        Its file has been read without fault.
    quick : bool
        Whether to leave out what takes batches of its own: breakers and integration.
    """
    spec = model.spec if (model.folder / SPEC).exists() else None
    checks = read_checks(model.folder / "checks.toml", model.graph, spec)
    coverage = data_coverage(model)
    text = tuple(text_findings(model, spec))
    runs = run_findings(model, spec, checks, quick=quick)
    topics = (
        Topic("Model file", text),
        Topic("Base case", (*runs.base, *runs.integration)),
        Topic("Books", runs.books),
        Topic("Reality checks", runs.reality),
        Topic(
            "Breakers", runs.breakers, f"{len(runs.breakers)} breakers, forced open, close again"
        ),
        Topic("History", runs.history, f"{len(runs.history)} series lie inside their bands"),
    )
    return Scorecard(
        spec, sectors(model), evidence_table(model.graph),
        tuple(topic for topic in topics if topic.findings), coverage,
        reproduction(runs.pairs) if runs.pairs else None, runs.run,
    )  # fmt: skip


def sectors(model: Model) -> pd.DataFrame:
    """Count the variables of each group of the file, by kind."""
    table = pd.DataFrame(
        [(variable.group or "(no group)", variable.kind) for variable in model.graph],
        columns=["sector", "kind"],
    )
    counts = pd.crosstab(table["sector"], table["kind"])
    order = [
        kind for kind in ("stock", "flow", "auxiliary", "constant", "lookup") if kind in counts
    ]
    return counts[order].loc[[s for s in table["sector"].unique() if s in counts.index]]


def data_coverage(model: Model) -> pd.DataFrame | None:
    """Summarise the observed series that the model is fed or held against, if there are any.

    Returns
    -------
    pandas.DataFrame or None
        Indexed by indicator: number of ``rows``, ``first`` and ``last`` year, ``used for``.
    """
    path = model.folder / SERIES
    if not path.exists():
        return None
    table = read_series(path)
    table = table[table["use"].isin(("calibration", "validation", "input"))]
    grouped = table.groupby("indicator")
    return pd.DataFrame(
        {
            "rows": grouped.size(),
            "first": grouped["year"].min().astype(int),
            "last": grouped["year"].max().astype(int),
            "used for": grouped["use"].agg(lambda uses: ", ".join(sorted(set(uses)))),
        }
    )


def as_json(card: Scorecard) -> dict[str, object]:
    """Return a scorecard for machines: plain numbers, texts and lists."""
    return {
        "passed": card.passed,
        "sectors": card.sectors.to_dict("index"),
        "evidence": card.evidence.to_dict("index"),
        "findings": [dict(_plain(topic.heading, each)) for topic in card.topics
                     for each in topic.findings],
        "coverage": None if card.coverage is None else card.coverage.to_dict("index"),
        "reproduction": (
            None if card.reproduction is None
            else card.reproduction.astype(object).where(card.reproduction.notna(), None)
            .to_dict("index")
        ),
    }  # fmt: skip


def _plain(topic: str, finding: Finding) -> Iterator[tuple[str, object]]:
    yield "topic", topic
    yield "label", finding.label
    yield "passed", finding.passed
    yield "detail", finding.detail
    yield "faults", [
        {"path": str(fault.path) if fault.path else None, "line": fault.line,
         "variable": fault.variable, "message": fault.message}
        for fault in finding.faults
    ]  # fmt: skip
