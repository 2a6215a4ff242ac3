from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd
import pytest
from rich.console import Console, RenderableType

from pysd_runner import Model
from pysd_runner.run_page import deviant, deviations_page, variables_page

MODEL = """
region: north, south ~~|
Stock[region] = INTEG(-Stock[region] * rate, start[region]) ~ t ~|
start[region] = 8, 4 ~ t ~|
rate = 0.5 ~ 1/yr ~|
"""


def shown(parts: Iterable[RenderableType], width: int = 110) -> str:
    console = Console(width=width)
    with console.capture() as written:
        for part in parts:
            console.print(part)
    return written.get()


def test_variables_are_shown_by_element_with_their_ends(
    inline_model: Callable[[str], Model],
) -> None:
    model = inline_model(MODEL + "TIME STEP = 1 ~~|\nFINAL TIME = 2 ~~|\n")
    run = model.run(outputs=["Stock", "rate"])
    lines = shown(variables_page(model.graph, run, ["stock", "rate"])).splitlines()
    rows = [line.replace("│", " ").split() for line in lines if "│" in line]
    assert rows == [
        ["Stock[north]", "8", "2", "2", "8", "t"],
        ["Stock[south]", "4", "1", "1", "4", "t"],
        ["rate", "0.5", "0.5", "0.5", "0.5", "1/yr"],
    ]


@pytest.mark.parametrize("width", [40, 110])
def test_numbers_stay_whole_on_a_narrow_screen(width: int) -> None:
    columns = ["variable", "time", "run", "recorded", "deviation"]
    rows = [["a variable of a long name that breaks", 2.0, 1234.5, 1234.0, 0.01]]
    text = shown(deviations_page(pd.DataFrame(rows, columns=columns)), width)
    for number in ("1234.5", "1234", "1.00%"):
        assert f" {number} " in text


def test_what_agrees_is_one_sentence() -> None:
    table = pd.DataFrame({"variable": ["a"], "deviation": [5e-5]})
    assert deviant(table).empty
    assert shown(deviations_page(table)).split(";")[0] == "as recorded: 1 series agree"
