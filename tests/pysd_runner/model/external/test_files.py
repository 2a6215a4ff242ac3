"""An equation reads plain files below the model's folder and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pysd_runner.model.external import files
from pysd_runner.model.external.files import ExternalFault, data_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the model's folder, with a secret beside it."""
    (tmp_path / "secret.csv").write_text("1\n")
    inside = tmp_path / "model"
    (inside / "data").mkdir(parents=True)
    (inside / "data" / "obs.csv").write_text("1\n")
    return inside


@pytest.mark.parametrize("name", ["data/obs.csv", "data\\obs.csv", "./data//obs.csv"])
def test_a_file_below_the_folder_is_found(folder: Path, name: str) -> None:
    assert data_path(folder, name, {}).samefile(folder / "data" / "obs.csv")


@pytest.mark.parametrize(
    "name",
    ["../secret.csv", "data/../../secret.csv", "..\\secret.csv", "data/..", "{absolute}",
     "\\\\server\\share\\a.csv", "C:\\a.csv", "C:a.csv", "data/obs.csv:stream", "a\x00.csv",
     "a\n.csv", "", "/"],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    name = name.format(absolute=folder.parent / "secret.csv")
    with pytest.raises(ExternalFault, match="does not lie below the model's folder; put the file"):
        data_path(folder, name, {})


@pytest.mark.skipif(os.name == "nt", reason="needs a right on Windows")
@pytest.mark.parametrize("link", ["link.csv", "linked"])
def test_no_link_leads_out_of_the_folder(folder: Path, link: str) -> None:
    target = folder.parent / ("secret.csv" if link.endswith("csv") else "")
    (folder / link).symlink_to(target)
    name = link if link.endswith("csv") else f"{link}/secret.csv"
    with pytest.raises(ExternalFault, match="a link that leads out of the model's folder"):
        data_path(folder, name, {})


@pytest.mark.skipif(os.name == "nt", reason="needs a right on Windows")
def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "link.csv").symlink_to(folder / "data" / "obs.csv")
    assert data_path(folder, "link.csv", {}).read_text() == "1\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    with pytest.raises(ExternalFault, match="there is no such file"):
        data_path(folder, "pipe.csv", {})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("data/obs.xlsx", "no such file below the model's folder; did you mean 'obs.csv'?"),
        ("elsewhere/a.csv", "no such file below the model's folder; put it there"),
        ("data", "no such file"),
        (f"{'x' * 300}.csv", "no such file"),
        (f"{'x' * 300}/obs.csv", "no such file"),
        ("loop.csv", "a link that leads out"),
        ("?obs", r"load the model with tags=\{'\?obs': 'file.xlsx'\}"),
        ("old.xls", "files of this kind are not read; save it as .xlsx or .csv"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(
    folder: Path, name: str, message: str
) -> None:
    (folder / "old.xls").write_text("")
    (folder / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(ExternalFault, match=message):
        data_path(folder, name, {})


def test_a_tag_stands_for_a_file_below_the_folder(folder: Path) -> None:
    assert data_path(folder, "?obs", {"?obs": "data/obs.csv"}).name == "obs.csv"
    with pytest.raises(ExternalFault, match="does not lie below"):
        data_path(folder, "?obs", {"?obs": "../secret.csv"})


def test_a_large_file_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1)
    with pytest.raises(ExternalFault, match="larger than"):
        data_path(folder, "data/obs.csv", {})
