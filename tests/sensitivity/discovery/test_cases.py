"""Cases: what is refused, and how categories become numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity.discovery import Cases

NUMBERS = pd.DataFrame({"x": np.linspace(0, 1, 100)})
HALF = np.arange(100) < 50


@pytest.mark.parametrize(
    ("inputs", "interest", "says"),
    [
        (NUMBERS, HALF[:99], "inputs of 100 runs, but 99 marks"),
        (NUMBERS, np.arange(100) < 3, "3 of 100 runs are of interest; a box needs at least 20"),
        (NUMBERS, np.zeros(100, dtype=bool), "0 of 100 runs are of interest"),
        (NUMBERS, np.ones(100, dtype=bool), "all 100 runs are of interest"),
        (NUMBERS.where(NUMBERS["x"] > 0.1), HALF, "input 'x' is missing"),
    ],
)
def test_what_tells_no_box_is_refused(
    inputs: pd.DataFrame, interest: np.ndarray, says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        Cases(inputs, interest)


def test_columns_that_are_no_numbers_are_categories() -> None:
    inputs = NUMBERS.assign(kind=["b", "a"] * 50, flag=HALF.astype(int))
    cases = Cases(inputs, HALF)
    assert cases.categories == {"kind": ("a", "b")}
    assert cases.codes[:3].tolist() == [[0, 1, 1], [pytest.approx(1 / 99), 0, 1],
                                        [pytest.approx(2 / 99), 1, 1]]  # fmt: skip
    assert cases.density == 0.5
    some = cases.some(np.arange(20, 80))
    assert len(some) == 60
    assert some.interest.sum() == 30
