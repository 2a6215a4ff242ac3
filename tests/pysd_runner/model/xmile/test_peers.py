"""The same files read by this package, by PySD's own XMILE reader, and by Simlin.

Where PySD departs from the standard it is left out, and the reason stands beside the equation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pysd_runner import load
from pysd_runner.names import key
from tests.pysd_runner.model.xmile.text import REGIONS, by_pysd, by_simlin, flow, stock, xmile

RunXmile = Callable[[str], xr.Dataset]

BOTH = [
    "DELAY1(TIME, 2)",
    "DELAY1(TIME, 2, 5)",
    "DELAY3(TIME^2, 3, 7)",
    "DELAYN(TIME, 4, 3)",
    "SMTH1(TIME, 2)",
    "SMTH3(TIME, 3, 9)",
    "TREND(TIME + 1, 3)",
    "TREND(TIME + 1, 3, 0.1)",
    "PULSE(3, 1)",
    "PULSE(3, 1, 2)",
    "RAMP(2, 3)",
    "STEP(5, 2)",
    "INIT(TIME + 3)",
    "SAFEDIV(1, TIME, -9)",
    "SAFEDIV(TIME, 2)",
    "INT(TIME)",
    "MAX(3, TIME) + MIN(2, TIME)",
    "2^-1 * -TIME^2",
    "-TIME^2",
    "LN(TIME + 2) + EXP(-TIME) + SQRT(TIME) + ABS(-TIME) + ARCTAN(TIME) + SIN(TIME)",
    "COS(TIME) + TAN(TIME/20) + ARCSIN(TIME/20) + ARCCOS(TIME/20)",
    "IF TIME > 3 THEN 1 ELSE 2",
    "IF TIME >= 3 AND TIME <> 5 THEN TIME ELSE -TIME",
    "IF TIME < 3 OR TIME = 5 THEN (IF TIME = 1 THEN 7 ELSE 8) ELSE 9",
    "TIME / 3 * 2 - 1 - 2",
]
SIMLIN = [
    "PREVIOUS(TIME, -1)",  # PySD has none of these
    "PREVIOUS(SELF, 0) + 1",
    "TIME MOD 3",
    "5 // TIME",
    "ROUND(TIME * 2)",
    "LOG10(TIME + 1)",
    "PI + DT + STARTTIME + STOPTIME",
    "MEAN(TIME, 1, 5)",
    "1 < 2 = 1",
    "PULSE(3, 1.1, 2)",  # PySD loses a pulse between two steps
    "-TIME MOD 3",  # PySD takes the sign of the dividend, the standard that of the divisor
    "INT(-TIME)",  # PySD rounds towards zero, the standard down
    "IF TIME > 3 AND (NOT (TIME > 5)) OR TIME = 9 THEN 1 ELSE 2",  # PySD lets OR bind tighter
    "IF TIME > 3 AND NOT 0 OR TIME = 2 THEN 1 ELSE 2",
]
PYSD = [
    "DELAYN(TIME, 4, 2, 1)",
    "SMTHN(TIME, 4, 2, 1)",  # Simlin does not have these
    "FORCST(TIME + 1, 3, 2)",
    "DELAY(TIME, 1.5)",  # Simlin takes it for one of first order
    "DELAY(TIME, 1.5, -3)",
]


def _file(equations: list[str]) -> str:
    return xmile("\n".join(f"v{n} = {equation}" for n, equation in enumerate(equations)))


def _over_time(found: xr.Dataset, name: str) -> np.ndarray:
    values = found[name].values
    return values if "time" in found[name].dims else np.broadcast_to(values, (41, *values.shape))


def _same(found: np.ndarray, wanted: np.ndarray, name: str) -> None:
    np.testing.assert_allclose(found, wanted[: len(found)], rtol=1e-10, atol=1e-10, err_msg=name)


@pytest.mark.parametrize(
    ("equations", "peer"),
    [(BOTH + PYSD, by_pysd), (BOTH + SIMLIN, by_simlin)],
    ids=["pysd", "simlin"],
)
def test_functions(
    equations: list[str], peer: Callable[[Path], dict[str, np.ndarray]], run_xmile: RunXmile,
    tmp_path: Path,
) -> None:  # fmt: skip
    found = run_xmile(_file(equations))
    wanted = peer(tmp_path / "inline.xmile")
    for number, equation in enumerate(equations):
        _same(_over_time(found, f"v{number}"), wanted[f"v{number}"], equation)


STOCKS = "\n".join(
    [
        stock("Prey_Herd", "100", "births", "deaths,catch"),
        stock("Predators", "20", "growth"),
        stock("Idle", "3"),
        stock("Drained", "5", "", "drain,catch"),
        flow("births", "0.4 * Prey_Herd"),
        flow("deaths", "0.01 * Prey_Herd * Predators"),
        flow("catch", "STEP(0.5, 4)"),
        flow("drain", "Drained / 10"),
        flow("growth", "0.002 * prey_herd * predators - 0.3 * PREDATORS"),
        '<aux name="from table"><eqn>Predators</eqn><gf><xscale min="0" max="30"/>'
        '<yscale min="0" max="1"/><ypts>0.1,0.25,0.9,1.5</ypts></gf></aux>',
    ]
)


@pytest.mark.parametrize("method", ["Euler", "RK2", "RK4"])
def test_stocks_and_tables(method: str, run_xmile: RunXmile, tmp_path: Path) -> None:
    text = STOCKS if method == "Euler" else STOCKS.replace("STEP(0.5, 4)", "0.1 * SIN(TIME)")
    found = run_xmile(xmile(text, method=method))
    wanted = by_simlin(tmp_path / "inline.xmile")
    for name in ("Prey_Herd", "Predators", "Idle", "Drained", "from table", "growth"):
        _same(_over_time(found, name), wanted[name.lower().replace(" ", "_")], name)
    if method == "Euler":
        by_reference = by_pysd(tmp_path / "inline.xmile")
        for name in ("Prey_Herd", "Predators", "Idle", "Drained", "from table"):
            _same(_over_time(found, name), by_reference[name], name)


@pytest.mark.parametrize("method", ["Euler", "RK2", "RK4"])
def test_a_ramp_is_a_function_of_time_in_every_stage(
    method: str, run_xmile: RunXmile, tmp_path: Path
) -> None:
    text = "\n".join([stock("Slope", "0", "rise"), flow("rise", "RAMP(2, 1.5) - RAMP(3, 2, 5)")])
    found = run_xmile(xmile(text, dt=0.5, method=method))
    wanted = by_simlin(tmp_path / "inline.xmile")
    for name in ("slope", "rise"):
        _same(_over_time(found, name.title() if name == "slope" else name), wanted[name], name)
    if method != "Euler":  # exact, since it bends at the times of steps only
        assert found["Slope"].values[-1] == pytest.approx(8.5**2 - 1.5 * 3**2 - 9 * 5, rel=1e-12)


@pytest.mark.parametrize("kind", ["continuous", "extrapolate", "discrete"])
def test_named_tables(kind: str, run_xmile: RunXmile, tmp_path: Path) -> None:
    text = (
        f'<gf name="tab" type="{kind}"><xpts>1,2,6</xpts><ypts>0,2,1</ypts></gf>\n'
        "asked = tab(TIME)\nagain = LOOKUP(tab, TIME)"
    )
    found = run_xmile(xmile(text))
    assert (found["asked"].values == found["again"].values).all()
    if kind == "discrete":
        steps = np.select([found["time"] < 2, found["time"] < 6], [0.0, 2.0], 1.0)
        assert (found["asked"].values == steps).all()
        return
    (tmp_path / "inline.xmile").write_text(xmile(text.rpartition("\n")[0]))
    _same(found["asked"].values, by_pysd(tmp_path / "inline.xmile")["asked"], kind)


ARRAYS = """base[R] = 10 * R
m[R,P] = R * 10 + P
b[R] = base * 2
c[R] = base[R] + 1
d = SUM(base[*])
e = SUM(m[*, y])
f[R] = SUM(m[R, *])
g = MEAN(m[*, *])
h = STDDEV(base)
j = SIZE(m)
k = MAX(base)
n[P,R] = m[R, P]
o[R] = m[R, x]
q = base[2]
r2 = SUM(base[1:2])
u = SUM(base[*] * base[*])
v[P,R] = m'
w[R] = m[*, 2]
z = MIN(base[*]) + MIN(3, 4)
aa[R] = base[R] / SUM(base[*])
bb[R] = SMTH1(TIME * R, 2)
cc[R] = m[R, P.y]
ee = base[IF TIME < 5 THEN 1 ELSE 3]
"""


def test_arrays(run_xmile: RunXmile, tmp_path: Path) -> None:
    text = "\n".join(
        [
            ARRAYS,
            '<stock name="level"><dimensions><dim name="R"/></dimensions><eqn>base[R]</eqn>'
            "<inflow>gain</inflow><outflow>loss</outflow></stock>",
            '<flow name="gain"><dimensions><dim name="R"/></dimensions><eqn>base / 5</eqn></flow>',
            '<flow name="loss"><dimensions><dim name="R"/></dimensions><eqn>level/R</eqn></flow>',
            '<aux name="single"><dimensions><dim name="R"/></dimensions>'
            '<element subscript="A"><eqn>TIME</eqn></element>'
            '<element subscript="B"><eqn>base[C]</eqn></element>'
            '<element subscript="C"><eqn>single[A] + 1</eqn></element></aux>',
        ]
    )
    found = run_xmile(xmile(text, REGIONS))
    wanted = by_simlin(tmp_path / "inline.xmile")
    names = [line.split("[")[0].split("=")[0].strip() for line in ARRAYS.splitlines()]
    for name in [*names, "level", "gain", "loss", "single"]:
        values = _over_time(found, name)
        dims = [d for d in found[name].dims if d != "time"]
        for place in np.ndindex(*values.shape[1:]):
            elements = [str(found[d].values[i]).lower() for d, i in zip(dims, place, strict=True)]
            cell = f"{name}[{','.join(elements)}]" if elements else name
            _same(values[:, *place], wanted[cell], cell)


@pytest.mark.parametrize("name", ["guidance_fund", "industrial_output", "rd_investment"])
def test_models_that_simlin_wrote(name: str, tmp_path: Path) -> None:
    """A Vensim model, written as XMILE by another tool, gives the same bits."""
    import simlin

    vensim = Path(__file__).parents[4] / "models" / name / f"{name}.mdl"
    path = tmp_path / f"{name}.xmile"
    path.write_bytes(simlin.load(str(vensim)).project.to_xmile())
    wanted, found = (load(each).run(engine="kernel") for each in (vensim, path))
    names = {key(str(each)): str(each) for each in found.data_vars}
    for each in wanted.data_vars:
        assert (wanted[each].values == found[names[key(str(each))]].values).all(), each


def test_an_array_by_pysd(run_xmile: RunXmile, tmp_path: Path) -> None:
    text = "\n".join(
        [
            '<aux name="rate"><dimensions><dim name="R"/></dimensions><eqn>1,2.5,4</eqn></aux>',
            '<stock name="level"><dimensions><dim name="R"/></dimensions><eqn>rate[R]*10</eqn>'
            "<inflow>gain[R]</inflow></stock>",
            '<flow name="gain"><dimensions><dim name="R"/></dimensions>'
            "<eqn>level[R]/rate[R]</eqn></flow>",
            stock("other", "1"),
        ]
    )
    found = run_xmile(xmile(text, REGIONS))
    wanted = by_pysd(tmp_path / "inline.xmile")
    _same(found["level"].values, wanted["level"], "level")
    assert found["rate"].values[-1].tolist() == [1, 2.5, 4]
