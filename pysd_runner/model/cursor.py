"""Walking along the tokens of a text, one expectation after another."""

from __future__ import annotations

import sys
from typing import NoReturn

from pysd_runner.model.tokens import ParseError, Token
from pysd_runner.names import clean, full_width

MAX_NESTING = 200
"""Brackets, calls and signs inside each other."""
_DEEP = 50
_DEEP_STACK = 10_000
"""Python calls inside each other that passes over a tree deeper than ``_DEEP`` may take."""


class Cursor:
    """A place among the tokens of a text, from which parsers by recursive descent derive.

    Parameters
    ----------
    tokens : list of Token
        The text in tokens, the last of which is the end.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """The token ahead."""
        return self.tokens[self.position]

    def peek(self, ahead: int = 1) -> Token:
        """Return a token further ahead, or the end."""
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Return the token ahead and pass it; the end is never passed."""
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def accept(self, text: str) -> bool:
        """Pass the symbol or keyword ``text`` if it is ahead, and tell whether it was."""
        if self.token.text == text and self.token.kind in ("symbol", "keyword"):
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Pass the symbol ``text``, which must be ahead."""
        if not self.accept(text):
            self.fail(f"'{text.upper()}'")

    def expect_end(self) -> None:
        """Refuse whatever is ahead."""
        if self.token.kind != "end":
            self.fail("an operator or the end of the equation")

    def fail(self, expected: str, hint: str = "") -> NoReturn:
        """Refuse the token ahead, saying what was expected."""
        token = self.token
        found = "the equation ends" if token.kind == "end" else f"'{clean(token.text)}' stands"
        raise ParseError(f"{found} where {expected} is expected{hint or full_width(token.text)}",
                         token.offset)  # fmt: skip

    def descend(self) -> None:
        """Count one more nesting; the caller takes it back from ``depth``.

        Raises
        ------
        ParseError
            The text is nested deeper than ``MAX_NESTING``.
        """
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ParseError(f"is nested more than {MAX_NESTING} deep; split it", self.token.offset)
        if self.depth == _DEEP:
            sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEEP_STACK))
