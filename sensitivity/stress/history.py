"""Hold the base case against the observed series."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.errors import SpecError
from pysd_runner.run.evaluate import evaluate, variables_in
from pysd_runner.spec.series import observed, read_series
from sensitivity.plots.history import Comparison
from sensitivity.plots.style import titled


def compare_history(model: Model) -> list[Comparison]:
    """Run the base case and put each observed series of the spec beside it.

    A year's figure stands beside the model's value at that time: 2015 beside time 2015.

    Raises
    ------
    SpecError
        An indicator has no row, an index no observation in its base year, or a level another
        unit than its series.
    """
    entries = model.spec.history
    if not entries:
        return []
    table = read_series(model.folder / "data" / "series.csv")
    outputs = variables_in((entry.text for entry in entries.values()), model.graph)
    base = model.run(outputs=outputs, save_step=model.spec.model.save_step)
    comparisons = []
    for name, entry in entries.items():
        found = observed(table, entry.indicator)
        units = sorted(set(found["unit"]))
        if entry.transform == "level" and units != [entry.unit]:
            raise SpecError(
                f"history.{name}: the series '{entry.indicator}' is in {', '.join(units)}, but the "
                f"model side in {entry.unit}; compare an index, or convert the series."
            )
        rows = found[["year", "value", "quality", "use"]].copy()
        values: xr.DataArray = evaluate(entry.text, base, model.graph)
        unit = entry.unit
        if entry.base_year is not None:
            at_base = rows.loc[rows["year"] == entry.base_year, "value"]
            if at_base.empty:
                raise SpecError(
                    f"history.{name}: the series '{entry.indicator}' has no value in its base "
                    f"year {entry.base_year:g}; choose one of "
                    f"{', '.join(f'{year:g}' for year in rows['year'])}."
                )
            rows["value"] = rows["value"] / at_base.iloc[0]
            values = values / float(values.interp(time=entry.base_year))
            unit = f"{entry.base_year:g} = 1"
        comparisons.append(
            Comparison(titled(entry.label, unit, width=30), np.asarray(base["time"].values),
                       np.asarray(values.values), rows)
        )  # fmt: skip
    return comparisons
