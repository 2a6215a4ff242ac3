from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model, ModelError

InlineModel = Callable[[str], Model]
TEXT = "D: A, B ~~|\nrate = 0.1\n~ 1/yr ~ How fast. |\nx[A] = 1 ~~|\nx[B] = 2 ~~|\n"


def test_an_equation_is_replaced_and_the_file_stays(inline_model: InlineModel) -> None:
    model = inline_model(TEXT)
    before = model.graph.source.path.read_bytes()
    changed = model.with_equation("Rate = 0.2 + x[A]")
    assert changed.describe().at["Rate", "equation"] == "0.2 + x[A]"
    assert changed.graph["rate"].unit == "1/yr"
    assert changed.graph["rate"].comment == "How fast."
    assert changed.graph["rate"].line == 2
    assert model.describe().at["rate", "equation"] == "0.1"
    assert model.graph.source.path.read_bytes() == before


def test_one_element_is_replaced_and_a_new_variable_added(inline_model: InlineModel) -> None:
    changed = inline_model(TEXT).with_equation("x[B] = 5").with_equation("new = x[B] * 2")
    assert changed.describe().at["x", "equation"] == "[A] 1 | [B] 5"
    assert changed.graph["new"].uses == ("x",)
    assert changed.graph["new"].line > changed.graph["x"].line


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("rate = 0.1 +", "'rate': the equation ends where"),
        ("rate = ratte", "uses 'ratte', which is not defined; did you mean 'rate'?"),
        ("rate = rate", "circular definition rate -> rate"),
        ("rate", "is no equation; write it as 'name = expression'"),
        ("E: P, Q", "is no equation"),
        ("", "where a name is expected"),
        ("x[D] = 3", "'x': the model defines x[A] or x[B]; write the left side like that"),
        ("rate[D] = 3", "the model defines rate; write the left side like that"),
    ],
)
def test_a_bad_equation_is_refused(inline_model: InlineModel, equation: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        inline_model(TEXT).with_equation(equation)
    assert message in str(caught.value)
