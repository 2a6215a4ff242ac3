"""What a result must carry so that somebody else can make it again."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pysd_runner.api import Model, load
from pysd_runner.model.external.read import files_read
from pysd_runner.spec.series import SERIES

_PACKAGES = ("policy-sandbox", "pysd", "numpy", "scipy", "xarray", "matplotlib")
_PROJECT = Path(__file__).parents[2]
_PATIENCE = 10
"""Seconds for git to answer."""


@dataclass(frozen=True, slots=True)
class Record:
    """Where a result comes from.

    Parameters
    ----------
    command : str
        Makes the result again.
    seed : int
        Of designs and intervals.
    started : str
        Local date and time.
    versions : mapping
        Package -> version, with Python and the platform.
    n_base : int or None
        Base sample N of the designs.
    commit : str
        Of the software, if it runs from a checkout; ends in ``-dirty`` if files were changed.
    inputs : mapping
        Relative path -> content of the files that went in, as they were at the start.
    """

    command: str
    seed: int
    started: str
    versions: Mapping[str, str]
    n_base: int | None = None
    commit: str = ""
    inputs: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each input, by relative path."""
        return {name: hashlib.sha256(each).hexdigest() for name, each in self.inputs.items()}

    def as_dict(self) -> dict[str, object]:
        """Return the record for a JSON file."""
        return {
            "command": self.command,
            "seed": self.seed,
            "n_base": self.n_base,
            "started": self.started,
            "commit": self.commit,
            "versions": dict(self.versions),
            "sha256": self.hashes,
        }


def versions() -> dict[str, str]:
    """Return the versions of what computed a result."""
    found = {"Python": platform.python_version(), "platform": platform.platform(terse=True)}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def commit(project: Path = _PROJECT) -> str:
    """Return the git commit of the software, or ``""`` where it is not a checkout of its own."""
    if not (project / ".git").exists():
        return ""
    command = ["git", "-C", str(project), "describe", "--always", "--dirty", "--abbrev=40",
               "--exclude=*"]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def inputs_of(model: Model) -> dict[str, bytes]:
    """Return the files that a model and its components consist of: relative path -> content.

    The paths lie to each other as the files do, so that the copies can be run in their place.
    """
    models = [model, *(load(model.folder / name) for name in model.spec.model.components)]
    files = list(dict.fromkeys(path for each in models for path in _files_of(each)))
    folders = [each.folder.resolve().parent for each in models]
    root = os.path.commonpath([*folders, *(path.parent for path in files)])
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def _files_of(model: Model) -> list[Path]:
    folder = model.folder
    named = [model.graph.source.path, folder / "sandbox.toml", folder / "checks.toml",
             folder / SERIES, folder / model.spec.model.sources,
             *files_read(model.graph.source)]  # fmt: skip
    return [path.resolve() for path in named if path.is_file()]
