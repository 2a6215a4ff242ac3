from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pysd
import pytest
import xarray as xr
from pysd.py_backend.lookups import HardcodedLookups

from pysd_runner import Model, RunError, SandboxError
from pysd_runner.run.reference import ReferenceEngine
from pysd_runner.run.reference.mends import fast_lookups

InlineModel = Callable[[str], Model]


class ByPySD(Model):
    """A model that PySD runs unless a test says otherwise."""

    def _batch(self, inputs: Any, grid: Any, engine: Any, *options: Any) -> Any:
        return super()._batch(inputs, grid, "pysd" if engine == "auto" else engine, *options)


@pytest.fixture
def inline_model(inline_model: InlineModel) -> InlineModel:
    return lambda text: ByPySD(inline_model(text).graph)


@pytest.fixture(scope="module")
def shared_model(shared_model: InlineModel) -> InlineModel:
    known: dict[str, Model] = {}
    return lambda text: known.setdefault(text, ByPySD(shared_model(text).graph))


GROWTH = "S = INTEG(g * S, 1) ~~|\ng = 0.1 ~~|\nper step = g * TIME STEP ~~|"


# -- settings of one run hold for that run ----------------------------------------------------


def test_a_setting_does_not_leak_into_the_next_run(shared_model: InlineModel) -> None:
    model = shared_model(GROWTH)
    first = model.run(outputs=["S"])
    changed = model.run({"g": 0.2}, ["S"], final_time=5, time_step=0.5)
    again = model.run(outputs=["S"])
    assert first["S"].values[-1] == pytest.approx(1.025**40, rel=1e-12)
    assert changed["S"].values[-1] == pytest.approx(1.1**10, rel=1e-12)
    xr.testing.assert_identical(first, again)


def test_a_setting_of_one_element_does_not_leak(shared_model: InlineModel) -> None:
    model = shared_model("D: A, B ~~|\nr[D] = 1, 2 ~~|\nS[D] = INTEG(r[D], 0) ~~|")
    before = model.run(outputs=["S"])["S"].values[-1]
    changed = model.run({"r[B]": 5}, ["S", "r"])
    assert changed["S"].values[-1].tolist() == [10, 50]
    assert changed["r"].values[-1].tolist() == [1, 5]
    assert model.run({"r": 3, "R[a]": 4}, ["S"])["S"].values[-1].tolist() == [40, 30]
    assert before.tolist() == model.run(outputs=["S"])["S"].values[-1].tolist() == [10, 20]


# -- the time step is the integrator's --------------------------------------------------------


@pytest.mark.parametrize("step", [0.5, 0.125])
def test_explicit_euler_with_any_step(shared_model: InlineModel, step: float) -> None:
    run = shared_model(GROWTH).run(outputs=["S", "per step"], time_step=step, save_step=step)
    steps = np.arange(round(10 / step) + 1)
    np.testing.assert_allclose(run["S"].values, (1 + 0.1 * step) ** steps, rtol=1e-12)
    # Equations that use TIME STEP agree with the integrator.
    np.testing.assert_allclose(run["per step"].values, 0.1 * step, rtol=1e-15)
    np.testing.assert_array_equal(run["time"].values, steps * step)


def test_a_save_step_thins_the_rows_and_nothing_else(shared_model: InlineModel) -> None:
    model = shared_model(GROWTH)
    every, thinned = model.run(outputs=["S"]), model.run(outputs=["S"], save_step=2)
    assert thinned["time"].values.tolist() == [0, 2, 4, 6, 8, 10]
    np.testing.assert_array_equal(thinned["S"].values, every["S"].values[::8])


def test_a_run_may_end_at_time_zero(inline_model: InlineModel) -> None:
    model = inline_model("S = INTEG(1, 0) ~~|\nINITIAL TIME = -4 ~~|")
    run = model.run(outputs=["S"], final_time=0)
    assert run["time"].values[[0, -1]].tolist() == [-4, 0]
    assert run["S"].values[-1] == 4


def test_a_clock_that_drifts_is_refused(inline_model: InlineModel) -> None:
    model = inline_model(
        "S = INTEG(1, 0) ~~|\nINITIAL TIME = 1e6 ~~|\nFINAL TIME = 1000001 ~~|\n"
        "TIME STEP = 0.001 ~~|"
    )
    with pytest.raises(RunError, match="use a time step that is a power of two, such as"):
        model.run(outputs=["S"], save_step=0.1)


# -- numbers keep their digits ----------------------------------------------------------------


def test_an_integer_initial_value_leaves_a_smooth_smooth(shared_model: InlineModel) -> None:
    run = shared_model(
        "S = INTEG(0.3, 1.7) ~~|\nsmooth = SMOOTHI(S, 4, 1) ~~|\ndelayed = DELAY3I(S, 3, 1) ~~|"
    ).run(outputs=["smooth", "delayed"])
    step, smooth, stages = 0.25, [1.0], np.full(3, 1.0)
    delayed = [1.0]
    for number in range(40):
        stock = 1.7 + 0.3 * step * number
        smooth.append(smooth[-1] + step * (stock - smooth[-1]) / 4)
        stages = stages + step * (np.array([stock, *stages[:-1]]) - stages)  # stage time: 3/3
        delayed.append(stages[-1])
    np.testing.assert_allclose(run["smooth"].values, smooth, rtol=1e-13)
    np.testing.assert_allclose(run["delayed"].values, delayed, rtol=1e-13)


DIGITS = (
    "t((0,0.123456789012345),(1,1.23456789012345e-09),(2,98765.4321098765)) ~~|\n"
    "D: A, B, C ~~|\nc[D] = 0.123456789012345, 1.23456789012345e-09, 98765.4321098765 ~~|\n"
    "S[D] = INTEG(c[D], 0) ~~|\nlooked = t(Time) ~~|\n"
    "within = WITH LOOKUP(Time, ((0,0.123456789012345),(2,98765.4321098765))) ~~|\n"
    "u[D]((0,0.123456789012345),(1,1.23456789012345e-09),(2,98765.4321098765)) ~~|\n"
    "also[D] = u[D](Time) ~~|\n"
)
EXACT = [0.123456789012345, 1.23456789012345e-09, 98765.4321098765]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"precision": 2},
        {"suppress": True},
        {"formatter": {"float": lambda value: f"{value:.1f}"}},
        {"threshold": 1, "edgeitems": 1},
        {"floatmode": "fixed", "precision": 3, "sign": "+"},
        {"legacy": "1.13"},
    ],
    ids=lambda options: "-".join(options) or "default",
)
@pytest.mark.parametrize("keep_subscripts", [False, True])
def test_tables_and_arrays_keep_all_digits(
    inline_model: InlineModel, options: dict[str, object], keep_subscripts: bool
) -> None:
    model = inline_model(DIGITS)
    with np.printoptions(**options):  # type: ignore[arg-type]
        engine = ReferenceEngine(model.graph, keep_subscripts=keep_subscripts)
    names = ("looked", "within", "c", "also")
    values = engine.run((), model.time_grid(2, 1, 1), [model.graph[n] for n in names]).values
    assert values["looked"].tolist() == EXACT
    assert values["within"][[0, 2]].tolist() == [EXACT[0], EXACT[2]]
    assert values["c"][0].tolist() == EXACT
    assert values["also"].tolist() == [[value] * 3 for value in EXACT]


# -- lookups ----------------------------------------------------------------------------------

AT = np.array([-3.0, 0.0, 0.1, 0.5, 1.0, 1.0 + 1e-12, 1.7, 2.5, 4.0, 4.0001, 1e6])


@pytest.fixture(scope="module")
def translated_lookup(shared_model: InlineModel) -> Path:
    model = shared_model(
        "x = 0 ~~|\nt((0,0.3),(1,-7.1),(2.5,1e-7),(4,123456.789)) ~~|\ny = t(x) ~~|"
    )
    return model.engine.translation.path


def _looked_up(path: Path) -> tuple[list[float], object]:
    model = pysd.load(str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySD warns where it clamps
        values = []
        for at in AT:
            model.set_components({"x": float(at)})
            values.append(float(model["y"]))
    return values, model.components._hardcodedlookup_t._call


def test_the_fast_lookup_reads_what_pysd_reads(translated_lookup: Path) -> None:
    slow, way = _looked_up(translated_lookup)
    assert getattr(way, "__func__", None) is HardcodedLookups._call
    with fast_lookups():
        fast, other_way = _looked_up(translated_lookup)
    assert getattr(other_way, "__func__", None) is not HardcodedLookups._call
    np.testing.assert_allclose(fast, slow, rtol=1e-14)
    knots = [0, 1, 4, 7, 8]
    assert [fast[i] for i in (1, 4, 7, 8)] == [0.3, -7.1, 1e-7, 123456.789]
    assert [slow[i] for i in knots[1:]] == [fast[i] for i in knots[1:]]
    assert fast[0] == 0.3
    assert fast[-1] == 123456.789


def test_pysd_is_left_as_it_was(shared_model: InlineModel) -> None:
    before = HardcodedLookups.initialize
    with fast_lookups():
        assert HardcodedLookups.initialize is not before
        with fast_lookups():
            pass
    assert HardcodedLookups.initialize is before
    with pytest.raises(ZeroDivisionError), fast_lookups():
        raise ZeroDivisionError
    assert HardcodedLookups.initialize is before
    shared_model(GROWTH).run(outputs=["S"])
    assert HardcodedLookups.initialize is before


def test_a_subscripted_argument_of_a_lookup(shared_model: InlineModel) -> None:
    model = shared_model(
        "D: A, B ~~|\nx[D] = 0.5, 9 ~~|\nt((0,0),(1,2),(2,0)) ~~|\ny[D] = t(x[D] - 0.25) ~~|"
    )
    for keep in (False, True):
        engine = ReferenceEngine(model.graph, keep_subscripts=keep)
        values = engine.run((), model.time_grid(1, 1, 1), [model.graph["y"]]).values["y"]
        assert values[0].tolist() == [0.5, 0.0]


# -- how runs end -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("S = INTEG(S * S, 1e100) ~~|", "non-finite in 'S' at 0.5"),
        ("S = INTEG(-1, 1) ~~|\nroot = S ^ 0.5 ~~|", "non-finite in 'root' at 1.25"),
        ("S = INTEG(-1, 1) ~~|\nlog = LN(S) ~~|", "non-finite in 'log' at 1"),
        ("S = INTEG(-1, 1) ~~|\nlate = LN(S) ~~|\nearly = LN(S - 0.5) ~~|",
         "non-finite in 'early' at 0.5"),
        ("D: A, B ~~|\nd[D] = 0, 4 ~~|\nS[D] = INTEG(EXP(d[D] * S[D]), 1) ~~|",
         "non-finite in 'S[B]' at 0.75"),
    ],
)  # fmt: skip
def test_a_run_that_breaks_names_variable_and_time(
    inline_model: InlineModel, text: str, status: str
) -> None:
    run = inline_model(text).run(final_time=3)
    assert run.attrs["status"].startswith(status)


def test_a_run_that_stops_is_refused_with_the_reason(inline_model: InlineModel) -> None:
    model = inline_model("S = INTEG(1, 0) ~~|\ny = 1 / (S - 5) ~~|")
    with pytest.raises(RunError, match="the run failed: PySD stopped with ZeroDivisionError"):
        model.run()


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ['"R&D budget"', '"share (in %)"', '"% growth"', "研发 投入", "Köln", "lambda", "component",
     "np", "functions", "_x", "2x", '"2x"', "a__b", "time step size"],
)  # fmt: skip
def test_names_that_are_no_python_names(inline_model: InlineModel, name: str) -> None:
    if name == "2x":
        with pytest.raises(SandboxError, match="where a name is expected"):
            inline_model(f"{name} = 3 ~~|")
        return
    bare = name.strip('"')
    run = inline_model(f"{name} = 3 ~~|\nS = INTEG({name}, 0) ~~|").run({bare: 2}, ["S", bare])
    assert run["S"].values[-1] == 20
    assert run[bare].values[-1] == 2


def test_names_that_python_would_confuse_stay_apart(inline_model: InlineModel) -> None:
    run = inline_model('"R&D" = 1 ~~|\nRD = 2 ~~|\n"R-D" = 3 ~~|\nrd 1 = 4 ~~|').run(
        outputs=["R&D", "RD", "R-D", "rd 1"]
    )
    assert [run[name].values[0] for name in run.data_vars] == [1, 2, 3, 4]


# -- nothing in a model file is executed ------------------------------------------------------

PAYLOAD = "__import__('pathlib').Path('{marker}').touch()"


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "executed"
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1 ~~|\nt([(0,0)-({payload},1)],(0,0),(1,1)) ~~|", 2),
        ("x = 1 ~~|\n\nx2 = WITH LOOKUP(1, ([(0,0)-({payload},1)],(0,0),(1,1))) ~~|", 3),
        ("t((0,0),({payload},1)) ~~|", 1),
        (":MACRO: M(a)\nM = t(a) ~~|\nt([(0,0)-({payload},1)],(0,0),(1,1)) ~~|\n"
         ":END OF MACRO:\nx = M(1) ~~|", 3),
        (":MACRO: numpy(a, {payload})\nnumpy = a ~~|\n:END OF MACRO:\nx = 1 ~~|", 1),
        ('x = 1 ~~|\n"a\\");{payload}#" = 1 ~~|', 2),
        ('"a\'\'\');{payload}#" = 1 ~~|', 1),
        ('D: A, "b\\"];{payload}#" ~~|\nx[D] = 1 ~~|', 2),
        ('"a ~~| t([(0,0)-({payload},1)],(0,0),(1,1)) ~~| b" = 1 ~~|', 1),
        ('"a {{" = 1 + {{"}} t([(0,0)-({payload},1)],(0,0),(1,1)) ~~|', 1),
        ('"x :MACRO: M(a) t([(0,0)-({payload},1)],(0,0),(1,1)) :END OF MACRO:" = 1 ~~|', 1),
        ("x = GET DIRECT CONSTANTS('\\x27);{payload}#', 'a', 'B1') ~~|", 1),
        ("x = GET DIRECT CONSTANTS('/elsewhere/data.csv', ',', 'A1') ~~|", 1),
        ("D: GET XLS SUBSCRIPT('/elsewhere/data.csv', ',', 'A1', 'A3', '') ~~|\nx[D] = 1 ~~|", 1),
        ("x :IS: '\\x27);{payload}#' ~~|", 1),
    ],
)  # fmt: skip
def test_text_that_pysd_would_execute_is_refused(
    inline_model: InlineModel, marker: Path, text: str, line: int
) -> None:
    with pytest.raises(SandboxError) as caught:
        inline_model(text.format(payload=PAYLOAD.format(marker=marker))).run()
    assert line in {fault.line for fault in caught.value.faults}


def test_what_surrounds_the_equations_is_harmless(inline_model: InlineModel, marker: Path) -> None:
    payload = PAYLOAD.format(marker=marker)
    run = inline_model(
        f'***\n.a""";{payload}#\n***~ """\n{payload}\n""" |\n'
        f'x = 1 {{ """ {payload} """ }} ~ """;{payload};""" ~ """\n{payload}\n""" |\n'
        f"S = INTEG(x, 0) ~ m\n{payload} [0,{payload}] ~ "
        f"\\x22\\x22\\x22 {payload} ~:SUPPLEMENTARY |\n"
        ":THE CONDITION: c :IMPLIES: x > 0 ~~|\n"
    ).run(outputs=["S"])
    assert run["S"].values[-1] == 10


@pytest.mark.parametrize("name", ["numpy", "pysd", "model"])
def test_macros_with_the_names_of_python_packages(
    inline_model: InlineModel, marker: Path, name: str
) -> None:
    model = inline_model(
        f":MACRO: {name}(a)\n{name} = a * 2 ~~|\n:END OF MACRO:\nS = INTEG({name}(3), 0) ~~|"
    )
    for engine in ("kernel", "pysd"):
        assert model.run(outputs=["S"], engine=engine)["S"].values[-1] == 60
    assert sorted(path.name for path in marker.parent.iterdir()) == ["inline.mdl"]
