from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pysd_runner import Curve, Model, RunError
from pysd_runner.run.inputs import Setting, read_columns, settings_of

InlineModel = Callable[[str], Model]
TEXT = (
    "D: A, B ~~|\ngrant rate = 0.1 ~~|\nr[D] = 1, 2 ~~|\nS = INTEG(flow, 0) ~~|\n"
    "flow = grant rate * S ~~|\nt((0,0),(1,1)) ~~|"
)


def test_names_are_read_as_vensim_reads_them(inline_model: InlineModel) -> None:
    graph = inline_model(TEXT).graph
    columns = read_columns(graph, {"Grant_Rate": 0.2, "r[ b ]": [3, 5], "r": np.float64(4)})
    assert settings_of(graph, columns, 0) == (
        Setting("grant rate", (), 0.2),
        Setting("r", ("b",), 3.0),
        Setting("r", (), 4.0),
    )
    assert settings_of(graph, columns, 1)[1] == Setting("r", ("b",), 5.0)


def test_an_array_gives_every_element_its_own(inline_model: InlineModel) -> None:
    model = inline_model(TEXT + "\na[D] = r[D] ~~|")
    assert model.run({"r": [5, 6]}, ["a"], final_time=0)["a"].values.tolist() == [[5, 6]]
    runs = model.batch({"r": [[5, 6], [7, 8], [9, 1]], "r[B]": 3}, ["a"], final_time=0)
    assert runs["a"].values[:, 0].tolist() == [[5, 3], [7, 3], [9, 3]]


def test_a_stock_is_given_its_initial_value(inline_model: InlineModel) -> None:
    found = inline_model(TEXT).run({"S": 2, "grant rate": 0.5}, ["S"])["S"]
    np.testing.assert_allclose(found, 2 * 1.125 ** np.arange(41), rtol=1e-13)


def test_curves_of_lookups_and_constants(inline_model: InlineModel) -> None:
    model = inline_model(TEXT + "\na = t(Time) + grant rate ~~|")
    curves = {"t": Curve([0, 10], [0, 5]), "grant rate": Curve([2, 4], [[1, 2], [3, 3]])}
    found = model.batch(curves, ["a"], save_step=1)["a"].values
    np.testing.assert_allclose(found[0, :6], [1, 1.5, 2, 3, 4, 4.5])
    np.testing.assert_allclose(found[1, :6], [3, 3.5, 4, 4.5, 5, 5.5])


def test_curves_by_element(inline_model: InlineModel) -> None:
    model = inline_model(TEXT + "\nu[D]((0,0),(1,1)) ~~|\nd[D] ~~|\na[D] = u[D](Time) + d[D] ~~|")
    y = np.array([[[0, 10], [0, 20]], [[0, 30], [0, 40]]])
    curves = {"u": Curve([0, 10], y), "d": Curve([0, 10], y[:1] * 10)}
    found = model.batch(curves, ["a"], final_time=1, save_step=1)["a"].values[:, -1]
    assert found.tolist() == [[11, 22], [13, 24]]


@pytest.mark.parametrize(
    ("name", "curve", "message"),
    [
        ("t", Curve([0, 0], [1, 2]), "the x of a curve must be increasing"),
        ("t", Curve([0, 1], [1, 2, 3]), "the curve has 2 points, but its y has the shape (3,)"),
        ("flow", Curve([0, 1], [1, 2]), "only constants, data and lookups follow a curve"),
        ("t", 3, "is lookup and takes a curve"),
    ],
)
def test_a_curve_that_cannot_be_made(
    inline_model: InlineModel, name: str, curve: Curve, message: str
) -> None:
    with pytest.raises(RunError) as caught:
        inline_model(TEXT).run({name: curve})
    assert message in caught.value.faults[0].message


def test_pysd_sets_constants_only(inline_model: InlineModel) -> None:
    for inputs in ({"S": 2}, {"grant rate": Curve([0, 1], [1, 2])}):
        with pytest.raises(RunError, match="needs the compiled engine"):
            inline_model(TEXT).run(inputs, engine="pysd")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("grant rat", 1, "is not a variable of the model; did you mean 'grant rate'?"),
        (
            "flow",
            1,
            "is a flow, and only constants and the initial values of stocks can be",
        ),
        ("TIME STEP", 1, "is set with final_time, time_step or save_step, not as a constant"),
        ("final_time", 1, "is set with final_time"),
        ("grant rate", math.nan, "the value is nan; give a finite number"),
        ("grant rate", -math.inf, "the value is -inf; give a finite number"),
        ("grant rate", "much", "is not a number"),
        ("r", [1, 2, 3], "needs one number for each run, or an array of 2; for values over time"),
        (
            "grant rate",
            [1, 2],
            "needs one number for each run; for values over time give Curve(x, y).",
        ),
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
        inline_model(TEXT).run({"grant rat": 1, "flow": 2, "grant rate": math.nan})
    assert [fault.variable for fault in caught.value.faults] == ["grant rat", "flow", "grant rate"]


def test_a_constant_is_set_once(inline_model: InlineModel) -> None:
    model = inline_model(TEXT)
    with pytest.raises(RunError, match="'GRANT_RATE': is set as 'grant rate' too; set it once"):
        model.run({"grant rate": 0.2, "GRANT_RATE": 0.3})


def test_tables_of_pandas_and_xarray_are_inputs(inline_model: InlineModel) -> None:
    model, rates = inline_model(TEXT), [0.2, 0.4]
    table = pd.DataFrame({"grant rate": rates})
    for inputs in (table, table.to_xarray(), {"grant rate": pd.Series(rates)}):
        found = model.batch(inputs, ["grant rate"], final_time=0)["grant rate"]
        assert found.values.ravel().tolist() == rates


@pytest.mark.parametrize("inputs", [[("grant rate", 0.2)], "grant rate=0.2", 3])
def test_inputs_without_names_are_refused(inline_model: InlineModel, inputs: Any) -> None:
    model = inline_model(TEXT)
    for call in (model.run, model.batch):
        with pytest.raises(RunError, match="inputs are given by name"):
            call(inputs)
    with pytest.raises(RunError, match="'3': is no text; give the name of a variable"):
        model.run({3: 0.2})  # type: ignore[dict-item]
