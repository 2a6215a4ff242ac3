"""Results that figures draw."""

from __future__ import annotations

import numpy as np
import pytest

from sensitivity.index_table import IndexTable
from sensitivity.sampling import saltelli
from sensitivity.slices import Slices
from sensitivity.sobol import sobol
from tests.sensitivity.analytic import factors

TIMES = np.array([2020.0, 2025.0, 2030.0, 2040.0])


@pytest.fixture(scope="session")
def over_time() -> IndexTable:
    """Indices of y(t) = (1 - s) x1 + s x2 + s x1 x3 with s from 0 to 1, and of nothing."""
    design = saltelli(factors(4), 128, second_order=True)
    x, s = design.values, (TIMES - 2020) / 20
    y = x[:, :1] * (1 - s) + x[:, 1:2] * s + x[:, :1] * x[:, 2:3] * s
    values = np.hstack([y, np.ones_like(y)])
    return sobol(design, Slices(values, ("y", "still"), TIMES, ("Output", "Still"), ("MCNY", "")))
