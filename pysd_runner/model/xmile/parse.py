"""From the text of an XMILE expression to its tree.

References
----------
.. [1] OASIS (2015). XMILE Version 1.0, section 3.3: operators bind, from the tightest, as
   ``[] () ^ (unary + - NOT) (* / // MOD) (+ -) (< <= > >=) (= <>) AND OR``; ``^`` and the unary
   operators group from right to left, all others from left to right.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from pysd_runner.model.cursor import Cursor
from pysd_runner.model.functions import FUNCTIONS, function_named
from pysd_runner.model.tokens import ParseError, Token, scan
from pysd_runner.model.xmile.tree import (
    Application,
    Index,
    Literal,
    Name,
    Operation,
    Span,
    Tree,
    Wildcard,
)

_LEXICON = re.compile(
    r"""
    (?P<blank>(?:\s|\{[^}]*\})+)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<name>\.?(?:[^\W\d]|\$|\d+[^\W\d]|"(?:\\.|[^"\\])*")(?:[\w$]|'(?=\w))*
       (?:\.(?:(?:[^\W\d]|\$)[\w$]*|\d+[^\W\d][\w$]*|"(?:\\.|[^"\\])*"))*(?![\w$"]))
  | (?P<keyword>:(?:[aA][nN][dD]|[oO][rR]|[nN][oO][tT]|[nN][aA]):)
  | (?P<symbol>//|\.\*|<=|>=|<>|[-+*/^=<>()\[\],;:@'])
    """,
    re.VERBOSE,
)
_UNCLOSED = {'"': "a quote that is never closed", "{": "a comment that is never closed"}
_KEYWORDS = {"and": "and", "or": "or", "not": "not", "na": "NAN"}
_WORDS = frozenset({"and", "or", "not", "mod", "if", "then", "else"})
_MOST_WORDS = max(len(name.split()) for name in FUNCTIONS)
"""Of the name of a function."""
_BINDING = {
    "or": 1, "and": 2, "=": 3, "<>": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5,
    "*": 6, "/": 6, "//": 6, "mod": 6,
}  # fmt: skip
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


@lru_cache(maxsize=65_536)
def parse_equation(text: str) -> Tree:
    """Parse an expression.

    Raises
    ------
    ParseError
        With a message that says what was expected and the offset of the offending text.
    """
    parser = _Parser(text)
    try:
        node = parser.expression()
        parser.expect_end()
    except RecursionError:
        raise ParseError("is nested too deeply; split it", 0) from None
    return node


@lru_cache(maxsize=4096)
def parse_numbers(text: str) -> tuple[float, ...] | None:
    """Return the numbers of a list such as ``1, 2; 3, 4``, or ``None`` if the text is none."""
    if "," not in text and ";" not in text:
        return None
    try:
        return tuple(float(each) for each in re.split("[,;]", text.strip().rstrip(";")))
    except ValueError:
        return None


def tokens(text: str) -> list[Token]:
    """Split an expression into tokens, the last of which is the end.

    Raises
    ------
    ParseError
        A character has no meaning, or a quote or comment is never closed.
    """
    return [_plain(token) for token in scan(text, _LEXICON, _UNCLOSED)]


def _plain(token: Token) -> Token:
    """Return operators that are words, and Vensim's keywords that exports may leave, as symbols."""
    kind, text, offset = token
    if kind == "name" and text.lower() in _WORDS:
        return Token("symbol", text.lower(), offset)
    if kind == "keyword":
        word = text.strip(":").lower()
        return Token("name" if word == "na" else "symbol", _KEYWORDS[word], offset)
    return token


class _Parser(Cursor):
    def __init__(self, text: str) -> None:
        super().__init__(tokens(text))

    # -- expressions --------------------------------------------------------------------------

    def expression(self, least: int = 0) -> Tree:
        """Return the longest expression ahead whose operators bind no less than ``least``."""
        self.descend()
        left = self.signed()
        while (binding := self.binding()) >= least:
            operator = self.take().text
            left = Operation(operator, (left, self.expression(binding + 1)))
        self.depth -= 1
        return left

    def binding(self) -> int:
        token = self.token
        return _BINDING.get(token.text, -1) if token.kind == "symbol" else -1

    def conditional(self) -> Tree:
        condition = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        return Operation("if", (condition, yes, self.expression()))

    def signed(self) -> Tree:
        """Return an operand with the signs before it and the power behind it."""
        for operator in ("-", "+", "not"):
            if self.accept(operator):
                self.descend()
                operand = self.signed()
                self.depth -= 1
                if operator == "+":
                    return operand
                if operator == "not" and self.token.text in _COMPARISONS:
                    raise ParseError("holds NOT in front of a comparison, which tools read in two "
                                     "ways; write NOT (a = b)", self.token.offset)  # fmt: skip
                return Operation("neg" if operator == "-" else "not", (operand,))
        base = self.primary()
        return Operation("^", (base, self.signed())) if self.accept("^") else base

    def primary(self) -> Tree:
        token = self.token
        if token.kind == "number":
            return Literal(self.number())
        if name := self.spaced_function():
            self.expect("(")
            return Application(name, self.arguments(name))
        if self.accept("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if self.accept("if"):
            return self.conditional()
        if token.kind == "name" or self.is_mod_call():
            return self.named()
        self.fail("a number, a variable or a function")
        return None

    def spaced_function(self) -> str:
        """Take the name of a function of Vensim's that holds blanks, or return ``""``."""
        words: list[str] = []
        while (token := self.tokens[self.position + len(words)]).kind == "name" or (
            token.kind == "symbol" and token.text in _WORDS
        ):
            words.append(token.text)
            if len(words) > _MOST_WORDS:
                return ""
        name = " ".join(words).upper()
        if token.text != "(" or len(words) < 2 or function_named(name) is None:
            return ""
        self.position += len(words)
        return name

    def is_mod_call(self) -> bool:
        """Tell whether ``MOD`` stands as a function, in front of its arguments."""
        following = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        return self.token.text == "mod" and following.text == "("

    def number(self) -> float:
        token = self.take()
        value = float(token.text)
        if math.isinf(value):
            raise ParseError(f"holds the number {token.text}, which is too large; write a smaller "
                             "one", token.offset)  # fmt: skip
        return value

    def named(self) -> Tree:
        name = self.take().text
        if self.accept("("):
            return Application(name, self.arguments(name))
        indices = self.indices() if self.accept("[") else None
        return Name(name, indices, self.accept("'"))

    def arguments(self, function: str) -> tuple[Tree, ...]:
        if self.accept(")"):
            return ()
        found = [self.expression()]
        while not self.accept(")"):
            if not self.accept(","):
                self.fail(f"',' or ')' in the call of {function}")
            found.append(self.expression())
        return tuple(found)

    # -- subscripts ---------------------------------------------------------------------------

    def indices(self) -> tuple[Index, ...]:
        found = [self.index()]
        while not self.accept("]"):
            if not self.accept(","):
                self.fail("',' or ']' behind a subscript")
            found.append(self.index())
        return tuple(found)

    def index(self) -> Index:
        if self.accept("*"):
            if self.accept(":"):
                if self.token.kind != "name":
                    self.fail("the name of a dimension")
                return Wildcard(self.take().text)
            return Wildcard()
        low = self.expression()
        if isinstance(low, Name) and self.accept(".*"):
            return Wildcard(low.path)
        return Span(low, self.expression()) if self.accept(":") else low
