"""The table of indices: one row for each index, found by name, labels for figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity.index_table import IndexTable
from sensitivity.sampling import saltelli
from sensitivity.slices import Slices
from sensitivity.sobol import sobol
from tests.sensitivity.analytic import factors


@pytest.fixture
def over_time() -> IndexTable:
    design = saltelli(factors(3), 16, second_order=True)
    values = np.hstack([design.values + 0.1 * design.values[:, :1], design.values**2])
    return sobol(design, Slices(values, ("a", "b"), np.array([2020.0, 2025.0, 2030.0])))


def test_in_a_notebook_it_says_what_it_holds(over_time: IndexTable) -> None:
    assert repr(over_time) == (
        "<IndexTable: S1, ST, SI, S2 of 2 outcomes and 3 factors, N = 16; look at .table or "
        ".of(outcome, index)>"
    )
    design = saltelli(factors(3), 16, second_order=True, seed=7)
    assert repr(design) == "<DesignMatrix saltelli: 128 runs of 3 factors, N = 16, seed 7>"


def test_the_table_holds_what_the_dataset_does(over_time: IndexTable) -> None:
    table = over_time.table
    assert len(table) == 2 * 3 * (3 + 3 + 3 + 3)
    assert over_time.kinds == ("S1", "ST", "SI", "S2")
    row = table[
        (table["outcome"] == "b") & (table["time"] == 2025) & (table["index"] == "S2")
        & (table["factor"] == "x1") & (table["with_factor"] == "x3")
    ]  # fmt: skip
    cell = over_time.dataset.sel(outcome="b", time=2025, pair="x1 × x3")
    assert float(row["estimate"].iloc[0]) == float(cell["S2"])
    assert float(row["low"].iloc[0]) == float(cell["S2_low"])
    half = float(cell["S2_high"] - cell["S2_low"]) / 2
    assert float(row["half_width"].iloc[0]) == pytest.approx(half)
    assert table["outcome"].tolist() == sorted(table["outcome"])
    assert table["time"][:36].tolist() == [t for t in (2020.0, 2025.0, 2030.0) for _ in range(12)]


def test_rows_are_found_by_outcome_index_and_time(over_time: IndexTable) -> None:
    rows = over_time.of("a", "ST", 2030.0)
    assert rows.index.tolist() == ["x1", "x2", "x3"]
    assert rows["estimate"].idxmax() == "x3"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("c", "ST", 2030.0), "'c' is no outcome"),
        (("a", "SS", 2030.0), "'SS' is no index of this table"),
        (("a", "ST"), "stand at 3 times from 2020 to 2030; name one"),
        (("a", "ST", 2026.0), "3 times from 2020 to 2030, but 2026 is none"),
    ],
)
def test_what_is_not_there_is_refused(
    over_time: IndexTable, arguments: tuple[str, str, float], says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        over_time.of(*arguments)


def test_some_outcomes_at_one_time_are_picked(over_time: IndexTable) -> None:
    picked = over_time.pick("b", time=2025.0)
    assert (picked.outcomes, picked.analysed) == (("b",), ("b",))
    expected = over_time.of("b", "ST", 2025.0)["estimate"]
    assert picked.of("b", "ST")["estimate"].tolist() == expected.tolist()
    assert over_time.pick(time=2030.0).outcomes == over_time.outcomes
    with pytest.raises(DesignError, match="one number a run, so none is of time 2025"):
        picked.pick(time=2025.0)


def test_an_outcome_that_does_not_vary_is_not_analysed() -> None:
    design = saltelli(factors(2), 16)
    y = design.values.sum(axis=1)
    assert sobol(design, Slices(np.column_stack([0 * y, y]), ("still", "y"))).analysed == ("y",)


def test_text_of_a_table_is_a_table() -> None:
    design = saltelli(factors(2), 16)
    table = sobol(design, pd.DataFrame({"y": design.values.sum(axis=1)}))
    assert table.to_csv().splitlines()[0] == (
        "outcome,index,factor,with_factor,estimate,half_width,low,high"
    )
    assert table.labels == {"x1": "x1", "x2": "x2"}
    assert (table.n_base, table.confidence, table.outcomes) == (16, 0.95, ("y",))
