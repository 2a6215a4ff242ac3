from __future__ import annotations

from fractions import Fraction

import pytest

from pysd_runner.model.units.text import UnitTextError, split_unit


@pytest.mark.parametrize(
    ("text", "powers"),
    [
        ("", {}), ("Dmnl", {}), ("1", {}), ("fraction", {}), ("dimensionless", {}),
        ("kg", {"kg": 1}), ("1/yr", {"yr": -1}), ("kg/yr/yr", {"kg": 1, "yr": -2}),
        ("MCNY/(FTE*yr)", {"MCNY": 1, "FTE": -1, "yr": -1}),
        ("MCNY/(FTE/yr)", {"MCNY": 1, "FTE": -1, "yr": 1}), ("m^2", {"m": 2}),
        ("m ** -2", {"m": -2}), ("m^(0.5)", {"m": Fraction(1, 2)}), ("kg*1/kg", {}),
        ("person hours / kg CO2", {"person hours": 1, "kg CO2": -1}),
        ("$/万元", {"$": 1, "万元": -1}),
        ("tonne-km", {"tonne-km": 1}), ("(kg)", {"kg": 1}), ("m^0", {}),
    ],
)  # fmt: skip
def test_a_unit_is_taken_apart(text: str, powers: dict[str, float]) -> None:
    assert split_unit(text) == powers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kg//yr", "has '/' where a name belongs"), ("kg/", "ends where a name belongs"),
        ("(kg", "has a bracket that is never closed"), ("kg)", "holds ')' where it should end"),
        ("kg^yr", "has 'yr' for an exponent; write a number"),
        ("kg^(2", "has a bracket that is never closed"),
        ("1000 * kg", "holds the number 1000; give such a unit a name of its own, as MCNY for"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_unit(text: str, message: str) -> None:
    with pytest.raises(UnitTextError) as caught:
        split_unit(text)
    assert message in str(caught.value)
