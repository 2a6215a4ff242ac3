"""What a person at a terminal sees: sentences, tables, progress."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_PAGE = 110
"""Columns of tables that go to a file."""

console = Console()
if not console.is_terminal and "COLUMNS" not in os.environ:
    console.width = _PAGE
messages = Console(stderr=True)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show progress with an estimate of the time left; silent where nobody watches."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=messages, transient=True,
                  disable=not messages.is_terminal) as bar:  # fmt: skip
        yield bar


def tell(sentence: str | Text, style: str | None = None) -> None:
    """Print a sentence: broken between words on a screen, in one line where it goes to a file."""
    console.print(sentence, style=style, markup=False, highlight=False,
                  soft_wrap=not console.is_terminal)  # fmt: skip


def show(parts: Iterable[RenderableType]) -> None:
    """Print the parts of a page."""
    for part in parts:
        if isinstance(part, Text):
            tell(part)
        else:
            console.print(part)
