from __future__ import annotations

import pytest

from pysd_runner.model.functions import FUNCTIONS
from pysd_runner.model.units.signatures import signatures

OPERATORS = {"+", "-", "*", "/", "COMPARISON", ":AND:", ":OR:", ":NOT:"}
BY_THEMSELVES = {"POWER", "PROD", "TABXL"}  # see infer.py
OF_ANY_UNIT = {"A FUNCTION OF", "TABBED ARRAY", "WITH LOOKUP"}
PREFIXES = ("GET DIRECT", "GET XLS", "LOOKUP")


def test_every_function_of_the_language_says_what_it_asks_of_units() -> None:
    """A function that is added to the language needs a line in ``signatures.py``."""
    silent = {name for name in FUNCTIONS if not name.startswith(PREFIXES)}
    assert silent - signatures().keys() == BY_THEMSELVES | OF_ANY_UNIT
    assert signatures().keys() - FUNCTIONS.keys() == OPERATORS


@pytest.mark.parametrize("name", sorted(signatures().keys() - OPERATORS))
def test_a_signature_has_a_slot_for_each_argument(name: str) -> None:
    function, slots = FUNCTIONS[name], signatures()[name].slots
    assert len(slots) == function.most
    assert all(slot.role for slot in slots)
    letters = {letter for slot in slots for letter in slot.unit or {}} | {"time"}
    assert set(signatures()[name].gives or {}) <= letters


def test_a_line_is_read() -> None:
    signature = signatures()["TREND"]
    assert [slot.unit for slot in signature.slots] == [{"x": 1}, {"time": 1}, {"time": -1}]
    assert [slot.role for slot in signature.slots] == ["input", "averaging time", "initial trend"]
    assert [slot.takes_numbers for slot in signature.slots] == [False, False, True]
    assert signature.gives == {"time": -1}
    assert signatures()["GET DATA LAST TIME"].slots[0].unit is None
