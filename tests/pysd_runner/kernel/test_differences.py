"""Where numbers differ from PySD, line by line of the table in ``kernel/README.md``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import pysd_runner
from pysd_runner import Model, ModelError

InlineModel = Callable[[str], Model]

# what -> equation of y, value of the kernel at times 0 to 4, value of PySD
SERIES: dict[str, tuple[str, list[float], list[float]]] = {
    "`a :AND: b :OR: c`": (
        "IF THEN ELSE(Time < 0 :AND: Time > 0 :OR: Time > 1, 1, 0)",
        [0, 0, 1, 1, 1], [0, 0, 0, 0, 0],
    ),
    "`(-2)^2`": ("(-2)^2 + 0 * Time", [4] * 5, [-4] * 5),
    "an argument of a lookup that is no number": (
        "table(IF THEN ELSE(Time > 2, :NA:, Time))",
        [5, 6, 7, np.nan, np.nan], [5, 6, 7, 5, 5],
    ),
    "pulses whose start lies between two steps": (
        "PULSE(1.4, 1)", [0, 1, 0, 0, 0], [0, 0, 1, 0, 0],
    ),
    "a PULSE without width": ("PULSE(1, 0)", [0, 1, 0, 0, 0], [0] * 5),
    "a PULSE TRAIN at its end": ("PULSE TRAIN(1, 1, 2, 3)", [0, 1, 0, 1, 0], [0, 1, 0, 0, 0]),
    "a RAMP whose end lies before its start": (
        "RAMP(1, 2, 1)", [0, 0, 0, 1, 2], [0, 0, -1, -1, -1],
    ),
    "`x = :NA:`": (
        "IF THEN ELSE(IF THEN ELSE(Time > 2, :NA:, 1) = :NA:, 1, 0)",
        [0, 0, 0, 1, 1], [0] * 5,
    ),
    "DELAY FIXED inside another function": (
        "1 * DELAY FIXED(DELAY FIXED(Time, 1, 0), 1, 0)", [0, 0, 0, 1, 2], [0, 0, 1, 2, 3],
    ),
}  # fmt: skip
ARRAYS: dict[str, tuple[str, list[float], list[float]]] = {
    "SUM, VMIN, VMAX over an element that is no number": (
        "D: A, B, C ~~|\nx[D] = IF THEN ELSE(D = 2, :NA:, D) + 0 * Time ~~|\n"
        "y = SUM(x[D!]) ~~|\nz[D] = x[D] ~~|\nS = INTEG(1, 0) ~~|",
        [np.nan], [4.0],
    ),
    "equal elements in a falling VECTOR SORT ORDER": (
        "D: A, B, C ~~|\nx[D] = 1, 2, 2 ~~|\ny[D] = VECTOR SORT ORDER(x[D], -1) + 0 * Time ~~|\n"
        "S = INTEG(1, 0) ~~|",
        [1, 2, 0], [2, 1, 0],
    ),
}  # fmt: skip
OTHERS = {
    "`MAX` of three arguments", "x[B] = x[A] + 1", "RANDOM functions",
    "data that jump, where steps of 0.1 end just before a point",
}  # fmt: skip
TIMES = {"final_time": 4.0, "time_step": 1.0, "save_step": 1.0}


def plain_pysd(model: Model, folder: Path) -> np.ndarray:
    """Return y of PySD itself, with the model as it stands in the file."""
    import pysd

    path = folder / "plain.mdl"
    path.write_text("{UTF-8}\n" + model.graph.source.path.read_text(), encoding="utf-8")
    found = pysd.read_vensim(str(path)).run(
        final_time=4, time_step=1, saveper=1, flatten_output=False
    )
    return np.array([np.asarray(row, dtype=float) for row in found["y"]])


def test_every_line_of_the_table_has_a_test() -> None:
    text = (Path(pysd_runner.__file__).parent / "kernel" / "README.md").read_text("utf-8")
    table = text[text.index("## Where numbers differ") :]
    lines = {line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")}
    assert lines - {"what", "---"} == {*SERIES, *ARRAYS, *OTHERS}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", SERIES)
def test_series(inline_model: InlineModel, tmp_path: Path, what: str) -> None:
    equation, here, there = SERIES[what]
    model = inline_model(f"table((0,5),(10,15)) ~~|\ny = {equation} ~~|")
    found = model.run(outputs=["y"], engine="kernel", **TIMES)["y"].values
    np.testing.assert_array_equal(found, here)
    np.testing.assert_array_equal(plain_pysd(model, tmp_path), there)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", ARRAYS)
def test_arrays(inline_model: InlineModel, tmp_path: Path, what: str) -> None:
    text, here, there = ARRAYS[what]
    model = inline_model(text)
    found = model.run(outputs=["y"], engine="kernel", **TIMES)["y"].values
    np.testing.assert_array_equal(np.ravel(found[-1]), here)
    np.testing.assert_array_equal(np.ravel(plain_pysd(model, tmp_path)[-1]), there)


def test_three_arguments_are_refused(inline_model: InlineModel) -> None:
    with pytest.raises(ModelError, match=r"MAX takes 2 arguments, not 3"):
        inline_model("y = MAX(1, 2, 3) ~~|")


@pytest.mark.filterwarnings("ignore")
def test_elements_that_need_each_other_are_ordered(
    inline_model: InlineModel, tmp_path: Path
) -> None:
    model = inline_model("D: A, B ~~|\ny[B] = y[A] + 1 ~~|\ny[A] = Time ~~|\nS = INTEG(1, 0) ~~|")
    run = model.run(outputs=["y"], engine="kernel", **TIMES)
    assert run["y"].values[-1].tolist() == [4.0, 5.0]
    with pytest.raises(RecursionError):
        plain_pysd(model, tmp_path)


@pytest.mark.parametrize(
    ("keyword", "there"),
    [(":HOLD BACKWARD:", [5, 5, 7, 8]), (":LOOK FORWARD:", [5, 6, 8, 9])],
)
def test_data_at_times_that_steps_miss_by_rounding(
    keyword: str, there: list[float], inline_model: InlineModel, tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("time,x\n0,5\n1,6\n2,7\n3,8\n4,9\n", encoding="utf-8")
    times = "TIME STEP = 0.1 ~~|\nFINAL TIME = 3 ~~|\nSAVEPER = 1 ~~|"
    model = inline_model(f"x {keyword} ~~|\ny = x ~~|\n{times}").with_data(path)
    for engine, wanted in (("kernel", [5, 6, 7, 8]), ("pysd", there)):
        run = model.run(outputs=["y"], engine=engine)  # type: ignore[arg-type]
        assert run["y"].values.tolist() == wanted


def test_random_numbers_are_repeatable(inline_model: InlineModel) -> None:
    model = inline_model("y = RANDOM NORMAL(-9, 9, 0, 1, 3) ~~|")
    one, other = (model.run(outputs=["y"], engine="kernel")["y"].values for _ in range(2))
    assert np.array_equal(one, other) and len(set(one)) > 5


def test_names_of_this_page_are_those_of_the_package() -> None:
    folder = Path(pysd_runner.__file__).parent / "kernel"
    text = (folder / "README.md").read_text("utf-8")
    for name in set(re.findall(r"`((?:model/)?\w+\.py)`", text)):
        near = (folder / name, folder.parent / name, folder.parent / "model" / name)
        assert any(path.exists() for path in near), name
