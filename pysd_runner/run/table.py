"""Trajectories as a plain table."""

from __future__ import annotations

import pandas as pd
import xarray as xr


def flatten(dataset: xr.Dataset) -> pd.DataFrame:
    """Return trajectories of one run as a table: one row a time, one column an element."""
    columns: dict[str, object] = {}
    for name, array in dataset.data_vars.items():
        own = [str(dimension) for dimension in array.dims if dimension != "time"]
        if not own:
            columns[str(name)] = array.values
            continue
        stacked = array.stack(cell=own).transpose("time", "cell")
        for number, cell in enumerate(stacked["cell"].values):
            elements = cell if isinstance(cell, tuple) else (cell,)
            columns[f"{name}[{','.join(map(str, elements))}]"] = stacked.values[:, number]
    return pd.DataFrame(columns, index=pd.Index(dataset["time"].values, name="time"))
