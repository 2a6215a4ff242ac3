"""Wait for somebody to save a file of a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

_KINDS = frozenset({".mdl", ".xmile", ".stmx", ".itmx", ".xml", ".toml", ".csv", ".xlsx", ".tab"})
_INTERVAL = 0.3
"""Between two looks at the files [s]."""

Stamps: TypeAlias = dict[Path, tuple[int, int]]


def saves(folder: Path, wait: Callable[[float], None] = time.sleep) -> Iterator[list[Path]]:
    """Yield the files of a folder that changed since this call, each time some did; for ever.

    A change made while the caller was busy is yielded at once.

    Parameters
    ----------
    folder : pathlib.Path
        Of the model; its subfolders count.
    wait : callable
        Called with the seconds between two looks.
    """
    return _saves(folder, _stamps(folder), wait)


def _saves(folder: Path, before: Stamps, wait: Callable[[float], None]) -> Iterator[list[Path]]:
    while True:
        wait(_INTERVAL)
        now = _stamps(folder)
        if now == before:
            continue
        changed = [path for path in {*now, *before} if now.get(path) != before.get(path)]
        before = now
        yield sorted(changed)


def _stamps(folder: Path) -> Stamps:
    found: Stamps = {}
    for path in folder.rglob("*"):
        # Editors write beside the place first; such a file is hidden, or gone when it is looked at.
        if path.suffix.lower() in _KINDS and not path.name.startswith("."):
            try:
                stat = path.stat()
            except OSError:
                continue
            found[path] = (stat.st_mtime_ns, stat.st_size)
    return found
