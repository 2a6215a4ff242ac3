"""Machine code kept on disk, so that a model which was compiled once starts at once.

Any number of processes may read and write at the same time: an entry is written beside and then
renamed, and one that does not have the bytes that were written is taken for missing. The folder
belongs to the user alone, because what lies in it is executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "POLICY_SANDBOX_CACHE"
"""Environment variable: a folder to use instead of the user's own, or ``off``."""

_DIGEST = hashlib.sha256().digest_size
_MOST_BYTES = 256 * 2**20
_SELDOM = 32
"""Of so many entries one, by chance, has the room looked at: thousands take a tenth of a second."""


@dataclass(frozen=True, slots=True)
class ObjectCache:
    """Entries by key below a folder.

    Parameters
    ----------
    folder : pathlib.Path or None
        ``None`` keeps nothing.
    """

    folder: Path | None

    def get(self, key: str) -> bytes | None:
        """Return an entry, or ``None`` if there is none that is whole."""
        if self.folder is None:
            return None
        path = self.folder / key
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        digest, entry = content[:_DIGEST], content[_DIGEST:]
        return entry if hashlib.sha256(entry).digest() == digest else None

    def put(self, key: str, entry: bytes) -> None:
        """Keep an entry. What cannot be written is not kept; that costs time and nothing else."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=self.folder, prefix="new-")
            digest = hashlib.sha256(entry).digest()
            with os.fdopen(handle, "wb") as file:
                file.write(digest + entry)
            Path(beside).replace(self.folder / key)
            if digest[0] % _SELDOM == 0:
                self._forget_the_oldest()
        except OSError:
            return

    def _forget_the_oldest(self) -> None:
        assert self.folder is not None
        entries: list[tuple[float, int, str]] = []
        with os.scandir(self.folder) as found:
            for entry in found:
                with contextlib.suppress(OSError):  # another process was quicker
                    status = entry.stat()
                    entries.append((status.st_mtime, status.st_size, entry.path))
        kept = 0
        for _, size, path in sorted(entries, reverse=True):
            kept += size
            if kept > _MOST_BYTES:
                with contextlib.suppress(OSError):
                    Path(path).unlink()


def user_cache() -> ObjectCache:
    """Return the cache of this user on this machine."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.lower() == "off":
        return ObjectCache(None)
    if chosen:
        return ObjectCache(Path(chosen))
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home
        return ObjectCache(None)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return ObjectCache(base / "policy-sandbox" / "kernels")
