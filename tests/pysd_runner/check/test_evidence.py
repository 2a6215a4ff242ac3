from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.check.evidence import (
    Evidence,
    evidence_faults,
    evidence_of,
    evidence_table,
    initial_only,
)

InlineModel = Callable[[str], Model]
MODEL = """
***
.One
***~ |
a = 1 ~ kg ~ Read. [source: smith_2020] |
b = 1 ~ kg ~ Guessed. [assumption: of this order] |
c = 1 ~ kg ~ Read and rounded. [source: smith_2020] [assumption: rounded] |
***
.Two
***~ |
start = 4 ~ kg ~ Begins. [Assumption: none before] |
doubled = 2 * start ~ kg ~ For the stock. |
S = INTEG(a, doubled) ~ kg ~ Held. |
bare = 1 ~ kg ~ Nobody knows. |
"""


@pytest.mark.parametrize(
    ("comment", "evidence"),
    [
        ("x [source: a]", Evidence.SOURCED), ("[Assumption: b]", Evidence.ASSUMED),
        ("[assumption]", Evidence.ASSUMED), ("[source: a] [assumption: b]", Evidence.BOTH),
        ("source: a", Evidence.NONE), ("", Evidence.NONE), ("[sources: a]", Evidence.NONE),
    ],
)  # fmt: skip
def test_what_a_comment_says(comment: str, evidence: Evidence) -> None:
    assert evidence_of(comment) is evidence


def test_constants_are_counted_by_sector(inline_model: InlineModel) -> None:
    table = evidence_table(inline_model(MODEL).graph)
    assert table.to_dict("index") == {
        "One": {"sourced": 1, "partly assumed": 1, "assumed": 1, "neither": 0, "initial": 0},
        "Two": {"sourced": 0, "partly assumed": 0, "assumed": 1, "neither": 1, "initial": 1},
    }


def test_what_only_initial_values_depend_on(inline_model: InlineModel) -> None:
    assert initial_only(inline_model(MODEL).graph) == {"start", "doubled"}
    used = MODEL.replace("bare = 1", "bare = 1 ~~|\nuse = start + bare")
    assert initial_only(inline_model(used).graph) == {"doubled"}


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
        ("[source: smith_2020] |", "|", 5, "a", "has neither [source: key] nor [assumption"),
        ("[source: smith_2020] |", "[source: smyth_2020] |", 5, "a",
         "cites 'smyth_2020', which the table of sources does not list; did you mean 'smith_"),
        ("[source: smith_2020] |", "[source: smith_2020, jones] |", 5, "a", "cites 'jones', which"),
        ("[source: smith_2020] |", "[source] |", 5, "a",
         "has a [source] without a key; write it behind a colon."),
        ("of this order", "", 6, "b", "has a [assumption] without a reason"),
    ],
)  # fmt: skip
def test_a_constant_without_evidence_is_named(
    inline_model: InlineModel, old: str, new: str, line: int, variable: str, message: str
) -> None:
    text = MODEL.replace("Nobody knows.", "[assumption: nobody knows]").replace(old, new, 1)
    (fault,) = evidence_faults(inline_model(text).graph, {"smith_2020": ""})
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)


def test_a_model_without_constants(inline_model: InlineModel) -> None:
    assert evidence_table(inline_model("x = Time ~~|").graph).empty
