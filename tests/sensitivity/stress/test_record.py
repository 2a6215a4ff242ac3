from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from pysd_runner import load
from sensitivity.stress.record import Record, commit, inputs_of
from tests.models.folder import MODELS
from tests.sensitivity.stress.test_stress_test import MODEL, SERIES, SPEC


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """Return the folder of a model with a component that shares its table of sources."""
    for name in ("whole", "part"):
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "wealth.mdl").write_text(MODEL, "utf-8")
        (tmp_path / name / "data" / "series.csv").write_text(SERIES, "utf-8")
    sources = 'sources = "../whole/data/sources.csv"\nsave_step'
    spec = SPEC.replace('assumption = "a test"', 'source = "key"')
    (tmp_path / "part" / "sandbox.toml").write_text(spec.replace("save_step", sources), "utf-8")
    components = spec.replace("save_step", 'components = ["../part"]\nsave_step')
    (tmp_path / "whole" / "sandbox.toml").write_text(components, "utf-8")
    (tmp_path / "whole" / "data" / "sources.csv").write_text("key,citation,url\nkey,A,\n", "utf-8")
    return tmp_path / "whole"


def test_inputs_keep_their_places_so_that_the_copies_run(whole: Path, tmp_path: Path) -> None:
    (whole / "notes.txt").write_text("not asked for")
    found = inputs_of(load(whole))
    assert sorted(found) == [
        "part/data/series.csv", "part/sandbox.toml", "part/wealth.mdl", "whole/data/series.csv",
        "whole/data/sources.csv", "whole/sandbox.toml", "whole/wealth.mdl",
    ]  # fmt: skip
    for name, content in found.items():
        copy = tmp_path / "copies" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    shutil.rmtree(whole)
    shutil.rmtree(tmp_path / "part")
    again = load(tmp_path / "copies" / "whole")
    assert inputs_of(again) == found
    assert load(again.folder / again.spec.model.components[0]).spec.levers.keys()


def test_files_that_equations_read_are_inputs_too(whole: Path) -> None:
    (whole / "data" / "start.csv").write_text("start,3\n")
    file = whole / "wealth.mdl"
    file.write_text(file.read_text("utf-8").replace(
        "TIME STEP =", "start = GET DIRECT CONSTANTS('data/start.csv', ',', 'B1') ~~|\nTIME STEP =",
        1), "utf-8")  # fmt: skip
    assert inputs_of(load(whole))["whole/data/start.csv"] == b"start,3\n"


def test_the_city_model_is_recorded_with_its_components() -> None:
    found = inputs_of(load(MODELS / "foshan"))
    assert len([name for name in found if name.endswith(".mdl")]) == 4
    assert "foshan/data/sources.csv" in found


def test_hashes_are_those_of_the_content() -> None:
    record = Record("c", 0, "d", {}, inputs={"a": b"one"})
    assert record.as_dict()["sha256"] == {"a": hashlib.sha256(b"one").hexdigest()}


def test_commit_of_a_checkout_and_of_no_checkout(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""
    (tmp_path / ".git").write_text("no repository")
    assert commit(tmp_path) == ""
    (tmp_path / ".git").unlink()
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    try:
        subprocess.run([*git, "init", "--quiet"], check=True)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    (tmp_path / "file").write_text("one")
    subprocess.run([*git, "add", "file"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "one", "--no-gpg-sign"], check=True)
    clean = commit(tmp_path)
    assert len(clean) == 40
    (tmp_path / "file").write_text("two")
    assert commit(tmp_path) == f"{clean}-dirty"
    (tmp_path / "below").mkdir()
    assert commit(tmp_path / "below") == ""  # a folder in somebody else's repository
