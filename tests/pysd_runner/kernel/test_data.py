"""Numbers from files beside the model: the kernel against plain PySD, which reads them itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pysd
import pytest
from numpy.typing import NDArray
from openpyxl.workbook.defined_name import DefinedName

from pysd_runner import Curve, Model, ModelError, RunError
from pysd_runner.kernel.kernel import compile_kernel
from pysd_runner.kernel.program import Cell, Method
from pysd_runner.run.batch import EngineName
from pysd_runner.run.reference import ReferenceEngine

InlineModel = Callable[[str], Model]

ROWS = [
    ["time", 0, 2, 4, None, 8, 9],
    ["p", 1, 3.25, 2, 9, 5, -1.5],
    ["q", None, 3, None, 7, 8, 0.1],
]
MATRIX = [["", "a", "b"], ["p", 1.5, 2], ["q", 3, 4.25], ["r", 5, -6]]
RANGES = "D: p, q ~~|\nE: a, b ~~|\nF: p, q, r ~~|\n"

EXTERNAL = {
    "constant": "x = GET XLS CONSTANTS('{m}', 'C3') ~~|\ny = x + Time ~~|",
    "constants along a row": "x[E] = GET DIRECT CONSTANTS('{m}', 'B3') ~~|\ny[E] = x[E] * Time ~~|",
    "constants down a column": "x[F] = GET XLS CONSTANTS('{m}', 'c2*') ~~|\ny[F] = x[F] * Time ~~|",
    "matrix": "x[F, E] = GET XLS CONSTANTS('{m}', 'B2') ~~|\ny[F, E] = x[F, E] * Time ~~|",
    "matrix turned": "x[E, F] = GET_XLS_CONSTANTS('{m}', 'B2*') ~~|\ny[E, F] = x[E, F] + Time ~~|",
    "constants in two parts": (
        "x[p, E] = GET DIRECT CONSTANTS('{m}', 'B2') ~~|\n"
        "x[q, E] = GET DIRECT CONSTANTS('{m}', 'B4') ~~|\ny[D, E] = x[D, E] * Time ~~|"
    ),
    "data along a row": "y := GET XLS DATA('{r}', '1', 'B2') ~~|",
    "data down a column": "y := GET DIRECT DATA('{c}', 'a', 'B2') ~~|",
    "interpolated": "y :INTERPOLATE: := GET DIRECT DATA('{r}', '1', 'B2') ~~|",
    "look forward": "y[D] :LOOK FORWARD: := GET DIRECT DATA('{r}', '1', 'B2') ~~|",
    "hold backward": "y[D] :HOLD BACKWARD: := GET DIRECT DATA('{c}', 'A', 'B2') ~~|",
    "raw": "y[D] :RAW: := GET DIRECT DATA('{r}', '1', 'B2') ~~|",
    "data in two parts": (
        "y[p] := GET DIRECT DATA('{r}', '1', 'B3') ~~|\n"
        "y[q] := GET DIRECT DATA('{r}', '1', 'B2') ~~|"
    ),
    "lookup": "x(GET DIRECT LOOKUPS('{r}', '1', 'B2')) ~~|\ny = x(Time - 3) ~~|",
    "lookups": (
        "x[D](GET XLS LOOKUPS('{c}', 'A', 'B2')) ~~|\ny[D] = x[D](1.5 * Time) + x[p](Time) ~~|"
    ),
}  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> None:
    """Write the tables as sheets of ``t.xlsx`` and as ``.csv`` and ``.tab`` files."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    columns = [list(row) for row in zip(*ROWS, strict=True)]
    for name, rows in {"Rows": ROWS, "Columns": columns, "Matrix": MATRIX}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for suffix, separator in ((".csv", ","), (".tab", "\t")):
            lines = [separator.join("" if c is None else str(c) for c in row) for row in rows]
            (tmp_path / f"{name}{suffix}").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, cells in {
        "times": "Rows!$B$1:$G$1", "values": "Rows!$B$2:$G$3", "one": "Rows!$B$2:$G$2",
        "block": "Matrix!$B$2:$C$4", "cell": "Matrix!$C$3",
    }.items():  # fmt: skip
        book.defined_names[name] = DefinedName(name, attr_text=cells)
    book.save(tmp_path / "t.xlsx")


def placed(text: str, kind: str) -> str:
    """Fill in file and tab of an equation."""
    names = {"m": "Matrix", "r": "Rows", "c": "Columns"}
    if kind == "xlsx":
        files = {short: f"t.xlsx', '{name}" for short, name in names.items()}
    else:
        separator = "," if kind == "csv" else ""
        files = {short: f"{name}.{kind}', '{separator}" for short, name in names.items()}
    return RANGES + text.format(**files)


def kernel_run(
    model: Model, name: str, settings: dict[Cell, float] | None = None
) -> NDArray[np.float64]:
    """Return the values of a variable, shape (saves, elements)."""
    graph, grid = model.graph, model.time_grid()
    outputs = [(graph[name].key, cell) for cell in graph.elements(graph[name])]
    given = settings or {}
    kernel = compile_kernel(graph, list(given), outputs, controls=grid.controls)
    inputs = np.array([list(given.values())])
    return kernel.run(inputs, np.arange(grid.steps + 1), grid.steps).outputs[0]


def plain_pysd(model: Model, name: str) -> NDArray[np.float64]:
    """Return what PySD makes of the file as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        translated = pysd.read_vensim(str(model.graph.source.path))
        frame = translated.run(return_columns=[name], saveper=0.25, flatten_output=False)
    rows = [np.asarray(cell.values if hasattr(cell, "values") else cell) for cell in frame[name]]
    return np.array(rows, dtype=float).reshape(len(rows), -1)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("kind", ["xlsx", "csv", "tab"])
@pytest.mark.parametrize("what", EXTERNAL)
def test_what_is_read_is_what_pysd_reads(inline_model: InlineModel, what: str, kind: str) -> None:
    model = inline_model(placed(EXTERNAL[what], kind))
    found = kernel_run(model, "y")
    np.testing.assert_allclose(found, plain_pysd(model, "y"), rtol=1e-12, atol=1e-13)
    assert len(np.unique(found[np.isfinite(found)])) > 2


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("what", [name for name in EXTERNAL if name != "raw"])
@pytest.mark.parametrize("keep_subscripts", [False, True])
def test_reference_engine_computes_the_same(
    inline_model: InlineModel, what: str, keep_subscripts: bool
) -> None:
    model = inline_model(placed(EXTERNAL[what], "csv"))
    grid = model.time_grid()
    engine = ReferenceEngine(model.graph, keep_subscripts=keep_subscripts)
    found = engine.run((), grid, [model.graph["y"]]).values["y"].reshape(grid.steps + 1, -1)
    np.testing.assert_allclose(found, kernel_run(model, "y"), rtol=1e-12, atol=1e-13)


@pytest.mark.usefixtures("tables")
def test_named_ranges(inline_model: InlineModel) -> None:
    text = (
        "y[D] := GET XLS DATA('t.xlsx', 'rows', 'times', 'values') ~~|\n"
        "z := GET XLS DATA('t.xlsx', 'ROWS', 'times', 'one') ~~|\n"
        "m[F, E] = GET XLS CONSTANTS('t.xlsx', 'Matrix', 'block') ~~|\n"
        "k = GET XLS CONSTANTS('t.xlsx', 'Matrix', 'cell') ~~|\nw[F, E] = m[F, E] + k ~~|\n"
    )
    model = inline_model(RANGES + text)
    assert kernel_run(model, "w")[0].tolist() == [5.75, 6.25, 7.25, 8.5, 9.25, -1.75]
    assert kernel_run(model, "z")[[0, 4, 8, 16, 40], 0].tolist() == [1, 2.125, 3.25, 2, -1.5]
    np.testing.assert_allclose(kernel_run(model, "y"), plain_pysd(model, "y"), rtol=1e-12)


def test_constants_from_a_file_are_set_like_any_other(
    inline_model: InlineModel, tables: None
) -> None:
    text = "x[E] = GET DIRECT CONSTANTS('{m}', 'B2') ~~|\ny = SUM(x[E!]) ~~|\nS = INTEG(y, 0) ~~|"
    model = inline_model(placed(text, "csv"))
    assert model.graph["x"].kind == "constant"
    assert kernel_run(model, "y")[0, 0] == 3.5
    assert kernel_run(model, "y", {("x", ("b",)): 10.0})[0, 0] == 11.5
    for engine in ("kernel", "pysd"):
        assert model.run({"x[b]": 10}, ["S"], engine=engine)["S"].values[-1] == 115


def test_elements_from_a_file(inline_model: InlineModel, tables: None) -> None:
    text = (
        "G: GET DIRECT SUBSCRIPT('Matrix.csv', ',', 'A2', 'A', 'is ') -> H ~~|\n"
        "H: GET XLS SUBSCRIPT('t.xlsx', 'Matrix', 'A2', 'A4', '') ~~|\n"
        "x[H] = GET DIRECT CONSTANTS('Matrix.csv', ',', 'B2*') ~~|\n"
        "y[G] = x[H] * Time ~~|\n"
    )
    model = inline_model(text)
    assert model.graph.ranges["G"].elements == ("is p", "is q", "is r")
    assert kernel_run(model, "y")[4].tolist() == [1.5, 3, 5]
    assert model.run(outputs=["y"], engine="pysd")["y"].values[4].tolist() == [1.5, 3, 5]


def test_data_of_many_times_are_exact_at_each(inline_model: InlineModel, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=401)
    lines = ["t,y", *(f"{step / 40!r},{value!r}" for step, value in enumerate(values.tolist()))]
    (tmp_path / "long.csv").write_text("\n".join(lines))
    model = inline_model("y := GET DIRECT DATA('long.csv', ',', 'A', 'B2') ~~|\n")
    assert kernel_run(model, "y")[:, 0].tolist() == values[::10].tolist()


# -- bare data --------------------------------------------------------------------------------

BARE = "D: p, q ~~|\nobs ~ m ~ demand |\nown[D] :HOLD BACKWARD: ~~|\ny = obs + SUM(own[D!]) ~~|\n"


def test_given_data_follow_the_keyword_of_their_variable(
    inline_model: InlineModel, tmp_path: Path
) -> None:
    (tmp_path / "run.csv").write_text("Time,OBS,own[p],other,own[Q]\n0,1,10,3,100\n4,5,20,3,200\n")
    model = inline_model(BARE).with_data(tmp_path / "run.csv")
    assert kernel_run(model, "y")[[0, 8, 15, 16, 30], 0].tolist() == [111, 113, 114.75, 225, 225]
    for engine in ("kernel", "pysd"):
        run = model.run(outputs=["y"], engine=engine)
        assert run["y"].values[[8, 16]].tolist() == [113, 225]
    assert model.describe().loc["obs", "equation"] == "run.csv"
    again = model.with_equation("y = 2 * obs")
    assert kernel_run(again, "y")[8, 0] == 6


@pytest.mark.parametrize("engine", ["auto", "kernel", "pysd"])
def test_data_without_values_are_refused_when_a_run_needs_them(
    inline_model: InlineModel, engine: EngineName
) -> None:
    model = inline_model("a = 1 ~~|\nobs ~~|\ny = obs ~~|\n")
    assert model.graph["obs"].kind == "data"
    with pytest.raises(RunError, match="no equation and no values; give it values") as caught:
        model.run(outputs=["y"], engine=engine)
    assert (caught.value.faults[0].line, caught.value.faults[0].variable) == (2, "obs")
    assert model.run(outputs=["a"], engine="kernel")["a"].values[-1] == 1
    given = model.run({"obs": Curve([0, 10], [0, 5])}, ["y"], engine="kernel")
    assert given["y"].values[[0, 8, 40]].tolist() == [0, 1, 5]


@pytest.mark.parametrize("engine", ["kernel", "pysd"])
@pytest.mark.parametrize("subscript", ["", "[D]"])
def test_observations_that_nothing_uses_need_no_values(
    inline_model: InlineModel, engine: EngineName, subscript: str
) -> None:
    text = f"D: A, B ~~|\nobs{subscript} ~~|\nS{subscript} = INTEG(1, 0) ~~|\n"
    run = inline_model(text).run(engine=engine)
    assert list(run.data_vars) == ["S"]
    assert np.unique(run["S"].values[-1]).tolist() == [10]


@pytest.mark.usefixtures("tables")
def test_raw_data_are_refused_by_the_reference_engine(inline_model: InlineModel) -> None:
    model = inline_model(placed(EXTERNAL["raw"], "csv"))
    with pytest.raises(RunError, match="is :RAW: data, which PySD cannot be given"):
        model.run(outputs=["y"], engine="pysd")


def test_a_data_equation_of_time_and_constants_is_computed(inline_model: InlineModel) -> None:
    text = "y := k * t(Time) ~~|\nk := 2 ~~|\nt((0,0),(10,5)) ~~|\nS = INTEG(y, 0) ~~|\n"
    model = inline_model(text)
    one, other = (model.run(outputs=["y", "S"], engine=e) for e in ("kernel", "pysd"))
    for run in (one, other):
        np.testing.assert_allclose(run["y"].values, run["time"].values, rtol=1e-14)
    assert (one["S"].values == other["S"].values).all()
    kutta = model.run(outputs=["S"], method="rk4")["S"].values  # data are held during a step
    np.testing.assert_allclose(kutta, one["S"].values, rtol=1e-14)


def test_a_data_equation_of_what_changes_is_refused(inline_model: InlineModel) -> None:
    with pytest.raises(ModelError, match="'y': uses ':=' with an expression of what changes but"):
        kernel_run(inline_model("y := 2 * obs ~~|\nobs = Time ~~|\n"), "y")


def test_data_are_held_during_a_step_of_runge_kutta(
    inline_model: InlineModel, tables: None
) -> None:
    text = "obs := GET DIRECT DATA('{r}', '1', 'B2') ~~|\nS = INTEG(obs, 0) ~~|"
    model = inline_model(placed(text, "csv"))
    euler, kutta = (model.run(outputs=["S"], method=m)["S"].values for m in ("euler", "rk4"))
    np.testing.assert_allclose(kutta, euler, rtol=1e-14)


# -- functions of data ------------------------------------------------------------------------


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("expression", "at_5", "at_8"),
    [
        ("GET DATA AT TIME(obs, Time - 2)", 2.625, 3.5),
        ("GET DATA BETWEEN TIMES(obs, Time, 0)", 2.75, 5),
        ("GET DATA BETWEEN TIMES(obs, Time, 1)", 5, 5),
        ("GET DATA FIRST TIME(obs) + 100 * GET DATA LAST TIME(obs)", 900, 900),
        ("GET DATA TOTAL POINTS(obs)", 5, 5),
    ],
)
def test_functions_of_data(
    inline_model: InlineModel, expression: str, at_5: float, at_8: float
) -> None:
    text = f"obs := GET DIRECT DATA('{{r}}', '1', 'B2') ~~|\ny = {expression} ~~|"
    found = kernel_run(inline_model(placed(text, "csv")), "y")[[20, 32], 0]
    assert found.tolist() == [at_5, at_8]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("GET DATA BETWEEN TIMES(obs, Time, -1)", "with a negative mode"),
        ("GET DATA BETWEEN TIMES(obs, Time, c)", "with any mode but 0 and 1"),
        ("GET DATA AT TIME(c, Time)", "'c', which is no data, as the data of GET DATA AT TIME"),
        ("GET DATA AT TIME(obs + 1, Time)", "an expression where the data of"),
    ],
)
def test_what_is_unsure_about_data_is_refused(
    inline_model: InlineModel, tables: None, expression: str, message: str
) -> None:
    text = f"c = 1 ~~|\nobs := GET DIRECT DATA('{{r}}', '1', 'B2') ~~|\ny = {expression} ~~|"
    with pytest.raises(ModelError, match=message) as caught:
        kernel_run(inline_model(placed(text, "csv")), "y")
    assert (caught.value.faults[0].line, caught.value.faults[0].variable) == (6, "y")


@pytest.mark.parametrize("method", ["euler", "rk4"])
@pytest.mark.parametrize(("start", "step"), [("0", "0.1"), ("2020.1", "0.3"), ("-3", "0.05")])
@pytest.mark.parametrize(
    ("keyword", "expected"),
    [(":RAW:", [1, np.nan, np.nan]), (":HOLD BACKWARD:", [1, 1, 1]), (":LOOK FORWARD:", [1, 2, 2])],
)
def test_data_are_met_by_the_steps_that_their_times_name(
    keyword: str, expected: list[float], start: str, step: str, method: Method,
    inline_model: InlineModel, tmp_path: Path,
) -> None:  # fmt: skip
    """Every third step has a point of its own, whatever the rounding of a sum of steps."""
    times = [str(Decimal(start) + number * Decimal(step)) for number in range(61)]
    path = tmp_path / "data.csv"
    rows = [f"{time},{number + 1}" for number, time in enumerate(times[::3])]
    path.write_text("\n".join(["time,x", *rows]), encoding="utf-8")
    control = f"INITIAL TIME = {start} ~~|\nTIME STEP = {step} ~~|\nFINAL TIME = {times[-2]} ~~|"
    model = inline_model(f"x {keyword} ~~|\ny = x ~~|\n{control}").with_data(path)
    found = model.run(outputs=["y"], method=method)["y"].values
    np.testing.assert_array_equal(found.reshape(20, 3), np.arange(20)[:, None] + expected)
