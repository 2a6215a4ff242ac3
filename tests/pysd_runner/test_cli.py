from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pysd_runner.cli import app
from pysd_runner.sketch.files import read_sketched
from tests.conftest import with_control
from tests.pysd_runner.check.test_committed import git


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "small.mdl"
    path.write_text(with_control("A = INTEG(come, 1) ~~|\ncome = A / 4 ~~|"), "utf-8")
    return path


def test_layout_writes_views_and_pictures(model: Path, tmp_path: Path) -> None:
    text = model.read_text()
    done = CliRunner().invoke(app, ["layout", str(model), "--pictures", str(tmp_path / "pictures")])
    assert done.exit_code == 0, done.output
    assert f"wrote 1 view into {model}" in done.output
    assert model.read_text().startswith(text)
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.name == "view_1.svg"
    assert ">A</text>" in picture.read_text()


def test_layout_leaves_alone_what_has_a_place(model: Path) -> None:
    CliRunner().invoke(app, ["layout", str(model)])
    moved = model.read_bytes().replace(b"10,", b"10,", 1)
    done = CliRunner().invoke(app, ["layout", str(model)])
    assert "every variable has its place" in done.output
    assert model.read_bytes() == moved


def test_layout_again_starts_from_nothing(model: Path) -> None:
    CliRunner().invoke(app, ["layout", str(model)])
    before = read_sketched(model).views
    (node,) = [node for node in before[0].nodes if node.name == "A"]
    shifted = node.line.replace(f",{node.x},{node.y},", ",900,901,")
    model.write_text(model.read_text().replace(node.line, shifted))
    assert "900,901" in model.read_text()
    CliRunner().invoke(app, ["layout", str(model), "--again"])
    assert read_sketched(model).views == before


def test_compare_shows_what_an_edit_did(model: Path, tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    before = tmp_path / "before" / "small.mdl"
    before.write_bytes(model.read_bytes())
    model.write_text(model.read_text().replace("A / 4", "A / 2"))
    done = CliRunner().invoke(app, ["compare", str(model), "--before", str(before)])
    assert done.exit_code == 0, done.output
    assert "line 2  come = A / 2 []" in done.output
    assert "was  come = A / 4 []" in done.output
    assert "no check broke" in done.output


def test_compare_tells_what_broke_by_its_exit_status(model: Path, tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    before = tmp_path / "before" / "small.mdl"
    before.write_bytes(model.read_bytes())
    model.write_text(model.read_text().replace("A / 4", "A / 0"))
    done = CliRunner().invoke(app, ["compare", str(model), "--before", str(before)])
    assert done.exit_code == 2
    assert "FAIL  Base case runs to its end" in done.output


def test_compare_takes_the_last_commit(model: Path) -> None:
    git(model.parent, "init", "-q")
    git(model.parent, "add", ".")
    git(model.parent, "commit", "-qm", "Start")
    done = CliRunner().invoke(app, ["compare", str(model)])
    assert "no equation changed" in done.output
    model.write_text(model.read_text().replace("A / 4", "A / 2"))
    assert "was  come = A / 4" in CliRunner().invoke(app, ["compare", str(model)]).output


def test_watch_compares_with_the_start(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = model.read_text()

    def saves(folder: Path) -> Iterator[list[Path]]:
        for new in ("A / 2", "A / ", "A / 4"):
            model.write_text(text.replace("A / 4", new))
            yield [model]

    monkeypatch.setattr("pysd_runner.cli.saves", saves)
    done = CliRunner().invoke(app, ["watch", str(model)])
    assert done.exit_code == 0, done.output
    first, second, third, fourth = done.output.replace("\n", " ").split("small.mdl ")[:4]
    assert "watching" in first
    assert "was  come = A / 4" in second
    assert "the equation ends where a number" in third
    assert "no equation changed" in fourth
