"""Which file an equation means: only a plain file below the model's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pysd_runner.names import nearest

MAX_BYTES = 64_000_000
SEPARATORS = {".csv": ",", ".tab": "\t", ".tsv": "\t", ".txt": "\t"}
WORKBOOKS = frozenset({".xlsx", ".xlsm"})
_FORBIDDEN = re.compile(r"[\x00-\x1f:]")


class ExternalFault(Exception):
    """Something cannot be read; the message says what and why, without a full stop."""


def data_path(folder: Path, name: str, tags: Mapping[str, str]) -> Path:
    """Return the file that an equation names.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the model file.
    name : str
        As the equation gives it; either slash separates folders.
    tags : mapping of str to str
        File for each name that starts with ``?``, as in ``'?data'``.

    Raises
    ------
    ExternalFault
        The name leads out of the model's folder, by itself or by a link, or there is no such
        file, or it is too large or of a kind that is not read.
    """
    if name.startswith("?"):
        if name not in tags:
            raise ExternalFault(
                f"reads '{name}', which stands for a file that Vensim's settings name; write the "
                f"file's name instead, or load the model with tags={{'{name}': 'file.xlsx'}}"
            )
        name = tags[name]
    parts = name.replace("\\", "/").split("/")
    if _FORBIDDEN.search(name) or ".." in parts or not parts[0]:
        raise ExternalFault(
            f"reads '{name}', which does not lie below the model's folder; put the file there and "
            "name it relative to the folder"
        )
    root = folder.resolve()
    path = root.joinpath(*parts)
    try:
        inside = path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link that leads to itself
        inside = False
    if not inside:
        raise ExternalFault(
            f"reads '{name}', a link that leads out of the model's folder; put the file itself "
            "there"
        )
    if not is_file(path):
        try:
            beside = [each.name for each in path.parent.iterdir()]
        except OSError:
            beside = []
        raise ExternalFault(
            f"reads '{name}', and there is no such file below the model's folder"
            f"{nearest(path.name, beside) or '; put it there'}"
        )
    return checked(path, name)


def is_file(path: Path) -> bool:
    """Tell whether there is such a file; what the system cannot look for is none."""
    try:
        return path.is_file()
    except OSError:  # a name that is too long
        return False


def checked(path: Path, name: str) -> Path:
    """Return a file that exists, unless its kind or size forbids to read it.

    Raises
    ------
    ExternalFault
        It is too large, or of a kind that is not read.
    """
    if path.suffix.lower() not in {*SEPARATORS, *WORKBOOKS, ".dat"}:
        raise ExternalFault(
            f"reads '{name}', and files of this kind are not read; save it as .xlsx or .csv"
        )
    if path.stat().st_size > MAX_BYTES:
        raise ExternalFault(
            f"reads '{name}', which is larger than {MAX_BYTES // 1_000_000} MB; split it"
        )
    return path
