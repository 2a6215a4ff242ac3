"""Sobol indices against functions whose indices are known, against SALib, and refusals."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SALib.analyze import sobol as salib_sobol

from pysd_runner.errors import DesignError
from sensitivity.design import DesignMatrix
from sensitivity.index_table import IndexTable
from sensitivity.sampling import one_at_a_time, saltelli
from sensitivity.slices import Slices
from sensitivity.sobol import estimate, sobol
from tests.sensitivity.analytic import Ishigami, SobolG, factors


def estimated(
    function: Ishigami | SobolG, n: int = 2048, seed: int = 0, second_order: bool = True
) -> IndexTable:
    design = saltelli(function.factors, n, seed=seed, second_order=second_order)
    return sobol(design, pd.DataFrame({"y": function(design.values)}))


@pytest.mark.parametrize("function", [Ishigami(), SobolG()], ids=["Ishigami", "Sobol g"])
@pytest.mark.parametrize("second_order", [False, True])
def test_estimates_are_near_the_analytic_indices(
    function: Ishigami | SobolG, second_order: bool
) -> None:
    indices = estimated(function, second_order=second_order)
    for name, exact in (("S1", function.first), ("ST", function.total)):
        rows = indices.of("y", name)
        assert rows["estimate"].to_numpy() == pytest.approx(exact, abs=0.03)
        assert (rows["half_width"] < 0.06).all()


def test_second_order_finds_the_only_pair_of_ishigami() -> None:
    function = Ishigami()
    v1, v2, v13 = function.parts
    pairs = estimated(function).of("y", "S2").reset_index()
    exact = {("x1", "x3"): v13 / (v1 + v2 + v13)}
    assert len(pairs) == 3
    for row in pairs.itertuples():
        assert row.estimate == pytest.approx(exact.get((row.factor, row.with_factor), 0), abs=0.03)


def test_an_inert_factor_has_zero_exactly_and_no_total_is_below_its_first() -> None:
    design = saltelli(factors(4), 64, second_order=True, seed=3)
    y = design.values[:, 0] * design.values[:, 1] + (design.values[:, 2] > 0.7)
    found = sobol(design, pd.DataFrame({"y": y}))
    table = found.table.set_index(["index", "factor", "with_factor"])["estimate"]
    inert = [each for each in table.index if "x4" in each]
    assert len(inert) == 6
    assert (table[inert] == 0).all()
    first, total, gap = (found.of("y", kind)["estimate"] for kind in ("S1", "ST", "SI"))
    assert (gap >= 0).all()
    np.testing.assert_allclose(total - first, gap, atol=1e-14)


# -- SALib ------------------------------------------------------------------------------------


@pytest.mark.parametrize("second_order", [False, True])
@pytest.mark.parametrize("scrambles", [0, 1, 8])
def test_every_slice_is_what_salib_estimates(second_order: bool, scrambles: int) -> None:
    function = Ishigami()
    design = saltelli(function.factors, 128, second_order=second_order, seed=5, scrambles=scrambles)
    once = function(design.values)
    slices = np.column_stack([once, 1e3 + 3 * once, once**2, design.values[:, 2], 1e-9 * once])
    found = estimate(design, slices, estimator="saltelli")
    problem = {"num_vars": 3, "names": list(design.names), "bounds": [[0, 1]] * 3}
    for column, values in enumerate(slices.T):
        expected = salib_sobol.analyze(
            problem, values, calc_second_order=second_order, num_resamples=2, seed=1
        )
        expected["SI"] = expected["ST"] - expected["S1"]
        for name, index in found.items():
            pairs = np.triu_indices(3, 1) if name == "S2" else slice(None)
            np.testing.assert_allclose(
                index.estimate[:, column], expected[name][pairs], atol=1e-12, rtol=0
            )
    assert list(found) == (["S1", "ST", "SI", "S2"] if second_order else ["S1", "ST", "SI"])


def test_intervals_of_a_random_sample_are_as_wide_as_a_bootstrap() -> None:
    function = SobolG()
    ratios = []
    for seed in range(8):
        design = saltelli(function.factors, 512, seed=seed, scrambles=0)
        y = function(design.values)
        found = estimate(design, y[:, None], estimator="saltelli")
        problem = {"num_vars": 5, "names": list(design.names), "bounds": [[0, 1]] * 5}
        expected = salib_sobol.analyze(
            problem, y, calc_second_order=False, num_resamples=200, seed=1
        )
        ratios += [
            (index.high - index.low)[:, 0] / 2 / expected[f"{name}_conf"]
            for name, index in found.items()
            if name != "SI"
        ]
    # A spread over 64 batches and one over 200 resamples are known to 9 and 5 %.
    np.testing.assert_allclose(np.mean(ratios, axis=0), 1.0, atol=0.12)


# -- slices -----------------------------------------------------------------------------------


def moving(design: DesignMatrix, times: np.ndarray) -> Slices:
    """y(t) = (1 - t) x1 + t x2, and its product with x3; at t = 0 the second is still."""
    x = design.values
    first = (1 - times) * x[:, :1] + times * x[:, 1:2]
    second = times * x[:, :1] * x[:, 2:3]
    return Slices(np.hstack([first, second]), ("line", "product"), times)


def test_indices_over_time_are_those_of_the_formula() -> None:
    times = np.linspace(0, 1, 9)
    design = saltelli(factors(3), 1024, second_order=True)
    found = sobol(design, moving(design, times)).dataset
    exact = (1 - times) ** 2 / ((1 - times) ** 2 + times**2)
    for kind in ("S1", "ST"):
        line = found[kind].sel(outcome="line")
        np.testing.assert_allclose(line.sel(factor="x1"), exact, atol=0.01)
        np.testing.assert_allclose(line.sel(factor="x2"), 1 - exact, atol=0.01)
        assert (line.sel(factor="x3") == 0).all()
    # V(x1 x3) = 7/144: 1/48 from each alone, 1/144 from both together.
    pair = found["S2"].sel(outcome="product", pair="x1 × x3")
    np.testing.assert_allclose(pair[1:], 1 / 7, atol=0.01)
    assert found["reason"].sel(outcome="product").values[0] == "the same in all 8,192 runs"
    assert np.isnan(found["ST"].sel(outcome="product").isel(time=0)).all()
    assert (found["reason"].values[0] == "").all()
    np.testing.assert_allclose(found["mean"].sel(outcome="line"), 0.5, atol=1e-3)
    np.testing.assert_allclose(
        found["sd"].sel(outcome="line"), np.sqrt(((1 - times) ** 2 + times**2) / 12), atol=1e-3
    )


def test_every_slice_is_analysed_as_if_it_were_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Ishigami()
    design = saltelli(function.factors, 64, seed=1, second_order=True)
    slices = np.outer(function(design.values), np.arange(1.0, 8.0)) + design.values[:, :1]
    whole = estimate(design, slices, estimator="azzini")
    monkeypatch.setattr(sys.modules["sensitivity.sobol"], "_MOST_NUMBERS", 8 * len(design))
    parts = estimate(design, slices, estimator="azzini")
    for kind in whole:
        np.testing.assert_allclose(whole[kind].estimate, parts[kind].estimate, atol=1e-13)
        np.testing.assert_allclose(whole[kind].high, parts[kind].high, atol=1e-13)


def test_a_run_without_value_takes_its_slice_only() -> None:
    times = np.array([0.5, 1.0])
    design = saltelli(factors(3), 64)
    slices = moving(design, times)
    values = slices.values.copy()
    values[7, 3] = np.inf
    found = sobol(design, Slices(values, slices.outcomes, times)).dataset
    assert found["reason"].values.tolist() == [["", ""], ["", "no finite value in 1 of 320 runs"]]
    assert np.isnan(found["ST"].values[1, 1]).all()
    assert np.isfinite(found["ST"].values[1, 0]).all()


@settings(max_examples=20)
@given(
    scale=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3), seed=st.integers(0, 50),
    full=st.booleans(),
)  # fmt: skip
def test_indices_do_not_change_with_the_unit_of_the_outcome(
    scale: float, shift: float, seed: int, full: bool
) -> None:
    design = saltelli(Ishigami.factors, 16, second_order=full, seed=seed)
    y = Ishigami()(design.values)
    for estimator in ("azzini", "saltelli") if full else ("saltelli",):
        one = estimate(design, y[:, None], estimator=estimator)  # type: ignore[arg-type]
        other = estimate(design, -scale * (y[:, None] + shift), estimator=estimator)  # type: ignore[arg-type]
        for kind in one:
            np.testing.assert_allclose(one[kind].estimate, other[kind].estimate, atol=1e-8)
            np.testing.assert_allclose(one[kind].low, other[kind].low, atol=1e-8)


def test_a_group_has_the_indices_of_its_factors_together() -> None:
    # y = x1 x2 + x3: V(x1 x2) = 7/144, V(x3) = 1/12; in the group nothing is left to interact.
    design = saltelli(factors(3), 1024, second_order=True, groups={"product": ["x1", "x2"]})
    y = design.values[:, 0] * design.values[:, 1] + design.values[:, 2]
    found = sobol(design, pd.DataFrame({"y": y})).dataset.isel(outcome=0)
    share = (7 / 144) / (7 / 144 + 1 / 12)
    np.testing.assert_allclose(found["S1"], [share, 1 - share], atol=0.01)
    np.testing.assert_allclose(found["ST"], [share, 1 - share], atol=0.01)
    np.testing.assert_allclose(found["S2"], [0], atol=0.01)


# -- seeds and refusals -----------------------------------------------------------------------


def test_equal_seeds_give_equal_bytes() -> None:
    one, other = estimated(Ishigami(), 256, seed=0), estimated(Ishigami(), 256, seed=0)
    assert one.to_csv() == other.to_csv()
    assert one.dataset["S2_high"].values.tobytes() == other.dataset["S2_high"].values.tobytes()
    assert one.to_csv() != estimated(Ishigami(), 256, seed=1).to_csv()


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
        (pd.DataFrame({"y": np.full(64, np.nan)}), "64 of 64 runs failed"),
        (outcomes_of(8), "has 64 runs, but there are outcomes of 32"),
        (pd.DataFrame({"y": np.full(64, 3.0)}), "'y' is the same in all 64 runs"),
        (pd.DataFrame(index=range(64)), "no outcome"),
    ],
)
def test_what_would_be_wrong_is_refused(outcomes: pd.DataFrame, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        sobol(saltelli(factors(2), 16), outcomes)


def test_slices_are_refused_only_if_none_can_be_analysed() -> None:
    design = saltelli(factors(2), 16)
    still = Slices(np.ones((64, 2)), ("y",), np.array([0.0, 1.0]))
    with pytest.raises(DesignError, match="'y' is the same in all 64 runs"):
        sobol(design, still)


def test_other_designs_and_estimators_are_refused() -> None:
    design = one_at_a_time(factors(2))
    y = pd.DataFrame({"y": design.values.sum(axis=1)})
    with pytest.raises(DesignError, match=r"made with saltelli\(…\).*'one at a time'"):
        sobol(design, y)
    with pytest.raises(DesignError, match="second_order=True"):
        sobol(saltelli(factors(2), 16), outcomes_of(16), estimator="azzini")
    with pytest.raises(DesignError, match="no level between 0 and 1"):
        sobol(saltelli(factors(2), 16), outcomes_of(16), confidence=95)


def test_a_table_of_the_model_is_taken_as_it_is() -> None:
    design = saltelli(factors(2), 32)
    y = pd.DataFrame({"y": design.values.sum(axis=1)})
    found = sobol(design, y.assign(status="ended"))
    assert found.outcomes == ("y",)
    assert found.to_csv() == sobol(design, y).to_csv()


@pytest.mark.parametrize(
    ("outcomes", "settings", "says"),
    [
        (np.ones(128), {}, r"a table \(pandas.DataFrame\) or slices .*, but this is a ndarray"),
        (pd.DataFrame({"kind": ["a"] * 128}), {}, "the column 'kind' holds no numbers"),
        (pd.DataFrame({"status": ["ended"] * 128}), {}, "no outcome to analyse"),
        (
            pd.DataFrame({"y": range(128)}),
            {"estimator": "jansen"},
            "'jansen' is no estimator; take",
        ),
    ],
)
def test_what_is_no_outcome_or_no_estimator_is_refused(
    outcomes: object, settings: dict[str, str], says: str
) -> None:
    with pytest.raises(DesignError, match=says):
        sobol(saltelli(factors(2), 32), outcomes, **settings)  # type: ignore[arg-type]
