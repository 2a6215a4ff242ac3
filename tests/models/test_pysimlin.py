"""What another reader of Vensim files makes of the models: syntax, units and trajectories.

pysimlin shares no line with this project. It has wheels for some platforms only.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from pysd_runner import Model, load
from pysd_runner.model.graph import Variable
from pysd_runner.model.units.check import UnitCheck
from tests.models.folder import MODELS, NAMES
from tests.pysd_runner.model.units.test_check import BASE

simlin = pytest.importorskip("simlin")
InlineModel = Callable[[str], Model]
Cell = tuple[str, ...]
Floats = NDArray[np.float64]


def read(path: Path) -> Any:
    with warnings.catch_warnings():
        # It says that it will not look for feedback loops in a large model.
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        return simlin.load(path)


def own_values(model: Model, run: xr.Dataset, variable: Variable, cell: Cell) -> Floats:
    """Return one element of a variable over time."""
    places = (
        model.graph.ranges[dimension].keys.index(element)
        for dimension, element in zip(variable.dimensions, cell, strict=True)
    )
    return np.asarray(run[variable.name].values[(slice(None), *places)])


def their_name(variable: Variable, cell: Cell) -> str:
    name = variable.key.replace(" ", "_")
    return f"{name}[{','.join(cell).replace(' ', '_')}]" if cell else name


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_each_model_without_a_complaint(name: str) -> None:
    assert read(MODELS / name / f"{name}.mdl").project.get_errors() == []
    assert UnitCheck(load(MODELS / name).graph).faults == ()


@pytest.mark.parametrize("name", NAMES)
def test_its_trajectories_are_ours(name: str) -> None:
    model = load(MODELS / name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        theirs = read(MODELS / name / f"{name}.mdl").run().results
    ours = model.run(engine="kernel")
    assert np.allclose(theirs.index, ours["time"].values, rtol=0, atol=1e-9)
    for variable in model.graph.of_kind("stock", "flow", "auxiliary"):
        for cell in model.graph.elements(variable):
            own = own_values(model, ours, variable, cell)
            peer = theirs[their_name(variable, cell)].to_numpy()
            scale = max(float(np.abs(own).max()), 1e-12)
            assert np.abs(own - peer).max() <= 1e-9 * scale, their_name(variable, cell)


BOTH, OURS = "both", "ours alone"
"""Who finds the fault. Nothing is found by pysimlin alone."""

WRONG = [
    ("x = A / tau ~ kg ~|", BOTH, ""),
    ("x = INTEG(A, 0) ~ kg ~|", BOTH, ""),
    ("x = A + inflow ~ kg ~|", BOTH, ""),
    ("x = inflow - A ~ kg/yr ~|", BOTH, ""),
    ("x = MAX(A, inflow) ~ kg ~|", BOTH, ""),
    ("x = ZIDZ(A, tau) ~ kg ~|", BOTH, ""),
    ("x = EXP(A) ~ Dmnl ~|", BOTH, ""),
    ("x = SQRT(A) ~ kg ~|", BOTH, ""),
    ("x = money ~ MCNY ~|", BOTH, ""),
    ("x = money ~ CNYs ~|", BOTH, ""),
    ("x = SMOOTH(A, A) ~ kg ~|", BOTH, ""),
    ("x = SMOOTHI(A, tau, tau) ~ kg ~|", BOTH, ""),
    ("x = DELAY3(A, pace) ~ kg ~|", BOTH, ""),
    ("x = IF THEN ELSE(A > 0, A, tau) ~ kg ~|", BOTH, ""),
    ("x = SUM(each[D!]) ~ kg/yr ~|", BOTH, ""),
    ("x = A * 100 ~ percent ~|", BOTH, ""),
    # pysimlin lets a number have any unit; in Vensim, and here, it is a pure number.
    ("x = A + 5 ~ kg ~|", OURS, "a number in a sum"),
    ("x = MAX(A, 100) ~ kg ~|", OURS, "a number in a choice"),
    ("x = SMOOTH(A, 3) ~ kg ~|", OURS, "a number for a time"),
    ("x = IF THEN ELSE(Time > 2020, 1, 0) ~ Dmnl ~|", OURS, "a number in a comparison"),
    # pysimlin does not look at conditions.
    ("x = IF THEN ELSE(A > inflow, 1, 0) ~ Dmnl ~|", OURS, "a comparison of two units"),
    ("x = IF THEN ELSE(A, 1, 0) ~ Dmnl ~|", OURS, "a condition with a unit"),
    # pysimlin gives up on powers other than whole numbers, and on what stands in an exponent.
    ("x = A ^ part ~ kg ~|", OURS, "a power that is no number"),
    ("x = part ^ A ~ Dmnl ~|", OURS, "an exponent with a unit"),
    ("x = A ^ (1 / 2) ~ kg ~|", OURS, "a fractional power"),
    # pysimlin takes the unit of a ramp and a step from the variable that they define.
    ("x = RAMP(A, tau, tau) ~ kg ~|", OURS, "the slope of a ramp"),
    ("x = STEP(A, A) ~ kg ~|", OURS, "the start of a step"),
    # No file states the unit of a lookup's x axis; that all calls must agree is a rule of ours.
    ("x = shape(tau) ~ kg ~|", OURS, "two units in one lookup"),
]


@pytest.mark.parametrize(("equation", "finder", "_why"), WRONG)
def test_who_finds_a_wrong_equation(
    inline_model: InlineModel, equation: str, finder: str, _why: str
) -> None:
    model = inline_model(BASE + equation)
    assert [fault.variable for fault in UnitCheck(model.graph).faults] == ["x"]
    theirs = [error for error in read(model.graph.source.path).project.get_errors()
              if error.kind.name == "UNITS"]  # fmt: skip
    assert bool(theirs) == (finder == BOTH), theirs


def test_neither_finds_a_fault_where_there_is_none(inline_model: InlineModel) -> None:
    model = inline_model(BASE)
    assert read(model.graph.source.path).project.get_errors() == []
    assert UnitCheck(model.graph).faults == ()
