"""Each lever at its bounds, where effects and shares can be computed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.alone import Alone, alone
from sensitivity.coalitions import Futures
from sensitivity.design import DesignMatrix
from sensitivity.slices import Slices
from tests.sensitivity.analytic import factors
from tests.sensitivity.test_coalitions import UNKNOWN

LEVERS = tuple(replace(lever, base=1.0) for lever in factors(2, 0.0, 4.0))


def run(design: DesignMatrix, *, first: int = 0) -> Slices:
    """Helps if u is above a quarter, by x1; x2 lowers it always."""
    x1, x2, u = design.values[first:].T
    return Slices(((u - 0.25) * x1 - x2)[:, None], ("effect",))


@pytest.fixture(scope="module")
def found() -> Alone:
    return alone(run, LEVERS, Futures(UNKNOWN[:1], 64))


def test_effects_are_means_over_futures(found: Alone) -> None:
    high, low = found.of("effect", "high"), found.of("effect", "low")
    assert high["estimate"].to_dict() == pytest.approx({"x1": 3 * 0.25, "x2": -3}, abs=0.02)
    assert low["estimate"].to_dict() == pytest.approx({"x1": -0.25, "x2": 1}, abs=0.01)
    assert high["value"].tolist() == [4, 4] and low["value"].tolist() == [0, 0]
    assert (high["low"] <= high["estimate"]).all() and (high["estimate"] <= high["high"]).all()
    assert high["base"].iloc[0] == pytest.approx(0.25 - 1, abs=0.01)


def test_the_share_of_futures_in_which_an_outcome_rises(found: Alone) -> None:
    assert found.of("effect", "high")["raises"].to_dict() == pytest.approx(
        {"x1": 0.75, "x2": 0.0}, abs=0.02
    )
    assert found.of("effect", "high")["lowers"].to_dict() == pytest.approx(
        {"x1": 0.25, "x2": 1.0}, abs=0.02
    )
    assert (found.runs, found.futures) == (64 * 5, 64)


def test_what_cannot_be_asked_for(found: Alone) -> None:
    with pytest.raises(DesignError, match="'efect'"):
        found.of("efect", "high")
    with pytest.raises(DesignError, match="'top' is no end of a lever"):
        found.of("effect", "top")
    with pytest.raises(DesignError, match="there is no lever to move"):
        alone(run, (), Futures(UNKNOWN[:1], 8))
    with pytest.raises(DesignError, match="does not run designs"):
        alone(np.ones(3), LEVERS, Futures(UNKNOWN[:1], 8))  # type: ignore[arg-type]
