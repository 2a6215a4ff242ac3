from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pysd_runner.cli import app
from pysd_runner.sketch.files import read_sketched
from tests.conftest import with_control


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "small.mdl"
    path.write_text(with_control("A = INTEG(come, 1) ~~|\ncome = A / 4 ~~|"), "utf-8")
    return path


def test_layout_writes_views_and_pictures(model: Path, tmp_path: Path) -> None:
    text = model.read_text()
    done = CliRunner().invoke(app, ["layout", str(model), "--pictures", str(tmp_path / "pictures")])
    assert done.exit_code == 0, done.output
    assert f"wrote 1 views into {model}" in done.output
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
