from __future__ import annotations

import pytest

from pysd_runner.model.parse import parse_statement
from pysd_runner.model.ranges import collect_ranges
from pysd_runner.model.subscripts import Ranges, SubscriptFault


def ranges(*texts: str) -> Ranges:
    found, faults = collect_ranges([(parse_statement(t), n + 1) for n, t in enumerate(texts)])
    assert faults == []
    return found


def test_elements_keep_the_order_of_the_file() -> None:
    found = ranges("city: Shunde, Nanhai, Chancheng", "outer: Nanhai, Shunde")
    assert found["CITY"].elements == ("Shunde", "Nanhai", "Chancheng")
    assert found["outer"].keys == ("nanhai", "shunde")


def test_ranges_of_ranges_and_copies_are_dissolved() -> None:
    found = ranges("all: north, S1, north", "north: N1, N2", "other <-> all")
    assert found["all"].elements == ("N1", "N2", "S1")
    assert found["other"].elements == ("N1", "N2", "S1")


def test_the_last_subscript_runs_fastest() -> None:
    found = ranges("D: A, B", "E: P, Q")
    assert list(found.tuples(["D", "E"])) == [("a", "p"), ("a", "q"), ("b", "p"), ("b", "q")]
    assert list(found.tuples(["B", "E"])) == [("b", "p"), ("b", "q")]


def test_exceptions_are_left_out() -> None:
    found = ranges("D: A, B, C")
    assert found.covered(["D"], [["B"], ["C"]]) == [("a",)]


@pytest.mark.parametrize(
    ("subscript", "binding", "elements"),
    [
        ("D", {"d": "b"}, ("b",)),
        ("A", {"d": "b"}, ("a",)),
        ("D!", {}, ("a", "b", "c")),
        ("F", {"d": "b"}, ("q",)),  # mapped by position
        ("G", {"d": "b"}, ("v",)),  # mapped by a list
        ("D", {"f": "r"}, ("c",)),  # the mapping read backwards
        ("copy", {"d": "c"}, ("c",)),  # the same elements under another name
    ],
)
def test_what_a_subscript_means(
    subscript: str, binding: dict[str, str], elements: tuple[str, ...]
) -> None:
    found = ranges("D: A, B, C -> F, (G: U, V, V)", "F: P, Q, R", "G: U, V", "copy <-> D")
    assert found.resolve(subscript, binding) == elements


def test_a_range_that_is_not_on_the_left_is_refused() -> None:
    found = ranges("D: A, B", "E: P, Q")
    with pytest.raises(SubscriptFault, match=r"'E' is not among .* SUM\(…\[E!\]\)"):
        found.resolve("E", {"d": "a"})
    with pytest.raises(SubscriptFault, match=r"'DD' is neither .* did you mean 'D'"):
        found.elements_of("DD")


def test_the_smallest_range_that_holds_all() -> None:
    found = ranges("D: A, B, C", "sub: A, B", "E: P")
    assert found.dimension(["A", "B"]) == "sub"
    assert found.dimension(["A", "C"]) == "d"
    assert found.dimension(["D"]) == "d"
    with pytest.raises(SubscriptFault, match="no subscript range holds all of a, p"):
        found.dimension(["A", "P"])


@pytest.mark.parametrize(
    ("texts", "line", "message"),
    [
        (("D: A", "D: B"), 2, "is defined again; the first definition is on line 1"),
        (("D: E", "E: D"), 1, "is defined by itself: d -> e -> d"),
        (("D <-> EFG", "EFH: A"), 1, "is a copy of 'EFG', which is not defined; did you mean"),
        (("D: A, B -> E", "E: P"), 1, "maps to 'E', which is not a range of the same number"),
        (("D: A -> E",), 1, "maps to 'E', which is not a range"),
    ],
)
def test_faults_of_ranges(texts: tuple[str, ...], line: int, message: str) -> None:
    _, faults = collect_ranges([(parse_statement(t), n + 1) for n, t in enumerate(texts)])
    assert faults[0].line == line
    assert message in faults[0].message


def test_a_mapping_names_elements_of_its_target() -> None:
    statements = [(parse_statement(t), n + 1) for n, t in
                  enumerate(["D: A, B -> (E: P, X)", "E: P, Q"])]  # fmt: skip
    _, (fault,) = collect_ranges(statements)
    assert (fault.line, fault.variable) == (1, "D")
    assert fault.message == "maps to 'x', which is no element of 'E'; correct the mapping."


def test_an_element_that_is_mapped_to_none_is_refused() -> None:
    found = ranges("D: A, B -> (E: P, P)", "E: P, Q")
    assert found.resolve("D", {"e": "p"}) == ("a", "b")
    with pytest.raises(SubscriptFault, match="the element 'q' is mapped to none of 'd'"):
        found.resolve("D", {"e": "q"})


@pytest.mark.parametrize(
    ("subscript", "element", "number"),
    [("D", "b", 2), ("late", "b", 2), ("late", "c", 3), ("turned", "b", 2), ("C", "c", 3)],
)
def test_a_subrange_numbers_its_elements_as_its_whole_range_does(
    subscript: str, element: str, number: int
) -> None:
    found = ranges("turned: C, B", "late: B, C", "D: A, B, C", "copy <-> D")
    assert found.number(subscript, element) == number
