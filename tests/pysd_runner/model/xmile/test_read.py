from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.errors import ModelError
from tests.pysd_runner.model.xmile.text import REGIONS, flow, stock, xmile

XmileModel = Callable[[str], Model]
RunXmile = Callable[[str], xr.Dataset]


def test_a_variable_is_described_as_the_file_has_it(xmile_model: XmileModel) -> None:
    text = "\n".join(
        [
            '<stock name="Water\\nlevel"><doc>What is\n in it</doc><eqn>2 * depth</eqn>'
            '<inflow>"in flow"</inflow><outflow>out</outflow><units>m</units>'
            '<range min="0" max="9"/></stock>',
            flow("in flow", "IF TIME > 3 THEN 1 ELSE 2"),
            flow("out", "Water_Level / 4"),
            "Depth = 3",
            '<aux name="g"><eqn>TIME</eqn><gf><xpts>0,9</xpts><ypts>1,2</ypts></gf></aux>',
            '<group name="Basin"><entity name="Depth"/></group>',
        ]
    )
    table = xmile_model(xmile(text)).describe()
    row = table.loc["Water level"]
    assert row["kind"] == "stock"
    assert row["equation"] == 'INTEG("in flow" - out, 2 * depth)'
    assert row["comment"] == "What is in it"
    assert (row["unit"], row["limits"]) == ("m", "0 … 9")
    assert (row["uses"], row["line"]) == ("in flow, out, Depth", 12)
    assert table.loc["in flow", "equation"] == "IF TIME > 3 THEN 1 ELSE 2"
    assert table.loc["in flow", "kind"] == "flow"
    assert (table.loc["Depth", "kind"], table.loc["Depth", "group"]) == ("constant", "Basin")
    assert table.loc["g", "equation"] == "GRAPH(TIME) (0, 1), (9, 2)"
    assert table.loc["TIME STEP", "unit"] == "Months"


@pytest.mark.parametrize(
    ("specs", "step", "save", "method"),
    [
        ("<dt reciprocal='true'>4</dt>", 0.25, 0.25, "euler"),
        ("<dt reciprocal='1'>4</dt>", 0.25, 0.25, "euler"),
        ("<dt>0.5</dt><savestep>2</savestep>", 0.5, 2.0, "euler"),
        ("", 1.0, 1.0, "euler"),
    ],
)
def test_times(specs: str, step: float, save: float, method: str, xmile_model: XmileModel) -> None:
    text = re.sub("<dt>.*</dt>", specs, xmile("a = TIME", start=1, stop=5))
    model = xmile_model(text)
    grid = model.time_grid()
    assert (grid.initial_time, grid.final_time) == (1, 5)
    assert (grid.time_step, grid.save_step) == (step, save)
    assert model.graph.source.method == method
    assert model.run(outputs=["a"])["time"].values.tolist() == np.arange(1, 5.1, save).tolist()


@pytest.mark.parametrize(
    ("asked", "method"),
    [
        ("RK4", "rk4"),
        ("rk2", "rk2"),
        ("Cycle", "euler"),
        ("Euler", "euler"),
        ("Gear, RK4", "rk4"),
        ("RK1", "euler"),
        ("cycle-time", "euler"),
    ],
)
def test_the_method_is_the_one_that_the_file_asks_for(
    asked: str, method: str, xmile_model: XmileModel
) -> None:
    model = xmile_model(xmile(stock("x", "1", "f") + "\n" + flow("f", "x"), method=asked))
    found = model.run(outputs=["x"])
    assert found.attrs["method"] == method
    same = model.run(outputs=["x"], method=method)  # type: ignore[arg-type]
    assert (same["x"].values == found["x"].values).all()


def test_the_second_order_method_has_the_second_order(xmile_model: XmileModel) -> None:
    text = stock("x", "1", "f") + "\n" + flow("f", "x")
    model = xmile_model(xmile(text, stop=1, method="RK2"))
    errors = [
        abs(float(model.run(outputs=["x"], time_step=step)["x"].values[-1]) - np.e)
        for step in (1 / 32, 1 / 64)
    ]
    assert 3.8 < errors[0] / errors[1] < 4.2


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ("a = 1 +", ":11: 'a': the equation ends where a number"),
        ("a = q", ":11: 'a': uses 'q', which is not defined"),
        ("", "is a model without variables"),
        ("ab = 1\na = abc", ":12: 'a': uses 'abc', which is not defined; did you mean 'ab'?"),
        ("a = FOO(1)", "'a': uses the function 'FOO', which is not supported"),
        ("a = MAXX(1, 2)", "did you mean 'max'?"),
        ("a = LN(1, 2)", "LN takes 1 argument(s), not 2"),
        ("a = PULSE(1)", "PULSE takes 2 to 3 argument(s), not 1"),
        ("a = HISTORY(TIME, 1)", "uses HISTORY at another time than TIME less a constant"),
        ("a = NPV(TIME, 1)", "the function 'NPV', which is not supported"),
        ("a[R] = R\nb = CGROWTH(a[A])", ":12: 'b': uses the function 'CGROWTH', which is not s"),
        ("a = b\nb = a", "circular definition"),
        ('<aux name="a"/>', "has no equation"),
        ('<aux name="a"><eqn/></aux>', "has no equation"),
        ("a = {Enter equation} {here}\nb = a", ":11: 'a': has no equation; give it one"),
        ("a = {Enter equation\nb = a", ":11: 'a': has no equation; give it one"),
        ("<aux><eqn>1</eqn></aux>", "without a name"),
        ("a = 1\nA = 2", ":12: 'A': is defined again; the first definition is on line 11"),
        ('<stock name="a"><eqn>1</eqn><queue/></stock>', "is a queue"),
        ('<stock name="a"><eqn>1</eqn><oven/></stock>', "is an oven"),
        ('<event name="a"/>', "is a <event>, which is not supported"),
        ('<module name="m"/>', "is a module of the model 'm', which this file does not hold"),
        ('<module name="m" resource="other.xmile"/>', "is a module kept in another file"),
        ('<gf name="a"><xpts>1,2</xpts><ypts>1</ypts></gf>', "with 2 x and 1 y"),
        ('<gf name="a"><ypts>1,2</ypts></gf>', "without <xscale> or <xpts>"),
        ('<gf name="a"><xpts>1,b</xpts><ypts>1,2</ypts></gf>', "holds 'b' where <xpts>"),
        ('<gf name="a"><xpts>1,2</xpts></gf>', "without <ypts>"),
        ('<gf name="a" type="odd"><xpts>1</xpts><ypts>1</ypts></gf>', "of the type 'odd'"),
        ("a = 1\nFINAL TIME = 99", "is 99, but <sim_specs> says 10"),
        ("a[Q] = 1", "runs over 'Q', which is no dimension"),
        ("a[R] = b[R]\nb[R] = c[R]\nc = 1", "uses 'c' with 1 subscripts; write it without"),
        ("a[R] = R\nb = a", "uses 'a', which runs over R, where one number is needed"),
        ("a[R] = R\nb = a[x]", "uses the element 'x' in a dimension that has no such element"),
        ("a[R] = R\nb = a[4]", "uses element 4 of 'a', but R has 3"),
        ("a[R] = R\nb[P] = a[P]", ""),
        ("a[R] = R\nb = a[R]", "the dimension 'R' as a subscript, but the left side does not run"),
        ("a[R] = R\nb = a[1:2]", "uses a part of 'a' outside a function such as SUM"),
        ("a[R] = R\nc[P] = P\nb = SUM(a[*] * c[*])", "runs over arrays of different shapes"),
        ("a[R] = R\nb = SUM(a[*:Z])", "uses '*:Z', which is no part of R"),
        ("a[R] = 1, 2", "lists 2 numbers for 3 elements"),
        ("a = 3\nb = a(2)", "calls 'a', which is no graphical function"),
        ("b = LOOKUP(3, 2)", "LOOKUP needs a graphical function as its first argument"),
        ("a = SINWAVE(1, 2)", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    variables: str, message: str, xmile_model: XmileModel
) -> None:
    if not message:
        xmile_model(xmile(variables, REGIONS))
        return
    with pytest.raises(ModelError, match=re.escape(message)):
        xmile_model(xmile(variables, REGIONS))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<variables>", "<nothing>", "has a <model> without <variables>"),
        ("<model>", "<mode>", "holds no <model>"),
        ("<sim_specs", "<sim_spec", "has no <sim_specs>"),
        ("<start>0.*</start>", "", "has no <start>"),
        ("<stop>10</stop>", "<stop>ten</stop>", "holds 'ten' where <stop> needs a number"),
        ('method="Euler"', 'method="Gear"', "the method 'Gear', which is not known"),
        ("<xmile", "<html", "its outermost element is <html>"),
    ],
)
def test_files_that_hold_no_model(
    old: str, new: str, message: str, xmile_model: XmileModel
) -> None:
    text = xmile("a = 1")
    text = re.sub(old, new, text)
    if re.fullmatch("<[a-z_]+>?", new):
        text = text.replace(f"</{old.strip('<>')}>", f"</{new.strip('<>')}>")
    with pytest.raises(ModelError, match=re.escape(message)):
        xmile_model(text)


def test_variables_may_stand_in_the_model_itself_as_stella_10_wrote_them(
    run_xmile: RunXmile,
) -> None:
    text = xmile(
        stock("hares", "100", "births", "deaths", "<non_negative/>")
        + flow("births", "hares * 0.1")
        + flow("deaths", "area * 2")
        + '<aux name="area"><eqn>TIME</eqn><gf discrete="true"><xscale min="0" max="4"/>'
        '<ypts>0,1,2,3,4</ypts></gf></aux><display><stock name="hares" x="1"/></display>',
        stop=2, dt=0.5,
    )  # fmt: skip
    found = run_xmile(re.sub("</?variables>", "", text))
    assert found["area"].values.tolist() == [0, 0, 1, 1, 2]
    expected = [100.0]
    for deaths in (0, 0, 2, 2):
        expected.append(expected[-1] * 1.05 - deaths / 2)
    np.testing.assert_allclose(found["hares"].values, expected, rtol=1e-14)


def test_names_may_begin_with_a_dollar(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile('$cost = 2\n"$ rate" = 4\na = $COST * 3 + "$ rate" + $_rate'))
    assert float(found["a"].values.flat[-1]) == 14


@pytest.mark.parametrize(
    ("own", "works"),
    [
        ("<sim_specs/>", True),
        ('<sim_specs method="euler"><stop>10</stop><dt reciprocal="true">4</dt></sim_specs>', True),
        ('<sim_specs method="rk4"/>', False),
        ("<sim_specs><dt>0.5</dt></sim_specs>", False),
        ("<sim_specs><stop>1</stop></sim_specs>", False),
        ("<sim_specs><stop>soon</stop></sim_specs>", False),
    ],
)
def test_times_inside_a_macro_may_only_repeat_those_of_the_file(
    own: str, works: bool, run_xmile: RunXmile
) -> None:
    body = stock("level", "x", "come") + flow("come", "1")
    macro = f'<macro name="m"><parm>x</parm><eqn>2 * level</eqn>{own}<variables>{body}'
    text = xmile("a = m(3)", bottom=f"{macro}</variables></macro>", stop=10, dt=0.25)
    if works:
        assert run_xmile(text)["a"].values[-1] == 26
        return
    with pytest.raises(ModelError, match="'m': is a macro without an equation, or with times"):
        run_xmile(text)


def test_all_faults_are_reported_together(xmile_model: XmileModel) -> None:
    with pytest.raises(ModelError) as refusal:
        xmile_model(
            xmile("a = 1 +\nb = q\nc = a + FOO(1)\n<oven/>\n<stock name='o'><oven/></stock>")
        )
    lines = [fault.line for fault in refusal.value.faults]
    assert lines == [11, 12, 13, 14, 15]


def test_lines_count_from_the_start_of_the_equation(xmile_model: XmileModel) -> None:
    with pytest.raises(ModelError, match=r":14: 'a': uses 'nosuch'"):
        xmile_model(xmile('<aux name="a">\n<eqn>\n1 +\nnosuch</eqn></aux>'))


def test_clocks_may_be_called(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile("a = TIME() * PI() / DT() - TIME * PI / DT\nb = TIME()", dt=0.5))
    assert set(found["a"].values.ravel()) == {0.0}
    assert found["b"].values[-1] == 10


@pytest.mark.parametrize(
    ("separator", "points"), [("\t", "1\t2\t7"), (" ", "1 2\n 7"), (";", "1;2;7")]
)
def test_points_are_separated_as_the_file_says(
    separator: str, points: str, run_xmile: RunXmile
) -> None:
    graph = f'<xscale min="0" max="10"/><ypts sep="{separator}">{points}</ypts>'
    found = run_xmile(xmile(f'<aux name="a"><eqn>TIME</eqn><gf>{graph}</gf></aux>', dt=5))
    assert found["a"].values.tolist() == [1, 2, 7]


def test_names(run_xmile: RunXmile) -> None:
    found = run_xmile(
        xmile(
            'Birth  Rate\\nper year = 2\n"strange, (name)" = 3\nÄrger = 4\n人口 = 5\n'
            'a = birth_rate_PER_year + "strange, (name)" + ärger + 人口 + "birth rate per year"\n'
            "b = a {a comment} + 1"
        )
    )
    assert found["a"].values[-1] == 16 if found["a"].ndim else float(found["a"]) == 16
    assert float(found["b"].values.flat[-1]) == 17


def test_initial_equations(run_xmile: RunXmile) -> None:
    text = '<aux name="a"><eqn>TIME + 5</eqn><init_eqn>1</init_eqn></aux>\n' + stock("s", "a")
    found = run_xmile(xmile(text))
    assert (float(found["s"].values.flat[0]), found["a"].values[0]) == (1, 5)


def test_a_dimension_by_size(run_xmile: RunXmile) -> None:
    top = '<dimensions><dim name="N" size="4"/></dimensions>'
    text = 'chain[N] = IF N = 1 THEN 1 ELSE 2 * chain[N-1]\n' \
        '<aux name="odd"><dimensions><dim name="N"/></dimensions><eqn>N</eqn>' \
        '<element subscript="2"><eqn>20</eqn></element></aux>'  # fmt: skip
    with pytest.raises(ModelError, match="circular definition"):
        run_xmile(xmile("a[N] = a[N]", top))
    found = run_xmile(xmile(text, top))
    assert found["odd"].values[-1].tolist() == [1, 20, 3, 4]
    assert found["chain"].values[-1].tolist() == [1, 2, 4, 8]


def test_a_dimension_has_numbers_of_its_own(run_xmile: RunXmile) -> None:
    top = '<dimensions><dim name="N"><elem name="a"/><elem name="b"/><elem name="c"/></dim>' \
        '<dim name="late"><elem name="b"/><elem name="c"/></dim></dimensions>'  # fmt: skip
    found = run_xmile(xmile("x[late] = late\ny[N] = N", top))
    assert found["x"].values.ravel()[:2].tolist() == [1, 2]
    assert found["y"].values.ravel()[:3].tolist() == [1, 2, 3]


def test_square_arrays(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            "<aux name='m'><dimensions><dim name='R'/><dim name='R'/></dimensions>"
            "<eqn>1,2,3,4,5,6,7,8,9</eqn></aux>",
            "<aux name='t'><dimensions><dim name='R'/><dim name='R'/></dimensions>"
            "<eqn>m'</eqn></aux>",
            "<aux name='twice'><dimensions><dim name='R'/><dim name='R'/></dimensions>"
            "<eqn>2 * m</eqn></aux>",
            "total = SUM(m[*, *])",
            "trace = m[A, A] + m[B, B] + m[C, C]",
            "row[R] = SUM(m[R, *])",
            "column[R] = SUM(m[*, R])",
        ]
    )
    found = run_xmile(xmile(text, REGIONS))
    last = {name: found[name].values.reshape(-1, *found[name].values.shape[-2:])[-1]
            for name in ("m", "t", "twice")}  # fmt: skip
    square = np.arange(1.0, 10).reshape(3, 3)
    assert (last["m"] == square).all()
    assert (last["t"] == square.T).all()
    assert (last["twice"] == 2 * square).all()
    assert float(found["total"].values.flat[-1]) == 45
    assert float(found["trace"].values.flat[-1]) == 15
    assert found["row"].values.reshape(-1, 3)[-1].tolist() == [6, 15, 24]
    assert found["column"].values.reshape(-1, 3)[-1].tolist() == [12, 15, 18]


def test_an_index_that_leads_outside_is_zero(run_xmile: RunXmile) -> None:
    text = "base[R] = 10 * R\nbefore[R] = base[R-1]\nat = base[TIME]"
    found = run_xmile(xmile(text, REGIONS, stop=4, dt=0.5))
    assert found["before"].values[-1].tolist() == [0, 10, 20]
    assert found["at"].values.tolist() == [0, 0, 10, 10, 20, 20, 30, 30, 0]


def test_tables_of_elements(run_xmile: RunXmile) -> None:
    points = "<gf><xpts>0,10</xpts><ypts>{},{}</ypts></gf>"
    text = "\n".join(
        [
            '<aux name="g"><dimensions><dim name="P"/></dimensions>'
            f'<element subscript="x"><eqn>TIME</eqn>{points.format(0, 10)}</element>'
            f'<element subscript="y"><eqn>TIME</eqn>{points.format(5, 0)}</element></aux>',
            "asked[P] = LOOKUP(g[P], 4)",
            "one = LOOKUP(g[y], 2)",
        ]
    )
    found = run_xmile(xmile(text, REGIONS))
    assert found["g"].values[-1].tolist() == [10, 0]
    assert found["asked"].values.reshape(-1, 2)[-1].tolist() == [4, 3]
    assert float(found["one"].values.flat[-1]) == 4


def test_tables_of_elements_share_the_equation_of_the_whole(run_xmile: RunXmile) -> None:
    points = "<gf><xpts>0,10</xpts><ypts>{},{}</ypts></gf>"
    text = (
        '<aux name="g"><dimensions><dim name="P"/></dimensions><eqn>TIME / 2</eqn>'
        f'<element subscript="x">{points.format(0, 10)}</element>'
        f'<element subscript="y">{points.format(5, 0)}<eqn>TIME</eqn></element></aux>'
    )
    found = run_xmile(xmile(text, REGIONS))
    assert found["g"].values[-1].tolist() == [5, 0]


def test_the_inverse_of_a_table(run_xmile: RunXmile) -> None:
    text = '<gf name="g"><xpts>0,4,10</xpts><ypts>0,8,10</ypts></gf>\na = LOOKUPINV(g, TIME)'
    found = run_xmile(xmile(text))
    wanted = np.interp(found["time"].values, [0, 8, 10], [0, 4, 10])
    np.testing.assert_allclose(found["a"].values, wanted, rtol=1e-12)


@pytest.mark.parametrize("equation", ["SINWAVE(2, 4)", "COSWAVE(2, 4)", "COUNTER(0, 3)"])
def test_functions_with_a_phase(equation: str, xmile_model: XmileModel) -> None:
    found = xmile_model(xmile(f"a = {equation}")).run(outputs=["a"])
    time = found["time"].values
    wanted = {
        "S": 2 * np.sin(np.pi / 2 * time), "C": 2 * np.cos(np.pi / 2 * time), "N": time % 3
    }["N" if "COUNTER" in equation else equation[0]]  # fmt: skip
    np.testing.assert_allclose(found["a"].values, wanted, atol=1e-12)
    with pytest.raises(ModelError, match="does not start at 0, where its phase"):
        xmile_model(xmile(f"a = {equation}", start=1))


def test_a_delay_that_changes_is_refused_when_it_is_compiled(xmile_model: XmileModel) -> None:
    model = xmile_model(xmile("a = DELAY(TIME, 1 + TIME)"))
    with pytest.raises(ModelError, match=":11: 'a': uses DELAY by a time that changes"):
        model.run(engine="kernel")


def test_folders_and_suffixes(xmile_model: XmileModel) -> None:
    from pysd_runner import load

    for name in ("model.stmx", "model.ITMX", "model.xml"):
        assert xmile_model(xmile("a = 3")) and "a" in xmile_model(xmile("a = 3"), name).graph
    folder = xmile_model(xmile("a = 3")).folder
    with pytest.raises(ModelError, match=r"holds several models \(inline\.xmile, model\.ITMX"):
        load(folder)


def test_variables_may_be_called_like_functions(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile("Step = 3\nINIT = 4\na = STEP(step, 5) + INIT(init)"))
    assert (found["a"].values[0], found["a"].values[-1]) == (4, 7)


def test_elements_may_be_called_like_numbers(run_xmile: RunXmile) -> None:
    top = '<dimensions><dim name="year"><elem name="2010"/><elem name="2020"/></dim></dimensions>'
    found = run_xmile(xmile("a[year] = 1, 2\nb = a[2020] * 10 + a[1]", top))
    assert float(found["b"].values.flat[-1]) == 21


def test_all_of_an_array_must_be_said(xmile_model: XmileModel) -> None:
    """Tools read SUM(a) in an equation over a's dimension in two ways."""
    with pytest.raises(ModelError, match=r"write a\[\*\] if all elements are meant"):
        xmile_model(xmile("a[R] = R\nb[R] = a[R] / SUM(a)", REGIONS))


def test_the_value_some_time_ago(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile("x = TIME + 7\na = HISTORY(x, TIME - 2)"))
    time = found["time"].values
    assert (found["a"].values == np.where(time < 2, 0, time + 5)).all()


def test_what_uses_an_array_of_no_dimension_is_told_too(xmile_model: XmileModel) -> None:
    with pytest.raises(ModelError, match="'b': uses 'a', which runs over no known dimension"):
        xmile_model(xmile("a[Q] = 1\nb = a[1]", REGIONS))


@pytest.mark.parametrize(
    ("equation", "mean", "deviation"),
    [
        ("RANDOM(2, 6)", 4, 4 / np.sqrt(12)),
        ("UNIFORM(0, 1, 7)", 0.5, 1 / np.sqrt(12)),
        ("NORMAL(5, 2)", 5, 2),
        ("NORMAL(5, 2, 3, 5, 99)", 5 + 2 * np.sqrt(2 / np.pi), 2 * np.sqrt(1 - 2 / np.pi)),
        ("EXPRND(3)", 3, 3),
        ("POISSON(4)", 4, 2),
        ("MONTECARLO(20)", 0.2, 0.4),  # an event in a fifth of all units of time
    ],
)
def test_random_functions(
    equation: str, mean: float, deviation: float, xmile_model: XmileModel
) -> None:
    values = xmile_model(xmile(f"a = {equation}", stop=20_000, dt=1)).run(outputs=["a"])["a"].values
    assert values.mean() == pytest.approx(mean, abs=5 * deviation / np.sqrt(len(values)))
    assert values.std() == pytest.approx(deviation, rel=0.05)


def test_long_sums_and_deep_brackets(run_xmile: RunXmile) -> None:
    text = f"a = {'+'.join(['TIME'] * 3000)}\nb = {'(1 + ' * 90}TIME{')' * 90}"
    found = run_xmile(xmile(text, stop=2, dt=1))
    assert (found["a"].values[-1], found["b"].values[-1]) == (6000, 92)
    long = "+".join(["v[*]"] * 2000)
    found = run_xmile(
        xmile(f"v[R] = R\na = SUM({long}) + SMTH1({long.replace('*', 'A')}, 2)", REGIONS)
    )
    assert float(found["a"].values.flat[-1]) == 2000 * 6 + 2000


def test_flows_are_named_with_blanks_too(run_xmile: RunXmile) -> None:
    """Simlin writes the names of flows as people read them."""
    text = stock("s", "1", "in flow", "a|b~c", "<non_negative/>") + "\n" + flow("in_flow", "3")
    found = run_xmile(xmile(text + "\n" + flow("a|b~c", "1"), stop=2, dt=1))
    assert found["s"].values.tolist() == [1, 3, 5]


def test_dimensions_that_are_mapped_to_each_other(run_xmile: RunXmile) -> None:
    top = REGIONS.replace(
        '<dim name="R">', '<dim name="Q"><elem name="u"/><elem name="v"/><elem name="w"/></dim>'
        '<dim name="R"><isee:maps_to>q</isee:maps_to>',
    )  # fmt: skip
    found = run_xmile(xmile("a[R] = R\nb[Q] = a[R] * 10\nc[Q] = Q\nd[R] = c[Q] + R", top))
    assert found["b"].values.reshape(-1, 3)[-1].tolist() == [10, 20, 30]
    assert found["d"].values.reshape(-1, 3)[-1].tolist() == [2, 4, 6]


def test_parts_of_a_dimension(run_xmile: RunXmile) -> None:
    top = REGIONS.replace("</dimensions>", '<dim name="S"><elem name="B"/><elem name="C"/></dim>'
                          "</dimensions>")  # fmt: skip
    text = "a[R] = R * 10\nb = SUM(a[*:S])\npart[S] = a[S] + SUM(a[S.*])\nd = a[C]\n" \
        "e[R] = IF R = C THEN 1 ELSE 0"  # fmt: skip
    found = run_xmile(xmile(text, top))
    assert float(found["b"].values.flat[-1]) == 50
    assert found["part"].values.reshape(-1, 2)[-1].tolist() == [70, 80]
    assert float(found["d"].values.flat[-1]) == 30
    assert found["e"].values.reshape(-1, 3)[-1].tolist() == [0, 0, 1]


def test_a_dimension_inside_a_sum_that_the_left_side_lacks_is_all_of_it(
    run_xmile: RunXmile,
) -> None:
    top = REGIONS.replace("</dimensions>", '<dim name="S"><elem name="B"/><elem name="C"/></dim>'
                          "</dimensions>")  # fmt: skip
    text = "a[R] = R * 10\nm[R,P] = a[R] + P\nb = SUM(a[R]) + SUM(a[S])\nc[P] = SUM(m[R,P])"
    found = run_xmile(xmile(text, top))
    assert float(found["b"].values.flat[-1]) == 110
    assert found["c"].values.reshape(-1, 2)[-1].tolist() == [63, 66]


def test_every_function_of_arrays_takes_a_part_by_its_dimension(run_xmile: RunXmile) -> None:
    part = '<dim name="S"><elem name="A"/><elem name="C"/></dim></dimensions>'
    found = run_xmile(
        xmile(
            "a[R] = R * R\nf = SUM(a[S])\ng = MEAN(a[S])\nh = MAX(a[S])\ni = MIN(a[S])\n"
            "j = STDDEV(a[S])\nk[S] = MEAN(a[S]) + MAX(a[S], 4)\nl = MIN(a[B], 3)",
            REGIONS.replace("</dimensions>", part),
        )
    )
    values = {name: found[name].values.reshape(-1, 2)[-1].tolist() for name in "k"}
    values |= {name: float(found[name].values.flat[-1]) for name in "fghijl"}
    assert values == {"f": 10, "g": 5, "h": 9, "i": 1, "j": 4, "k": [1 + 4, 9 + 9], "l": 3}


def test_the_element_of_a_rank(run_xmile: RunXmile) -> None:
    """RANK(array, n) is the number of the n-th smallest; of equals the first comes first."""
    text = "a[R] = IF R = B THEN TIME ELSE 4 - R\nm[P,R] = a[R] * (3 - 2 * P)\n" \
        "low = RANK(a, 1)\nall[R] = RANK(a[*], R)\nleast = a[RANK(a, 1)]\n" \
        "each[P] = RANK(m[P,*], 3)\nnone = RANK(a, 4) + 0 * TIME"  # fmt: skip
    found = run_xmile(xmile(text, REGIONS, stop=4, dt=1))  # a is 3, TIME, 1
    assert found["low"].values.tolist() == [2, 2, 3, 3, 3]
    assert found["all"].values.tolist() == [[2, 3, 1], [2, 3, 1], [3, 2, 1], [3, 1, 2], [3, 1, 2]]
    assert found["least"].values.tolist() == [0, 1, 1, 1, 1]
    assert found["each"].values.tolist() == [[1, 2], [1, 3], [1, 3], [2, 3], [2, 3]]
    assert found["none"].values.tolist() == [0] * 5


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("RANK(a, 1, a)", "uses RANK with other arguments than an array and a rank"),
        ("RANK(a * 2, 1)", "uses RANK of what does not run over one whole dimension"),
        ("RANK(a[A:B], 1)", "uses RANK of what does not run over one whole dimension"),
        ("RANK(5, 1)", "uses RANK of what does not run over one whole dimension"),
        ("RANK(m[*,x], 1)", "uses RANK of what does not run over one whole dimension, the last"),
    ],
)
def test_ranks_that_are_refused(equation: str, message: str, xmile_model: XmileModel) -> None:
    with pytest.raises(ModelError, match=f"'b': {message}"):
        xmile_model(xmile(f"a[R] = R\nm[R,P] = R\nb = {equation}", REGIONS))


def test_the_sign_of_a_number(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile("a = SIGN(TIME - 2) * 3", stop=4, dt=1))
    assert found["a"].values.tolist() == [-3, -3, 0, 3, 3]


def test_functions_of_numbers(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile("a = ROOTN(27, 3)\nb = GAMMALN(5)"))
    assert float(found["a"].values.flat[-1]) == pytest.approx(3, rel=1e-14)
    assert float(found["b"].values.flat[-1]) == pytest.approx(math.log(24), rel=1e-14)


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        # a loan of 7,000 at 1 % a month: 36 payments of 232.50 (any table of annuities)
        ("PMT(0.01, 36, 7000)", -232.50016869),
        ("PMT(0, 35, 7000, 0)", -200.0),
        ("PV(0.01, 36, PMT(0.01, 36, 7000, 500), 500)", 7000.0),
        ("FV(0.01, 36, PMT(0.01, 36, 7000, 500), 7000)", 500.0),
        ("FV(0.1, 2, -100, 0)", 210.0),
        ("SWITCH(2, 2) + 10 * SWITCH(2, 1)", 10.0),
        ("LOGN(EXP(2))", 2.0),
        ("FACTORIAL(0) + FACTORIAL(10)", 3628801.0),
        ("COMBINATIONS(10, 3) + PERMUTATIONS(10, 3)", 840.0),
    ],
)
def test_functions_of_stella(equation: str, value: float, run_xmile: RunXmile) -> None:
    found = run_xmile(xmile(f"x = {equation} + 0 * TIME"))
    assert found["x"].values[-1] == pytest.approx(value, rel=1e-10)


def test_what_xmutil_writes_for_an_equation_that_is_missing(run_xmile: RunXmile) -> None:
    found = run_xmile(xmile("a = NAN(b, c)\nb = 2\nc = b + 0 * TIME", stop=1, dt=1))
    assert np.isnan(found["a"].values).all()
    assert found["c"].values.tolist() == [2, 2]


def test_an_element_that_nothing_uses_needs_no_equation(xmile_model: XmileModel) -> None:
    text = '<aux name="a"><dimensions><dim name="R"/></dimensions>' \
        '<element subscript="A"><eqn>1</eqn></element></aux>\n'  # fmt: skip
    assert (
        xmile_model(xmile(text + "b = a[A]", REGIONS)).run(outputs=["b"])["b"].values.flat[0] == 1
    )
    with pytest.raises(ModelError, match=r"uses 'a\[b\]', which has no equation"):
        xmile_model(xmile(text + "b = a[B]", REGIONS))


def test_functions_as_vensim_spells_them(run_xmile: RunXmile) -> None:
    text = (
        "a = IF THEN ELSE(TIME > 2 :AND: TIME < 5, 1, 0)\n"
        "b = DELAY FIXED(TIME, 2, 0) + SAMPLE IF TRUE(TIME = 3, TIME, -1)\nc = ZIDZ(1, TIME)"
    )
    found = run_xmile(xmile(text, stop=5, dt=1))
    assert found["a"].values.tolist() == [0, 0, 0, 1, 1, 0]
    assert found["b"].values.tolist() == [-1, -1, -1, 4, 5, 6]
    assert found["c"].values.tolist() == [0, 1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]
