from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model
from pysd_runner.check.units import unit_faults
from pysd_runner.errors import Fault
from pysd_runner.model.units.check import UnitCheck

InlineModel = Callable[[str], Model]
MODEL = (
    "INITIAL TIME = 0 ~ yr ~|\nFINAL TIME = 10 ~ yr ~|\n"
    "TIME STEP = 1 ~ yr ~|\nSAVEPER = 1 ~ yr ~|\n"
    "A = INTEG(flow, 1) ~ kg ~|\nflow = 1 ~ kg/yr ~|\nbare = 1 ~~|\n"
)
SPEC = (
    '[model]\ntitle = "T"\nquestion = "?"\nfile = "inline.mdl"\nsave_step = 1\n'
    '[outcomes.end]\nlabel = "A"\nexpression = "{expression}"\nreduction = "{reduction}"\n'
    'unit = "{unit}"\ndirection = "none"\n'
)


@pytest.fixture
def faults_of(inline_model: InlineModel, tmp_path: Path) -> Callable[[str, str, str], list[Fault]]:
    def of(expression: str, reduction: str, unit: str) -> list[Fault]:
        path = tmp_path / "sandbox.toml"
        path.write_text(SPEC.format(expression=expression, reduction=reduction, unit=unit))
        model = inline_model(MODEL)
        return list(unit_faults(UnitCheck(model.graph), model.spec, path))

    return of


@pytest.mark.parametrize(
    ("expression", "reduction", "unit"),
    [
        ("A / flow", "final", "years"), ("A * flow", "integral", "kg^2"), ("A - A", "mean", "kg"),
        ("A / A", "max", "Dmnl"), ("bare * A", "max", "anything"),
    ],
)  # fmt: skip
def test_units_that_fit(
    faults_of: Callable[[str, str, str], list[Fault]], expression: str, reduction: str, unit: str
) -> None:
    assert faults_of(expression, reduction, unit) == []


@pytest.mark.parametrize(
    ("expression", "reduction", "unit", "line", "variable", "message"),
    [
        ("A / flow", "final", "kg", 10, "outcomes.end.unit",
         "is 'kg', but what it measures is in yr."),
        ("A * flow", "integral", "kg", 10, "outcomes.end.unit", "what it measures is in kg^2."),
        ("A - flow", "final", "kg", 8, "outcomes.end.expression",
         "subtracts 'flow' in kg/yr from 'A' in kg; multiply by a time in yr."),
        ("A * A", "final", "kg*kg)", 10, "outcomes.end.unit",
         "'kg*kg)' holds ')' where it should end."),
    ],
)  # fmt: skip
def test_units_that_do_not_fit(
    faults_of: Callable[[str, str, str], list[Fault]], expression: str, reduction: str, unit: str,
    line: int, variable: str, message: str,
) -> None:  # fmt: skip
    (fault,) = faults_of(expression, reduction, unit)
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)
    assert fault.path is not None
    assert fault.path.name == "sandbox.toml"


def test_without_a_spec_the_equations_are_checked(inline_model: InlineModel) -> None:
    model = inline_model(MODEL + "B = A ~ t ~|")
    (fault,) = unit_faults(UnitCheck(model.graph), None, Path("none"))
    assert fault.variable == "B"
