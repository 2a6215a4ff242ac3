from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pysd_runner.model.cursor import MAX_NESTING
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.parse import parse_statement
from pysd_runner.model.statement import Mapping, Statement
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
    rebuild,
    references,
    walk,
    write,
)
from pysd_runner.model.tokens import ParseError

a, b, c = Reference("a"), Reference("b"), Reference("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", Binary("+", a, Binary("*", b, c))),
        ("a - b - c", Binary("-", Binary("-", a, b), c)),
        ("a ^ b ^ c", Binary("^", a, Binary("^", b, c))),
        ("-a ^ b", Unary("-", Binary("^", a, b))),
        ("(-a) ^ b", Binary("^", Unary("-", a), b)),
        ("a ^ -b", Binary("^", a, Unary("-", b))),
        ("+a", a),
        ("a :OR: b :AND: c", Binary(":OR:", a, Binary(":AND:", b, c))),
        (":NOT: a = b", Unary(":NOT:", Binary("=", a, b))),
        ("a + 1 <> b", Binary("<>", Binary("+", a, Number(1.0)), b)),
        (".5", Number(0.5)),
        ("1.5e-3", Number(0.0015)),
        ("a{in between}+ \\\n\t b", Binary("+", a, b)),
        ('"R&D budget"', Reference("R&D budget")),
        ("gross\n  product", Reference("gross product")),
        ("研发 投入", Reference("研发 投入")),
        ("x[A, D!]", Reference("x", ("A", "D!"))),
        ("x[1990, 5 to 9, 10plus!]", Reference("x", ("1990", "5 to 9", "10plus!"))),
        ("SUM(x[D!])", Call("SUM", (Reference("x", ("D!",)),))),
        ("t[D](a)", Call("t", (a,), ("D",))),
        ("RANDOM 0 1()", Call("RANDOM 0 1", ())),
        ("WITH LOOKUP(a, ([(0,0)-(2,2)],(0,1),(2,-3)))",
         Call("WITH LOOKUP", (a, Table((0.0, 2.0), (1.0, -3.0))))),
        ("f('x.csv', a)", Call("f", (Text("x.csv"), a))),
    ],
)  # fmt: skip
def test_expressions(text: str, tree: Expression) -> None:
    assert parse_expression(text) == tree


def test_not_available_is_a_number() -> None:
    node = parse_expression(":NA:")
    assert isinstance(node, Number)
    assert math.isnan(node.value)
    assert write(node) == ":NA:"


@pytest.mark.parametrize(
    ("text", "kind", "body"),
    [
        ("x = 1", "equation", Number(1.0)),
        ("x == 1", "equation", Number(1.0)),
        ("x[D] = 1, -2", "equation", Array(((1.0, -2.0),))),
        ("x[D,E] = 1,2; 3,4;", "equation", Array(((1.0, 2.0), (3.0, 4.0)))),
        ("t((0,1),(2,3))", "lookup", Table((0.0, 2.0), (1.0, 3.0))),
        ("t(0,2,1,3)", "lookup", Table((0.0, 2.0), (1.0, 3.0))),
        ("t([(0,0)-(9,9),(0,1)],(0,1),(-2,3e2))", "lookup", Table((0.0, -2.0), (1.0, 300.0))),
        ("x", "data", None),
        ("x :INTERPOLATE:", "data", None),
        ("x := a", "data", a),
        ("x :IS: 'file.csv'", "text", Text("file.csv")),
    ],
)
def test_statements(text: str, kind: str, body: Expression | None) -> None:
    statement = parse_statement(text)
    assert (statement.name, statement.kind, statement.body) == (text[0], kind, body)


def test_left_side() -> None:
    statement = parse_statement("x[D, A] :EXCEPT: [B, A], [C, A] = 1")
    assert statement.subscripts == ("D", "A")
    assert statement.exceptions == (("B", "A"), ("C", "A"))


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("D: A, B", ("A", "B")),
        ("D: (A8-A11), B", ("A8", "A9", "A10", "A11", "B")),
        ("D: 1990, 5 to 9, 10plus -> E", ("1990", "5 to 9", "10plus")),
    ],
)
def test_ranges(text: str, elements: tuple[str, ...]) -> None:
    assert parse_statement(text).elements == elements


def test_mappings_and_copies() -> None:
    mapped = parse_statement("D: A, B -> E, (F: G, H)")
    assert mapped.mappings == (Mapping("E"), Mapping("F", ("G", "H")))
    assert parse_statement("D <-> E").copy_of == "E"


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("x = 1 +", "the equation ends where a number, a variable or a function is expected", 7),
        ("x = (1 + 2", "the equation ends where ')' is expected", 10),
        ("x = 1 2", "'2' stands where an operator or the end of the equation is expected", 6),
        ("x = a # b", "holds the character '#', which has no meaning here", 6),
        ('x = "a', "holds a quote that is never closed", 4),
        ("x = MAX(1; 2)", "';' stands where ',' or ')' in the call of MAX is expected", 9),
        ("x = MAX(1\uff0c 2)", "'\uff0c' is full-width, type ','", 9),
        ("x[ = 1", "'=' stands where a name is expected", 3),
        ("t((0,0),(1))", "')' stands where ',' is expected", 10),
        ("t(1,2,3)", "pairs (x,y) of a lookup", 8),
        ("t()", "at least one point (x,y) of a lookup", 3),
        ("x = 1e400", "holds the number 1e400, which is too large", 4),
        ("x[D] = 1, a", "'a' stands where a number is expected", 10),
        ("x[1.5] = 1", "'1.5' stands where a name is expected", 2),
        ("D: (A1-B3)", "'(A1-B3)' is no numeric range", 4),
        ("D: (A9-A1)", "runs backwards", 4),
        ("D: (A1-A99999)", "over 10000 elements", 4),
        ("D <-> E F = 3", "the end of the equation is expected", 10),
        ("", "the equation ends where a name is expected", 0),
        ("x = " + "(" * 200 + "1" + ")" * 200, "is nested more than 200 deep; split it", 204),
        ("x = " + "-" * 5000 + "1", "is nested more than 200 deep; split it", 204),
        ("x = " + "2^" * 5000 + "1", "is nested more than 200 deep; split it", 404),
        ("x = " + "1" * 400_001, "is longer than 400000 characters", 0),
    ],
)
def test_broken_equations_say_what_was_expected(text: str, message: str, offset: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_statement(text)
    assert message in caught.value.message
    assert caught.value.offset == offset


@pytest.mark.parametrize("text", ["1 +", "a b = = c", "-" * 5000 + "1", "'open"])
def test_an_expression_alone_is_refused_in_the_same_way(text: str) -> None:
    with pytest.raises(ParseError):
        parse_expression(text)


def test_long_sums_and_deep_brackets_are_written_compared_and_sent_to_a_process() -> None:
    deep = "(" * (MAX_NESTING - 2)
    for text in (
        " - ".join(["x"] * 5000),
        "x ^ " * (MAX_NESTING - 2) + "x",
        deep + "x" + " * 2 + 1)" * (MAX_NESTING - 2),
    ):
        tree = parse_expression(text)
        again = parse_expression(write(tree))
        assert again == tree and hash(again) == hash(tree)
        assert pickle.loads(pickle.dumps(tree)) == tree


def test_case_and_blanks_of_names_do_not_count() -> None:
    assert parse_statement("D: (A 1-a_3)").elements == ("A 1", "A 2", "A 3")
    table = Table((2.0,), (5.0,))
    tree = Call("WITH_LOOKUP", (Reference("Time"), table))
    assert parse_expression("WITH_LOOKUP(Time, ((2, 5)))") == tree


def test_words_of_a_name_may_begin_with_signs() -> None:
    tree = parse_expression("profit & loss + share of $ - a %")
    assert [each.name for each in references(tree) if isinstance(each, Reference)] == [
        "profit & loss", "share of $", "a %"
    ]  # fmt: skip
    assert parse_expression(write(tree)) == tree


def test_a_sign_of_a_sign_is_written_in_brackets() -> None:
    """PySD takes one sign in front of an operand."""
    assert write(parse_expression("-(-(-a ^ 2)) - -b")) == "-(-(-a ^ 2)) - -b"
    assert write(Unary("-", Number(-2.5))) == "-(-2.5)"


def test_a_marked_range_may_stand_alone() -> None:
    node = parse_expression('"a b" ! * 2')
    assert node == Binary("*", Reference("a b", ("a b!",)), Number(2.0))
    assert write(node) == "a b! * 2"


def test_a_macro_may_have_further_results() -> None:
    tree = Call("m", (a,), (), (b, Reference("c", ("D",))))
    assert parse_expression("m(a : b, c[D])") == tree
    assert parse_expression(write(tree)) == tree


def test_a_tabbed_array_is_numbers_by_rows() -> None:
    statement = parse_statement("x[D,E] = TABBED ARRAY(\n1\t-2\n\n3 -4e1\n)")
    assert statement.body == Array(((1.0, -2.0), (3.0, -40.0)))


def test_what_rebuild_changes_is_made_anew_and_the_rest_kept() -> None:
    tree = parse_expression("-f(a + 1) * b")
    assert rebuild(tree, lambda node: node) is tree
    changed = rebuild(tree, lambda node: c if node == a else node)
    assert changed == parse_expression("-f(c + 1) * b")


def test_walk_goes_left_to_right() -> None:
    tree = parse_expression("f(a, b + c)")
    assert [type(node).__name__ for node in walk(tree)] == [
        "Call", "Reference", "Binary", "Reference", "Reference",
    ]  # fmt: skip
    assert [getattr(n, "name", None) or n.function for n in references(tree)] == [
        "f",
        "a",
        "b",
        "c",
    ]


# -- a law: what is written is read back ------------------------------------------------------

_names = st.sampled_from(["a", "stock of money", "x1", "R&D", "2030 aim", 'a "real" one', "产出"])
_numbers = st.floats(0, allow_nan=False, allow_infinity=False).map(
    lambda value: Number(value + 0.0)
)
_subscripts = st.lists(st.sampled_from(["D", "A", "D!"]), max_size=2).map(tuple)
_tables = st.lists(
    st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1, max_size=4
).map(lambda points: Table(*(tuple(each) for each in zip(*points, strict=True))))
_leaves = st.one_of(_numbers, st.builds(Reference, _names, _subscripts))
_operators = st.sampled_from(
    ["+", "-", "*", "/", "^", "=", "<>", "<", "<=", ">", ">=", ":AND:", ":OR:"]
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(Binary, _operators, inner, inner),
        st.builds(Unary, st.sampled_from(["-", ":NOT:"]), inner),
        st.builds(Call, _names, st.lists(inner, max_size=3).map(tuple), _subscripts),
        st.builds(lambda x, t: Call("WITH LOOKUP", (x, t)), inner, _tables),
    ),
    max_leaves=15,
)


@given(_trees)
def test_what_is_written_is_read_back(tree: Expression) -> None:
    assert parse_expression(write(tree)) == tree


@given(_tables)
def test_a_table_keeps_every_digit(table: Table) -> None:
    assert parse_statement(f"t{write(table)}").body == table


@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * width),
            min_size=1, max_size=3,
        )
    )
)  # fmt: skip
def test_an_array_keeps_every_digit(rows: list[tuple[float, ...]]) -> None:
    array = Array(tuple(rows))
    assert parse_statement(f"x[D] = {write(array)}").body == array


@example('""')
@given(st.text("ab1 .+-*/^=<>()[]{},;:!|\"'\\\n~é$", max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    outcome: Statement | ParseError
    try:
        outcome = parse_statement(text)
    except ParseError as error:
        outcome = error
    if isinstance(outcome, ParseError):
        assert 0 <= outcome.offset <= len(text)
    else:
        assert outcome.kind == "reality check" or outcome.name
