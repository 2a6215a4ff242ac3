"""How much of an outcome is due to the step of the integration."""

from __future__ import annotations

import pandas as pd

from pysd_runner.check.finding import Finding
from pysd_runner.spec.checks import HalvedStep


def compare_steps(coarse: pd.Series, fine: pd.Series, rule: HalvedStep) -> Finding:
    """Compare the outcomes of the same run at two time steps.

    Parameters
    ----------
    coarse, fine : pandas.Series
        Outcome -> value, with the model's time step and with the halved one.

    Returns
    -------
    Finding
        Passed if no outcome changes by more than the tolerance, relative to the larger value.
    """
    scale = pd.concat([coarse.abs(), fine.abs()], axis=1).max(axis=1)
    change = ((coarse - fine).abs() / scale.where(scale > 0, 1.0)).fillna(float("inf"))
    worst = str(change.idxmax())
    return Finding(
        "Halving the time step",
        bool((change <= rule.tolerance).all()),
        f"moves '{worst}' most, by {change[worst]:.2%} (tolerance {rule.tolerance:.2%})",
    )
