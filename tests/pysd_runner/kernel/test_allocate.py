"""Allocation: what is shared out adds up, and is what the demand curves say at one price."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import erfc

from pysd_runner import Model, ModelError

SharedModel = Callable[[str], Model]

BUYERS = "D: A, B, C, E ~~|\nP: ptype, ppriority, pwidth, pextra ~~|\nq[D] = 3, 3, 3, 2 ~~|\n"
PROFILES = {"rectangular": 1, "triangular": 2, "normal": 3, "exponential": 4}
PRIORITIES, WIDTHS = np.array([5.0, 6.0, 5.5, 5.0]), np.array([1.0, 1.0, 1.0, 2.0])


def text_of(kind: int) -> str:
    rows = "".join(f"{kind},{p},{w},0;" for p, w in zip(PRIORITIES, WIDTHS, strict=True))
    return (
        f"{BUYERS}pp[D, P] = {rows} ~~|\nsupply = 1 ~~|\n"
        "y[D] = ALLOCATE AVAILABLE(q[D], pp[D, ptype], supply) + 0 * Time ~~|"
    )


def share(kind: int, price: float) -> NDArray[np.float64]:
    """Return the share of each request that is demanded at a price, from Vensim's manual."""
    z = (price - PRIORITIES) / WIDTHS
    if kind == 1:
        return np.clip(0.5 - z, 0, 1)
    if kind == 2:
        inner = np.where(z < 0, 1 - 2 * (z + 0.5) ** 2, 2 * (0.5 - z) ** 2)
        return np.where(z <= -0.5, 1.0, np.where(z >= 0.5, 0.0, inner))
    if kind == 3:
        return np.asarray(erfc(z / np.sqrt(2)) / 2)
    return np.where(z < 0, 1 - np.exp(-np.abs(z)) / 2, np.exp(-np.abs(z)) / 2)


@pytest.mark.parametrize("kind", PROFILES.values(), ids=PROFILES)
def test_every_curve_clears_the_market(shared_model: SharedModel, kind: int) -> None:
    requests = np.array([3.0, 3.0, 3.0, 2.0])
    supplies = np.array([0.0, 1e-3, 1.0, 5.0, 9.9, 11.0, 15.0])
    runs = shared_model(text_of(kind)).batch({"supply": supplies}, ["y"], final_time=0.25)
    for supply, found in zip(supplies, runs["y"].values[:, -1], strict=True):
        if supply >= 11:
            expected = requests
        elif supply == 0:
            expected = np.zeros(4)
        else:
            price = brentq(
                lambda p, s=supply: requests @ share(kind, p) - s, -60, 80, xtol=1e-15, rtol=1e-15
            )
            expected = requests * share(kind, price)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
        assert found.sum() == pytest.approx(min(supply, 11.0), rel=1e-15, abs=1e-300)


BY_PRIORITY = (
    f"{BUYERS}prio[D] = 10, 9, 7, 2 ~~|\nwidth = 3 ~~|\nsupply = 1 ~~|\nfirst = 3 ~~|\n"
    "r[D] = IF THEN ELSE(D = 1, first, q[D]) ~~|\n"
    "y[D] = ALLOCATE BY PRIORITY(r[D], prio[D], 4, width, supply) + 0 * Time ~~|"
)


@pytest.mark.parametrize("supply", [0.0, 0.5, 1.0, 2.0, 5.0, 8.5, 10.999, 11.0, 12.0])
def test_by_priority_is_what_pysd_gives(shared_model: SharedModel, supply: float) -> None:
    model = shared_model(BY_PRIORITY)
    found, expected = (
        model.run({"supply": supply}, ["y"], final_time=0.25, engine=engine)["y"].values
        for engine in ("kernel", "pysd")
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@settings(max_examples=50, derandomize=True)
@given(supply=st.floats(0, 20), width=st.floats(1e-3, 20), first=st.floats(0, 10))
def test_what_is_shared_out_adds_up_and_no_one_gets_more_than_asked(
    shared_model: SharedModel, supply: float, width: float, first: float
) -> None:
    given_values = {"supply": supply, "width": width, "first": first}
    found = shared_model(BY_PRIORITY).run(given_values, ["y"], final_time=0.25)["y"].values[-1]
    requests = np.array([first, 3.0, 3.0, 2.0])
    assert found.sum() == pytest.approx(min(supply, requests.sum()), rel=1e-14, abs=1e-300)
    assert (found >= 0).all() and (found <= requests * (1 + 1e-15)).all()


def test_equal_priorities_without_width_share_in_proportion(shared_model: SharedModel) -> None:
    model = shared_model(
        f"{BUYERS}prio[D] = 1 ~~|\nsupply = 1 ~~|\n"
        "y[D] = ALLOCATE BY PRIORITY(q[D], prio[D], 4, 0, supply) + 0 * Time ~~|"
    )
    found = model.run({"supply": 5.5}, ["y"], final_time=0.25)["y"].values[-1]
    np.testing.assert_allclose(found, [1.5, 1.5, 1.5, 1.0], rtol=1e-15)


@pytest.mark.parametrize("kind", [0, 5, 6])
def test_other_curves_are_refused(shared_model: SharedModel, kind: int) -> None:
    with pytest.raises(ModelError, match=f":6: 'y': uses .* whose kind is {kind}"):
        shared_model(text_of(kind)).run(engine="kernel")
