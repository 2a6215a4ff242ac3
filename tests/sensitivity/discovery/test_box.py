"""Boxes: what lies inside, coverage and density by hand, quasi-p-values by the binomial."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest

from sensitivity.discovery import Box, Cases, quasi_p_values, score

INPUTS = pd.DataFrame({"x": np.arange(100.0), "kind": ["a", "b", "c", "d"] * 25})
# Of interest: 0 … 39, but for those of kind d: thirty.
CASES = Cases(INPUTS, ((INPUTS["x"] < 40) & (INPUTS["kind"] != "d")).to_numpy())


def test_limits_belong_to_the_box() -> None:
    box = Box({"x": (10.0, 12.0)}, {"kind": frozenset("cd")})
    assert np.flatnonzero(box.contains(INPUTS)).tolist() == [10, 11]
    assert np.flatnonzero(box.without("kind").contains(INPUTS)).tolist() == [10, 11, 12]
    assert box.restricted == ("x", "kind")
    assert Box().contains(INPUTS).all()


def test_coverage_and_density_are_counted() -> None:
    found = score(Box({"x": (-np.inf, 19.5)}, {"kind": frozenset("ab")}), CASES)
    assert (found.runs, found.hits) == (10, 10)
    assert found.coverage == pytest.approx(10 / 30)
    assert found.density == 1
    assert found.mass == pytest.approx(0.1)
    assert found.harmonic == pytest.approx(2 / (1 + 30 / 10))
    nothing = score(Box({"x": (200.0, 300.0)}), CASES)
    assert (nothing.density, nothing.harmonic) == (0, 0)


def test_quasi_p_value_is_a_binomial_tail() -> None:
    # The box holds 20 runs, 15 of interest; without its limit 100 runs, 30 of interest.
    box = Box({"x": (-np.inf, 19.5)})
    tail = sum(comb(20, k) * 0.3**k * 0.7 ** (20 - k) for k in range(15, 21))
    assert quasi_p_values(box, CASES) == pytest.approx({"x": tail})
    assert quasi_p_values(Box(), CASES) == {}
