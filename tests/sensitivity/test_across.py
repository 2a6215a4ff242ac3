"""Settings of levers in the same futures: changes, means, intervals by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.across import across
from sensitivity.coalitions import Futures
from sensitivity.design import DesignMatrix
from sensitivity.slices import Slices
from tests.sensitivity.analytic import factors
from tests.sensitivity.test_coalitions import UNKNOWN

LEVERS = factors(2, 0.0, 4.0)


def run(design: DesignMatrix, *, first: int = 0) -> Slices:
    x1, x2, u = design.values[first:].T
    return Slices((u * x1 + 10 * x2)[:, None], ("effect",))


def test_changes_are_held_against_the_base_case_of_the_same_future() -> None:
    base = np.array([lever.base for lever in LEVERS])
    found = across(run, LEVERS, base + np.diag([1.0, 2.0]), Futures(UNKNOWN[:1], 64, seed=3))
    u = found.design.values[::3, 2]
    assert found.changes.shape == (64, 2, 1)
    assert found.changes[:, 0, 0] == pytest.approx(u)
    assert found.changes[:, 1, 0] == pytest.approx(np.full(64, 20.0))
    assert found.base[:, 0] == pytest.approx(u * base[0] + 10 * base[1])
    mean, half = found.mean(found.changes)
    assert mean[:, 0] == pytest.approx([u.mean(), 20.0])
    assert 0 < half[0, 0] < 0.05 and half[1, 0] == pytest.approx(0, abs=1e-12)
    assert found.intervals() == "95% intervals from the spread of 8 independent scrambles."


def test_a_failed_run_is_no_comparison() -> None:
    def fails(design: DesignMatrix, *, first: int = 0) -> Slices:
        values = run(design, first=first).values.copy()
        values[4] = np.nan
        return Slices(values, ("effect",))

    with pytest.raises(DesignError, match=r"1 of 16 runs failed .*first: run 4.*same futures"):
        across(fails, LEVERS, np.ones((1, 2)), Futures(UNKNOWN[:1], 8))
