from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.errors import ModelError
from pysd_runner.model.xmile.flatten import spelled, split_path
from tests.pysd_runner.model.xmile.text import by_simlin, flow, stock, xmile

XmileModel = Callable[[str], Model]
RunXmile = Callable[[str], xr.Dataset]


def model(name: str, *variables: str) -> str:
    return f'<model name="{name}"><variables>{"".join(variables)}</variables></model>'


def aux(name: str, equation: str, access: str = "") -> str:
    return f'<aux name="{name}" access="{access}"><eqn>{equation}</eqn></aux>'


def module(name: str, **joined: str) -> str:
    joins = "".join(f'<connect to="{name}.{to}" from="{source}"/>' for to, source in joined.items())
    return f'<module name="{name}">{joins}</module>'


HARES = model(
    "hares", aux("area", "0", "input"), aux("lynxes", "0", "input"),
    stock("pop", "100", "births", "deaths"), flow("births", "pop * 0.2"),
    flow("deaths", "pop * lynxes / area / 10"),
)  # fmt: skip
LYNXES = model(
    "lynxes", aux("hares", "0", "input"), stock("pop", "5", "net"),
    flow("net", "hares / 100 - pop * 0.1"),
)  # fmt: skip


def test_modules_that_feed_each_other(run_xmile: RunXmile, tmp_path: Path) -> None:
    text = "\n".join(
        [
            "area = 10",
            module("hares", area=".area", lynxes="lynxes.pop"),
            module("lynxes", hares="hares.pop"),
            "total = hares.pop + lynxes.pop",
        ]
    )
    found = run_xmile(xmile(text, bottom=HARES + LYNXES))
    wanted = by_simlin(tmp_path / "inline.xmile")
    np.testing.assert_allclose(found["total"].values, wanted["total"], rtol=1e-12)
    assert (found["lynxes.hares"].values == found["hares.pop"].values).all()


def test_modules_inside_modules_and_a_model_used_twice(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            "rate = 2",
            module("left", scale=".rate"),
            '<module name="right" model_name="left"/>',
            "both = left.inner.y * 100 + right.inner.y + left.copy",
        ]
    )
    left = model("left", aux("scale", "7", "input"), module("inner", x="scale"),
                 aux("copy", "inner.y + 0"))  # fmt: skip
    inner = model("inner", aux("x", "1", "input"), aux("y", "x + 1"))
    found = run_xmile(xmile(text, bottom=left + inner))
    assert float(found["both"].values.flat[-1]) == 3 * 100 + 8 + 3


def test_an_input_needs_no_equation_where_a_module_is_given_one(run_xmile: RunXmile) -> None:
    text = xmile(
        '<module name="M"><connect to=".M.food" from="f"/><connect to="M.rate" from="f"/></module>'
        "\nf = TIME\ng = M.total",
        bottom='<model name="M"><variables><aux name="food" access="input"/>'
        '<aux name="rate" access="input"><eqn>{Enter equation}</eqn></aux>'
        '<aux name="total" access="output"><eqn>food * 2 + rate</eqn></aux></variables></model>',
    )
    found = run_xmile(text)
    assert (found["g"].values == 3 * found["time"].values).all()


def test_a_module_may_give_a_value_to_the_model_around_it(run_xmile: RunXmile) -> None:
    text = xmile(
        '<module name="M"><connect to="M.x" from="f"/><connect to=".told" from="M.y"/></module>\n'
        '<aux name="told" access="input"><eqn>0</eqn></aux>\nf = TIME\ng = told + 1',
        bottom=model("M", aux("x", "1", "input"), aux("y", "x * 2")),
    )
    found = run_xmile(text)
    assert (found["g"].values == 2 * found["time"].values + 1).all()


def test_an_input_that_is_given_nothing_is_refused(xmile_model: XmileModel) -> None:
    with pytest.raises(ModelError, match=":11: 'a': has no equation; give it one"):
        xmile_model(xmile('<aux name="a" access="input"/>\nb = a'))


def test_equations_of_a_module_see_only_their_own_names(xmile_model: XmileModel) -> None:
    sub = model("sub", aux("x", "outside + 1"))
    with pytest.raises(ModelError, match=r"'sub\.x': uses 'outside', which is not defined"):
        xmile_model(xmile("outside = 1\n" + module("sub"), bottom=sub))


def test_a_module_inside_itself_is_refused(xmile_model: XmileModel) -> None:
    with pytest.raises(ModelError, match="is a module inside itself"):
        xmile_model(xmile(module("sub"), bottom=model("sub", module("sub"), aux("x", "1"))))


def test_very_many_modules_are_refused(xmile_model: XmileModel) -> None:
    """Each model uses the next ten times: a small file of 10^9 variables."""
    levels = [
        model(f"m{n}", *(f'<module name="u{k}" model_name="m{n + 1}"/>' for k in range(10)))
        for n in range(9)
    ]
    text = xmile('<module name="m0"/>', bottom="".join(levels) + model("m9", aux("x", "1")))
    with pytest.raises(ModelError, match="is a module inside itself, or one of over"):
        xmile_model(text)


MACROS = (
    '<macro name="LEVEL"><parm>x</parm><parm>t</parm><eqn>s / t</eqn><variables>'
    + stock("s", "x * t", "i", "o") + flow("i", "x") + flow("o", "s / t")
    + '</variables></macro><macro name="DOUBLE"><parm>x</parm><eqn>2 * x</eqn></macro>'
)  # fmt: skip


def test_macros(run_xmile: RunXmile, tmp_path: Path) -> None:
    text = "a = LEVEL(TIME + 1, 2)\nb = DOUBLE(LEVEL(TIME + 1, 3)) + LEVEL(5, 1) + DOUBLE(TIME)"
    found = run_xmile(xmile(text, MACROS))
    wanted = by_simlin(tmp_path / "inline.xmile")
    for name in "ab":
        np.testing.assert_allclose(found[name].values, wanted[name], rtol=1e-12)


def test_a_macro_of_an_array(run_xmile: RunXmile) -> None:
    dims = '<dimensions><dim name="N" size="3"/></dimensions>'
    text = "a[N] = LEVEL(N * TIME, 2)\nb[N] = SMTH1(N * TIME, 2)\nc[N] = LEVEL(a[N-1] + 1, N)"
    found = run_xmile(xmile(text, dims + MACROS))
    np.testing.assert_allclose(found["a"].values, found["b"].values, rtol=1e-12, atol=1e-14)
    assert found["c"].values[:, 0].tolist() == [1] * 41


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("DOUBLE(1, 2)", r"the macro DOUBLE takes 1 argument\(s\), not 2"),
        ("SUM(LEVEL(v[*], 1))", "which has variables of its own, over an array"),
    ],
)
def test_macros_used_wrongly(equation: str, message: str, xmile_model: XmileModel) -> None:
    dims = '<dimensions><dim name="N" size="3"/></dimensions>'
    with pytest.raises(ModelError, match=message):
        xmile_model(xmile(f"v[N] = N\na = {equation}", dims + MACROS))


def test_macros_inside_themselves_and_names_from_outside(xmile_model: XmileModel) -> None:
    loop = '<macro name="LOOP"><parm>x</parm><eqn>LOOP(x) + 1</eqn></macro>'
    with pytest.raises(ModelError, match="uses the macro 'LOOP' inside itself"):
        xmile_model(xmile("a = LOOP(1)", loop))
    leak = '<macro name="LEAK"><parm>x</parm><eqn>x + outside</eqn></macro>'
    with pytest.raises(ModelError, match="uses 'outside', which is not defined"):
        xmile_model(xmile("outside = 1\na = LEAK(1)", leak))


def test_paths() -> None:
    assert split_path('a."b.c".d') == ["a", "b.c", "d"]
    assert split_path(".x") == ["", "x"]
    assert [spelled(each) for each in ("a b", "a.b", 'q"r')] == ["a_b", '"a.b"', '"q\\"r"']
    assert re.fullmatch(r'"q\\"r"', spelled('q"r'))


def test_arguments_that_a_macro_need_not_be_given(run_xmile: RunXmile) -> None:
    top = '<macro name="ADD"><parm>x</parm><parm default="2*3">y</parm><eqn>x + y</eqn></macro>'
    found = run_xmile(xmile("a = ADD(TIME)\nb = ADD(TIME, 1)", top))
    assert (found["a"].values[0], found["b"].values[0]) == (6, 1)


def test_a_module_with_times_of_its_own_is_refused(xmile_model: XmileModel) -> None:
    sub = model("sub", aux("x", "1")).replace("<variables>", "<sim_specs/><variables>")
    with pytest.raises(ModelError, match="'sub': has times of its own"):
        xmile_model(xmile(module("sub"), bottom=sub))


def test_the_whole_model_is_the_one_without_a_name(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile(module("sub") + "\ny = sub.x", model("sub", aux("x", "TIME"))))
    assert found["y"].values[-1] == 10
