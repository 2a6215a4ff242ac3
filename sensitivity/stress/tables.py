"""The tables of the report: outcomes, levers, uncertainties, pairs of factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pysd_runner.api import Model
from pysd_runner.spec.base import Evidence
from pysd_runner.spec.schema import Lever, Outcome, Uncertainty
from pysd_runner.spec.series import read_sources
from sensitivity.plots.numbers import MINUS, TIE, alike, readable, unit_shown
from sensitivity.stress.stress_test import StressTest

_MOST_PAIRS = 3


@dataclass(frozen=True, slots=True)
class Citation:
    """A source; ``address`` is ``""`` if it has none on the web."""

    text: str
    address: str = ""


Cell: TypeAlias = str | tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of the report; ``numbers`` are the columns set flush right."""

    heading: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: tuple[int, ...] = ()


def tables(test: StressTest) -> tuple[Grid, ...]:
    """Return what is measured and what is moved, with the evidence."""
    found = (_outcome_table(test), _lever_table(test.model), _uncertainty_table(test.model),
             _joint_table(test.model))  # fmt: skip
    return tuple(table for table in found if table.rows)


def _outcome_table(test: StressTest) -> Grid:
    header = ("Outcome", "Value taken", "Better", "Base case", "Unit")
    study = test.sampled or test.screened
    rows = tuple(
        (
            outcome.label,
            _read(outcome),
            {"maximise": "more", "minimise": "less", "none": "–"}[outcome.direction],
            readable(float(study.base[name])) if study is not None else "",
            unit_shown(outcome.unit),
        )
        for name, outcome in test.model.spec.outcomes.items()
    )
    return Grid("Outcomes", header, rows, (3,))


def _read(outcome: Outcome) -> str:
    if outcome.at is not None:
        return f"at {outcome.at:g}"
    words = {"final": "at the end", "mean": "mean", "max": "highest value",
             "min": "lowest value", "integral": "sum over time", "first": "first time"}  # fmt: skip
    since = "" if outcome.start is None else f" from {outcome.start:g}"
    until = "" if outcome.end is None else f" to {outcome.end:g}"
    bound = "" if outcome.above is None else f" above {outcome.above:g}"
    bound += "" if outcome.below is None else f" below {outcome.below:g}"
    return words[outcome.reduction] + bound + since + until


def _lever_table(model: Model) -> Grid:
    sources = read_sources(model.folder / model.spec.model.sources)
    header = ("Lever", "Base (range)", "Unit", "Paid through", "Paper", "Evidence for the range")
    rows = tuple(
        (
            lever.label,
            _range(lever),
            unit_shown(lever.unit),
            lever.cost or lever.cost_note or "",
            f"§ {lever.paper}" if lever.paper else "–",
            evidence(lever, sources),
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
            evidence(entry, sources),
        )
        for entry in model.spec.uncertainties.values()
    )
    return Grid("Uncertainties", header, rows)


def _joint_table(model: Model) -> Grid:
    """Return which unknowns are drawn together, how, and with what evidence."""
    spec = model.spec
    sources = read_sources(model.folder / spec.model.sources)
    ways = {
        **{each.label: "rank correlations " + _coefficients(each.rank_correlation)
           for each in spec.correlations.values()},
        **{each.label: f"sum to one, concentration {each.concentration:g}"
           for each in spec.shares.values()},
    }  # fmt: skip
    rows = tuple(
        (
            each.label,
            ", ".join(spec.uncertainties[name].label for name in each.uncertainties),
            ways[each.label],
            evidence(each, sources),
        )
        for each in (*spec.correlations.values(), *spec.shares.values())
    )
    return Grid("Unknowns drawn together", ("Together", "Unknowns", "How", "Evidence"), rows)


def _coefficients(ranks: Sequence[Sequence[float]]) -> str:
    """Return the coefficients above the diagonal, row by row."""
    pairs = [
        f"{value:g}" for row, each in enumerate(ranks) for value in each[row + 1 :]
    ]  # fmt: skip
    return ", ".join(pairs).replace("-", MINUS)


def _range(factor: Lever | Uncertainty) -> str:
    """Return base and bounds on one line, in one form."""
    base, low, high = alike((factor.base, *factor.bounds), factor.unit)
    return f"{base} ({low} to {high})".replace(" ", TIE)


def evidence(factor: Evidence, sources: dict[str, tuple[str, str]]) -> Cell:
    """Return what an entry rests on: the assumption, or the sources that are cited."""
    if factor.assumption is not None:
        return f"assumption: {factor.assumption}"
    keys = [part.strip() for part in (factor.source or "").split(",")]
    return tuple(_citation(*sources.get(name, (name, ""))) for name in keys)


def _citation(text: str, address: str) -> Citation:
    # A table of sources is a file like any other: only addresses of pages become links.
    return Citation(text, address if address.startswith(("https://", "http://")) else "")


def pair_table(test: StressTest) -> tuple[Grid, ...]:
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
