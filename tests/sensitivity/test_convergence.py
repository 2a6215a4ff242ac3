"""Doubling until the indices are settled: which runs are made, when it stops, what it says."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import xarray as xr

from pysd_runner import load
from pysd_runner.errors import DesignError
from sensitivity.convergence import Convergence, converge
from sensitivity.design import DesignMatrix
from sensitivity.factors import factors_of
from sensitivity.index_table import IndexTable
from sensitivity.sampling import saltelli
from sensitivity.slices import Slices, run_outcomes
from sensitivity.sobol import sobol
from tests.sensitivity.analytic import Ishigami, factors


class Counting:
    """Runs a function and remembers which rows it was asked for."""

    def __init__(self, *functions: object) -> None:
        self.functions = functions
        self.asked: list[tuple[int, int]] = []

    def __call__(self, design: DesignMatrix, *, first: int = 0) -> Slices:
        self.asked.append((first, len(design)))
        rows = design.values[first:]
        columns = [function(rows) for function in self.functions]  # type: ignore[operator]
        return Slices(np.column_stack(columns), tuple("yz"[: len(columns)]))


def test_only_new_rows_are_run_and_the_result_is_that_of_the_whole_design() -> None:
    run = Counting(Ishigami())
    found = converge(run, saltelli(Ishigami.factors, 64, second_order=True), target=0.04)
    steps = len(found.tables)
    assert run.asked == [(0, 512)] + [(2**n * 512, 2 ** (n + 1) * 512) for n in range(steps - 1)]
    assert sum(last - first for first, last in run.asked) == len(found.design)
    design = saltelli(Ishigami.factors, found.last.n_base, second_order=True)
    alone = sobol(design, Slices(Ishigami()(design.values)[:, None], ("y",)))
    assert found.last.to_csv() == alone.to_csv()


def test_it_stops_at_the_first_base_sample_that_is_enough() -> None:
    found = converge(Counting(Ishigami()), saltelli(Ishigami.factors, 64), target=0.1)
    widths = [table.of("y", "ST")["half_width"].max() for table in found.tables]
    assert found.enough
    assert widths[-1] < 0.1
    assert all(width >= 0.1 for width in widths[:-1])
    assert len(widths) > 2
    n = found.last.n_base
    assert str(found) == (
        f"N = {n} is enough ({5 * n:,} runs): half-widths of all total indices below 0.1 and the "
        "order of the 3 largest unchanged."
    )


def test_it_says_when_n_was_not_enough() -> None:
    found = converge(Counting(Ishigami()), saltelli(Ishigami.factors, 64), target=1e-3, most=128)
    assert [table.n_base for table in found.tables] == [64, 128]
    assert not found.enough
    assert str(found).startswith("N = 128 is not enough (640 runs) for half-widths of all total")
    assert "y (± 0." in str(found)


def test_what_cannot_be_analysed_is_not_waited_for() -> None:
    run = Counting(lambda x: x.sum(axis=1), lambda x: np.zeros(len(x)))
    found = converge(run, saltelli(factors(3), 64), most=1024)
    assert found.enough
    assert found.unsettled == ("", "")
    runs = len(found.design)
    assert str(found).endswith(f" Without indices: z (the same in all {runs:,} runs).")


def fake(totals: list[float], half: float, n: int) -> IndexTable:
    values = np.array([totals])
    variables = {
        "ST" + part: (("outcome", "factor"), values + sign * half)
        for part, sign in (("", 0), ("_low", -1), ("_high", 1))
    }
    names = list("abc")
    coords = {"outcome": ["y"], "factor": names, "label": ("factor", names)}
    return IndexTable(xr.Dataset(variables, coords, {"n_base": n, "runs": n, "confidence": 0.95}))


@pytest.mark.parametrize(
    ("before", "now", "top", "says"),
    [
        ([0.5, 0.3, 0.1], [0.5, 0.3, 0.1], 3, ""),
        ([0.3, 0.5, 0.1], [0.5, 0.3, 0.1], 3, "a and b changed places"),
        # Their intervals overlap, so their order means nothing.
        ([0.41, 0.42, 0.1], [0.42, 0.41, 0.1], 3, ""),
        ([0.5, 0.1, 0.3], [0.5, 0.3, 0.1], 1, ""),
        ([0.5, 0.1, 0.3], [0.5, 0.3, 0.1], 2, "b and c changed places"),
    ],
)
def test_an_order_that_changes_is_not_settled(
    before: list[float], now: list[float], top: int, says: str
) -> None:
    tables = (fake(before, 0.04, 64), fake(now, 0.02, 128))
    found = Convergence(
        tables, saltelli(factors(3), 64), Slices(np.zeros((1, 1)), ("y",)), 0.05, top
    )
    assert found.unsettled == (says,)
    assert found.enough == (not says)


def test_a_model_is_run_until_its_indices_are_settled() -> None:
    model = load("models/rd_investment")
    design = saltelli(factors_of(model.spec), 64, second_order=True)
    found = converge(partial(run_outcomes, model), design, target=0.2, most=256)
    assert found.last.outcomes == tuple(model.spec.outcomes)
    assert len(found.slices.values) == len(found.design)


@pytest.mark.parametrize(
    ("settings", "says"),
    [({"target": 0.0}, "above 0"), ({"top": 0}, "largest index"), ({"most": 32}, "N = 64 already")],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, float], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        converge(Counting(Ishigami()), saltelli(Ishigami.factors, 64), **settings)  # type: ignore[arg-type]
