from __future__ import annotations

from collections.abc import Callable

from pysd_runner import Model
from pysd_runner.model.describe import COLUMNS

InlineModel = Callable[[str], Model]


def test_one_row_for_each_variable(inline_model: InlineModel) -> None:
    table = inline_model(
        "D: A, B ~~|\n***\n.Money\n***~ About it. |\n"
        "Fund[D] = INTEG(grants[D]-1,\n 0) ~ MCNY [0,?] ~ Held. |\ngrants[A] = 1 ~~|\n"
        "grants[B] = Fund[A] * 2 ~ MCNY/yr ~|\nt((0,0.123456789012345),(1,2)) ~~|\n"
    ).describe()
    assert tuple(table.columns) == COLUMNS
    assert list(table.index[:3]) == ["Fund", "grants", "t"]
    assert dict(table.loc["Fund"]) == {
        "kind": "stock", "unit": "MCNY", "limits": "0 … ", "subscripts": "D", "group": "Money",
        "equation": "INTEG(grants[D] - 1, 0)", "comment": "Held.", "uses": "grants",
        "used by": "grants", "line": 5,
    }  # fmt: skip
    assert table.at["grants", "equation"] == "[A] 1 | [B] Fund[A] * 2"
    assert table.at["grants", "unit"] == "MCNY/yr"
    assert table.at["t", "equation"] == "((0,0.123456789012345),(1,2))"
