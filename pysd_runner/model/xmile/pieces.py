"""What the readers of XMILE share: names, numbers, truth, and what cannot be read."""

from __future__ import annotations

import re

from pysd_runner.model.xmile.document import Piece
from pysd_runner.model.xmile.xml import Element
from pysd_runner.names import clean

BARE_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

_COMMENT = re.compile(r"\{[^}]*(?:\}|\Z)")  # one never closed goes on to the end


class NotReadError(Exception):
    """Something in an element cannot be read; the message says what and the remedy."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def number(text: str, line: int, what: str) -> float:
    """Return a number; ``what`` names the place that needs it.

    Raises
    ------
    NotReadError
        The text is no bare number.
    """
    if not BARE_NUMBER.fullmatch(text.strip()):
        shown = " ".join(text.split())[:40]
        raise NotReadError(f"holds '{shown}' where {what} needs a number; correct it.", line)
    return float(text)


def is_true(text: str | None) -> bool:
    """Tell whether an attribute says true."""
    return text is not None and text.strip().lower() in ("true", "1")


def flag(element: Element | None, otherwise: bool) -> bool:
    """Return what an element without or with content says, such as ``<non_negative>``."""
    if element is None:
        return otherwise
    return "false" not in element.text.lower()


def is_foreign(element: Element) -> bool:
    """Tell whether an element is a vendor's own, such as ``isee:…``."""
    own = ("xmile/ns", "systemdynamics.org")
    return bool(element.namespace) and not any(each in element.namespace.lower() for each in own)


def name_of(element: Element) -> str:
    """Return the name that an element bears, or ``""``."""
    return folded(element.attributes.get("name", ""))


def folded(text: str) -> str:
    """Return a name with single blanks; Stella spells a line break in it as a backslash and n."""
    return clean(clean(text.replace("\\n", " ").replace("\\r", " "))).replace('\\"', '"')


def is_blank(element: Element) -> bool:
    """Tell whether an equation says nothing; Stella puts a comment where one is to be entered."""
    return not _COMMENT.sub("", element.text).strip()


def piece(element: Element) -> Piece:
    """Return the text of an element with its line."""
    return Piece(element.text.strip(), element.text_line)
