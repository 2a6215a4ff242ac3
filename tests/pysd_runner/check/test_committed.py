from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pysd_runner import RunError
from pysd_runner.check.committed import committed


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "x.mdl").write_text(f"{name} = 1")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "Start")
    return tmp_path


def test_the_last_commit_with_what_is_beside(repository: Path) -> None:
    path = repository / "models" / "one"
    (path / "x.mdl").write_text("one = 2")
    with committed(path) as earlier:
        assert (earlier / "x.mdl").read_text() == "one = 1"
        assert (earlier.parent / "two" / "x.mdl").exists()
    assert not earlier.exists()
    with committed(path / "x.mdl") as file:
        assert file.read_text() == "one = 1"
    assert (path / "x.mdl").read_text() == "one = 2"


def test_a_repository_of_one_model(repository: Path) -> None:
    lone = repository / "models" / "one"
    git(lone, "init", "-q")
    git(lone, "add", ".")
    git(lone, "commit", "-qm", "Lone")
    (lone / "x.mdl").write_text("one = 2")
    git(lone, "commit", "-qam", "Again")
    (lone / "x.mdl").write_text("one = 3")
    with committed(lone / "x.mdl") as earlier:
        assert earlier.read_text() == "one = 2"


def test_what_git_does_not_know(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (repository / "models" / "new").mkdir()
    with (
        pytest.raises(RunError, match="git does not know it yet"),
        committed(repository / "models" / "new"),
    ):
        pass
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with pytest.raises(RunError, match=r"not a git repository.*by --before"), committed(elsewhere):
        pass
