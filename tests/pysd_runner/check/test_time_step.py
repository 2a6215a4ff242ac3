from __future__ import annotations

import math

import pandas as pd
import pytest

from pysd_runner.check.time_step import compare_outcomes


@pytest.mark.parametrize(
    ("coarse", "fine", "passed", "worst", "change"),
    [
        ([100.0, 1.0], [100.9, 1.0], True, "a", "0.89%"),
        ([100.0, 1.0], [100.0, 1.02], False, "b", "1.96%"),
        ([-2.0, 0.0], [-1.0, 0.0], False, "a", "50.00%"),
        ([0.0, 0.0], [0.0, 0.0], True, "a", "0.00%"),
        ([1.0, 1.0], [1.0, math.nan], False, "b", "inf%"),
    ],
)
def test_the_worst_change_decides(
    coarse: list[float], fine: list[float], passed: bool, worst: str, change: str
) -> None:
    finding = compare_outcomes(
        "Halving", pd.Series(coarse, ["a", "b"]), pd.Series(fine, ["a", "b"]), 0.01
    )
    assert (finding.label, finding.passed) == ("Halving", passed)
    assert finding.detail == f"moves '{worst}' most, by {change} (tolerance 1.00%)"
