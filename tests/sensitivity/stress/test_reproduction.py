from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from pysd_runner.spec.schema import History
from sensitivity.plots.history import Comparison
from sensitivity.stress.reproduction import reproduction_grid

YEARS = [2015.0, 2016.0, 2017.0, 2018.0, 2022.0]


def observed(values: list[float], model: list[float], uses: list[str]) -> pd.DataFrame:
    return pd.DataFrame({
        "year": YEARS[: len(values)], "value": values, "quality": "final", "use": uses,
        "model": model,
    })  # fmt: skip


def test_each_series_has_a_row() -> None:
    entry = History(label="Long", variable="x", unit="kg", indicator="long")
    entries = {"long": entry, "short": entry.model_copy(update={"label": "Short", "band": 0.5})}
    four = ["calibration"] * 4 + ["validation"]
    line = Comparison("x", np.array([0.0]), np.array([0.0]),
                      observed([1, 2, 3, 4, 10], [2, 3, 4, 5, 11], four))  # fmt: skip
    short = replace(line, observed=observed([10], [8], ["calibration"]))
    model = SimpleNamespace(spec=SimpleNamespace(history=entries))
    test = SimpleNamespace(model=model, history=[line, short])
    grid = reproduction_grid(cast(Any, test))
    assert grid.header[:7] == ("Series", "points", "MAPE", "R²", "U^M", "U^S", "U^C")
    assert grid.rows[0] == (
        "Long", "4", "52.1%", "1.00", "1.00", "0.00", "0.00", "1", "10.0%", "100.0%", "20.0%",
    )  # fmt: skip
    assert grid.rows[1] == ("Short", "1", "–", "–", "–", "–", "–", "0", "–", "20.0%", "50.0%")
    assert grid.numbers == tuple(range(1, 11))
