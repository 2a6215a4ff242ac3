"""A scorecard as a page to read: tables, then what holds and what does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pysd_runner.api import Model
from pysd_runner.check.evidence import Evidence
from pysd_runner.check.scorecard import Scorecard, Topic
from pysd_runner.model.graph import ModelGraph
from pysd_runner.spec.named import value_of
from pysd_runner.spec.schema import Spec

_LONGEST = 24
_HEADERS = {
    "stock": "stocks", "flow": "flows", "auxiliary": "aux.", "constant": "constants",
    "lookup": "lookups", "partly assumed": "partly", "points": "n", "MAPE held out": "MAPE",
    "largest error": "largest",
}  # fmt: skip


def page(model: Model, card: Scorecard) -> Iterator[RenderableType]:
    """Yield the parts of the page from top to bottom."""
    spec = card.spec
    yield Text(spec.model.title if spec is not None else model.name, style="bold")
    yield Text(str(model.graph.source.path), style="dim")
    yield _sectors(card)
    yield _evidence(card.evidence)
    stocks = [f"{v.name}[{','.join(v.dimensions)}]" if v.dimensions else v.name
              for v in model.graph.of_kind("stock")]  # fmt: skip
    yield Text.assemble((f"Stocks ({len(stocks)}): ", "bold"), ", ".join(stocks), "\n")
    if spec is not None:
        yield from _spec(spec, model.graph)
    if card.coverage is not None and len(card.coverage):
        yield _coverage(card.coverage)
    if card.reproduction is not None:
        yield _reproduction(card.reproduction)
    for topic in card.topics:
        yield _topic(topic)
    yield _verdict(card)


# -- what there is --------------------------------------------------------------------------------


def _sectors(card: Scorecard) -> Table:
    counts = card.sectors.join(card.evidence).fillna(0).astype(int)
    shown = [str(name) for name in counts if counts[name].any()]
    table = _table("Sectors", ["sector"], [_HEADERS.get(name, name) for name in shown])
    for name, row in counts[shown].iterrows():
        table.add_row(escape(str(name)), *(str(value) if value else "" for value in row))
    table.add_section()
    table.add_row("all", *(str(value) for value in counts[shown].sum()))
    return table


def _evidence(evidence: pd.DataFrame) -> Text:
    """Say how much is assumed, and how many constants are nothing but initial values."""
    total = int(evidence[[each.value for each in Evidence]].to_numpy().sum())
    text = Text.assemble((f"Evidence ({total} constants): ", "bold"))
    if not total:
        return text.append("none\n")
    shares = [
        f"{count / total:.0%} {name}"
        for name in (each.value for each in Evidence)
        if (count := int(evidence[name].sum()))
    ]
    return text.append(f"{', '.join(shares)}; {int(evidence['initial'].sum())} set initial values "
                       "only\n")  # fmt: skip


def _spec(spec: Spec, graph: ModelGraph) -> Iterator[RenderableType]:
    if spec.levers:
        yield _levers(spec)
    if spec.shocks:
        yield _shocks(spec)
    if spec.breakers:
        yield _breakers(spec, graph)
    for kind in ("reinforcing", "balancing"):
        loops = [f"{name} {loop.label}" for name, loop in spec.loops.items() if loop.kind == kind]
        if loops:
            heading = f"{kind.capitalize()} loops ({len(loops)}): "
            yield Text.assemble((heading, "bold"), " · ".join(loops), "\n")
    for heading, sets in (("Scenarios", spec.scenarios), ("Policies", spec.policies)):
        if sets:
            yield Text.assemble((f"{heading} ({len(sets)}): ", "bold"), " · ".join(sets), "\n")


def _levers(spec: Spec) -> Table:
    table = _table("Levers", ["", "lever", "what it is"], ["base", "range"], ["unit", "paid by"])
    table.columns[1].min_width = max(map(len, spec.levers))  # one types them
    for name, lever in spec.levers.items():
        table.add_row(
            lever.code, name, escape(lever.label), f"{lever.base:g}", _range(lever.bounds),
            lever.unit, escape(lever.cost or _cut(lever.cost_note or "")),
        )  # fmt: skip
    return table


def _shocks(spec: Spec) -> Table:
    table = _table("Shocks", ["", "shock", "strikes"], ["depth", "start"])
    table.columns[1].min_width = max(map(len, (*spec.shocks, *spec.compounds)))
    for name, shock in spec.shocks.items():
        depth, start = _range(shock.depth.bounds), _range(shock.start.bounds)
        table.add_row(shock.code, name, escape(shock.acts_on), depth, start)
    for name, compound in spec.compounds.items():
        table.add_row(compound.code, name, " + ".join(compound.shocks), "", "")
    return table


def _breakers(spec: Spec, graph: ModelGraph) -> Table:
    table = _table("Breakers", ["breaker", "watches"], ["trips", "resets"], ["cuts"])
    for breaker in spec.breakers.values():
        side = "<" if breaker.low_side else ">"
        back = ">" if breaker.low_side else "<"
        trip, reset = (value_of(graph, each.setting) for each in (breaker.trip, breaker.reset))
        table.add_row(
            escape(breaker.label), escape(breaker.indicator), f"{side} {trip:g}",
            f"{back} {reset:g}", escape(breaker.action),
        )  # fmt: skip
    return table


def _coverage(coverage: pd.DataFrame) -> Text:
    text = Text()
    held = coverage["used for"].str.contains("calibration|validation")
    for heading, rows in (("Held against", coverage[held]), ("Fed with", coverage[~held])):
        if len(rows):
            parts = [f"{name} ({_years(row)})" for name, row in rows.iterrows()]
            text.append(f"{heading} ({len(rows)} series): ", "bold").append(
                " · ".join(parts) + "\n"
            )
    return text


def _years(row: pd.Series) -> str:
    if row["first"] == row["last"]:
        return f"{row['first']}"
    return f"{row['first']}–{row['last']}, {row['rows']} rows"


def _reproduction(found: pd.DataFrame) -> Table:
    numbers = [column for column in found.columns if column != "series"]
    heads = [_HEADERS.get(column, column) for column in numbers]
    table = _table("Base case against history", ["series"], heads)
    for _, row in found.iterrows():
        cells = (_number(column, row[column]) for column in numbers)
        table.add_row(escape(str(row["series"])), *cells)
    return table


def _number(column: str, value: float) -> str:
    if pd.isna(value):
        return "–"
    if column in ("points", "held out"):
        return f"{int(value)}"
    return f"{value:.2f}" if column.startswith(("U^", "R²")) else f"{value:.1%}"


# -- what holds -----------------------------------------------------------------------------------


def _topic(topic: Topic) -> Text:
    text = Text.assemble((topic.heading, "bold"), "\n")
    if topic.summary and all(finding.passed for finding in topic.findings):
        return text.append("pass", "green").append(f"  {topic.summary}\n")
    for finding in topic.findings:
        text.append(*(("pass", "green") if finding.passed else ("FAIL", "red")))
        text.append(f"  {finding.label}")
        text.append(f": {finding.detail}\n", "dim" if finding.passed else "")
        for fault in finding.faults:
            text.append(f"      {fault}\n")
    return text


def _verdict(card: Scorecard) -> Text:
    failed = sum(not finding.passed for finding in card.findings)
    if failed:
        return Text(f"{failed} of {len(card.findings)} checks fail", style="bold red")
    return Text(f"all {len(card.findings)} checks hold", style="bold green")


def _table(
    title: str, left: Sequence[str], right: Sequence[str] = (), last: Sequence[str] = ()
) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim",
                  box=box.SIMPLE_HEAD, pad_edge=False)  # fmt: skip
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    for name in last:
        table.add_column(name, overflow="fold")
    return table


def _range(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:g} … {bounds[1]:g}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2].rstrip()} …"
