"""Tornado of a one-at-a-time design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity.sampling import one_at_a_time, saltelli
from sensitivity.screening import tornado
from tests.sensitivity.analytic import factors


def test_tornado_of_a_linear_model_shows_its_coefficients() -> None:
    design = one_at_a_time(factors(2, -1.0, 3.0))
    y = 5 + 2 * design.values[:, 0] - 7 * design.values[:, 1]
    table = tornado(design, pd.DataFrame({"y": y})).set_index("factor")
    assert table.loc["x1", ["base", "at_low", "at_high", "swing"]].tolist() == [0, -4, 4, 4]
    assert table.loc["x2", ["base", "at_low", "at_high", "swing"]].tolist() == [0, 14, -14, 14]


def test_run_that_failed_stays_missing() -> None:
    design = one_at_a_time(factors(1))
    table = tornado(design, pd.DataFrame({"y": [1.0, np.nan, 2.0]}))
    assert np.isnan(table.at[0, "at_low"])
    assert table.at[0, "at_high"] == 2.0


@pytest.mark.parametrize("ends", [(np.nan, 3.0), (3.0, np.nan)])
def test_the_swing_of_a_lever_is_that_of_the_end_that_has_a_value(ends: tuple[float, ...]) -> None:
    table = tornado(one_at_a_time(factors(1)), pd.DataFrame({"y": [1.0, *ends]}))
    assert table.at[0, "swing"] == 2.0


def test_other_designs_are_refused() -> None:
    design = saltelli(factors(2), 8)
    with pytest.raises(DesignError, match="'saltelli'"):
        tornado(design, pd.DataFrame({"y": np.zeros(len(design))}))
    with pytest.raises(DesignError, match="outcomes of 3"):
        tornado(one_at_a_time(factors(2)), pd.DataFrame({"y": [1.0, 2.0, 3.0]}))
