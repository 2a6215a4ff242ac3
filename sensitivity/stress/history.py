"""Hold the base case against the observed series."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.run.evaluate import evaluate, variables_in
from pysd_runner.spec.series import SERIES, observed, read_series
from sensitivity.plots.history import Comparison
from sensitivity.plots.style import titled


def compare_history(model: Model) -> list[Comparison]:
    """Run the base case and put each observed series of the spec beside it.

    A year's figure stands beside the model's value at that time: 2015 beside time 2015.
    The spec has been held against the series when it was read.
    """
    entries = model.spec.history
    if not entries:
        return []
    table = read_series(model.folder / SERIES)
    outputs = variables_in((entry.text for entry in entries.values()), model.graph)
    base = model.run(outputs=outputs, save_step=model.spec.model.save_step)
    comparisons = []
    for entry in entries.values():
        found = observed(table, entry.indicator)
        rows = found[["year", "value", "quality", "use"]].copy()
        values: xr.DataArray = evaluate(entry.text, base, model.graph)
        unit = entry.unit
        if entry.base_year is not None:
            at_base = rows.loc[rows["year"] == entry.base_year, "value"]
            rows["value"] = rows["value"] / at_base.iloc[0]
            values = values / float(values.interp(time=entry.base_year))
            unit = f"{entry.base_year:g} = 1"
        comparisons.append(
            Comparison(titled(entry.label, unit, width=30), np.asarray(base["time"].values),
                       np.asarray(values.values), rows)
        )  # fmt: skip
    return comparisons
