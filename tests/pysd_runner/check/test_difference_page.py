from __future__ import annotations

import pandas as pd
from rich.console import Console

from pysd_runner.check.difference import Change, Difference
from pysd_runner.check.difference_page import difference_page
from pysd_runner.check.finding import Finding
from pysd_runner.errors import Fault


def shown(found: Difference) -> str:
    console = Console(width=120, record=True)
    with console.capture() as written:
        for part in difference_page(found):
            console.print(part)
    return written.get()


def test_nothing_to_tell() -> None:
    found = Difference((), pd.DataFrame(), 3, (), ())
    assert shown(found).strip() == "no equation changed, none of 3 outcomes moved, no check broke"


def test_a_run_that_fails_is_not_one_that_did_not_move() -> None:
    text = shown(Difference((), pd.DataFrame(), None, (), ()))
    assert "outcomes cannot be compared: a base case does not run to its end" in text
    assert "moved" not in text


def test_what_changed_moved_and_broke() -> None:
    moved = pd.DataFrame(
        {"label": ["Output [all]"], "unit": ["MCNY"], "before": [200.0], "after": [150.0],
         "change": [-0.25], "from": [2027.5]}
    )  # fmt: skip
    changes = (
        Change("a", 7, "a = 1 [yr]", "a = 2 [yr]"), Change("b", 9, "", "b = " + "c + " * 40),
        Change("gone", 3, "gone = 1 [yr]", ""),
    )  # fmt: skip
    finding = Finding("Money conserved", False, "1 fault", (Fault("is lost.", None, 9, "b"),))
    text = shown(Difference(changes, moved, 2, (finding,), (Finding("Units", True, "4"),)))
    for line in (
        "Equations changed: 3", "line 7  a = 2 [yr]", "was  a = 1 [yr]", "gone is gone",
        "Outcomes moved: 1 of 2", "Checks that broke: 1", "FAIL  Money conserved: 1 fault",
        "line 9: 'b': is lost.", "Checks that hold again: 1",
    ):  # fmt: skip
        assert line in text
    assert "-25.00%" in text
    assert "2027.5" in text
    assert "c + c +" in text
    assert "no check broke" not in text


def test_long_equations_are_cut_so_that_the_difference_is_seen() -> None:
    long = "Budget Cash = INTEG(" + " + ".join(f"income {n}" for n in range(12))
    change = Change("Budget Cash", 5, f"{long} - call - fee)", f"{long} + call - fee)")
    text = shown(Difference((change,), pd.DataFrame(), 2, (), ()))
    assert "breakers and the time step are tried by sandbox check only" in text
    assert "Budget Cash = … 9 + income 10 + income 11 + call - fee)" in text
    assert "was  Budget Cash = … 9 + income 10 + income 11 - call - fee)" in text
