"""The model as it was last committed with git."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pysd_runner.errors import RunError


@contextmanager
def committed(path: Path) -> Iterator[Path]:
    """Give the last committed version of a model, with the folders beside it, while it is needed.

    Parameters
    ----------
    path : pathlib.Path
        The model file or its folder.

    Raises
    ------
    RunError
        There is none.
    """
    path = path.resolve()
    folder = path if path.is_dir() else path.parent
    top = Path(_git(path, folder, "rev-parse", "--show-toplevel").decode().strip())
    beside = top if folder == top else folder.parent
    part = beside.relative_to(top).as_posix()
    archive = _git(path, top, "archive", "--format=zip", "HEAD", part)
    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            files.extractall(place)  # never outside, and a link becomes a file
        found = Path(place) / path.relative_to(top)
        if not found.exists():
            raise _none(path, "git does not know it yet")
        yield found


def _git(path: Path, folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise _none(path, "git is not installed") from None
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise _none(path, why[-1].removeprefix("fatal: ")) from None


def _none(path: Path, why: str) -> RunError:
    return RunError(f"'{path}' has no committed version ({why}); name what to compare it with by "
                    "--before.")  # fmt: skip
