"""A file is there whole or not at all: written beside its place, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pysd_runner.errors import RunError

_MODE = 0o644


def write_whole(path: Path, save: Callable[[Path], object]) -> None:
    """Write a file.

    Parameters
    ----------
    path : pathlib.Path
        Where it will be; folders are made, and a file that is there keeps its mode.
    save : callable
        Writes the file that it is given.

    Raises
    ------
    RunError
        It cannot be written; what was there is there still.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode if path.exists() else _MODE
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        os.close(handle)
        beside = Path(name)
        try:
            save(beside)
            beside.chmod(mode)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        raise RunError(f"'{path}' cannot be written ('{path.parent}' is no folder).") from None
    except OSError as error:
        raise RunError(f"'{path}' cannot be written ({error.strerror}).") from None
