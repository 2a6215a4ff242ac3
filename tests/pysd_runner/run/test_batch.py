from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner import Model, ModelError, RunError, SlowEngineWarning, load
from pysd_runner.spec.schema import Outcome
from tests.conftest import with_control

InlineModel = Callable[[str], Model]
GROWTH = "S = INTEG(g * S, 1) ~ kg ~ What grows. |\ng = 0.1 ~ 1/yr ~|\nTIME STEP = 0.25 ~ yr ~|"
CITIES = (
    "city: Shunde, Nanhai, Chancheng ~~|\nkind: P, Q ~~|\nrate[city] = 1, 2, 3 ~~|\n"
    "share[kind] = 0.25, 0.75 ~~|\n"
    "Fund[city, kind] = INTEG(rate[city] * share[kind], 0) ~ MCNY ~|\n"
    "total = SUM(Fund[city!, kind!]) ~~|\n"
)


def growth(g: float, steps: int = 40, step: float = 0.25) -> float:
    return float((1 + g * step) ** steps)


def test_one_row_a_run(shared_model: InlineModel) -> None:
    rates = [0.0, 0.1, -0.2]
    runs = shared_model(GROWTH).batch({"g": rates}, ["S", "g"], workers=1)
    assert runs.sizes == {"run": 3, "time": 41}
    np.testing.assert_allclose(runs["S"].values[:, -1], [growth(g) for g in rates], rtol=1e-12)
    np.testing.assert_array_equal(runs["g"].values, np.repeat([rates], 41, axis=0).T)
    assert runs["time"].values.tolist() == [0.25 * step for step in range(41)]
    assert runs["time"].attrs["unit"] == "yr"
    assert runs["status"].values.tolist() == ["ok"] * 3
    assert runs["S"].attrs["unit"] == "kg"
    assert runs["S"].attrs["kind"] == "stock"
    assert runs["S"].attrs["comment"] == "What grows."


def test_subscripted_variables_keep_their_elements_in_order(shared_model: InlineModel) -> None:
    run = shared_model(CITIES).run({"rate[nanhai]": 20}, ["Fund", "total", "rate"])
    assert run["Fund"].dims == ("time", "city", "kind")
    assert run["city"].values.tolist() == ["Shunde", "Nanhai", "Chancheng"]
    assert run["kind"].values.tolist() == ["P", "Q"]
    np.testing.assert_allclose(
        run["Fund"].sel(time=10).values, np.outer([10, 200, 30], [0.25, 0.75]), rtol=1e-12
    )
    assert float(run["Fund"].sel(time=10, city="Nanhai", kind="Q")) == 150
    assert float(run["total"][-1]) == 240
    assert run["Fund"].attrs["unit"] == "MCNY"


@pytest.mark.parametrize(
    "text",
    [
        "D: A, B ~~|\nM[D,D] = 1,2; 3,4 ~~|\nx = M[A,B] ~~|",
        "D: A, B ~~|\nM[A,A] = 1 ~~|\nM[B,A] = 3 ~~|\nM[A,B] = 2 ~~|\nM[B,B] = 4 ~~|\n"
        "x = M[A,B] ~~|",
    ],
)
def test_two_dimensions_of_the_same_range(inline_model: InlineModel, text: str) -> None:
    run = inline_model(text).run(outputs=["M", "x"], save_step=10)
    assert run["M"].dims == ("time", "D", "D_2")
    assert run["M"].values[0].tolist() == [[1, 2], [3, 4]]
    assert run["x"].values.tolist() == [2, 2]


def test_definitions_by_element_keep_the_order_of_the_range(inline_model: InlineModel) -> None:
    run = inline_model(
        "D: A, B, C ~~|\nsub: B, C ~~|\nx[C] = 3 ~~|\nx[A] = 1 ~~|\nx[B] = 2 ~~|\n"
        "y[D] :EXCEPT: [sub] = 7 ~~|\ny[sub] = x[sub] * 10 ~~|"
    ).run(outputs=["x", "y"], save_step=10)
    assert run["x"].sel(time=0, D=["B", "A", "C"]).values.tolist() == [2, 1, 3]
    assert run["y"].values[0].tolist() == [7, 20, 30]


def test_all_that_changes_is_kept_unless_outputs_are_named(shared_model: InlineModel) -> None:
    model = shared_model(CITIES)
    assert sorted(map(str, model.run(save_step=10).data_vars)) == ["Fund", "total"]
    assert list(model.run(outputs=["TOTAL", "total"], save_step=10).data_vars) == ["total"]
    with pytest.raises(RunError) as caught:
        model.run(outputs=["totl", "fundd"])
    assert [fault.message for fault in caught.value.faults] == [
        "is not a variable of the model; did you mean 'total'?",
        "is not a variable of the model; did you mean 'Fund'?",
    ]


def test_stock_that_breaks_is_seen_though_the_output_looks_sound(shared_model: InlineModel) -> None:
    model = shared_model(
        "bad = INTEG(LN(0 * Time - g), 1) ~~|\ng = 1 ~~|\ny = IF THEN ELSE(bad > 0, 1, 0) ~~|"
    )
    runs = model.batch({"g": [1, -2]}, ["y"], workers=1)
    assert runs["status"].values.tolist() == ["non-finite in 'bad' at 0.25", "ok"]


def test_root_of_a_negative_number_is_no_number_and_not_complex(shared_model: InlineModel) -> None:
    model = shared_model("c = (g + 0 * Time) ^ (1 / 3) ~~|\ng = 8 ~~|\na = ABS(c) ~~|")
    runs = model.batch({"g": [8, -8]}, ["a"], workers=1)
    np.testing.assert_allclose(runs["a"].values[0], 2.0, rtol=1e-15)
    assert np.isnan(runs["a"].values[1]).all()


def test_processes_give_what_one_process_gives(shared_model: InlineModel) -> None:
    """Settings of a run must not leak into the next of the same worker either."""
    model = shared_model(GROWTH)
    rates = [0.1, 0.5, 0.1, -0.5, 0.1, 0.3]
    seen: list[tuple[int, int]] = []
    alone = model.batch({"g": rates}, ["S"], workers=1)
    together = model.batch(
        {"g": rates}, ["S"], workers=2, progress=lambda done, total: seen.append((done, total))
    )
    xr.testing.assert_identical(alone, together)
    np.testing.assert_allclose(together["S"].values[:, -1], [growth(g) for g in rates], rtol=1e-12)
    assert [total for _, total in seen] == [6] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (6, 6)


def test_a_run_that_fails_does_not_stop_the_others(shared_model: InlineModel) -> None:
    model = shared_model("S = INTEG(1, 0) ~~|\nend = 20 ~~|\ny = 1 / (end - S) ~~|")
    runs = model.batch({"end": [20, 5, 40]}, ["S", "y"], workers=1, engine="pysd")
    ok, failed, fine = runs["status"].values
    assert (ok, fine) == ("ok", "ok")
    assert failed.startswith("failed: PySD stopped with ZeroDivisionError")
    assert np.isnan(runs["y"].values[1]).all()
    assert np.isnan(runs["S"].values[1]).all()
    assert runs["y"].values[[0, 2], -1].tolist() == [1 / 10, 1 / 30]


def test_a_run_that_leaves_the_numbers_says_so(shared_model: InlineModel) -> None:
    runs = shared_model("S = INTEG(g * S, 1) ~~|\ng = 1 ~~|").batch(
        {"g": [1, 1e60]}, ["S"], workers=1
    )
    assert runs["status"].values.tolist() == ["ok", "non-finite in 'S' at 1.5"]
    assert runs["S"].values[1, 1] == 1 + 1e60 / 4
    assert np.isinf(runs["S"].values[1, 6])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            {"g": [0.1, 0.2], "S": [1.0] * 3},
            "different numbers of runs: 'g' has 2, 's' has 3; give all as many",
        ),
        ({"g": []}, "the inputs hold no runs"),
        ({"g": [[0.1], [0.2]]}, "'g': needs one number for each run"),
        ({"g": ["a"]}, "is not a number"),
        ({"g": [0.1, np.nan]}, "'g': the value is nan"),
    ],
)
def test_inputs_that_make_no_runs(
    shared_model: InlineModel, inputs: dict[str, list[float]], message: str
) -> None:
    with pytest.raises(RunError) as caught:
        shared_model(GROWTH).batch(inputs, ["S"])
    assert message in str(caught.value)


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("law") / "growth.mdl"
    path.write_text(with_control(GROWTH + "\nt((0,1),(10,2)) ~~|\ny = DELAY1(S, 2) * t(Time) ~~|"))
    return load(path)


@settings(max_examples=10, deadline=None)
@given(st.floats(-2, 2), st.sampled_from([0.25, 0.5, 1.0]), st.sampled_from([1.0, 4.0, 20.0]))
def test_a_run_equals_itself_after_any_other_run(
    growing: Model, g: float, step: float, final: float
) -> None:
    before = growing.run(outputs=["S", "y"], save_step=1)
    between = growing.run({"g": g}, ["S"], final_time=final, time_step=step, save_step=1)
    np.testing.assert_allclose(
        between["S"].values[-1], growth(g, round(final / step), step), rtol=1e-9, atol=1e-12
    )
    xr.testing.assert_identical(before, growing.run(outputs=["S", "y"], save_step=1))


def test_what_neither_engine_can_run_is_refused_by_name_and_line(inline_model: InlineModel) -> None:
    model = inline_model(
        "D: A, B ~~|\nP: kind, priority, width, extra ~~|\nk = 1 ~~|\nprofile[D, P] = 9 ~~|\n"
        "a[D] = k * ALLOCATE AVAILABLE(wanted[D], profile[D, kind], 1) ~~|\nwanted[D] = 1 ~~|\n"
        "b = a[A] ~~|"
    )
    given = {"label": "x", "variable": "b", "unit": "", "direction": "none", "reduction": "final"}
    outcomes = {"x": Outcome.model_validate(given)}
    message = r":5: 'a': uses ALLOCATE AVAILABLE .* cannot compile, and PySD cannot run it either"
    for run in (model.run, lambda: model.outcomes({"k": [1.0, 2.0]}, outcomes)):
        with (
            pytest.warns(SlowEngineWarning, match="PySD runs it instead") as caught,
            pytest.raises(ModelError, match=message),
        ):
            run()
        assert [w.category for w in caught].count(SlowEngineWarning) == 1


def test_a_function_that_no_engine_has_is_refused_without_trying_pysd(
    inline_model: InlineModel,
) -> None:
    model = inline_model("a = DELAY CONVEYOR(Time, 2, 3, 4, 5) ~~|")
    message = "'a': uses DELAY CONVEYOR, which the kernel cannot compile; write it with other"
    with pytest.raises(ModelError, match=message):
        model.run()


@pytest.mark.parametrize("engine", ["kernel", "pysd"])
def test_names_that_datasets_use_themselves(inline_model: InlineModel, engine: str) -> None:
    """Variables and ranges may be called like the labels of a dataset, or like each other."""
    model = inline_model(
        "run: A, B ~~|\ntime: A, B ~~|\nx: A, B ~~|\nstatus[run] = INTEG(failed * x[run], 1) ~~|\n"
        "x[run] = 1, 2 ~~|\nfailed = 2 ~~|\ny[time] = x[A] * 3 ~~|\nz[x] = Time ~~|"
    )
    found = model.run({"failed": 3}, ["status", "x", "y", "z"], final_time=1, engine=engine)
    assert found["status_"].dims == ("time", "run_")
    assert found["status_"].values[-1].tolist() == [4, 7]
    assert found["x_"].values[-1].tolist() == [1, 2]
    assert (found["y"].dims, found["y"].values[-1].tolist()) == (("time", "time_"), [3, 3])
    assert model.describe().loc["status_", "uses"] == "failed_, x_"
