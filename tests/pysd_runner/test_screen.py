from __future__ import annotations

import pytest
from rich.table import Table
from rich.text import Text

from pysd_runner.screen import progress_bar, show


def test_sentences_and_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("name")
    table.add_row("value")
    show([Text("A [sentence]."), table])
    written = capsys.readouterr().out
    assert written.startswith("A [sentence].\n")
    assert "value" in written


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as bar:
        bar.advance(bar.add_task("working", total=2))
    assert capsys.readouterr() == ("", "")
