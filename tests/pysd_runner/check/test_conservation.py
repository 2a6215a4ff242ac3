from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.check.conservation import conserved_outputs, double_entry, residual
from pysd_runner.spec.checks import Conservation

InlineModel = Callable[[str], Model]
TRANSFER = (
    "A = INTEG(inflow - move, 10) ~~|\nB = INTEG(move - outflow, 5) ~~|\ninflow = 2 ~~|\n"
    "move = A / 4 ~~|\noutflow = B / 8 ~~|\n"
)
MONEY = Conservation(
    label="Money", stocks=("A", "B"), external_in=("inflow",), external_out=("outflow",)
)


def rule(stocks: str, into: str = "", out: str = "") -> Conservation:
    return Conservation(
        label="Money", stocks=tuple(stocks.split()), external_in=tuple(into.split()),
        external_out=tuple(out.split()),
    )  # fmt: skip


def test_a_transfer_between_two_stocks_is_closed(shared_model: InlineModel) -> None:
    model = shared_model(TRANSFER)
    assert double_entry(model.graph, MONEY) == []
    assert conserved_outputs(model.graph, MONEY) == ("A", "B", "inflow", "outflow")
    finding = residual(model.graph, MONEY, model.run(outputs=["A", "B", "inflow", "outflow"]))
    assert finding.passed
    assert finding.label == "Money conserved over the run"


@pytest.mark.parametrize(
    ("text", "of", "line", "variable", "message"),
    [
        ("A = INTEG(-move, 1) ~~|\nB = INTEG(0 * move, 0) ~~|\nmove = 1 ~~|", rule("A"), 3, "move",
         "must be debited from one stock and credited to another, or be listed as external in "
         "checks.toml; it stands - in 'A' (line 1)."),
        ("A = INTEG(-move, 1) ~~|\nB = INTEG(move + move, 0) ~~|\nmove = 1 ~~|", rule("A B"), 3,
         "move", "it stands - in 'A' (line 1), + in 'B' (line 2), + in 'B' (line 2)."),
        ("A = INTEG(move - (move - inflow), 1) ~~|\nmove = 1 ~~|\ninflow = 1 ~~|", rule("A"), 3,
         "inflow", "must be debited"),
        ("A = INTEG(inflow, 1) ~~|\n\ninflow = 1 ~~|", rule("A", "", "inflow"), 3, "inflow",
         "is external and must stand once, with -; it stands + in 'A' (line 1)."),
        ("A = INTEG(rate * A, 1) ~~|\nrate = 1 ~~|", rule("A"), 1, "A",
         "its rate holds the term 'rate * A', which is no flow; give it a variable of its own."),
        ("A = INTEG(Time, 1) ~~|", rule("A"), 1, "A",
         "its rate holds the term 'Time', which is no flow"),
        ("A = INTEG(inflow, 1) ~~|\ninflow = 1 ~~|\nother = 2 ~~|", rule("A", "inflow other"), 3,
         "other", "is listed as external in checks.toml but moves none of 'A'; put it into"),
        ("A = INTEG(inflow, 1) ~~|\ninflow = 1 ~~|", rule("inflow"), 2, "inflow",
         "is a constant, not a stock; list stocks only."),
        ("D: P, Q ~~|\nA[P] = INTEG(x, 1) ~~|\nA[Q] = 2 ~~|\nx = 1 ~~|", rule("A", "x"), 3, "A",
         "has an element that is no stock; give it an INTEG."),
    ],
)  # fmt: skip
def test_books_that_do_not_close(
    inline_model: InlineModel, text: str, of: Conservation, line: int, variable: str, message: str
) -> None:
    (fault,) = double_entry(inline_model(text).graph, of)
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)


SUBSCRIPTED = (
    "D: P, Q ~~|\nE: X, Y, Z ~~|\nroute[D,E] = 1 ~~|\n"
    "From[D] = INTEG(-SUM(route[D,E!]), 100) ~~|\nTo[E] = INTEG(SUM(route[D!,E]), 0) ~~|\n"
)


def test_a_subscripted_transfer_is_closed_element_by_element(shared_model: InlineModel) -> None:
    model = shared_model(SUBSCRIPTED)
    both = rule("From To")
    assert double_entry(model.graph, both) == []
    finding = residual(model.graph, both, model.run(outputs=["From", "To"]))
    assert finding.passed


def test_one_element_that_is_not_credited_is_found(inline_model: InlineModel) -> None:
    model = inline_model(SUBSCRIPTED.replace("SUM(route[D!,E])", "route[P,E]"))
    faults = double_entry(model.graph, rule("From To"))
    assert [fault.variable for fault in faults] == ["route[q,x]", "route[q,y]", "route[q,z]"]
    assert "it stands - in 'From[q]' (line 4)." in faults[0].message


def test_what_a_leaky_model_loses_is_measured(shared_model: InlineModel) -> None:
    model = shared_model(TRANSFER.replace("move - outflow", "0.9 * move - outflow"))
    run = model.run(outputs=["A", "B", "inflow", "outflow", "move"])
    finding = residual(model.graph, MONEY, run)
    lost = 0.1 * float(run["move"][:-1].sum()) * 0.25
    crossed = float((run["inflow"] + run["outflow"])[:-1].sum()) * 0.25
    assert not finding.passed
    assert finding.detail.startswith(f"residual {lost / crossed:.1e} of {crossed:,.0f}")


def test_a_run_without_finite_values_does_not_pass(shared_model: InlineModel) -> None:
    model = shared_model(TRANSFER)
    run = model.run(outputs=["A", "B", "inflow", "outflow"])
    assert not residual(model.graph, MONEY, run.assign(A=run["A"] * float("nan"))).passed
