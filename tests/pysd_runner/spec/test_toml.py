from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from pysd_runner import SpecError
from pysd_runner.errors import Fault
from pysd_runner.spec.toml import line_of, read_toml, shape_faults

Break = Callable[[str, str], Fault]


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
        ('title = "Test"', 'title = "Test"\ntitel = "Test"', 3, "model.titel",
         "unknown key; did you mean 'title'? (known: title, question, file,"),
        ("[levers.grants]", "[lever.grants]", 7, "lever",
         "unknown key; did you mean 'levers'? (known: model, levers, uncertainties,"),
        ("from = 2", "form = 2", 32, "outcomes.fund.form", "unknown key; did you mean 'from'?"),
        ("base = 0.1", 'base = "low"', 11, "levers.grants.base", "is 'low'; write a number."),
        ("base = 0.1", "base = nan", 11, "levers.grants.base", "is nan; write a finite number."),
        ("bounds = [0.0, 0.5]", "bounds = [0.5, 0.0]", 12, "levers.grants.bounds",
         "the bounds [0.5, 0] are inverted; write the lower first."),
        ("bounds = [0.0, 0.5]", "bounds = [0.2, 0.5]", 12, "levers.grants.bounds",
         "the base 0.1 lies outside the bounds [0.2, 0.5]; widen them."),
        ('unit = "1/yr"\n', "", 7, "levers.grants.unit", "is missing; add it."),
        ('cost = "outlay"\n', "", 7, "levers.grants", "no lever is free: give 'cost'"),
        ('source = "key"\n', "", 7, "levers.grants.source", "exactly one of 'source' (a key) and"),
        ('source = "key"\n', 'source = "key"\nassumption = "too"\n', 15, "levers.grants.source",
         "exactly one of 'source' (a key) and 'assumption'"),
        ("mode = 2.5\n", "", 24, "uncertainties.return.distribution",
         "a triangular distribution takes mode"),
        ("mode = 2.5", "mode = 3.5", 25, "uncertainties.return.mode",
         "the mode 3.5 lies outside the bounds [1, 3]."),
        ('"triangular"', '"gamma"', 24, "uncertainties.return.distribution",
         "is 'gamma'; write 'uniform', 'triangular', 'normal', 'lognormal', 'loguniform', "
         "'discrete' or 'share'."),
        ('distribution = "triangular"\nmode = 2.5', 'distribution = "normal"\nmean = 2\nsd = 0', 26,
         "uncertainties.return.sd", "is 0; write a number above 0."),
        ('reduction = "mean"', 'reduction = "at"', 31, "outcomes.fund.reduction",
         "give 'at' (a time) if,"),
        ('reduction = "mean"', 'reduction = "final"', 31, "outcomes.fund.reduction",
         "the reduction \"final\" takes no 'from' and 'to'."),
        ("to = 8", "to = 1", 33, "outcomes.fund.to", "'to' is not later than 'from'."),
        ('label = "Fund"\nexpr', 'variable = "Fund"\nlabel = "Fund"\nexpr', 31,
         "outcomes.fund.expression",
         "give exactly one of 'variable' and 'expression'."),
        ("base_year = 1\n", "", 49, "history.fund.transform", "give 'base_year' if, and only if,"),
        ('label = "Grants"', f'label = "{"x" * 41}"', 9, "levers.grants.label",
         "has 41 characters; shorten it to 40."),
        ("base = 0.1", "base = true", 11, "levers.grants.base", "is true; write a number."),
        ("base = 0.1", 'base = "0.1"', 11, "levers.grants.base", "is '0.1'; write a number."),
        ("base = 0.1", f"base = {'9' * 400}", 11, "levers.grants.base", "is 9999999999"),
        ('title = "Test"', f"title = {'9' * 400}", 2, "model.title", "9…; write a text in quotes."),
        ("base = 0.1", "base = 2020-01-01", 11, "levers.grants.base",
         "is 2020-01-01; write a number."),
        ('title = "Test"', "title = 3", 2, "model.title", "is 3; write a text in quotes."),
        ('label = "Grants"', 'label = ""', 9, "levers.grants.label", "is empty; write a text."),
        ("bounds = [0.0, 0.5]", "bounds = 0.5", 12, "levers.grants.bounds",
         "is 0.5; write a list, […]."),
        ("bounds = [0.0, 0.5]", "bounds = [0.0]", 12, "levers.grants.bounds.1",
         "holds too few values."),
        ("bounds = [0.0, 0.5]", "bounds = [0, 0.1, 0.5]", 12, "levers.grants.bounds",
         "holds 3 values; write 2."),
        ("values = { grants = 0.4 }", "values = [0.4]", 43, "policies.more.values",
         "is a list; make it a table, with its keys below."),
        ("base = 0.1", "base = ", 11, None, "is no valid TOML: Invalid value."),
        ("[policies.more]", "[scenarios.poor]", 41, None, "is no valid TOML: Cannot declare"),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    fault_of: Break, old: str, new: str, line: int, variable: str, message: str
) -> None:
    fault = fault_of(old, new)
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 1),
        (("a", "x"), 2),
        (("a", "y"), 1),
        (("b", "c"), 4),
        (("b", "c", "d"), 6),
        (("b", "quoted name", "e"), 8),
        (("b",), 4),
        (("z",), None),
        (("z", "x"), None),
    ],
)
def test_line_of(place: tuple[str, ...], line: int | None) -> None:
    text = '[a]\nx = 1\n\n[b.c]\n# d = 0\n"d" = 2\n[ b . "quoted name" ]\ne = 3\n'
    assert line_of(text, place) == line


def test_a_number_in_the_place_of_a_table(read: Callable[[str], object]) -> None:
    with pytest.raises(SpecError) as caught:
        read("outcomes = 7\n[levers]\ngrants = 3\n")
    assert [(fault.line, fault.variable, fault.message) for fault in caught.value.faults] == [
        (None, "model", "is missing; add it."),
        (3, "levers.grants", "is 3; make it a table, with its keys below."),
        (1, "outcomes", "is 7; make it a table, with its keys below."),
    ]


def test_no_message_is_that_of_the_library() -> None:
    class Odd(BaseModel):
        when: datetime.date

    with pytest.raises(ValidationError) as caught:
        Odd.model_validate({"when": "soon"})
    (fault,) = shape_faults(caught.value, Odd, {}, Path("x.toml"), 'when = "soon"')
    assert str(fault) == "x.toml:1: 'when': is 'soon', which does not fit here."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "9" * 5000, "holds a number of too many digits; shorten it"),
        ("a = " + "[" * 5000, "holds lists or tables too deep in one another"),
        ("a = " + "{a = " * 5000, "holds lists or tables too deep in one another"),
    ],
)
def test_what_python_cannot_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "sandbox.toml"
    path.write_text(text)
    with pytest.raises(SpecError, match=message):
        read_toml(path)


def test_lines_are_found_at_once_however_many_are_asked_for() -> None:
    text = "".join(f"[levers.x{i}]\nbase = 1\n[\"a b\".'c.d'.x{i}]\n" for i in range(5000))
    start = time.process_time()
    assert [line_of(text, ("levers", f"x{i}", "base")) for i in range(5000)] == [
        3 * i + 2 for i in range(5000)
    ]
    assert line_of(text, ("a b", "c.d", "x2")) == 9
    assert line_of(text, ("a b", "c.d")) == 3
    assert time.process_time() - start < 1
