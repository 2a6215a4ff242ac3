from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model, ModelError
from pysd_runner.model.reality import implications
from pysd_runner.model.syntax import write

InlineModel = Callable[[str], Model]
MODEL = "D: P, Q ~~|\nStock[D] = INTEG(flow[D], 0) ~~|\nflow[D] = rate ~~|\nrate = 1 ~~|\n"


def test_a_condition_takes_its_test_inputs(inline_model: InlineModel) -> None:
    text = (
        "none :TEST INPUT: rate = 0 ~~|\n"
        "nothing comes :THE CONDITION: none :AND: Time > 2 :IMPLIES: flow[D] = 0 ~ ~ So it is. |\n"
    )
    (found,) = implications(inline_model(MODEL + text).graph)
    assert (found.name, found.line, found.equations) == ("nothing comes", 6, ("rate = 0",))
    assert write(found.claim) == ":NOT: Time > 2 :OR: flow[D] = 0"


def test_alternatives_are_cases_of_their_own(inline_model: InlineModel) -> None:
    text = (
        "a :TEST INPUT: rate = 0 ~~|\nb :TEST INPUT:\n\trate = 2 ~~|\n"
        "c :THE CONDITION: (a :OR: b) :AND: Time > 1 :IMPLIES: flow[P] > 0 :AND: flow[Q] > 0 ~~|\n"
    )
    first, second = implications(inline_model(MODEL + text).graph)
    assert (first.equations, second.equations) == (("rate = 0",), ("rate = 2",))
    assert first.claim == second.claim


def test_a_model_without_any(inline_model: InlineModel) -> None:
    assert implications(inline_model(MODEL).graph) == ()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("a :TEST INPUT: rte = 0", "sets 'rte', which is not a variable of the model; did you mean "
         "'rate'?"),
        ("a :TEST INPUT: rate = RC STEP(rate, 2)", "uses RC STEP, which is not read; write the "
         "equation that you mean, with STEP, RAMP or EXP."),
        ("a :TEST INPUT: rate", "is no test input; write it as 'name :TEST INPUT: variable = "),
        ("a :THE CONDITION: Time > 1", "has a condition without ':IMPLIES:'; add what must "),
        ("a :THE CONDITION: Time > 1 :IMPLIES: rte > 1", "'rte' is neither a variable nor a test "
         "input; did you mean 'rate'?"),
        ("a :THE CONDITION: Time > 1 :IMPLIES: RC DECAY CHECK(1, rate, 2)",
         "uses RC DECAY CHECK, which is not read"),
        ("a :THE CONDITION: Time > 1 :IMPLIES: rate", "compares nothing; write two sides"),
        ("a :THE CONDITION: rate :IMPLIES: rate > 1", "compares nothing; write two sides"),
        ("a :THE CONDITION: Time > :IMPLIES: rate > 1", "the equation ends where"),
        ("b :TEST INPUT: rate = 1 ~~|\na :THE CONDITION: :NOT: b :IMPLIES: rate > 1",
         "negates or compares the test input 'b'; a test input is on or off."),
    ],
)  # fmt: skip
def test_entries_that_mean_nothing(inline_model: InlineModel, entry: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        implications(inline_model(f"{MODEL}{entry} ~~|\n").graph)
    (fault,) = caught.value.faults
    assert message in fault.message
    assert (fault.line, fault.variable) == (6 if "~~" in entry else 5, "a")
