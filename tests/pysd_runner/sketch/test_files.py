from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pysd_runner import ModelError
from pysd_runner.model.entries import read_source
from pysd_runner.sketch.elements import Node, View
from pysd_runner.sketch.files import read_sketched, write_sketched

EQUATIONS = "{UTF-8}\nx = 1 ~ kg ~ Größe. |\n"
VIEW = View("One", ("$style", Node(1, "variable", "x", 10, 20, 5, 6)))


def test_a_file_without_a_sketch_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "x.mdl"
    path.write_text(EQUATIONS, "utf-8")
    path.chmod(0o600)
    file = read_sketched(path)
    assert (file.views, file.ending, file.newline) == ((), b"", "\n")
    assert write_sketched(file, (VIEW,))
    text = path.read_text("utf-8")
    assert text.startswith(EQUATIONS)
    assert "*One\n$style\n10,1,x,10,20,5,6,8,3,0,0,-1,0,0,0\n///---\\\\\\\n" in text
    assert [entry.text for entry in read_source(path).entries] == ["x = 1"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_equations_settings_newlines_and_encoding_stay(tmp_path: Path) -> None:
    path = tmp_path / "x.mdl"
    write_sketched(_of(path, EQUATIONS.encode("utf-8")), (VIEW,))
    old = path.read_bytes().decode("utf-8").replace("{UTF-8}\n", "").replace(":L<", "15:0\n:L<")
    raw = old.replace("\n", "\r\n").encode("cp1252")
    path.write_bytes(raw)
    file = read_sketched(path)
    assert (file.newline, file.encoding) == ("\r\n", "cp1252")
    assert not write_sketched(file, file.views)
    assert path.read_bytes() == raw
    assert write_sketched(file, (*file.views, replace(VIEW, title="Two")))
    new = path.read_bytes()
    first = raw.index(b"\\\\\\---///")
    assert new[:first] == raw[:first]
    assert b"\n" not in new.replace(b"\r\n", b"")
    assert new.endswith(raw[raw.index(b"///---\\\\\\") :])
    assert [view.title for view in read_sketched(path).views] == ["One", "Two"]


def _of(path: Path, raw: bytes):  # type: ignore[no-untyped-def]
    path.write_bytes(raw)
    return read_sketched(path)


def test_what_cannot_hold_a_sketch(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"diagrams are laid out in \.mdl files only"):
        read_sketched(tmp_path / "x.xmile")
    with pytest.raises(ModelError, match="cannot be read"):
        read_sketched(tmp_path / "none.mdl")


@pytest.mark.parametrize("newline", ["\r", "\n", "\r\n"])
def test_what_stands_behind_the_views_stays(tmp_path: Path, newline: str) -> None:
    stray = "\\\\\\---/// Sketch\nV300 kept\n"
    text = f"{EQUATIONS}\\\\\\---/// Sketch\n*One\n$style\n{stray}".replace("\n", newline)
    path = tmp_path / "x.mdl"
    file = _of(path, text.encode())
    assert [(view.title, view.elements) for view in file.views] == [("One", ("$style",))]
    assert write_sketched(file, (*file.views, replace(VIEW, title="Two")))
    new = path.read_bytes().decode()
    assert stray.replace("\n", newline) + "///---" in new
    assert [view.title for view in read_sketched(path).views] == ["One", "Two"]
