"""The model as a notebook holds it."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable

import pytest

from pysd_runner import Model, NewVariableWarning, RunError

InlineModel = Callable[[str], Model]


def test_translation_tells_its_progress_once(inline_model: InlineModel) -> None:
    model = inline_model("D: A, B ~~|\nS[D] = INTEG(g, 1) ~~|\ng = 1 ~~|")
    told: list[tuple[int, int]] = []
    model.translate(lambda done, total: told.append((done, total)))
    model.translate(lambda done, total: told.append((-1, -1)))
    assert told == [(number, 7) for number in range(1, 8)]
    assert model.run(outputs=["S"])["S"].values[-1].tolist() == [11.0, 11.0]


@pytest.mark.parametrize("send", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_a_model_that_has_run_travels(
    inline_model: InlineModel, send: Callable[[Model], Model]
) -> None:
    model = inline_model("S = INTEG(g, 1) ~~|\ng = 1 ~~|").with_equation("g = 2")
    before = model.run(outputs=["S"])
    assert send(model).run(outputs=["S"]).identical(before)


def test_one_output_needs_no_list(inline_model: InlineModel) -> None:
    model = inline_model("Both = INTEG(1, 1) ~~|\nB = 2 ~~|")
    assert list(model.run(outputs="Both").data_vars) == ["Both"]
    with pytest.raises(RunError, match=r"'Boht': is not a variable .* did you mean 'Both'"):
        model.run(outputs="Boht")


def test_a_new_variable_whose_name_may_be_a_slip_is_told(inline_model: InlineModel) -> None:
    model = inline_model("S = INTEG(growth rate, 1) ~~|\ngrowth rate = 1 ~~|")
    said = "'grwth rate' is new to the model; did you mean 'growth rate'?"
    with pytest.warns(NewVariableWarning, match=re.escape(said)):
        assert "grwth rate" in model.with_equation("grwth rate = 2").graph
    assert "b" in model.with_equation("b = 2 * growth rate").graph
