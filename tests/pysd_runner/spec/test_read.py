from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, SpecError, load
from pysd_runner.spec.read import line_of, read_spec

InlineModel = Callable[[str], Model]
MODELS = sorted(Path(__file__).parents[3].glob("models/*/sandbox.toml"))

MODEL = """
D: SHA, SHB ~~|
grant rate = 0.1 ~ 1/yr ~|
r[D] = 1, 2 ~ Dmnl ~|
Fund = INTEG(outlay, 0) ~ MCNY ~|
outlay = grant rate * SUM(r[D!]) ~ MCNY/yr ~|
"""
SPEC = """\
[model]
title = "Test"
question = "Does it read?"
file = "inline.mdl"
save_step = 1.0

[levers.grants]
variable = "grant rate"
label = "Grants"
unit = "1/yr"
base = 0.1
bounds = [0.0, 0.5]
cost = "outlay"
paper = "3.1"
source = "key"

[uncertainties.return]
variable = "r"
element = "SHB"
label = "Return"
unit = "dimensionless"
base = 2
bounds = [1.0, 3.0]
distribution = "triangular"
mode = 2.5
assumption = "Nobody knows."

[outcomes.fund]
label = "Fund"
expression = "Fund + SUM(r[D!])"
reduction = "mean"
from = 2
to = 8
unit = "MCNY"
direction = "maximise"

[scenarios.poor]
label = "Poor returns"
values = { "r[SHB]" = 1.5, "grant rate" = 0.2 }

[policies.more]
label = "More grants"
values = { grants = 0.4 }

[history.fund]
label = "Fund"
variable = "Fund"
indicator = "fund"
transform = "index"
base_year = 0
unit = "Dmnl"
"""


@pytest.fixture
def read(inline_model: InlineModel, tmp_path: Path) -> Callable[[str], object]:
    model = inline_model(MODEL)

    def of(text: str) -> object:
        path = tmp_path / "sandbox.toml"
        path.write_text(text, encoding="utf-8")
        return read_spec(path, model.graph)

    return of


def test_a_spec_is_read(inline_model: InlineModel, tmp_path: Path) -> None:
    (tmp_path / "sandbox.toml").write_text(SPEC)
    spec = inline_model(MODEL).spec
    lever, unknown = spec.levers["grants"], spec.uncertainties["return"]
    assert (lever.setting, lever.bounds, lever.cost) == ("grant rate", (0.0, 0.5), "outlay")
    assert (unknown.setting, unknown.distribution, unknown.mode) == ("r[SHB]", "triangular", 2.5)
    assert list(spec.factors) == ["grants", "return"]
    assert (spec.outcomes["fund"].start, spec.outcomes["fund"].end) == (2, 8)
    assert spec.outcomes["fund"].text == "Fund + SUM(r[D!])"
    assert spec.history["fund"].text == '"Fund"'
    assert spec.scenarios["poor"].values == {"r[SHB]": 1.5, "grant rate": 0.2}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.parent.name)
def test_the_specs_of_the_project_are_sound(path: Path) -> None:
    assert read_spec(path, load(path.parent).graph).outcomes


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
        # the shape of the file
        ('title = "Test"', 'title = "Test"\ntitel = "Test"', 3, "model.titel",
         "unknown key; did you mean 'title'? (known: title, question, file,"),
        ("[levers.grants]", "[lever.grants]", 7, "lever",
         "unknown key; did you mean 'levers'? (known: model, levers, uncertainties,"),
        ("from = 2", "form = 2", 32, "outcomes.fund.form", "unknown key; did you mean 'from'?"),
        ('paper = "3.1"\n', "", 7, "levers.grants.paper", "is missing; add it."),
        ("base = 0.1", 'base = "low"', 11, "levers.grants.base", "input should be a valid number"),
        ("base = 0.1", "base = nan", 11, "levers.grants.base", "should be a finite number"),
        ("bounds = [0.0, 0.5]", "bounds = [0.5, 0.0]", 7, "levers.grants",
         "the bounds [0.5, 0] are inverted; write the lower first."),
        ("bounds = [0.0, 0.5]", "bounds = [0.2, 0.5]", 7, "levers.grants",
         "the base 0.1 lies outside the bounds [0.2, 0.5]; widen them."),
        ('cost = "outlay"\n', "", 7, "levers.grants", "no lever is free: give 'cost'"),
        ('source = "key"\n', "", 7, "levers.grants", "exactly one of 'source' (a key) and"),
        ('source = "key"\n', 'source = "key"\nassumption = "too"\n', 7, "levers.grants",
         "exactly one of 'source' (a key) and 'assumption'"),
        ("mode = 2.5\n", "", 17, "uncertainties.return", "a triangular distribution takes mode"),
        ("mode = 2.5", "mode = 3.5", 17, "uncertainties.return", "the mode 3.5 lies outside"),
        ('"triangular"', '"gamma"', 24, "uncertainties.return.distribution",
         "input should be 'uniform', 'triangular'"),
        ('distribution = "triangular"\nmode = 2.5', 'distribution = "normal"\nmean = 2\nsd = 0', 26,
         "uncertainties.return.sd", "input should be greater than 0"),
        ('reduction = "mean"', 'reduction = "at"', 28, "outcomes.fund", "give 'at' (a time) if,"),
        ('reduction = "mean"', 'reduction = "final"', 28, "outcomes.fund",
         "the reduction \"final\" takes no 'from' and 'to'."),
        ("to = 8", "to = 1", 28, "outcomes.fund", "'to' is not later than 'from'."),
        ('label = "Fund"\nexpr', 'variable = "Fund"\nlabel = "Fund"\nexpr', 28, "outcomes.fund",
         "give exactly one of 'variable' and 'expression'."),
        ("base_year = 0\n", "", 45, "history.fund", "give 'base_year' if, and only if,"),
        ('label = "Grants"', f'label = "{"x" * 41}"', 9, "levers.grants.label",
         "string should have at most 40 characters"),
        # against the model
        ('"grant rate"\nlabel', '"grant rte"\nlabel', 8, "levers.grants.variable",
         "'grant rte' is not a variable of the model; did you mean 'grant rate'?"),
        ('"grant rate"\nlabel', '"outlay"\nlabel', 8, "levers.grants.variable",
         "'outlay' is a flow; only constants can be varied."),
        ('element = "SHB"', 'element = "SHC"', 18, "uncertainties.return.variable",
         "'r' has no element 'SHC' (it has sha, shb)."),
        ('element = "SHB"\n', "", 18, "uncertainties.return.variable",
         "has different values by element; name one with 'element'."),
        ('unit = "1/yr"', 'unit = "1/month"', 10, "levers.grants.unit",
         "is '1/month', but '1/yr' in the model."),
        ("base = 0.1", "base = 0.11", 11, "levers.grants.base",
         "is 0.11, but 0.1 in the model; make them equal."),
        ('cost = "outlay"', 'cost = "outley"', 13, "levers.grants.cost",
         "'outley' is not a variable of the model; did you mean 'outlay'?"),
        ('"Fund + SUM(r[D!])"', '"Fund + "', 30, "outcomes.fund.expression",
         "the equation ends where"),
        ('"Fund + SUM(r[D!])"', '"Fnd"', 30, "outcomes.fund.expression",
         "'Fnd' is not a variable of the model; did you mean 'Fund'?"),
        ('"Fund + SUM(r[D!])"', '"r[SHX]"', 30, "outcomes.fund.expression",
         "'SHX' is neither a subscript range nor an element of one"),
        ('"Fund + SUM(r[D!])"', '"SMOOTH(Fund, 2)"', 30, "outcomes.fund.expression",
         "may not use SMOOTH; it knows ABS, EXP,"),
        ('"Fund + SUM(r[D!])"', '"MAX(Fund)"', 30, "outcomes.fund.expression",
         "MAX takes 2 argument(s) here, not 1."),
        ('"Fund + SUM(r[D!])"', '"2 + 3"', 30, "outcomes.fund.expression",
         "names no variable of the model."),
        ('"Fund + SUM(r[D!])"', '"Fund + r"', 30, "outcomes.fund.expression",
         "'r' needs the subscripts [D]: name elements, or sum"),
        ('"Fund + SUM(r[D!])"', '"Fund + r[D]"', 30, "outcomes.fund.expression",
         "gives a value for each of 'D'; sum over it with SUM(…[D!])."),
        ("to = 8", "to = 80", 33, "outcomes.fund.to", "the time 80 lies outside the run, 0 to 10."),
        ('"r[SHB]" = 1.5', '"r[SHX]" = 1.5', 39, "scenarios.poor.values", "has no element 'SHX'"),
        ("grants = 0.4", "grant = 0.4", 43, "policies.more.values",
         "'grant' is not a lever; did you mean 'grants'?"),
        ("grants = 0.4", "grants = 0.6", 43, "policies.more.values",
         "'grants' = 0.6 lies outside its bounds [0, 0.5]."),
        ("[uncertainties.return]\nvariable", "[uncertainties.grants]\nvariable", 17,
         "uncertainties.grants", "is a lever too; give it another identifier."),
        # no TOML at all
        ("base = 0.1", "base = ", 11, None, "is no valid TOML: Invalid value."),
        ("[policies.more]", "[scenarios.poor]", 41, None, "is no valid TOML: Cannot declare"),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    read: Callable[[str], object], old: str, new: str, line: int, variable: str, message: str
) -> None:
    assert SPEC.count(old) == 1
    with pytest.raises(SpecError) as caught:
        read(SPEC.replace(old, new))
    (fault,) = caught.value.faults
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)


def test_the_same_constant_twice(read: Callable[[str], object]) -> None:
    again = SPEC[SPEC.index("[levers.grants]") : SPEC.index("[unc")].replace("grants", "others")
    with pytest.raises(SpecError, match=r"levers\.others': varies the same constant as 'grants'"):
        read(SPEC + again)


def test_all_faults_are_reported_at_once(read: Callable[[str], object]) -> None:
    """Those of the file's shape, and those against the model in what is well-formed."""
    text = (
        SPEC.replace("mode = 2.5", "mode = 3.5")
        .replace("to = 8", "to = 1")
        .replace("base = 0.1", "base = 0.2")
        .replace("grants = 0.4", "grants = 0.6")
    )
    with pytest.raises(SpecError) as caught:
        read(text)
    assert sorted(str(fault.variable) for fault in caught.value.faults) == [
        "levers.grants.base", "outcomes.fund", "policies.more.values", "uncertainties.return",
    ]  # fmt: skip


def test_files_that_cannot_be_read(inline_model: InlineModel, tmp_path: Path) -> None:
    graph = inline_model(MODEL).graph
    with pytest.raises(SpecError, match="there is no such file; a model's levers"):
        read_spec(tmp_path / "none.toml", graph)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="cannot be read"):
        read_spec(tmp_path / "binary.toml", graph)


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
