"""From the text of one entry to what it says.

The parser of Vensim's language evaluates nothing, so a hostile file is only text to it; it is fast
enough to parse a large model anew after every edit; and equal texts are parsed once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

from pysd_runner.model.expressions import ExpressionParser
from pysd_runner.model.statement import Mapping, Statement
from pysd_runner.model.syntax import Expression, Text
from pysd_runner.model.tokens import ParseError
from pysd_runner.names import clean, key

_DATA_KEYWORDS = frozenset({":INTERPOLATE:", ":RAW:", ":LOOK FORWARD:", ":HOLD BACKWARD:"})

_MOST_DIGITS = 18
"""Of the number of an element."""


@lru_cache(maxsize=65_536)
def parse_statement(text: str) -> Statement:
    """Parse the text of one entry, left side and right side.

    Raises
    ------
    ParseError
        With a message that says what was expected and the offset of the offending text.
    """
    parser = _StatementParser(text)
    try:
        return parser.statement()
    except ParseError as error:
        error.name = error.name or parser.name
        raise
    except RecursionError:
        raise ParseError("is nested too deeply; split it", 0, parser.name) from None


class _StatementParser(ExpressionParser):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.name = ""

    def fail(self, expected: str, hint: str = "") -> NoReturn:
        if self.token.text == "=" and self.name:
            hint = " (has the entry above lost its '~ unit ~ comment |'?)"
        super().fail(expected, hint)

    # -- left side ----------------------------------------------------------------------------

    def statement(self) -> Statement:
        if self.keyword(":THE CONDITION:") or self.keyword(":TEST INPUT:"):
            return self.reality_check()
        self.name = self.variable_name()
        if not self.name:
            raise ParseError("has an empty pair of quotes for its name; write the name", 0)
        if self.accept(":"):
            return self.range_definition()
        if self.accept("<->"):
            original = self.variable_name()
            self.expect_end()
            return Statement("range", self.name, copy_of=original)
        subscripts = self.subscripts() if self.token.text == "[" else ()
        exceptions: list[tuple[str, ...]] = []
        if self.keyword(":EXCEPT:"):
            exceptions.append(self.subscripts())
            while self.accept(","):
                exceptions.append(self.subscripts())
        statement = self.right_side(subscripts, tuple(exceptions))
        self.expect_end()
        return statement

    def right_side(
        self, subscripts: tuple[str, ...], exceptions: tuple[tuple[str, ...], ...]
    ) -> Statement:
        keyword = ""
        if self.token.kind == "keyword" and self.token.text.upper() in _DATA_KEYWORDS:
            keyword = self.take().text.upper()
        if self.token.kind == "end":
            return Statement("data", self.name, subscripts, exceptions, keyword=keyword)
        if self.keyword(":IS:"):
            return Statement("text", self.name, body=Text(self.take().text.strip("'\"")))
        if self.keyword(":TEST INPUT:") or self.keyword(":THE CONDITION:"):
            return self.reality_check()
        if self.token.text == "(":
            body: Expression = self.lookup_body()
            return Statement("lookup", self.name, subscripts, exceptions, body)
        if self.accept(":="):
            body = self.expression()
            return Statement("data", self.name, subscripts, exceptions, body, keyword=keyword)
        if self.accept("=="):
            keyword = "=="
        else:
            self.expect("=")
        body = self.equation_body()
        return Statement("equation", self.name, subscripts, exceptions, body, keyword=keyword)

    def equation_body(self) -> Expression:
        if self.token.text == "[" or (self.token.text == "(" and self.peek().text == "["):
            self.fail("a number, a variable or a function")
        body = self.expression()
        if self.token.text in (",", ";"):
            return self.array(body)
        return body

    def reality_check(self) -> Statement:
        while self.token.kind != "end":
            self.take()
        return Statement("reality check", self.name)

    def range_definition(self) -> Statement:
        elements: tuple[str, ...] = ()
        body: Expression | None = None
        if self.token.kind == "name" and self.peek().text == "(":
            body = self.named()
        else:
            elements = self.element_list()
        mappings: list[Mapping] = []
        if self.accept("->"):
            mappings.append(self.mapping())
            while self.accept(","):
                mappings.append(self.mapping())
        self.expect_end()
        return Statement("range", self.name, body=body, elements=elements, mappings=tuple(mappings))

    def mapping(self) -> Mapping:
        if not self.accept("("):
            return Mapping(self.variable_name())
        target = self.variable_name()
        self.expect(":")
        elements = self.element_list()
        self.expect(")")
        return Mapping(target, elements)

    def element_list(self) -> tuple[str, ...]:
        if self.token.kind == "name" and self.peek().text == "(":
            self.fail("a list of elements")
        elements: list[str] = []
        while True:
            if self.accept("("):
                elements.extend(self.numbered_elements())
            else:
                elements.append(self.element_name())
            if not self.accept(","):
                return tuple(elements)

    def numbered_elements(self) -> list[str]:
        """``(A1-A10)``: the elements of a numeric range."""
        start = self.take()
        first = clean(start.text)
        if self.token.text != "-":
            self.fail("'-' of a numeric range such as (A1-A10)")
        self.take()
        last = clean(self.take().text)
        self.expect(")")
        stem = first.rstrip("0123456789")
        digits_first, digits_last = first[len(stem) :], last[len(stem) :]
        alike = key(last[: len(stem)]) == key(stem)
        if not (alike and digits_first.isdigit() and digits_last.isdigit()):
            raise ParseError(
                f"'({first}-{last})' is no numeric range; write it as (A1-A10)", start.offset
            )
        short = max(len(digits_first), len(digits_last)) <= _MOST_DIGITS
        low, high = (int(digits_first), int(digits_last)) if short else (0, -1)
        if not 0 <= high - low < 10_000:
            raise ParseError(
                f"the range ({first[:40]}-{last[:40]}) runs backwards or has over 10000 elements; "
                "correct its ends", start.offset)  # fmt: skip
        return [f"{stem}{number}" for number in range(low, high + 1)]
