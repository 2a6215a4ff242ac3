"""Screening: what each factor does alone, from few runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sensitivity.design import DesignMatrix


def tornado(design: DesignMatrix, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the outcomes of a one-at-a-time design.

    Parameters
    ----------
    design : DesignMatrix
        Of the scheme ``one at a time``.
    outcomes : pandas.DataFrame, shape (runs, outcomes)
        A run that failed has NaN and stays NaN here.

    Returns
    -------
    pandas.DataFrame
        One row for each outcome and factor: ``outcome``, ``factor``, ``label``, ``unit``,
        ``low_value``, ``high_value`` (of the factor), ``base``, ``at_low``, ``at_high`` (of the
        outcome) and ``swing``, the larger of the two changes in absolute terms, or the only one
        that there is.

    Raises
    ------
    DesignError
        The design has another scheme or another number of rows.
    """
    design.require("one at a time", what="a tornado needs", runs=len(outcomes))
    rows = []
    for outcome in outcomes.columns:
        values = outcomes[outcome].to_numpy(dtype=float)
        for column, factor in enumerate(design.factors):
            at_low, at_high = values[1 + 2 * column], values[2 + 2 * column]
            swing = np.fmax(abs(at_low - values[0]), abs(at_high - values[0]))
            rows.append((outcome, factor.name, factor.label, factor.unit, *factor.bounds,
                         values[0], at_low, at_high, swing))  # fmt: skip
    names = ["outcome", "factor", "label", "unit", "low_value", "high_value", "base",
             "at_low", "at_high", "swing"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)
