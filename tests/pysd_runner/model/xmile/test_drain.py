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
