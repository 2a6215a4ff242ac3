"""Equations that read files: what enters the graph, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, ModelError, load
from pysd_runner.model.constants import constant_value
from pysd_runner.model.syntax import Array, Number, Table, Tables

InlineModel = Callable[[str], Model]
TABLE = "t,p,q\n0,1,2\n2,3,4\n2,5,6\n"


@pytest.fixture(autouse=True)
def table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)


def test_literals_enter_the_graph(inline_model: InlineModel) -> None:
    model = inline_model(
        "D: p, q ~~|\nc = GET DIRECT CONSTANTS('t.csv', ',', 'B2') ~~|\n"
        "m[D] = GET DIRECT CONSTANTS('t.csv', ',', 'B3') ~~|\n"
        "f[D](GET DIRECT LOOKUPS('t.csv', ',', 'A', 'B2')) ~~|\n"
        "g = GET DIRECT LOOKUPS('t.csv', ',', '2', 'B3') ~~|\n"
        "k = 2 * c ~~|\n"
    )
    bodies = {v.name: v.definitions[0].body for v in model.graph}
    assert bodies["c"] == Number(1)
    assert bodies["m"] == Array(((3, 4),))
    assert bodies["f"] == Tables((Table((0, 2, 2), (1, 3, 5)), Table((0, 2, 2), (2, 4, 6))))
    kinds = {v.name: v.kind for v in model.graph}
    assert (kinds["c"], kinds["m"], kinds["f"], kinds["g"]) == (
        "constant", "constant", "lookup", "lookup",
    )  # fmt: skip
    assert constant_value(model.graph, "m", ("q",)) == 4
    assert constant_value(model.graph, "k") == 2
    shown = model.describe()["equation"]
    assert shown["m"] == "GET DIRECT CONSTANTS('t.csv', ',', 'B3')"
    changed = model.with_equation("m[D] = 7, 8")
    assert changed.describe().loc["m", "equation"] == "7,8"


@pytest.mark.parametrize(
    ("keyword", "between"),
    [("", "linear"), (":INTERPOLATE:", "linear"), (":LOOK FORWARD:", "next"),
     (":HOLD BACKWARD:", "previous"), (":RAW:", "exact")],
)  # fmt: skip
def test_keywords_say_what_lies_between(
    inline_model: InlineModel, tmp_path: Path, keyword: str, between: str
) -> None:
    (tmp_path / "u.csv").write_text("0,1\n3,2\n")
    model = inline_model(f"x {keyword} := GET DIRECT DATA('u.csv', ',', 'A', 'B1') ~~|\n")
    assert model.graph["x"].kind == "data"
    assert model.graph["x"].definitions[0].body == Table((0, 3), (1, 2), "hold", between)  # type: ignore[arg-type]


def test_a_tag_is_given_at_loading(tmp_path: Path, inline_model: InlineModel) -> None:
    text = "x = GET XLS CONSTANTS('?obs', ',', 'B2') ~~|\n"
    with pytest.raises(ModelError, match=r"'\?obs', which stands for a file"):
        inline_model(text)
    model = load(tmp_path / "inline.mdl", {"?obs": "t.csv"})
    assert constant_value(model.with_equation("y = x").graph, "y") == 1


@pytest.mark.parametrize(
    ("text", "variable", "message"),
    [
        ("x = GET XLS CONSTANTS('../t.csv', ',', 'B2') ~~|", "x", "does not lie below"),
        ("x = GET XLS CONSTANTS('no.csv', ',', 'B2') ~~|", "x", "there is no such file"),
        ("x = GET XLS CONSTANTS('t.csv', ',', 'B9') ~~|", "x", "reads B9 in t.csv, which holds n"),
        ("x = GET XLS CONSTANTS('t.csv', ',', 9) ~~|", "x", "takes 3 texts in single quotes"),
        ("x = GET XLS CONSTANTS('t.csv', ',') ~~|", "x", "takes 3 texts in single quotes"),
        ("x := GET DIRECT DATA('t.csv', ',', 'A', 'B2') ~~|", "x",
         "reads the time 2 twice from t.csv; remove one"),
        ("x = 1 + GET XLS CONSTANTS('t.csv', ',', 'B2') ~~|", "x", "inside an expression; give"),
        ("x := GET VDF DATA('t.vdf', 'y') ~~|", "x", "uses GET VDF DATA, which reads a format of"),
        ("x = GET XLS SUBSCRIPT('t.csv', ',', 'A1', 'A', '') ~~|", "x", "write ':' in place of"),
        ("D: GET XLS CONSTANTS('t.csv', ',', 'B2') ~~|\nx[D] = 1 ~~|", "D", "use GET DIRECT SUB"),
        ("D: GET XLS SUBSCRIPT('no.csv', ',', 'A1', 'A', '') ~~|\nx[D] = 1 ~~|", "D",
         "there is no such file"),
        ("D: p, q ~~|\nE <-> D ~~|\nx[D,E] := GET XLS DATA('t.csv', ',', 'A', 'B2') ~~|", "x",
         "series with more than one range"),
    ],
)  # fmt: skip
def test_a_fault_names_line_and_variable(
    inline_model: InlineModel, text: str, variable: str, message: str
) -> None:
    with pytest.raises(ModelError) as caught:
        inline_model(text + "\n")
    (fault,) = caught.value.faults
    assert message in fault.message
    lines = [i + 1 for i, line in enumerate(text.split("\n")) if line.startswith(variable)]
    assert (fault.line, fault.variable) == (lines[0], variable)


def test_all_files_that_cannot_be_read_are_reported_at_once(inline_model: InlineModel) -> None:
    with pytest.raises(ModelError) as caught:
        inline_model(
            "x = GET XLS CONSTANTS('no.csv', ',', 'B2') ~~|\n"
            "y := GET DIRECT DATA('t.csv', ',', 'A', 'D2') ~~|\nz = nosuch ~~|\n"
        )
    assert [fault.variable for fault in caught.value.faults] == ["x", "y", "z"]


def test_a_range_of_one_element_takes_no_place_in_the_file(inline_model: InlineModel) -> None:
    model = inline_model(
        "D: p, q ~~|\nU: u ~~|\nV: v ~~|\n"
        "x[U, D] := GET DIRECT DATA('t.csv', ',', '2', 'B2') ~~|\n"
        "m[U, D, V] = GET DIRECT CONSTANTS('t.csv', ',', 'B3') ~~|\n"
    )
    assert constant_value(model.graph, "m", ("u", "q", "v")) == 4
    body = model.graph["x"].definitions[0].body
    assert body == Tables((Table((1, 2), (1, 2)), Table((1, 2), (3, 4))))
