from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model, RunError
from pysd_runner.run.inputs import Setting, read_settings

InlineModel = Callable[[str], Model]
TEXT = (
    "D: A, B ~~|\ngrant rate = 0.1 ~~|\nr[D] = 1, 2 ~~|\nS = INTEG(flow, 0) ~~|\n"
    "flow = grant rate * S ~~|\nt((0,0),(1,1)) ~~|"
)


def test_names_are_read_as_vensim_reads_them(inline_model: InlineModel) -> None:
    graph = inline_model(TEXT).graph
    assert read_settings(graph, {"Grant_Rate": 0.2, "r[ b ]": 3, "r": np.float64(4)}) == (
        Setting("grant rate", (), 0.2),
        Setting("r", ("b",), 3.0),
        Setting("r", (), 4.0),
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("grant rat", 1, "is not a variable of the model; did you mean 'grant rate'?"),
        ("S", 1, "is a stock, and only constants can be set; change its equation"),
        ("flow", 1, "is a flow, and only constants can be set; set a constant that it uses (grant"),
        ("t", 1, "is a lookup, and only constants can be set"),
        ("TIME STEP", 1, "is set with final_time, time_step or save_step, not as a constant"),
        ("final_time", 1, "is set with final_time"),
        ("grant rate", math.nan, "the value is nan; give a finite number"),
        ("grant rate", -math.inf, "the value is -inf; give a finite number"),
        ("grant rate", "much", "is not a number"),
        ("grant rate", [1, 2], "needs one number for each run"),
        ("grant rate[A]", 1, "takes no subscripts"),
        ("r[A,B]", 1, "takes the subscripts [D]"),
        ("r[C]", 1, "'c' is not an element of D (A, B)"),
        ("r[]", 1, "is not a variable of the model"),
        ("", 1, "is not a variable of the model"),
    ],
)
def test_a_setting_that_cannot_be_made(
    inline_model: InlineModel, name: str, value: float, message: str
) -> None:
    with pytest.raises(RunError) as caught:
        inline_model(TEXT).run({name: value})
    (fault,) = caught.value.faults
    assert message in fault.message
    assert fault.variable == name


def test_all_faults_of_the_settings_are_reported(inline_model: InlineModel) -> None:
    with pytest.raises(RunError) as caught:
        inline_model(TEXT).run({"grant rat": 1, "S": 2, "grant rate": math.nan})
    assert [fault.variable for fault in caught.value.faults] == ["grant rat", "S", "grant rate"]
