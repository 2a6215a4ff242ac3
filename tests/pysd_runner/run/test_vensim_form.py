from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model, load
from pysd_runner.errors import RunError
from tests.pysd_runner.model.xmile.text import REGIONS, flow, stock, xmile

TEXT = "\n".join(
    [
        "a[R] = R * TIME",
        "b = SUM(a[*]) + INT(-TIME) - TIME MOD 3 + 5 // TIME + PULSE(3, 1.1, 2) + PULSE(1, 2)",
        "c d = DELAYN(TIME, 4, 2) + DELAY(TIME, 1) + PREVIOUS(TIME, 7)",
        "e[R] = a[R-1]",
        '<aux name="g"><eqn>TIME</eqn><gf><xscale min="0" max="6"/><ypts>0,2,1,5</ypts></gf></aux>',
        stock("s", "5", "f", "k", "<non_negative/>"),
        flow("f", "c_d"),
        flow("k", "3 * c_d"),
        "r = RAMP(2, 3) + RAMP(1, 2, 4)",
    ]
)


def _load(tmp_path: Path, variables: str) -> Model:
    path = tmp_path / "model.xmile"
    path.write_text(xmile(variables, REGIONS))
    return load(path)


def test_pysd_computes_the_same_from_the_vensim_form(tmp_path: Path) -> None:
    model = _load(tmp_path, TEXT)
    compiled = model.run(engine="kernel")
    by_reference = model.run(engine="pysd")
    for name in compiled.data_vars:
        np.testing.assert_allclose(
            compiled[name].values, by_reference[name].values, rtol=1e-10, atol=1e-10, err_msg=name
        )


@pytest.mark.parametrize(
    ("equation", "what"),
    [
        ("ROUND(TIME)", "ROUND"),
        ("INF", "INF"),
        ("DELAYN(TIME, 2 + g, 2)", "DELAYN by a time that changes"),
        ("DELAY(TIME, 2 + g)", "DELAY by a time that changes"),
    ],
)
def test_what_has_no_vensim_form(equation: str, what: str, tmp_path: Path) -> None:
    model = _load(tmp_path, f"g = TIME\na = {equation}")
    with pytest.raises(RunError, match=f":12: 'a': uses {what}, which PySD cannot be given"):
        model.run(engine="pysd")


def test_tables_that_go_on_have_no_vensim_form(tmp_path: Path) -> None:
    gf = '<gf type="extrapolate"><xscale min="0" max="6"/><ypts>0,2</ypts></gf>'
    model = _load(tmp_path, f'<aux name="a"><eqn>TIME</eqn>{gf}</aux>')
    with pytest.raises(RunError, match="a graphical function that extrapolates"):
        model.run(engine="pysd")
