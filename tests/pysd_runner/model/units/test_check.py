from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner import Model
from pysd_runner.model.build import build_graph
from pysd_runner.model.entries import split_source
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.units.check import UnitCheck

InlineModel = Callable[[str], Model]
BASE = """
INITIAL TIME = 0 ~ yr ~|
FINAL TIME = 10 ~ yr ~|
TIME STEP = 0.25 ~ yr ~|
SAVEPER = TIME STEP ~ yr ~|
A = INTEG(inflow - A / tau, 10) ~ kg ~|
inflow = 2 ~ kg/yr ~|
tau = 4 ~ yr ~|
pace = 0.1 ~ 1/yr ~|
part = A / (A + 0) ~ Dmnl ~|
shape((0,0),(1,1)) ~ kg ~|
first = shape(A) ~ kg ~|
money = 3 ~ CNY ~|
D: P, Q ~~|
each[D] = 1, 2 ~ kg ~|
"""


def faults(model: Model) -> list[str]:
    return [f"{fault.line}: {fault.message}" for fault in UnitCheck(model.graph).faults]


@pytest.mark.parametrize(
    "equation",
    [
        "x = A + 0 ~ kg ~|", "x = A / 1000 ~ kg ~|", "x = 2 * A - A / 3 ~ kg ~|",
        "x = 1 / 3 ~ yr ~|",
        "x = -4 ~ kg ~|", "x = INTEG(inflow, 100) ~ kg ~|", "x = INTEG(inflow, -100 * 2) ~ kg ~|",
        "x = MAX(0, A - tau * inflow) ~ kg ~|", "x = MIN(1, part) ~ Dmnl ~|",
        "x = SMOOTHI(A, tau, 5) ~ kg ~|", "x = DELAY3(A, tau) ~ kg ~|",
        "x = DELAY N(A, tau, 1, 3) ~ kg ~|",
        "x = SMOOTH N(A, tau, A, 3) ~ kg ~|", "x = DELAY FIXED(A, tau, 0) ~ kg ~|",
        "x = TREND(A, tau, 0.02) ~ 1/yr ~|", "x = FORECAST(A, tau, tau) ~ kg ~|",
        "x = IF THEN ELSE(A > 0 :AND: Time < tau, A, 0) ~ kg ~|", "x = ZIDZ(A, tau) ~ kg/yr ~|",
        "x = XIDZ(A, tau, 1) ~ kg/yr ~|", "x = (A / first) ^ 0.3 ~ Dmnl ~|", "x = A ^ 2 ~ kg^2 ~|",
        "x = (A * A) ^ (1 / 2) ~ kg ~|", "x = SQRT(A * A) ~ kg ~|", "x = A ^ -1 ~ 1/kg ~|",
        "x = EXP(-pace * tau) + LN(part) ~ fraction ~|", "x = STEP(A, tau) ~ kg ~|",
        "x = RAMP(inflow, tau, tau) ~ kg ~|", "x = A * PULSE(tau, TIME STEP) ~ kg ~|",
        "x = PULSE TRAIN(tau, tau, tau, FINAL TIME) ~ Dmnl ~|", "x = SUM(each[D!]) ~ kg ~|",
        "x = VMAX(each[D!]) ~ kg ~|", "x = PROD(share[D!]) ~ 1 ~|\nshare[D] = 1, 2 ~ Dmnl ~|",
        "x = WITH LOOKUP(A, ((0,0),(1,1))) ~ MCNY ~|", "x = shape(2 * A) ~ kg ~|",
        "x = MODULO(Time, tau) ~ yr ~|", "x = QUANTUM(A, A) ~ kg ~|", "x = INTEGER(A) ~ kg ~|",
        "x = SAMPLE IF TRUE(A > A, A, 3) ~ kg ~|", "x = INITIAL(A) ~ kg ~|",
        "x = ACTIVE INITIAL(A, 4) ~ kg ~|", "x = money * 1e-6 * k ~ MCNY ~|\nk = 1 ~ MCNY/CNY ~|",
        "x[D] = IF THEN ELSE(D = P, 1, 2) ~ Dmnl ~|", "x = ELMCOUNT(D) ~ Dmnl ~|",
        "x = :NA: ~ kg ~|", "x = IF THEN ELSE(A = :NA:, :NA:, A) ~ kg ~|", "x ~ kg ~|",
        "x = ABS(-A) ~ kg ~|", "x = RANDOM UNIFORM(0, A, 1) ~ kg ~|",
        "x = LOOKUP EXTRAPOLATE(shape, A) ~ kg ~|", "x = LOOKUP AREA(shape, 0, A) ~ kg^2 ~|",
        "x = LOOKUP SLOPE(shape, A, 0) ~ Dmnl ~|", "x = LOOKUP INVERT(shape, A) ~ kg ~|",
        "x = :NOT: (A > 0) ~ Dmnl ~|", "x = A + no unit ~ kg ~|\nno unit = 3 ~ ~|",
    ],
)  # fmt: skip
def test_equations_that_balance(inline_model: InlineModel, equation: str) -> None:
    assert faults(inline_model(BASE + equation)) == []


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("x = A / tau ~ kg ~|", "its equation gives kg/yr, but it is declared in kg; multiply by a "
         "time in yr."),
        ("x = A / 4 ~ kg/yr ~|", "its equation gives kg, but it is declared in kg/yr; divide by a "
         "time in yr."),
        ("x = INTEG(A, 0) ~ kg ~|", "its rate is in kg, but a stock in kg changes by kg/yr; divide "
         "by a time in yr."),
        ("x = INTEG(A * pace * A, A) ~ kg ~|", "the rate of INTEG, 'A * pace * A' in kg^2/yr, "
         "should be in kg/yr; a factor in 1/kg is missing."),
        ("x = INTEG(inflow, tau) ~ kg ~|", "the initial value of INTEG, 'tau' in yr, should be "
         "in kg; a factor in kg/yr is missing."),
        ("x = A + inflow ~ kg ~|", "adds 'A' in kg and 'inflow' in kg/yr; multiply by a "
         "time in yr."),
        ("x = inflow - A ~ kg ~|", "subtracts 'A' in kg from 'inflow' in kg/yr; multiply by a time "
         "in yr."),
        ("x = A + 5 ~ kg ~|", "adds 'A' in kg and the number 5 (no unit); give the number 5 a "
         "constant of its own in kg."),
        ("x = MAX(A, 100) ~ kg ~|", "the second argument of MAX, the number 100 (no unit), should "
         "be in kg; give the number 100 a constant of its own in kg."),
        ("x = IF THEN ELSE(Time > 2020, 1, 0) ~ Dmnl ~|", "compares 'Time' in yr with the number "
         "2020 (no unit); give the number 2020 a constant of its own in yr."),
        ("x = IF THEN ELSE(A, 1, 0) ~ Dmnl ~|", "the condition of IF THEN ELSE, 'A' in kg, should "
         "have no unit; divide by a reference value in kg."),
        ("x = EXP(A) ~ Dmnl ~|", "the argument of EXP, 'A' in kg, should have no unit; divide by a "
         "reference value in kg."),
        ("x = SMOOTH(A, 3) ~ kg ~|", "the smoothing time of SMOOTH, the number 3 (no unit), should "
         "be in yr; give the number 3 a constant of its own in yr."),
        ("x = DELAY3(A, pace) ~ kg ~|", "the delay time of DELAY3, 'pace' in 1/yr, should be in "
         "yr; a factor in yr^2 is missing."),
        ("x = part ^ A ~ Dmnl ~|", "the exponent 'A' in kg should be a pure number; divide it by a "
         "reference value."),
        ("x = A ^ part ~ kg ~|", "'A' in kg is raised to a power that is no plain number; divide "
         "it by a reference value first."),
        ("x = PROD(each[D!]) ~ kg ~|", "PROD multiplies 'each[D!]' in kg as often as there are "
         "elements; divide it by a reference value first."),
        ("x = shape(tau) ~ kg ~|", "'shape(tau)' looks up yr, but 'first' looks up kg in the same "
         "lookup; divide both by a reference value."),
        ("x = TABXL(shape, tau) ~ kg ~|", "'TABXL(shape, tau)' looks up yr, but 'first' looks "),
        ("x = money ~ MCNY ~|", "its equation gives CNY, but it is declared in MCNY; divide by a "
         "constant of 1e+06 CNY/MCNY."),
        ("x = 100 * part ~ percent ~|", "its equation gives a pure number, but it is declared in "
         "percent; multiply by a constant of 100 percent."),
        ("x = A ~ Dmnl ~|", "its equation gives kg, but it is declared without a unit; divide by "
         "a reference value in kg."),
        ("x = money ~ CNYs ~|", "its equation gives CNY, but it is declared in CNYs; 'CNYs' is "
         "used once, did you mean 'CNY'?"),
        ("x = 3 ~ kg//yr ~|", "its unit 'kg//yr' has '/' where a name belongs."),
        ("x[P] = 1 ~ kg ~|\nx[Q] = 2 ~ t ~|", "is declared in t here, but in kg before; use one "
         "unit."),
        ("x = A :AND: part ~ Dmnl ~|", "the left side of :AND:, 'A' in kg, should have no unit"),
        ("x = TREND(A, tau, pace * A) ~ 1/yr ~|", "the initial trend of TREND, 'pace * A' in "
         "kg/yr, should be in 1/yr; a factor in 1/kg is missing."),
        ("x = XIDZ(A, tau, A) ~ kg/yr ~|", "the value for a zero divisor of XIDZ, 'A' in kg, "
         "should be in kg/yr; divide by a time in yr."),
    ],
)  # fmt: skip
def test_equations_that_do_not_balance(
    inline_model: InlineModel, equation: str, message: str
) -> None:
    model = inline_model(BASE + equation)
    (found,) = UnitCheck(model.graph).faults
    line = BASE.count("\n") + 1 + (0 if "Q" not in equation else 1)
    assert message in found.message
    assert (found.line, found.variable, found.path) == (line, "x", model.graph.source.path)


def test_the_odd_term_is_named_whichever_place_it_has(inline_model: InlineModel) -> None:
    for sum_ in ("inflow + A + A", "A + inflow + A", "A + A + inflow"):
        (found,) = faults(inline_model(f"{BASE}x = {sum_} ~ kg ~|"))
        assert "'inflow' in kg/yr" in found


def test_a_clock_in_two_units(inline_model: InlineModel) -> None:
    text = BASE.replace("TIME STEP = 0.25 ~ yr", "TIME STEP = 0.25 ~ month")
    assert faults(inline_model(text)) == [
        "4: is in month, but the model's time is in yr; use one unit.",
        "5: its equation gives month, but it is declared in yr; divide by a constant of 12 "
        "month/yr.",
    ]


def test_names_that_the_file_makes_equal(inline_model: InlineModel) -> None:
    text = "a = 1 ~ widget ~|\nb = a ~ widgets ~|"
    assert "b" in UnitCheck(inline_model(text).graph).faults[0].variable  # type: ignore[operator]
    equal = "\n\\\\\\---/// Sketch\n///---\\\\\\\n:L<%^E!@\n22:widget,widgets\n"
    model = inline_model("TIME STEP = 1 ~~|\nINITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\n"
                         "SAVEPER = 1 ~~|\n" + text + equal)  # fmt: skip
    assert faults(model) == []


MACRO = (
    ":MACRO: LAG(in, tau)\nLAG = INTEG((in - LAG) / tau, in) ~ in ~|\n:END OF MACRO:\n"
    "lagged = LAG(A, tau) ~ UNIT ~|\n"
)


def test_units_spread_through_macros(inline_model: InlineModel) -> None:
    assert faults(inline_model(MACRO.replace("UNIT", "kg") + BASE)) == []
    assert faults(inline_model(MACRO.replace("UNIT", "kg/yr") + BASE)) == [
        "4: its equation gives kg, but it is declared in kg/yr; divide by a time in yr."
    ]


def test_what_does_not_balance_inside_a_macro_is_told_of_its_caller(
    inline_model: InlineModel,
) -> None:
    text = MACRO.replace("UNIT", "kg").replace(
        "INTEG((in - LAG) / tau", "INTEG((in - LAG + tau) / 2"
    )
    found = UnitCheck(inline_model(text + BASE).graph).faults
    assert {(fault.variable, fault.line) for fault in found} == {("lagged", 2)}
    assert found[0].message.startswith("in the macro LAG that it calls, at 'LAG': ")
    assert "#" not in "".join(fault.message for fault in found)


def test_without_a_unit_of_time_delays_are_not_judged(inline_model: InlineModel) -> None:
    assert faults(inline_model("a = 1 ~ kg ~|\nb = SMOOTH(a, 3) ~ kg ~|")) == []


def test_the_unit_of_an_expression(inline_model: InlineModel) -> None:
    check = UnitCheck(inline_model(BASE).graph)
    unit, wrong = check.of(parse_expression("SUM(each[D!]) / tau"))
    assert unit is not None
    assert (check.registry.show(unit), wrong) == ("kg/yr", [])
    assert check.of(parse_expression("A + tau"))[1] == [
        "adds 'A' in kg and 'tau' in yr; a factor in kg/yr is missing"
    ]


OPERATIONS = st.sampled_from(["*", "/"])
TERMS = st.lists(
    st.tuples(OPERATIONS, st.sampled_from(["A", "tau", "inflow", "money"])), max_size=6
)


@settings(max_examples=25)
@given(TERMS)
def test_a_product_has_the_product_of_the_units(terms: list[tuple[str, str]]) -> None:
    """Whatever is multiplied: declared right it balances, declared wrong it does not."""
    units = {"A": "kg", "tau": "yr", "inflow": "(kg/yr)", "money": "CNY"}
    body = "1" + "".join(f" {operator} {name}" for operator, name in terms)
    unit = "1" + "".join(f" {operator} {units[name]}" for operator, name in terms)
    for declared, expected in ((unit, 0), (f"{unit} * gram", 1)):
        text = f"{BASE}x = {body} ~ {declared} ~|"
        graph = build_graph(split_source(text, Path("x.mdl")))
        has_references = bool(terms)
        assert len(UnitCheck(graph).faults) == (expected if has_references else 0)
