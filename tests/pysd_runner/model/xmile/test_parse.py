from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysd_runner.model.tokens import ParseError
from pysd_runner.model.xmile.parse import parse_equation, parse_numbers
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

_BINDING = {
    "or": 1, "and": 2, "=": 3, "<>": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5,
    "*": 6, "/": 6, "//": 6, "mod": 6, "neg": 7, "not": 7, "^": 8,
}  # fmt: skip


def write(node: Index, binding: int = 0) -> str:
    """Return a tree as text, with no more brackets than the standard's table of operators asks."""
    if isinstance(node, Literal):
        return repr(node.value)
    if isinstance(node, Wildcard):
        return f"*:{node.dimension}" if node.dimension else "*"
    if isinstance(node, Span):
        return f"{write(node.low)}:{write(node.high)}"
    if isinstance(node, Name):
        inside = "" if node.indices is None else f"[{', '.join(map(write, node.indices))}]"
        return node.path + inside + ("'" if node.transposed else "")
    if isinstance(node, Application):
        return f"{node.function}({', '.join(map(write, node.arguments))})"
    if node.operator == "if":
        condition, yes, no = map(write, node.operands)
        text, own = f"IF {condition} THEN {yes} ELSE {no}", 0
        return f"({text})" if binding else text
    own = _BINDING[node.operator]
    if node.operator in ("neg", "not"):
        text = ("-" if node.operator == "neg" else "NOT ") + write(node.operands[0], own)
        own = 7 if node.operator == "neg" else 0  # NOT in front of a comparison needs brackets
    elif node.operator == "^":
        text = f"{write(node.operands[0], 9)} ^ {write(node.operands[1], 7)}"
    else:
        left, right = write(node.operands[0], own), write(node.operands[1], own + 1)
        text = f"{left} {node.operator.upper()} {right}"
    return f"({text})" if own < binding else text


NAMES = st.sampled_from(["a", "birth_rate", '"Quoted, (name)"', "sub.var", ".root", "x_2", "人口"])
NUMBERS = st.floats(0, 1e6).map(Literal)


def _trees(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    binary = st.sampled_from([op for op in _BINDING if op not in ("neg", "not")])
    index = st.one_of(inner, st.just(Wildcard()), st.builds(Span, NUMBERS, NUMBERS),
                      st.just(Wildcard("dim")))  # fmt: skip
    return st.one_of(
        st.builds(lambda op, a, b: Operation(op, (a, b)), binary, inner, inner),
        st.builds(lambda op, a: Operation(op, (a,)), st.sampled_from(["neg", "not"]), inner),
        st.builds(lambda *each: Operation("if", each), inner, inner, inner),
        st.builds(lambda name, a: Application(name, tuple(a)), NAMES, st.lists(inner, max_size=3)),
        st.builds(lambda name, a, t: Name(name, tuple(a), t), NAMES,
                  st.lists(index, min_size=1, max_size=2), st.booleans()),
    )  # fmt: skip


TREES = st.recursive(st.one_of(NUMBERS, NAMES.map(Name)), _trees, max_leaves=15)


@given(TREES)
def test_what_is_written_is_read_again(tree: Tree) -> None:
    assert parse_equation(write(tree)) == tree


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("-2^2", "-(2^2)"),
        ("2^3^2", "2^(3^2)"),
        ("2^-1", "2^(-1)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c", "(a / b) * c"),
        ("a MOD b * c", "(a MOD b) * c"),
        ("-a * b", "(-a) * b"),
        ("a + b < c = d", "((a + b) < c) = d"),
        ("a OR b AND c", "a OR (b AND c)"),
        ("NOT a AND b", "(NOT a) AND b"),
        ("IF a THEN b ELSE c + 1", "IF a THEN b ELSE (c + 1)"),
        ("1 + IF a THEN b ELSE c", "1 + (IF a THEN b ELSE c)"),
        ("{what} a {that} + 1", "a + 1"),
        ("a\n\t+ 1", "a + 1"),
        ("iF(a)tHEN(1)ELSE 2", "if a then 1 else 2"),
        ("MOD(a, 3)", "mod(a, 3)"),
        ("a[Dim.*]", "a[*:Dim]"),
        ("a :AND: :NOT: b :or: c", "a and not b or c"),
        ("if then else(a > 1, 2, :NA:) + 1", "IF_THEN_ELSE(a > 1, 2, NAN) + 1"),
    ],
)
def test_operators_bind_as_the_standard_says(text: str, same: str) -> None:
    found, wanted = (repr(parse_equation(each)).lower() for each in (text, same))
    assert found.replace("_", " ") == wanted.replace("_", " ")


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("a +", "the equation ends where a number", 3),
        ("a b", "'b' stands where an operator", 2),
        ("(a", r"the equation ends where '\)'", 2),
        ("f(a", "where ',' or ')' in the call of f", 3),
        ("a[1", "where ',' or ']' behind a subscript", 3),
        ("IF a THEN b", "where 'ELSE' is expected", 11),
        ("a ? b", "the character '\\?'", 2),
        ('"abc', "a quote that is never closed", 0),
        ("a {b", "a comment that is never closed", 2),
        ("NOT a = b", r"write NOT \(a = b\)", 6),
        ("1e999", "too large", 0),
        ("(" * 250 + "a" + ")" * 250, "nested more than 200 deep", 200),
        ("", "the equation ends", 0),
        ("1 2", "'2' stands", 2),
    ],
)
def test_what_is_no_expression(text: str, message: str, offset: int) -> None:
    message = message.replace("call of f", "call of f").replace("')' in", r"'\)' in")
    with pytest.raises(ParseError, match=message) as refusal:
        parse_equation(text)
    assert refusal.value.offset == offset


def test_very_long_equations_are_refused() -> None:
    with pytest.raises(ParseError, match="is longer than"):
        parse_equation("a" * 500_000)
    with pytest.raises(ParseError, match=re.escape("nested")):
        parse_equation("-" * 5000 + "a")


def test_lists_of_numbers() -> None:
    assert parse_numbers("1, 2.5; -3, 4;") == (1.0, 2.5, -3.0, 4.0)
    assert parse_numbers("1 + 2") is None
    assert parse_numbers("f(a, b)") is None
