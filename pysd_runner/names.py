"""Names: how Vensim spells a variable, and what the software calls it. The only owner of both."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Container, Iterable
from functools import lru_cache

_SPACES = re.compile(r"(?:\\\r?\n|[\s_])+")
_NOT_WORD = re.compile(r"[^0-9a-z]+")

LABELS = frozenset({"run", "time", "status", "failed"})
"""What a dataset of runs calls its own labels; nothing of a model is called so there."""


def clean(name: str) -> str:
    """Return the name as people read it: no quotes, single spaces.

    Parameters
    ----------
    name : str
        A name as the model file spells it, e.g. ``'"R&D  budget"'``.
    """
    name = name.strip()
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"')
    return " ".join(re.sub(r"\\\r?\n", " ", name).split())


@lru_cache(maxsize=65_536)
def key(name: str) -> str:
    """Return what makes two spellings the same variable to Vensim.

    Case does not count, runs of blanks and underscores count as one blank, and quotes are not
    part of the name.
    """
    return _SPACES.sub(" ", clean(name)).strip().lower()


def apart(name: str, taken: Container[str] = LABELS) -> str:
    """Return a name that is none of some others, with an underscore behind it if need be.

    An underscore at its end changes nothing of what it means.
    """
    return f"{name}_" if name in taken else name


def identifier(name: str) -> str:
    """Return a lower-case ASCII identifier for files, columns and HTML anchors."""
    ascii_name = unicodedata.normalize("NFKD", clean(name)).encode("ascii", "ignore").decode()
    word = _NOT_WORD.sub("_", ascii_name.lower()).strip("_")
    return f"_{word}" if not word or word[0].isdigit() else word


def full_width(text: str) -> str:
    """Return what to say of a sign typed on an East Asian keyboard, or ``""``.

    Such a sign is part of a name to Vensim, and hardly ever meant so.
    """
    for sign in text:
        meant = unicodedata.normalize("NFKC", sign)
        if not sign.isascii() and meant.isascii() and not meant.isalnum():
            return f"; '{sign}' is full-width, type '{meant}'"
    return ""


def nearest(name: str, known: Iterable[str], alike: float = 0.6) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name closest to ``name``, or ``""``.

    The result ends a sentence of a :class:`~pysd_runner.errors.Fault`. ``alike`` is the least
    likeness, from 0 to 1.
    """
    by_key = {key(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(key(name), by_key, n=1, cutoff=alike)
    return f"; did you mean '{by_key[close[0]]}'?" if close else ""
