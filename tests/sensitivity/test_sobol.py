"""Sobol indices against functions whose indices are known, and refusals."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import sobol as salib_sobol

from pysd_runner.errors import DesignError
from sensitivity.sampling import one_at_a_time, saltelli
from sensitivity.sobol import IndexTable, estimate, sobol
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


@pytest.mark.parametrize("second_order", [False, True])
def test_every_slice_is_what_salib_estimates(second_order: bool) -> None:
    function = Ishigami()
    design = saltelli(function.factors, 128, second_order=second_order, seed=5)
    once = function(design.values)
    slices = np.column_stack([once, 1e6 + 3 * once, once**2, design.values[:, 2]])
    found = estimate(design, slices, resamples=400)
    problem = {"num_vars": 3, "names": list(design.names), "bounds": [[0, 1]] * 3}
    for column, values in enumerate(slices.T):
        expected = salib_sobol.analyze(
            problem, values, calc_second_order=second_order, num_resamples=400,
            seed=np.random.default_rng(0),
        )  # fmt: skip
        for index, estimates, halves in (
            ("S1", found.s1, found.s1_half), ("ST", found.st, found.st_half),
            ("S2", found.s2, found.s2_half),
        ):  # fmt: skip
            if estimates is None or halves is None:
                assert index == "S2" and not second_order
                continue
            pairs = np.triu_indices(3, 1) if index == "S2" else slice(None)
            np.testing.assert_allclose(estimates[:, column], expected[index][pairs], atol=1e-9)
            # Two bootstraps of 400 resamples differ by luck.
            np.testing.assert_allclose(
                halves[:, column], expected[f"{index}_conf"][pairs], rtol=0.35, atol=1e-9
            )


def test_slices_do_not_depend_on_how_many_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Ishigami()
    design = saltelli(function.factors, 64, seed=1)
    slices = np.outer(function(design.values), np.arange(1.0, 8.0)) + design.values[:, :1]
    whole = estimate(design, slices)
    monkeypatch.setattr(sys.modules["sensitivity.sobol"], "_MOST_NUMBERS", 64 * 3 * 2)
    parts = estimate(design, slices)
    np.testing.assert_allclose(whole.st_half, parts.st_half, rtol=1e-12)
    np.testing.assert_allclose(whole.s1, parts.s1, rtol=1e-12, atol=1e-14)


def test_a_slice_that_does_not_vary_has_no_index() -> None:
    design = saltelli(factors(2), 64)
    found = estimate(design, np.column_stack([design.values[:, 0], np.ones(len(design))]))
    assert np.isnan(found.st[:, 1]).all()
    assert np.isfinite(found.st[:, 0]).all()


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
