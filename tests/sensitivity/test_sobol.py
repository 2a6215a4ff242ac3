"""Sobol indices against functions whose indices are known, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity.sampling import one_at_a_time, saltelli
from sensitivity.sobol import IndexTable, sobol
from tests.sensitivity.analytic import Ishigami, SobolG, factors


def estimated(function: Ishigami | SobolG, n: int = 2048, seed: int = 0) -> IndexTable:
    design = saltelli(function.factors, n, seed=seed)
    return sobol(design, pd.DataFrame({"y": function(design.values)}), seed=seed)


@pytest.mark.parametrize("function", [Ishigami(), SobolG()], ids=["Ishigami", "Sobol g"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_intervals_bracket_the_analytic_indices(function: Ishigami | SobolG, seed: int) -> None:
    indices = estimated(function, seed=seed)
    for name, exact in (("S1", function.first), ("ST", function.total)):
        rows = indices.of("y", name)
        low, high = rows["estimate"] - rows["half_width"], rows["estimate"] + rows["half_width"]
        assert (low <= exact).all(), rows
        assert (exact <= high).all(), rows
        assert (rows["half_width"] < 0.12).all()


def test_second_order_finds_the_only_pair_of_ishigami() -> None:
    function = Ishigami()
    design = saltelli(function.factors, 2048, second_order=True)
    pairs = sobol(design, pd.DataFrame({"y": function(design.values)})).of("y", "S2")
    v1, v2, v13 = function.parts
    exact = {("x1", "x3"): v13 / (v1 + v2 + v13)}
    for name, row in pairs.iterrows():
        pair = (str(name), str(row["with_factor"]))
        assert row["estimate"] == pytest.approx(exact.get(pair, 0.0), abs=row["half_width"] + 0.01)
    assert len(pairs) == 3


def test_equal_seeds_give_equal_bytes() -> None:
    assert (
        estimated(Ishigami(), 256, seed=0).to_csv() == estimated(Ishigami(), 256, seed=0).to_csv()
    )
    assert (
        estimated(Ishigami(), 256, seed=0).to_csv() != estimated(Ishigami(), 256, seed=1).to_csv()
    )


def test_intervals_shrink_with_the_base_sample() -> None:
    few, many = estimated(SobolG(), 128), estimated(SobolG(), 8192)
    ratio = few.of("y", "ST")["half_width"].mean() / many.of("y", "ST")["half_width"].mean()
    assert ratio == pytest.approx(8, rel=0.4)  # 1/sqrt(N): sqrt(8192 / 128) = 8


def outcomes_of(n: int, **changes: float) -> pd.DataFrame:
    design = saltelli(factors(2), n)
    table = pd.DataFrame({"y": design.values.sum(axis=1)})
    for row, value in changes.items():
        table.loc[int(row.removeprefix("row")), "y"] = value
    return table


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        (outcomes_of(16, row5=np.nan), r"1 of 64 runs failed .*run 5"),
        (outcomes_of(16, row3=np.inf, row9=np.nan), r"2 of 64 runs failed .*run 3"),
        (outcomes_of(8), "has 64 runs, but there are outcomes of 32"),
        (pd.DataFrame({"y": np.full(64, 3.0)}), "'y' is the same in all 64 runs"),
        (pd.DataFrame(index=range(64)), "no outcome"),
    ],
)
def test_what_would_be_wrong_is_refused(outcomes: pd.DataFrame, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        sobol(saltelli(factors(2), 16), outcomes)


def test_design_of_another_scheme_is_refused() -> None:
    design = one_at_a_time(factors(2))
    with pytest.raises(DesignError, match="'one at a time'"):
        sobol(design, pd.DataFrame({"y": design.values.sum(axis=1)}))
