from __future__ import annotations

import xarray as xr

from pysd_runner.run.table import flatten


def test_one_column_an_element_and_one_row_a_time() -> None:
    dataset = xr.Dataset(
        {
            "total": ("time", [1.0, 2.0]),
            "x": (("time", "D", "E"), [[[1.0], [2.0]], [[3.0], [4.0]]]),
        },
        {"time": [0.0, 0.5], "D": ["A", "B"], "E": ["P"]},
    )
    table = flatten(dataset)
    assert list(table.columns) == ["total", "x[A,P]", "x[B,P]"]
    assert table.loc[0.5].tolist() == [2, 3, 4]
