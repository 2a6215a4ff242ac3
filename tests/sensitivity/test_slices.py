"""What is followed over time, against the trajectories it is made of."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pysd_runner import Model, load
from pysd_runner.errors import DesignError, RunError
from sensitivity.factors import Factor, factors_of
from sensitivity.sampling import saltelli
from sensitivity.slices import Slices, run_outcomes, run_slices

MODEL = """
D: A, B ~~|
growth = 0.1 ~ 1/yr ~|
start[D] = 1, 2 ~ MCNY ~|
Wealth[D] = INTEG(growth * Wealth[D], start[D]) ~ MCNY ~|
broken = 1 / (growth - 0.1) ~ yr ~|
TIME STEP = 0.5 ~ yr ~|
"""


def inputs() -> list[Factor]:
    return [
        Factor("growth", "growth", "Growth", "1/yr", 0.1, (0.0, 0.3)),
        Factor("start", "start[B]", "Start", "MCNY", 2.0, (1.0, 3.0)),
    ]


def test_slices_are_the_trajectories(
    inline_model: Callable[[str], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = inline_model(MODEL)
    design = saltelli(inputs(), 32)
    monkeypatch.setattr(sys.modules["sensitivity.slices"], "_MOST_NUMBERS", 1)  # 64 runs at once
    told: list[tuple[int, int]] = []
    found = run_slices(
        model, design, {"Wealth": "Wealth", "all": "SUM(Wealth[D!])", "twice": "2 * Wealth[D]"},
        save_step=1.0, progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    runs = model.batch(design.inputs, ["Wealth"], save_step=1.0)["Wealth"]
    assert found.outcomes == ("Wealth[A]", "Wealth[B]", "all", "twice[A]", "twice[B]")
    assert found.units == ("MCNY", "MCNY", "", "", "")
    assert (found.shape, found.time_unit) == ((5, 11), "yr")
    assert found.times is not None and found.times.tolist() == list(range(11))
    columns = found.values.reshape(128, 5, 11)
    np.testing.assert_array_equal(columns[:, :2], runs.transpose("run", "D", "time"))
    np.testing.assert_allclose(columns[:, 2], runs.sum("D"))
    np.testing.assert_allclose(columns[:, 4], 2 * runs.sel(D="B"))
    assert told[-1] == (128, 128)


def test_later_rows_are_run_alone_and_put_behind(inline_model: Callable[[str], Model]) -> None:
    model = inline_model(MODEL)
    design = saltelli(inputs(), 16)
    whole = run_slices(model, design, ["Wealth"])
    start = run_slices(model, saltelli(inputs(), 8), ["Wealth"])
    rest = run_slices(model, design, ["Wealth"], first=len(start.values))
    np.testing.assert_array_equal(start.behind(rest).values, whole.values)
    with pytest.raises(DesignError, match="other outcomes"):
        start.behind(Slices.of_table(pd.DataFrame({"y": [1.0]})))


def test_a_run_that_fails_has_no_values(inline_model: Callable[[str], Model]) -> None:
    model = inline_model(MODEL)
    design = saltelli(
        [inputs()[1], Factor("growth", "growth", "Growth", "1/yr", 0.1, (0.1, 0.1 + 1e-300))], 8
    )
    found = run_slices(model, design, ["Wealth", "broken"])
    assert np.isnan(found.values).all()


def test_what_the_spec_measures_is_followed_once() -> None:
    model = load("models/rd_investment")
    design = saltelli(factors_of(model.spec), 8)
    found = run_slices(model, design)
    texts = {outcome.text for outcome in model.spec.outcomes.values()}
    assert len(found.outcomes) == len(texts)
    assert set(found.outcomes) <= set(model.spec.outcomes)


@pytest.mark.parametrize(
    ("quantities", "error", "says"),
    [
        (["Wealt"], RunError, "'Wealt' is not a variable of the model; did you mean 'Wealth'"),
        ({"x": "SUM(Wealth[E!])"}, RunError, "E"),
        ({"x": "FOO(Wealth[D])"}, RunError, "may not use FOO"),
        ([], DesignError, "nothing to follow"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    inline_model: Callable[[str], Model], quantities: object, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        run_slices(inline_model(MODEL), saltelli(inputs(), 8), quantities)  # type: ignore[arg-type]


def test_values_of_another_shape_are_refused() -> None:
    with pytest.raises(DesignError, match="2 slices cannot have values of shape"):
        Slices(np.zeros((4, 3)), ("y",), np.array([0.0, 1.0]))


def test_some_outcomes_at_one_time_are_picked() -> None:
    values = np.arange(24.0).reshape(2, 12)
    slices = Slices(values, ("a", "b", "c"), np.array([0.0, 1, 2, 3]), ("A", "B", "C"))
    picked = slices.pick("c", "a", time=2)
    assert (picked.outcomes, picked.labels, picked.times) == (("c", "a"), ("C", "A"), None)
    assert picked.values.tolist() == [[10, 2], [22, 14]]
    assert slices.pick(time=0).values.tolist() == [[0, 4, 8], [12, 16, 20]]
    assert slices.pick("b").values.tolist() == [[4, 5, 6, 7], [16, 17, 18, 19]]
    with pytest.raises(DesignError, match="'aa' is no outcome of these slices; did you mean 'a'"):
        slices.pick("aa")
    with pytest.raises(DesignError, match=r"'x' is no outcome of .*; there are 'a', 'b', 'c'"):
        slices.pick("x")
    with pytest.raises(DesignError, match=r"4 times from 0 to 3, but 2\.5 is none"):
        slices.pick(time=2.5)
    with pytest.raises(DesignError, match="one number a run, so none is of time 2"):
        picked.pick(time=2)


def test_what_cannot_be_run_is_told_in_a_sentence() -> None:
    with pytest.raises(DesignError, match=r"a str cannot be run; give a model: load"):
        run_outcomes("models/foshan", None)  # type: ignore[arg-type]
