"""From the text of one entry to an abstract syntax tree.

A parser of Vensim's equation language by operator precedence. It evaluates nothing, so a hostile
file is only text to it; it is fast enough to parse a large model anew after every edit; and equal
texts are parsed once.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NoReturn

from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Table,
    Text,
    Unary,
)
from pysd_runner.model.tokens import ParseError, Token, tokens
from pysd_runner.names import clean, key

MAX_NESTING = 200
"""Brackets, calls and signs inside each other."""
_DEEP = 50
_DEEP_STACK = 10_000
"""Python calls inside each other that passes over a tree deeper than ``_DEEP`` may take."""

Kind = Literal["equation", "data", "lookup", "range", "text", "reality check"]
_BINDING = {
    ":OR:": 1, ":AND:": 2, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6,
}  # fmt: skip
_NOT = 3
NON_NEGATIVE = "non-negative"
_DATA_KEYWORDS = frozenset({":INTERPOLATE:", ":RAW:", ":LOOK FORWARD:", ":HOLD BACKWARD:"})
_TABLE_FUNCTIONS = frozenset({"WITH LOOKUP"})


@dataclass(frozen=True, slots=True)
class Mapping:
    """``-> range`` or ``-> (range: element, …)`` behind a subscript range."""

    target: str
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One parsed entry.

    Parameters
    ----------
    kind : str
        ``equation``, ``data`` (no equation, or ``:=``), ``lookup``, ``range``, ``text``
        (``:IS:``) or ``reality check``.
    name : str
        The variable, lookup or range that is defined.
    subscripts : tuple of str
        Subscripts of the left side.
    exceptions : tuple of tuple of str
        What stands behind ``:EXCEPT:``.
    body : Expression or None
        The right side; ``None`` for data without an equation, and for ranges whose elements are
        not read from a file.
    elements : tuple of str
        Elements or ranges that a range lists.
    mappings : tuple of Mapping
        What a range is mapped to.
    copy_of : str
        The range on the right of ``<->``.
    keyword : str
        ``:INTERPOLATE:``, ``:RAW:``, … of a data variable; ``==`` for an unchangeable constant;
        ``non-negative`` for a stock that is never below zero.
    dimensions : tuple of str
        Ranges that the variable runs over, where the file says so by itself.
    """

    kind: Kind
    name: str
    subscripts: tuple[str, ...] = ()
    exceptions: tuple[tuple[str, ...], ...] = ()
    body: Expression | None = None
    elements: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    copy_of: str = ""
    keyword: str = ""
    dimensions: tuple[str, ...] = ()


@lru_cache(maxsize=65_536)
def parse_statement(text: str) -> Statement:
    """Parse the text of one entry, left side and right side.

    Raises
    ------
    ParseError
        With a message that says what was expected and the offset of the offending text.
    """
    parser = _Parser(text)
    try:
        return parser.statement()
    except ParseError as error:
        error.name = error.name or parser.name
        raise
    except RecursionError:
        raise ParseError("is nested too deeply; split it", 0, parser.name) from None


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Parse an expression alone, as a spec or a check writes it.

    Raises
    ------
    ParseError
        As :func:`parse_statement`.
    """
    parser = _Parser(text)
    try:
        node = parser.expression()
    except RecursionError:
        raise ParseError("is nested too deeply; split it", 0) from None
    parser.expect_end()
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.position = 0
        self.depth = 0
        self.name = ""

    # -- tokens -------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def accept(self, text: str) -> bool:
        if self.token.text == text and self.token.kind in ("symbol", "keyword"):
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.fail(f"'{text}'")

    def expect_end(self) -> None:
        if self.token.kind != "end":
            self.fail("an operator or the end of the equation")

    def fail(self, expected: str) -> NoReturn:
        token = self.token
        found = "the equation ends" if token.kind == "end" else f"'{clean(token.text)}' stands"
        hint = ""
        if token.text == "=" and self.name:
            hint = " (has the entry above lost its '~ unit ~ comment |'?)"
        raise ParseError(f"{found} where {expected} is expected{hint}", token.offset)

    # -- left side ----------------------------------------------------------------------------

    def statement(self) -> Statement:
        if self.keyword(":THE CONDITION:") or self.keyword(":TEST INPUT:"):
            return self.reality_check()
        self.name = self.variable_name()
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
                elements.append(self.variable_name())
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
        digits_first, digits_last = first[len(stem) :], last.removeprefix(stem)
        if not (last.startswith(stem) and digits_first.isdigit() and digits_last.isdigit()):
            raise ParseError(
                f"'({first}-{last})' is no numeric range; write it as (A1-A10)", start.offset
            )
        low, high = int(digits_first), int(digits_last)
        if not 0 <= high - low < 10_000:
            raise ParseError(
                f"the range ({first}-{last}) runs backwards or has over 10000 elements; "
                "correct its ends", start.offset)  # fmt: skip
        return [f"{stem}{number}" for number in range(low, high + 1)]

    def variable_name(self) -> str:
        if self.token.kind not in ("name", "quoted"):
            self.fail("a name")
        return clean(self.take().text)

    def keyword(self, text: str) -> bool:
        if self.token.kind == "keyword" and " ".join(self.token.text.upper().split()) == text:
            self.position += 1
            return True
        return False

    def subscripts(self) -> tuple[str, ...]:
        self.expect("[")
        names = [self.subscript()]
        while self.accept(","):
            names.append(self.subscript())
        self.expect("]")
        return tuple(names)

    def subscript(self) -> str:
        return self.variable_name() + ("!" if self.accept("!") else "")

    # -- expressions --------------------------------------------------------------------------

    def expression(self, least: int = 0) -> Expression:
        """Return the longest expression ahead whose operators bind no less than ``least``."""
        self.descend()
        if least <= _NOT and self.keyword(":NOT:"):
            left: Expression = Unary(":NOT:", self.expression(_NOT))
        else:
            left = self.signed()
        while (binding := _BINDING.get(self.operator(), -1)) >= least:
            operator = self.take().text.upper()
            left = Binary(operator, left, self.expression(binding + 1))
        self.depth -= 1
        return left

    def descend(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ParseError(f"is nested more than {MAX_NESTING} deep; split it", self.token.offset)
        if self.depth == _DEEP:
            sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEEP_STACK))

    def operator(self) -> str:
        token = self.token
        return token.text.upper() if token.kind in ("symbol", "keyword") else ""

    def signed(self) -> Expression:
        """Return an operand with the signs before it and the power behind it."""
        if self.token.kind == "symbol" and self.token.text in ("+", "-"):
            operator = self.take().text
            operand = self.operand()
            return Unary("-", operand) if operator == "-" else operand
        if self.keyword(":NOT:"):
            return Unary(":NOT:", self.operand())
        base = self.primary()
        return Binary("^", base, self.operand()) if self.accept("^") else base

    def operand(self) -> Expression:
        self.descend()
        found = self.signed()
        self.depth -= 1
        return found

    def primary(self) -> Expression:
        token = self.token
        if token.kind == "number":
            return Number(self.positive())
        if token.kind == "literal":
            self.take()
            return Text(token.text[1:-1])
        if token.kind == "keyword" and token.text.upper() == ":NA:":
            self.take()
            return Number(math.nan)
        if self.accept("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if token.kind in ("name", "quoted"):
            return self.named()
        self.fail("a number, a variable or a function")
        return None

    def named(self) -> Expression:
        name = self.variable_name()
        subscripts = self.subscripts() if self.token.text == "[" else ()
        if self.accept("("):
            if key(name) == "tabbed array":
                return self.tabbed_array()
            return self.call(name, subscripts)
        return Reference(name, subscripts)

    def call(self, function: str, subscripts: tuple[str, ...]) -> Call:
        """``function(argument, …)``; a macro may have further results, ``macro(… : name, …)``."""
        if self.accept(")"):
            return Call(function, (), subscripts)
        tabular = " ".join(function.upper().split()) in _TABLE_FUNCTIONS
        arguments: list[Expression] = []
        while True:
            is_table = tabular and len(arguments) == 1 and self.token.text == "("
            arguments.append(self.table() if is_table else self.expression())
            if self.accept(")"):
                return Call(function, tuple(arguments), subscripts)
            if self.accept(":"):
                outputs = self.outputs()
                self.expect(")")
                return Call(function, tuple(arguments), subscripts, outputs)
            if not self.accept(","):
                self.fail(f"',' or ')' in the call of {clean(function)}")

    def outputs(self) -> tuple[Reference, ...]:
        found: list[Reference] = []
        while True:
            name = self.variable_name()
            found.append(Reference(name, self.subscripts() if self.token.text == "[" else ()))
            if not self.accept(","):
                return tuple(found)

    # -- literal tables -----------------------------------------------------------------------

    def number(self) -> float:
        if self.keyword(":NA:"):
            return math.nan
        sign = -1.0 if self.accept("-") else 1.0
        if sign > 0:
            self.accept("+")
        return sign * self.positive()

    def positive(self) -> float:
        token = self.token
        if token.kind != "number":
            self.fail("a number")
        value = float(self.take().text)
        if math.isinf(value):
            raise ParseError(
                f"holds the number {token.text}, which is too large; write a smaller one",
                token.offset)  # fmt: skip
        return value

    def lookup_body(self) -> Expression:
        """Return a literal table, or the call in brackets that reads one from a file."""
        if self.peek().kind != "name":
            return self.table()
        self.expect("(")
        body = self.named()
        self.expect(")")
        return body

    def table(self) -> Table:
        """``([(x0,y0)-(x1,y1),…],(x,y),(x,y),…)`` or the old form ``(x,x,…,y,y,…)``."""
        self.expect("(")
        if self.accept("["):
            while self.token.kind != "end" and not self.accept("]"):
                if self.token.kind != "number" and self.token.text not in "(),-+":
                    self.fail("a number in the bounds of a lookup")
                self.take()
            self.accept(",")
        x: list[float] = []
        y: list[float] = []
        flat: list[float] = []
        while self.token.text != ")":
            if self.accept("("):
                x.append(self.number())
                self.expect(",")
                y.append(self.number())
                self.expect(")")
            else:
                flat.append(self.number())
            if not self.accept(","):
                break
        self.expect(")")
        if flat:
            if x or len(flat) % 2:
                self.fail("pairs (x,y) of a lookup")
            half = len(flat) // 2
            x, y = flat[:half], flat[half:]
        if not x:
            self.fail("at least one point (x,y) of a lookup")
        return Table(tuple(x), tuple(y))

    def array(self, first: Expression) -> Array:
        rows: list[tuple[float, ...]] = []
        row = [self.literal_value(first)]
        while True:
            if self.accept(","):
                row.append(self.number())
            elif self.accept(";"):
                rows.append(tuple(row))
                row = []
                if self.token.kind == "end":
                    return Array(tuple(rows))
                row.append(self.number())
            else:
                rows.append(tuple(row))
                return Array(tuple(rows))

    def tabbed_array(self) -> Array:
        """``TABBED ARRAY(…)``: numbers apart by blanks, a line for each row."""
        rows: list[list[float]] = [[]]
        end = self.token.offset
        while self.token.text != ")":
            if "\n" in self.text[end : self.token.offset] and rows[-1]:
                rows.append([])
            rows[-1].append(self.number())
            last = self.tokens[self.position - 1]
            end = last.offset + len(last.text)
        self.expect(")")
        if not rows[0]:
            self.fail("a number in the call of TABBED ARRAY")
        return Array(tuple(map(tuple, rows)))

    def literal_value(self, node: Expression) -> float:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Unary) and isinstance(node.operand, Number):
            return -node.operand.value
        self.fail("numbers only, where a list of numbers is given,")
        return None
