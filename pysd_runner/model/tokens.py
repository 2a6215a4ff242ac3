"""From the text of one entry to tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

MAX_LENGTH = 400_000


class ParseError(Exception):
    """The text is no equation; ``offset`` is where in it."""

    def __init__(self, message: str, offset: int, name: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.name = name


class Token(NamedTuple):
    """A piece of text, its kind and where it starts."""

    kind: str
    text: str
    offset: int


_LEXICON = re.compile(
    r"""
    (?P<blank>(?:\s|\\\n|\{[^}]*\})+)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<quoted>"(?:\\.|\\\n|[^"\\\n])*")
  | (?P<literal>'[^'\n]*')
  | (?P<keyword>:[A-Za-z][A-Za-z\ _]*:)
  | (?P<name>(?:[^\W\d]|[^\x00-\x7f\s])(?:[\w'$&%]|[^\x00-\x7f\s])*
      (?:(?:\s|\\\n)+(?:[\w$&%]|[^\x00-\x7f\s])(?:[\w'$&%]|[^\x00-\x7f\s])*)*)
  | (?P<symbol><->|->|<=|>=|<>|:=|==|[-+*/^=<>()\[\],;!:|])
    """,
    re.VERBOSE,
)
_UNCLOSED = {
    '"': "a quote that is never closed",
    "'": "a quote that is never closed",
    "{": "a comment that is never closed",
}


def tokens(text: str) -> list[Token]:
    """Split the text of an entry into tokens, the last of which is the end; blanks are left out.

    Raises
    ------
    ParseError
        A character has no meaning, or a quote or comment is never closed.
    """
    return scan(text, _LEXICON, _UNCLOSED)


def scan(text: str, lexicon: re.Pattern[str], unclosed: Mapping[str, str]) -> list[Token]:
    """Split a text by a lexicon whose groups name the kinds of tokens; ``blank`` is left out.

    Parameters
    ----------
    text : str
        Of at most ``MAX_LENGTH`` characters.
    lexicon : re.Pattern
        One named group for each kind of token.
    unclosed : mapping of str to str
        What to say of a character that opens something and matches nothing.

    Raises
    ------
    ParseError
        A character has no meaning, or a quote or comment is never closed.
    """
    if len(text) > MAX_LENGTH:
        raise ParseError(f"is longer than {MAX_LENGTH} characters; shorten it", 0)
    found: list[Token] = []
    offset = 0
    while offset < len(text):
        match = lexicon.match(text, offset)
        if match is None:
            what = unclosed.get(
                text[offset], f"the character {text[offset]!r}, which has no meaning here"
            )
            raise ParseError(f"holds {what}; correct the equation", offset)
        kind = str(match.lastgroup)
        if kind != "blank":
            found.append(Token(kind, match[0], offset))
        offset = match.end()
    found.append(Token("end", "the end", len(text)))
    return found
