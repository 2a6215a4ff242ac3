"""A loan book with a breaker that stops new loans: on the flow of defaults, or on a ratio."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.check.latches import try_breakers, unlisted
from pysd_runner.spec.structure import Breaker

InlineModel = Callable[[str], Model]
BOOK = """
INITIAL TIME = 2020 ~ yr ~|
FINAL TIME = 2050 ~ yr ~|
TIME STEP = 0.125 ~ yr ~|
SAVEPER = TIME STEP ~ yr ~|
Loans = INTEG(new - repaid - default, 100) ~~|
Bad = INTEG(default - written off, 2) ~~|
new = demand * (1 - Open) ~~|
demand = 70 ~~|
repaid = Loans / 1.5 ~~|
default = 0.02 * Loans ~~|
written off = Bad / 1.5 ~~|
flow = default / Loans ~~|
ratio = Bad / (Loans + Bad) ~~|
indicator = INDICATOR ~~|
trip = 0.05 ~~|
reset = 0.035 ~~|
on = 0 ~~|
tripping = IF THEN ELSE(indicator > trip, 1, 0) * on ~~|
healthy = IF THEN ELSE(indicator < reset, 1, 0) ~~|
c to o = Closed * tripping / TIME STEP ~~|
o to h = Open * healthy * IF THEN ELSE(Timer >= 1, 1, 0) / TIME STEP ~~|
h to c = Half * healthy * IF THEN ELSE(Timer >= 1, 1, 0) * (1 - tripping) / TIME STEP ~~|
h to o = Half * tripping / TIME STEP ~~|
Closed = INTEG(h to c - c to o, 1) ~~|
Open = INTEG(c to o + h to o - o to h, 0) ~~|
Half = INTEG(o to h - h to c - h to o, 0) ~~|
Timer = INTEG(IF THEN ELSE((c to o + o to h + h to c + h to o) * TIME STEP > 0.5, -Timer / TIME STEP
    , 1), 0) ~~|
Trips = INTEG(c to o + h to o, 0) ~~|
Time Open = INTEG(Open, 0) ~~|
throttle = 1 - Open ~~|
"""
TABLE = {
    "label": "Loans", "enabled": "on", "trip": "trip", "reset": "reset", "indicator": "indicator",
    "closed": "Closed", "open": "Open", "half_open": "Half", "trips": "Trips",
    "time_open": "Time Open", "throttle": "throttle",
}  # fmt: skip
BREAKER = Breaker.model_validate(TABLE)


def book(inline_model: InlineModel, indicator: str) -> Model:
    return inline_model(BOOK.replace("INDICATOR", indicator))


def test_a_breaker_on_a_flow_closes_again(inline_model: InlineModel) -> None:
    (trial,) = try_breakers(book(inline_model, "flow"), {"loans": BREAKER}, 2, 5)
    assert trial.fault is None
    assert (trial.label, trial.opened, trial.released) == ("Loans", 2020.125, 2022.125)
    # It waits for the rest of its year, and then on probation for another.
    assert trial.closed == pytest.approx(2023.625)


def test_a_breaker_on_a_ratio_that_it_drives_latches(inline_model: InlineModel) -> None:
    """New loans stop, so the book shrinks faster than the bad loans in it."""
    (trial,) = try_breakers(book(inline_model, "ratio"), {"loans": BREAKER}, 2, 5)
    assert trial.closed is None
    fault = trial.fault
    assert fault is not None
    assert (fault.variable, fault.line) == ("Open", 26)
    assert fault.message.startswith("latches: it has not closed 5 after its trigger was gone. At")
    assert "without the trigger 0.029" in fault.message
    assert "it resets at 0.035" in fault.message


def test_a_low_side_breaker_is_forced_the_other_way(inline_model: InlineModel) -> None:
    text = BOOK.replace("INDICATOR", "-flow").replace("indicator > trip", "indicator < trip")
    text = text.replace("indicator < reset", "indicator > reset").replace("0.05", "-0.05")
    text = text.replace("= 0.035", "= -0.035")
    low = BREAKER.model_copy(update={"low_side": True})
    (trial,) = try_breakers(inline_model(text), {"loans": low}, 2, 5)
    assert trial.fault is None
    assert trial.closed is not None


def test_a_breaker_that_does_not_open(inline_model: InlineModel) -> None:
    model = inline_model(BOOK.replace("INDICATOR", "flow").replace("* on", "* 0 * on"))
    (trial,) = try_breakers(model, {"loans": BREAKER}, 2, 5)
    assert trial.opened is None
    assert trial.fault is not None
    assert "does not open although its threshold is far beyond" in trial.fault.message


def test_a_breaker_that_is_too_slow_and_a_run_that_is_too_short(inline_model: InlineModel) -> None:
    model = book(inline_model, "flow")
    (slow,) = try_breakers(model, {"loans": BREAKER}, 2, 1)
    assert slow.closed == pytest.approx(2023.625)
    assert slow.fault is not None
    assert "latches: it has not closed 1 after" in slow.fault.message
    (short,) = try_breakers(model, {"loans": BREAKER}, 20, 15)
    assert short.fault is not None
    assert "too late to see whether it closes within 15 of 2040.12" in short.fault.message


def test_two_breakers_are_tried_apart(inline_model: InlineModel) -> None:
    """One on the flow, one on the ratio; each is forced while the other is left alone."""
    model = inline_model(
        subscripted(BOOK.replace("INDICATOR", "flow * by flow + ratio * by ratio"))
    )
    breakers = {
        element: Breaker.model_validate({
            name: value if name == "label" else f"{value}[{element}]"
            for name, value in TABLE.items()
        })
        for element in ("P", "Q")
    }  # fmt: skip
    flow, ratio = try_breakers(model, breakers, 2, 5)
    assert (flow.opened, flow.closed, flow.fault) == (2020.125, 2023.625, None)
    assert (ratio.opened, ratio.closed) == (2020.125, None)
    assert ratio.fault is not None
    assert ratio.fault.variable == "Open[Q]"


def subscripted(text: str) -> str:
    """Return the book for each element of a range, the first looking at flows alone."""
    names = [line.split(" = ")[0] for line in text.splitlines() if " = " in line][4:]
    control, equations = text.split("Loans", 1)
    equations = "Loans" + equations
    by_length = sorted([*names, "by flow", "by ratio"], key=len, reverse=True)
    for number, name in enumerate(by_length):
        equations = re.sub(rf"\b{re.escape(name)}\b", f"@{number}@", equations)
    for number, name in enumerate(by_length):
        equations = equations.replace(f"@{number}@", f"{name}[B]")
    return f"B: P, Q ~~|\nby flow[B] = 1, 0 ~~|\nby ratio[B] = 0, 1 ~~|\n{control}{equations}"


def test_a_state_machine_that_no_breaker_names(inline_model: InlineModel) -> None:
    graph = book(inline_model, "flow").graph
    assert list(unlisted(graph, {"loans": BREAKER})) == []
    faults = list(unlisted(graph, {}))
    assert [(fault.variable, fault.line) for fault in faults] == [
        ("Closed", 25), ("Open", 26), ("Half", 27),
    ]  # fmt: skip
    assert "list it in [breakers], so that it is tried" in faults[0].message


def test_an_indicator_that_is_ill_by_itself_is_no_latch(inline_model: InlineModel) -> None:
    """Where nothing trips it stands as it does behind the breaker; the breaker is not to blame."""
    model = inline_model(BOOK.replace("INDICATOR", "0.04"))
    (trial,) = try_breakers(model, {"loans": BREAKER}, 2, 5)
    assert trial.closed is None
    assert trial.fault is not None
    assert "has not closed 5 after" in trial.fault.message
    assert "its indicator is 0.04 at 2027" in trial.fault.message
    assert "without the trigger too, and it resets at 0.035" in trial.fault.message


def test_a_breaker_that_helps_an_ill_indicator_is_not_to_blame(inline_model: InlineModel) -> None:
    model = inline_model(BOOK.replace("INDICATOR", "0.05 - 0.005 * Open"))
    (trial,) = try_breakers(model, {"loans": BREAKER}, 2, 5)
    assert trial.fault is not None
    assert "for its indicator is 0.05 at 2027" in trial.fault.message


def test_a_state_that_nothing_leads_out_of_is_not_laid_to_the_indicator(
    inline_model: InlineModel,
) -> None:
    text = BOOK.replace("INDICATOR", "flow").replace("o to h = Open * healthy", "o to h = Open * 0")
    (trial,) = try_breakers(inline_model(text), {"loans": BREAKER}, 2, 5)
    assert trial.closed is None
    assert trial.fault is not None
    assert "although its indicator is 0.02 at 2027" in trial.fault.message
    assert "it resets at 0.035; see which flow leads out of this state" in trial.fault.message
