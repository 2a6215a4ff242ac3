"""How much of an outcome is due to the integration: its step, its method."""

from __future__ import annotations

import pandas as pd

from pysd_runner.check.finding import Finding
from pysd_runner.spec.checks import HalvedStep


def compare_steps(coarse: pd.Series, fine: pd.Series, rule: HalvedStep) -> Finding:
    """Compare the outcomes of the same run at the model's time step and at half of it."""
    return compare_outcomes("Halving the time step", coarse, fine, rule.tolerance)


def compare_outcomes(label: str, one: pd.Series, other: pd.Series, tolerance: float) -> Finding:
    """Compare the outcomes of the same run, integrated in two ways.

    Parameters
    ----------
    label : str
        What was done differently.
    one, other : pandas.Series
        Outcome -> value.
    tolerance : float
        Largest relative change.

    Returns
    -------
    Finding
        Passed if no outcome changes by more than the tolerance, relative to the larger value.
    """
    scale = pd.concat([one.abs(), other.abs()], axis=1).max(axis=1)
    change = ((one - other).abs() / scale.where(scale > 0, 1.0)).fillna(float("inf"))
    worst = str(change.idxmax())
    return Finding(
        label,
        bool((change <= tolerance).all()),
        f"moves '{worst}' most, by {change[worst]:.2%} (tolerance {tolerance:.2%})",
    )
