"""From the text of an expression in Vensim's language to its tree, by operator precedence."""

from __future__ import annotations

import math
from functools import lru_cache

from pysd_runner.model.cursor import Cursor
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
from pysd_runner.model.tokens import ParseError, tokens
from pysd_runner.names import clean, key

_BINDING = {
    ":OR:": 1, ":AND:": 2, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6,
}  # fmt: skip
_NOT = 3
_TABLE_FUNCTIONS = frozenset({"with lookup"})


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Parse an expression alone, as a spec or a check writes it.

    Raises
    ------
    ParseError
        With a message that says what was expected and the offset of the offending text.
    """
    parser = ExpressionParser(text)
    try:
        node = parser.expression()
    except RecursionError:
        raise ParseError("is nested too deeply; split it", 0) from None
    parser.expect_end()
    return node


class ExpressionParser(Cursor):
    """Whatever may stand on the right of an equation.

    Parameters
    ----------
    text : str
        The text of an expression, or of an entry that holds one.
    """

    def __init__(self, text: str) -> None:
        super().__init__(tokens(text))
        self.text = text

    # -- names --------------------------------------------------------------------------------

    def variable_name(self) -> str:
        """Take a name and return it as people read it."""
        if self.token.kind not in ("name", "quoted"):
            self.fail("a name")
        return clean(self.take().text)

    def element_name(self) -> str:
        """Take the name of an element, which may begin with digits: 1990, 5 to 9."""
        if not (self.token.kind == "number" and self.token.text.isdigit()):
            return self.variable_name()
        number = self.take()
        end = number.offset + len(number.text)
        if self.token.kind == "name" and not self.text[end : self.token.offset].strip():
            rest = self.take()
            end = rest.offset + len(rest.text)
        return clean(self.text[number.offset : end])

    def keyword(self, text: str) -> bool:
        """Pass the keyword ``text`` if it is ahead, and tell whether it was."""
        if self.token.kind == "keyword" and " ".join(self.token.text.upper().split()) == text:
            self.position += 1
            return True
        return False

    def subscripts(self) -> tuple[str, ...]:
        """``[name, …]``: take the subscripts of a variable."""
        self.expect("[")
        names = [self.subscript()]
        while self.accept(","):
            names.append(self.subscript())
        self.expect("]")
        return tuple(names)

    def subscript(self) -> str:
        """Take one subscript, with the ``!`` of a reduction if it has one."""
        return self.element_name() + ("!" if self.accept("!") else "")

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

    def operator(self) -> str:
        """Return the symbol or keyword ahead in capitals, or nothing."""
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
        """Return what a sign or a power applies to."""
        self.descend()
        found = self.signed()
        self.depth -= 1
        return found

    def primary(self) -> Expression:
        """Return a number, a text, a variable, a call, or an expression in brackets."""
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
        """Return a variable or a call."""
        name = self.variable_name()
        subscripts = self.subscripts() if self.token.text == "[" else ()
        if self.accept("("):
            if key(name) == "tabbed array":
                return self.tabbed_array()
            return self.call(name, subscripts)
        if not subscripts and self.accept("!"):  # the number of an element that a sum runs over
            subscripts = (f"{name}!",)
        return Reference(name, subscripts)

    def call(self, function: str, subscripts: tuple[str, ...]) -> Call:
        """``function(argument, …)``; a macro may have further results, ``macro(… : name, …)``."""
        if self.accept(")"):
            return Call(function, (), subscripts)
        tabular = key(function) in _TABLE_FUNCTIONS
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
        """``name, …``: take the further results of a macro."""
        found: list[Reference] = []
        while True:
            name = self.variable_name()
            found.append(Reference(name, self.subscripts() if self.token.text == "[" else ()))
            if not self.accept(","):
                return tuple(found)

    # -- literal tables -----------------------------------------------------------------------

    def number(self) -> float:
        """Take a number with its sign."""
        if self.keyword(":NA:"):
            return math.nan
        sign = -1.0 if self.accept("-") else 1.0
        if sign > 0:
            self.accept("+")
        return sign * self.positive()

    def positive(self) -> float:
        """Take a number without a sign."""
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
        """``first, …; …;``: take the rest of a list or a matrix of numbers."""
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
        """Return the number that an expression is."""
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Unary) and isinstance(node.operand, Number):
            return -node.operand.value
        self.fail("numbers only, where a list of numbers is given,")
        return None
