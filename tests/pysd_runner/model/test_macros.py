from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model, ModelError

InlineModel = Callable[[str], Model]

GROW = """
:MACRO: GROW(start, rate : total, twice)
GROW = INTEG(GROW * rate, start) ~~|
total = GROW + k ~~|
k = 3 ~~|
twice = INNER(GROW) ~~|
:END OF MACRO:
"""
INNER = """
:MACRO: INNER(x)
INNER = 2 * x ~~|
:END OF MACRO:
"""


def values(model: Model, name: str) -> list[float]:
    found = model.run(outputs=[name], engine="kernel", final_time=2, time_step=1)[name].values
    return np.asarray(found).tolist()


def test_a_macro_has_a_stock_a_constant_further_results_and_calls_another(
    inline_model: InlineModel,
) -> None:
    model = inline_model(f"{GROW}x = GROW(5 + 5, 0.5 : y, z) ~~|\nz ~ m ~ twice x |{INNER}")
    assert values(model, "x") == [10.0, 15.0, 22.5]
    assert values(model, "y") == [13.0, 18.0, 25.5]
    assert values(model, "z") == [20.0, 30.0, 45.0]
    assert set(model.run()) == {"x", "y", "z"}
    assert values(model, "#x>GROW>total#") == values(model, "y")


def test_each_call_and_each_element_has_its_own_stock(inline_model: InlineModel) -> None:
    model = inline_model(
        f"{GROW}{INNER}D: A, B ~~|\nr[D] = 0, 1 ~~|\nx[D] = GROW(1, r[D]) + GROW(10, r[D] / 2) ~~|"
    )
    assert values(model, "x") == [[11.0, 11.0], [11.0, 17.0], [11.0, 26.5]]


def test_equations_of_single_elements_call_macros_apart(inline_model: InlineModel) -> None:
    model = inline_model(
        f"{GROW}{INNER}D: A, B, C ~~|\nx[A] = GROW(1, 1) ~~|\nx[B] = GROW(1, 0) ~~|\nx[C] = 7 ~~|"
    )
    assert values(model, "x") == [[1.0, 1.0, 7.0], [2.0, 1.0, 7.0], [4.0, 1.0, 7.0]]


def test_a_call_under_a_sum_has_a_stock_for_each_term(inline_model: InlineModel) -> None:
    model = inline_model(
        f"{GROW}{INNER}D: A, B ~~|\nr[D] = 0, 1 ~~|\nx = SUM(GROW(1, r[D!]) * r[D!]) ~~|"
    )
    assert values(model, "x") == [1.0, 2.0, 4.0]


def test_a_call_under_a_sum_may_use_the_number_of_the_element(inline_model: InlineModel) -> None:
    text = f"D: p, q ~~|\n{INNER}k[D] = 3, 5 ~~|\nx = SUM(INNER(k[D!] * D!)) ~~|"
    assert values(inline_model(text), "x") == [26.0, 26.0, 26.0]


def test_a_parameter_may_be_a_lookup_or_an_array(inline_model: InlineModel) -> None:
    model = inline_model(
        ":MACRO: M(table, x, array)\nM = table(x) + own(x) + SUM(array[D!]) ~~|\n"
        "own((0,1),(1,1)) ~~|\n:END OF MACRO:\n"
        "D: A, B ~~|\nt((0,0),(10,20)) ~~|\na[D] = 3, 4 ~~|\nx = M(t, 4, a) + 0 * Time ~~|"
    )
    assert values(model, "x") == [16.0] * 3


def test_the_clock_and_variables_of_the_model_are_seen_inside(inline_model: InlineModel) -> None:
    model = inline_model(
        ":MACRO: M(a)\nM = a + Time + Time$ + 10 * TIME STEP + 100 * TIME STEP$ + g$ + f$(a) ~~|\n"
        ":END OF MACRO:\ng = 1000 ~~|\nf((0,0),(1,1)) ~~|\nx = M(1) ~~|"
    )
    assert values(model, "x") == [1112.0, 1114.0, 1116.0]


def test_delays_and_smooths_inside(inline_model: InlineModel) -> None:
    model = inline_model(
        ":MACRO: M(a)\nM = SMOOTH(a, 2) + DELAY1(a, 4) + DELAY FIXED(a, 1, 9) ~~|\n:END OF MACRO:\n"
        "x = M(Time) ~~|\ny = SMOOTH(Time, 2) + DELAY1(Time, 4) + DELAY FIXED(Time, 1, 9) ~~|"
    )
    assert values(model, "x") == values(model, "y")


def test_pysd_runs_what_was_written_out(inline_model: InlineModel) -> None:
    model = inline_model(f"{GROW}{INNER}D: A, B ~~|\nx[D] = GROW(2, 0.5) + D ~~|")
    kernel, pysd = (model.run(engine=engine)["x"].values for engine in ("kernel", "pysd"))
    np.testing.assert_allclose(kernel, pysd, rtol=1e-13)


def test_constants_inside_a_macro_can_differ_by_run(inline_model: InlineModel) -> None:
    model = inline_model(f"{GROW}{INNER}x = GROW(1, 1 : y) ~~|")
    runs = model.batch({"#x>GROW>k#": [3.0, 5.0]}, ["y"], final_time=1, time_step=1)
    assert runs["y"].values.tolist() == [[4.0, 5.0], [6.0, 7.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y = INNER(1, 2) ~~|", r":5: 'y': the macro 'INNER' takes 1 argument\(s\), not 2"),
        ("y = INNER(1 : z) ~~|", ":5: 'y': the macro 'INNER' has 0 further result"),
        (":MACRO: A(x)\nA = B(x)~~|\n:END OF MACRO:\n:MACRO: B(x)\nB = A(x)~~|\n:END OF MACRO:\n"
         "y = A(1) ~~|", ":11: 'y': calls a macro that calls itself: a -> b -> a"),
        (":MACRO: A(x)\nA = x + z~~|\n:END OF MACRO:\ny = A(1) ~~|",
         ":8: 'y': the macro 'A' uses 'z', which is neither a parameter nor"),
        (":MACRO: A(x)\nb = x~~|\n:END OF MACRO:\ny = 1 ~~|",
         r":6: 'A\(x\)': the macro has no equation for 'a', which is its result"),
        (":MACRO: A(x)\nA = x~~|\nx = 1~~|\n:END OF MACRO:\ny = 1 ~~|",
         "the macro defines its own parameter 'x'"),
        (":MACRO: A()()\nA = 1~~|\n:END OF MACRO:\ny = 1 ~~|", "stands where"),
        ("D: P, Q ~~|\na[D] = 1 ~~|\nb[D] = SUM(INNER(a[D!])) ~~|",
         ":7: 'b': the macro 'INNER' is called under a sum over a range of the left side"),
        (":MACRO: A(x)\nA = SUM(v[D!])~~|\nv[D] = x * w$[D]~~|\n:END OF MACRO:\nD: P, Q ~~|\n"
         "w[D] = 10, 20 ~~|\ny[D] = A(w[D]) ~~|",
         "'y': the macro 'A' has a variable over 'd', which is a range of the call too"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_macro_is_said(
    inline_model: InlineModel, text: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        inline_model(f"{INNER}{text}")


def test_macros_that_call_each_other_too_often_are_refused(inline_model: InlineModel) -> None:
    chain = "".join(
        f":MACRO: M{n}(x)\nM{n} = M{n + 1}(x) + M{n + 1}(x + 1) ~~|\n:END OF MACRO:\n"
        for n in range(20)
    )
    with pytest.raises(ModelError, match="make more than 2000"):
        inline_model(f"{chain}:MACRO: M20(x)\nM20 = x ~~|\n:END OF MACRO:\ny = M0(1) ~~|")


def test_an_equation_that_a_macro_computes_is_not_changed_alone(inline_model: InlineModel) -> None:
    model = inline_model(f"{GROW}{INNER}x = GROW(1, 1 : y) ~~|")
    with pytest.raises(ModelError, match="is computed by a macro"):
        model.with_equation('"#x>GROW>k#" = 4')
    assert values(model.with_equation("x = GROW(2, 1)"), "x") == [2.0, 4.0, 8.0]


def test_units_inside_a_macro_are_those_of_its_parameters(inline_model: InlineModel) -> None:
    from pysd_runner.model.units.check import UnitCheck

    model = inline_model(
        ":MACRO: M(a)\nM = INTEG(a, a) ~ a ~|\n:END OF MACRO:\nk = 2 ~ kg ~|\nx = M(k) ~ kg ~|"
    )
    assert UnitCheck(model.graph).faults == ()
