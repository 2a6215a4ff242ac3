from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysd_runner import Model
from tests.pysd_runner.model.xmile.text import REGIONS, flow, stock, xmile

RunXmile = Callable[[str], xr.Dataset]
XmileModel = Callable[[str], Model]
NON_NEGATIVE = "<non_negative/>"


def _sum(found: xr.Dataset, *names: str) -> np.ndarray:
    return np.sum([found[name].values for name in names], axis=0)


def test_what_a_stock_does_not_hold_cannot_leave_it(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            stock("tank", "10", "", "first,second", NON_NEGATIVE),
            stock("cup", "0", "first"),
            stock("bowl", "0", "second"),
            flow("first", "3"),
            flow("second", "6"),
            "seen = second",
        ]
    )
    found = run_xmile(xmile(text, stop=4, dt=1))
    # first is served before second: 10, then 10 - 9 = 1, of which first takes all
    assert found["tank"].values.tolist() == [10, 1, 0, 0, 0]
    assert found["first"].values.tolist() == [3, 1, 0, 0, 0]
    assert found["second"].values.tolist() == [6, 0, 0, 0, 0]
    assert found["cup"].values.tolist() == [0, 3, 4, 4, 4]
    assert found["bowl"].values.tolist() == [0, 6, 6, 6, 6]
    assert (found["seen"].values == found["second"].values).all()


def test_what_flows_in_can_flow_out_in_the_same_step(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            stock("tank", "0", "tap", "drain", NON_NEGATIVE),
            flow("tap", "2 + STEP(3, 2)"),
            flow("drain", "4"),
        ]
    )
    found = run_xmile(xmile(text, stop=4, dt=0.5))
    assert (found["drain"].values == np.where(found["time"] < 2, 2, 4)).all()
    assert found["tank"].values[-1] == 2


def test_an_inflow_that_depends_on_an_outflow_does_not_count(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            stock("tank", "4", "back", "drain", NON_NEGATIVE),
            flow("drain", "6"),
            flow("back", "drain / 2"),
        ]
    )
    found = run_xmile(xmile(text, stop=3, dt=1))
    assert found["drain"].values.tolist() == [4, 2, 1, 0.5]
    assert found["tank"].values.tolist() == [4, 2, 1, 0.5]


def test_an_outflow_that_another_needs_is_served_first(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            stock("tank", "4", "", "leader,follower", NON_NEGATIVE),
            flow("leader", "2 * follower"),
            flow("follower", "3"),
        ]
    )
    found = run_xmile(xmile(text, stop=1, dt=1))
    assert found["follower"].values.tolist() == [3, 0]
    assert found["leader"].values.tolist() == [1, 0]


def test_a_flow_that_runs_backwards_drains_the_other_end(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            stock("left", "1", "", "between", NON_NEGATIVE),
            stock("right", "3", "between", "", NON_NEGATIVE),
            flow("between", "IF TIME < 2 THEN -2 ELSE 9"),
        ]
    )
    found = run_xmile(xmile(text, stop=4, dt=1))
    assert found["between"].values.tolist() == [-2, -1, 4, 0, 0]
    assert found["left"].values.tolist() == [1, 3, 4, 0, 0]
    assert found["right"].values.tolist() == [3, 1, 0, 4, 4]


def test_one_way_flows_never_run_backwards(run_xmile: RunXmile) -> None:
    text = "\n".join([stock("x", "0", "f"), flow("f", "SIN(TIME)", NON_NEGATIVE)])
    found = run_xmile(xmile(text))
    assert (found["f"].values == np.maximum(np.sin(found["time"].values), 0)).all()


@pytest.mark.parametrize(
    ("behavior", "own", "limited"),
    [
        ("<behavior><non_negative/></behavior>", "", True),
        ("<behavior><stock><non_negative/></stock></behavior>", "", True),
        ("<behavior><flow><non_negative/></flow></behavior>", "", False),
        ("<behavior><non_negative/></behavior>", "<non_negative>false</non_negative>", False),
        ("", "<non_negative>true</non_negative>", True),
        ("", "", False),
    ],
)
def test_behavior_holds_for_all_unless_one_says_otherwise(
    behavior: str, own: str, limited: bool, run_xmile: RunXmile
) -> None:
    text = "\n".join([stock("tank", "1", "", "drain", own), flow("drain", "2")])
    found = run_xmile(xmile(text, behavior, stop=2, dt=1))
    assert found["tank"].values.tolist() == ([1, 0, 0] if limited else [1, -1, -3])


def test_initial_values_see_the_flow_as_it_is_written(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            stock("tank", "drain * 3", "", "drain", NON_NEGATIVE),
            flow("drain", "2"),
            "smoothed = SMTH1(drain, 2)",
        ]
    )
    found = run_xmile(xmile(text, stop=5, dt=1))
    assert found["tank"].values.tolist() == [6, 4, 2, 0, 0, 0]
    assert found["smoothed"].values[:2].tolist() == [2, 2]


def test_arrays_are_limited_element_by_element(run_xmile: RunXmile) -> None:
    dims = '<dimensions><dim name="R"/></dimensions>'
    text = "\n".join(
        [
            f'<stock name="tank">{dims}<eqn>R</eqn><outflow>drain</outflow>{NON_NEGATIVE}</stock>',
            f'<flow name="drain">{dims}<eqn>2</eqn></flow>',
        ]
    )
    found = run_xmile(xmile(text, REGIONS, stop=1, dt=1))
    assert found["drain"].values.tolist() == [[1, 2, 2], [0, 0, 1]]
    assert found["tank"].values.tolist() == [[1, 2, 3], [0, 0, 1]]


def test_the_order_of_runge_and_kutta_stays_where_no_limit_is_reached(
    xmile_model: XmileModel,
) -> None:
    text = "\n".join([stock("x", "1", "", "decay", NON_NEGATIVE), flow("decay", "x", NON_NEGATIVE)])
    model = xmile_model(xmile(text, stop=1, dt=0.25, method="RK4"))
    errors = [
        abs(float(model.run(outputs=["x"], time_step=step)["x"].values[-1]) - np.exp(-1))
        for step in (0.25, 0.125)
    ]
    assert 15 < errors[0] / errors[1] < 18


@pytest.mark.parametrize("method", ["Euler", "RK2", "RK4"])
def test_a_stage_may_take_what_the_step_began_with(method: str, run_xmile: RunXmile) -> None:
    """A constant outflow is exact by any method, down to the step in which the stock runs out."""
    text = "\n".join([stock("tank", "10", "", "drain", NON_NEGATIVE), flow("drain", "3")])
    found = run_xmile(xmile(text, stop=4, dt=0.25, method=method))
    left = np.maximum(10 - 3 * found["time"].values, 0)
    np.testing.assert_allclose(found["tank"].values, left, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found["drain"].values, np.minimum(3, left / 0.25), atol=1e-13)


@pytest.mark.parametrize("method", ["Euler", "RK2", "RK4"])
def test_a_stock_that_starts_below_zero_must_be_filled_first(
    method: str, xmile_model: XmileModel
) -> None:
    text = [stock("tank", "-5", "tap", "drain", NON_NEGATIVE), flow("tap", "1"), flow("drain", "9")]
    late = flow("drain", "STEP(9, 6)")
    model = xmile_model(xmile("\n".join([*text[:2], late]), stop=8, dt=0.5, method=method))
    found = model.batch({"tank": [-5, 1, -0.25]}, ["tank"])["tank"].values
    times = 0.5 * np.arange(17)
    for values, start in zip(found, (-5, 1, -0.25), strict=True):
        np.testing.assert_array_equal(values[times <= 6], start + times[times <= 6])
    np.testing.assert_array_equal(found[:, -1], 0)
    # what flows in at the same time may leave, but the stock gets no lower
    model = xmile_model(xmile("\n".join(text), stop=2, dt=0.5, method=method), "now.xmile")
    run = model.run(outputs=["tank", "drain"])
    assert run["tank"].values.tolist() == [-5] * 5
    assert run["drain"].values.tolist() == [1] * 5


_STAGES = {
    "Euler": ((0.0, 1.0),),
    "RK2": ((0.0, 0.5), (1.0, 0.5)),
    "RK4": ((0.0, 1 / 6), (0.5, 1 / 3), (0.5, 1 / 3), (1.0, 1 / 6)),
}
"""For each stage, how far it looks ahead along the rate before it, and its weight."""


def _cascade(count: int, dt: float, steps: int, method: str) -> np.ndarray:
    """Return what tanks hold that empty one into the next, each into the last one's inflow."""
    speed = np.linspace(1, 9, count)
    levels = [np.linspace(4, 1, count)]
    for step in range(steps):
        base, rate, total = levels[-1], np.zeros(count), np.zeros(count)
        for ahead, weight in _STAGES[method]:
            now = np.maximum(base + ahead * dt * rate, 0)
            wanted = speed * (1 + np.sin(dt * (step + ahead)) + 0.1 * now)
            rate = np.zeros(count)
            arrives = 0.0
            for tank in range(count):
                leaves = min(wanted[tank], max(base[tank] / dt + arrives, 0))
                rate[tank] = arrives - leaves
                arrives = leaves
            total = total + weight * rate
        levels.append(np.maximum(base + dt * total, 0))
    return np.array(levels)


@pytest.mark.parametrize("method", _STAGES)
def test_a_cascade_of_tanks_is_limited_in_every_stage(method: str, run_xmile: RunXmile) -> None:
    lines = []
    for n in range(5):
        into = f"f{n - 1}" if n else ""
        lines += [
            stock(f"s{n}", repr(4 - 0.75 * n), into, f"f{n}", NON_NEGATIVE),
            flow(f"f{n}", f"{1 + 2 * n} * (1 + SIN(TIME) + 0.1 * s{n})", NON_NEGATIVE),
        ]
    found = run_xmile(xmile("\n".join(lines), stop=6, dt=0.25, method=method))
    wanted = _cascade(5, 0.25, 24, method)
    levels = np.array([found[f"s{n}"].values for n in range(5)])
    np.testing.assert_allclose(levels.T, wanted, rtol=1e-12, atol=1e-13)
    assert (wanted == 0).any(), "some tank must run empty"


@pytest.mark.parametrize("method", _STAGES)
def test_in_loops_over_elements_too(method: str, xmile_model: XmileModel) -> None:
    """So many elements are computed in loops, and each as if it stood alone."""
    names = [f"e{n}" for n in range(500)]
    dims = '<dimensions><dim name="D">' + "".join(f'<elem name="{n}"/>' for n in names)
    over = '<dimensions><dim name="D"/></dimensions>'
    text = "\n".join(
        [
            f'<stock name="tank">{over}<eqn>D / 50</eqn><inflow>tap</inflow>'
            f"<outflow>drain</outflow>{NON_NEGATIVE}</stock>",
            f'<flow name="drain">{over}<eqn>3 + SIN(TIME) * tank</eqn></flow>',
            f'<flow name="tap">{over}<eqn>D / 400</eqn></flow>',
        ]
    )
    model = xmile_model(xmile(text, dims + "</dim></dimensions>", stop=2, dt=0.25, method=method))
    levels = model.run(outputs=["tank"])["tank"].values
    assert (levels == 0).any()
    for number in (1, 77, 500):
        alone = [
            stock("tank", repr(number / 50), "tap", "drain", NON_NEGATIVE),
            flow("drain", "3 + SIN(TIME) * tank"),
            flow("tap", repr(number / 400)),
        ]
        one = xmile_model(xmile("\n".join(alone), stop=2, dt=0.25, method=method), "one.xmile")
        np.testing.assert_array_equal(levels[:, number - 1], one.run()["tank"].values)


@given(
    flows=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(-5, 5)), min_size=1, max_size=7
    ),
    start=st.lists(st.floats(0, 4), min_size=4, max_size=4),
    one_way=st.booleans(),
    method=st.sampled_from(["Euler", "RK2", "RK4"]),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_and_nothing_is_below_zero(
    flows: list[tuple[int, int, float]], start: list[float], one_way: bool, method: str,
    run_xmile: RunXmile,
) -> None:  # fmt: skip
    """Whatever flows between closed stocks, their sum stays, and none is overdrawn."""
    flows = [(a, b, rate) for a, b, rate in flows if a != b]
    extra = NON_NEGATIVE if one_way else ""
    lines = [flow(f"f{n}", f"{rate!r} + SIN(TIME * {n})", extra) for n, (*_, rate) in
             enumerate(flows)]  # fmt: skip
    for number, level in enumerate(start):
        into = ",".join(f"f{n}" for n, (_, b, _) in enumerate(flows) if b == number)
        out = ",".join(f"f{n}" for n, (a, _, _) in enumerate(flows) if a == number)
        lines.append(stock(f"s{number}", repr(level), into, out, NON_NEGATIVE))
    found = run_xmile(xmile("\n".join(lines), stop=3, dt=0.25, method=method))
    names = ["s0", "s1", "s2", "s3"]
    totals = np.sum([np.broadcast_to(found[name].values, (13,)) for name in names], axis=0)
    np.testing.assert_allclose(totals, sum(start), rtol=1e-12, atol=1e-12)
    assert all((found[name].values >= 0).all() for name in names)


def test_a_flow_over_other_dimensions_is_refused(xmile_model: XmileModel) -> None:
    text = "\n".join(
        [
            '<stock name="tank"><dimensions><dim name="R"/></dimensions><eqn>1</eqn>'
            f"<outflow>drain</outflow>{NON_NEGATIVE}</stock>",
            flow("drain", "2"),
        ]
    )
    with pytest.raises(Exception, match="runs over other dimensions than the non-negative stock"):
        xmile_model(xmile(text, REGIONS))
