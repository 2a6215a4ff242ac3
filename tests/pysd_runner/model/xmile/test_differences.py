"""Where numbers differ from PySD, line by line of the table in the README of the package."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pysd_runner
from tests.pysd_runner.model.xmile.text import by_pysd, flow, stock, xmile

RunXmile = Callable[[str], xr.Dataset]


def graph(kind: str) -> str:
    """Return ``y``, a graphical function of the time."""
    points = "<xpts>1,3</xpts><ypts>0,4</ypts>"
    return f'<aux name="y"><eqn>TIME</eqn><gf type="{kind}">{points}</gf></aux>'


# what -> file without y's frame, y here at times 0 to 4, y of PySD
LINES: dict[str, tuple[str, list[float], list[float]]] = {
    "an outflow of more than a non-negative stock holds": (
        "\n".join([
            stock("s", "5", "", "y", "<non_negative/>"), flow("y", "2 + 0 * TIME"),
            stock("end", "0", "y"),
        ]),
        [2, 2, 1, 0, 0], [2] * 5,
    ),
    "`INT` of a negative number": ("y = INT(-TIME / 2)", [0, -1, -1, -2, -2], [0, 0, -1, -1, -2]),
    "`MOD` of a negative number": ("y = -TIME mod 3", [0, 2, 1, 0, 2], [0, -1, -2, 0, -1]),
    "`a AND b OR c`": (
        "y = IF TIME < 0 AND TIME > 0 OR TIME > 1 THEN 1 ELSE 0", [0, 0, 1, 1, 1], [0] * 5,
    ),
    "`SAFEDIV` by a very small number": (
        "y = SAFEDIV(TIME / 10000000, 1 / 10000000)", [0, 1, 2, 3, 4], [0] * 5,
    ),
    "a pulse whose time lies between two steps": ("y = PULSE(3, 1.4)", [0, 0, 3, 0, 0], [0] * 5),
    "`FORCST` with an initial trend": (
        "y = FORCST(8 + 0 * TIME, 2, 1, 0.5)", [12, 28 / 3, 60 / 7, 124 / 15, 252 / 31],
        [10, 8.8, 92 / 11, 188 / 23, 380 / 47],
    ),
    "`DELAYN` by a time that changes": (
        "y = DELAYN(8 + 0 * TIME, 2 + 2 * TIME, 2)",
        [8, 4, 8 / 3, 7 / 3, 2.2], [],
    ),
    "a discrete graphical function in an equation": (
        graph("discrete"), [0, 0, 0, 4, 4], [0, 0, 2, 4, 4],
    ),
    "an extrapolating graphical function in an equation": (
        graph("extrapolate"), [-2, 0, 2, 4, 6], [0, 0, 2, 4, 4],
    ),
    "a model that asks for RK4": (
        "\n".join([stock("y", "0", "f"), flow("f", "TIME")]),
        [0, 0.5, 2, 4.5, 8], [0, 0, 1, 3, 6],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LINES)
def test_series(what: str, run_xmile: RunXmile, tmp_path: Path) -> None:
    text, here, there = LINES[what]
    method = "RK4" if "RK4" in what else "Euler"
    found = run_xmile(xmile(text, stop=4, dt=1, method=method))
    np.testing.assert_allclose(found["y"].values, here, rtol=1e-9, atol=1e-9)
    by_reference = by_pysd(tmp_path / "inline.xmile")["y"]
    assert not np.allclose(by_reference, here)
    if there:
        np.testing.assert_allclose(by_reference, there, rtol=1e-9, atol=1e-9)


def test_every_line_of_the_table_has_a_test() -> None:
    page = Path(pysd_runner.__file__).parent / "model" / "xmile" / "README.md"
    table = page.read_text(encoding="utf-8").partition("## Where numbers differ")[2]
    lines = re.findall(r"^\| (?!what)([^|]+?) \|", table, re.MULTILINE)
    assert lines == list(LINES)
