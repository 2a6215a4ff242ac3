from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.errors import Fault
from pysd_runner.spec.measured import check_measured
from pysd_runner.spec.schema import Outcome

Break = Callable[[str, str], Fault]


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
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
        ('"Fund + SUM(r[D!])"', '"shape"', 30, "outcomes.fund.expression",
         "'shape' is a lookup and has no value over time"),
        ('expression = "Fund + SUM(r[D!])"', 'variable = "outlay"', 34, "outcomes.fund.unit",
         "is 'MCNY', but what it measures is in 'MCNY/yr'."),
        ('"Fund + SUM(r[D!])"', '"ABS(SUM(r[D!]))"', 34, "outcomes.fund.unit",
         "is 'MCNY', but what it measures is in 'Dmnl'."),
        ('base_year = 1\nunit = "MCNY"', 'base_year = 1\nunit = "Dmnl"', 51, "history.fund.unit",
         "is 'Dmnl', but what it measures is in 'MCNY'."),
        ('variable = "Fund"\nindicator', 'variable = "Fnd"\nindicator', 47,
         "history.fund.variable", "did you mean 'Fund'?"),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    fault_of: Break, old: str, new: str, line: int, variable: str, message: str
) -> None:
    fault = fault_of(old, new)
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)


@pytest.mark.parametrize(
    ("unit", "time", "said"),
    [("MCNY/yr", "yr", "MCNY"), ("MCNY / yr", "yr", "MCNY"), ("1/yr", "yr", "Dmnl"),
     ("MCNY", "yr", "yr MCNY"), ("MCNY/yr", "month", "anything"), ("", "yr", "anything")],
)  # fmt: skip
def test_an_integral_is_in_the_unit_times_time(
    inline_model: Callable[[str], Model], unit: str, time: str, said: str
) -> None:
    graph = inline_model(f"x = Time ~ {unit} ~|\nFINAL TIME = 10 ~ {time} ~|").graph
    outcome = Outcome(label="X", variable="x", reduction="integral", unit=said, direction="none")
    assert list(check_measured(outcome, graph)) == []
    if said in ("MCNY", "Dmnl"):
        wrong = outcome.model_copy(update={"unit": "kg"})
        assert [part for part, _ in check_measured(wrong, graph)] == ["unit"]
