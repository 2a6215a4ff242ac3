from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pysd_runner.check.watch import saves


def test_a_save_before_the_first_look_is_told(tmp_path: Path) -> None:
    model = tmp_path / "x.mdl"
    model.write_text("a = 1")
    watched = saves(tmp_path, wait=lambda seconds: None)
    model.write_text("a = 22")
    assert next(watched) == [model]


def test_each_save_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    model, series = tmp_path / "x.mdl", tmp_path / "data" / "series.csv"
    model.write_text("a = 1")

    def edits() -> Iterator[Callable[[], object]]:
        yield lambda: None
        yield lambda: model.write_text("a = 22")
        yield lambda: (tmp_path / ".x.mdl").write_text("half")
        yield lambda: (tmp_path / "notes.txt").write_text("no file of a model")
        yield lambda: series.write_text("1") and model.write_text("a = 333")
        yield series.unlink

    queue = edits()
    watched = saves(tmp_path, wait=lambda seconds: next(queue)())  # type: ignore[arg-type,return-value]
    assert [next(watched) for _ in range(3)] == [[model], [series, model], [series]]
