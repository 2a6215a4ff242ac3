from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.errors import ModelError
from tests.pysd_runner.model.xmile.text import REGIONS, flow, stock, xmile

XmileModel = Callable[[str], Model]
TEXT = "\n".join(
    [
        "a[R] = R * 2",
        "b = SUM(a[*]) + g",
        "c d = 3",
        '<aux name="g"><eqn>TIME</eqn><gf><xscale min="0" max="10"/><ypts>0,10</ypts></gf></aux>',
        stock("s", "5", "f"),
        flow("f", "c_d"),
        '<module name="sub"/>',
    ]
)
SUB = '<model name="sub"><variables><aux name="x"><eqn>4</eqn></aux></variables></model>'


@pytest.mark.parametrize(
    ("equation", "name", "value"),
    [
        ("a[A] = 7", "b", 27),
        ("a = 1", "b", 13),
        ("a[R] = R", "b", 16),
        ('"c d" = 4 + 1', "s", 55),
        ("C_D = IF TIME < 5 THEN 1 ELSE 0", "s", 10),
        ("g = TIME / 2", "b", 17),
        ("s = 9", "s", 39),
        ("new_one = s + 1", "new_one", 36),
        ("sub.x = 9", "sub.x", 9),
    ],
)
def test_an_equation_in_the_files_own_language(
    equation: str, name: str, value: float, xmile_model: XmileModel
) -> None:
    model = xmile_model(xmile(TEXT, REGIONS, SUB))
    changed = model.with_equation(equation)
    assert float(changed.run(outputs=[name])[name].values.flat[-1]) == value
    assert float(model.run(outputs=["b"])["b"].values[-1]) == 22


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("a[Q] = 7", r":11: 'a': has an equation for \[Q\], which is no element"),
        ("a[A,B] = 1", r"is a\[R\] in the model"),
        ("x", "is no equation"),
        ("c_d = ", "is no equation"),
        ("c_d = zz", ":13: 'c d': uses 'zz', which is not defined"),
        ("c_d = 3 +", ":13: 'c d': the equation ends where"),
        ("q[A] = 3", "is new, and runs over dimensions"),
        ("nosuch.x = 2", "is in no module of the model"),
    ],
)
def test_edits_that_are_refused(equation: str, message: str, xmile_model: XmileModel) -> None:
    model = xmile_model(xmile(TEXT, REGIONS, SUB))
    with pytest.raises(ModelError, match=message):
        model.with_equation(equation)
