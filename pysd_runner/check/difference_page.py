"""A difference as a page to read: what changed, what moved, what broke."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

import pandas as pd
from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pysd_runner.check.difference import Change, Difference
from pysd_runner.check.finding import Finding
from pysd_runner.run.outcomes import five_digits, relative

_LONGEST = 90
_MOST = 20
_SEEN = 30
"""Characters that are shown before two equations differ, or of a difference."""


def difference_page(found: Difference) -> Iterator[RenderableType]:
    """Yield the parts of the page from top to bottom."""
    if not found and found.compared is not None:
        yield Text(f"no equation changed, none of {found.compared} outcomes moved, "
                   "no check broke", style="bold green")  # fmt: skip
        return
    yield _changes(found.changes)
    if found.compared is None:
        yield Text("outcomes cannot be compared: a base case does not run to its end\n",
                   style="bold")  # fmt: skip
    elif len(found.moved):
        yield _moved(found.moved, found.compared)
    elif found.compared:
        yield Text(f"none of {found.compared} outcomes moved\n", style="bold")
    yield from _checks("broke", "FAIL", "red", found.broken)
    yield from _checks("hold again", "pass", "green", found.mended)
    if not found.broken:
        yield Text("no check broke", style="bold green")
    yield Text("breakers and the time step are tried by sandbox check only", style="dim")


def _changes(changes: tuple[Change, ...]) -> Text:
    text = Text.assemble((f"Equations changed: {len(changes)}\n", "bold"))
    for change in changes[:_MOST]:
        text.append(f"  line {change.line}  ", "dim")
        if not change.after:
            text.append(f"{change.name}").append(" is gone\n", "red")
            continue
        after, before = _apart(change.after, change.before)
        text.append(f"{after}\n")
        text.append(f"       was  {before}\n" if before else "       new\n", "dim")
    if len(changes) > _MOST:
        text.append(f"  and {len(changes) - _MOST} more\n", "dim")
    return text


def _moved(moved: pd.DataFrame, compared: int) -> Table:
    title = f"Outcomes moved: {len(moved)} of {compared}"
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim",
                  box=box.SIMPLE_HEAD, pad_edge=False)  # fmt: skip
    table.add_column("outcome", overflow="fold")
    for name in ("before", "after", "change", "from"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    for _, row in moved.iterrows():
        table.add_row(
            escape(row["label"]), five_digits(row["before"]), five_digits(row["after"]),
            relative(row["change"]), f"{row['from']:g}" if pd.notna(row["from"]) else "–",
            escape(row["unit"]),
        )  # fmt: skip
    return table


def _checks(verb: str, word: str, style: str, findings: tuple[Finding, ...]) -> Iterator[Text]:
    if not findings:
        return
    text = Text.assemble((f"Checks that {verb}: {len(findings)}\n", "bold"))
    for finding in findings:
        text.append(word, style).append(f"  {finding.label}: {finding.detail}\n")
        for fault in finding.faults[:_MOST]:
            text.append(f"      {fault}\n")
    yield text


def _apart(after: str, before: str) -> tuple[str, str]:
    """Cut two equations to a line each, so that where they begin to differ is seen in both."""
    pairs = zip(after, before, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if max(len(after), len(before)) <= _LONGEST or same <= _LONGEST - _SEEN:
        return _cut(after), _cut(before)
    name, start = after.partition(" =")[0][:_SEEN], same - _SEEN
    start = after.find(" ", start, same) + 1 or start  # a whole word
    return _cut(f"{name} = … {after[start:]}"), _cut(f"{name} = … {before[start:]}")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2].rstrip()} …"
