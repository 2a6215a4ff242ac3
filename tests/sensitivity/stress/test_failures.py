"""Failed runs are counted and located; indices lose whole blocks or are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity import saltelli, sobol
from sensitivity.stress.failures import complete_blocks, locate_failures, rows_to_search
from tests.sensitivity.analytic import Ishigami


def test_failures_are_counted_by_kind_and_located() -> None:
    rng = np.random.default_rng(0)
    inputs = pd.DataFrame(rng.random((1000, 4)), columns=list("abcd"))
    bad = (inputs["a"] > 0.7) & (inputs["b"] < 0.4)
    ends = np.where(inputs["c"] > 0.5, "non-finite in 'x' at 2030", "out of limits in 'y' at 2031")
    found = locate_failures(inputs, list(np.where(bad, ends, "ok")), resamples=4)
    assert found.runs == 1000
    assert found.count == bad.sum()
    assert set(found.counts) == {"non-finite", "out of limits"}
    assert found.first == f"run {int(np.argmax(bad))}: {ends[int(np.argmax(bad))]}"
    assert found.box is not None
    assert set(found.box.box.restricted) == {"a", "b"}
    assert found.box.box.ranges["a"][0] == pytest.approx(0.7, abs=0.03)
    assert found.box.score.coverage > 0.9


def test_few_failures_are_counted_though_no_box_can_be_told() -> None:
    inputs = pd.DataFrame({"a": np.linspace(0, 1, 50)})
    found = locate_failures(inputs, ["ok"] * 48 + ["failed: stopped"] * 2)
    assert found.counts == {"failed": 2}
    assert found.box is None
    assert "2 of 50 runs are of interest" in found.no_box
    assert locate_failures(inputs, ["ok"] * 50).count == 0
    with pytest.raises(DesignError, match="inputs of 50 runs and statuses of 3"):
        locate_failures(inputs, ["ok"] * 3)


@pytest.fixture
def failing() -> tuple[object, pd.DataFrame]:
    design = saltelli(Ishigami.factors, 256)
    return design, pd.DataFrame({"y": Ishigami()(design.values)})


def test_a_failed_run_takes_its_place_in_all_scrambles(
    failing: tuple[object, pd.DataFrame],
) -> None:
    design, outcomes = failing
    outcomes.loc[3 * design.block, "y"] = np.nan  # in block 3, so in the first place of scramble 3
    outcomes.loc[9 * design.block + 1, "y"] = np.nan  # in the second place
    part, rows, lost = complete_blocks(design, outcomes)
    complete = outcomes[rows]
    assert design.scrambles == 8
    assert lost == 16
    assert part.n_base == 240
    assert np.array_equal(part.values, design.values[16 * design.block :])
    assert len(complete) == len(part)
    indices = sobol(part, complete)
    assert indices.of("y", "ST")["estimate"].to_numpy() == pytest.approx(Ishigami().total, abs=0.1)


def test_a_complete_design_stays_as_it_is(failing: tuple[object, pd.DataFrame]) -> None:
    design, outcomes = failing
    part, rows, lost = complete_blocks(design, outcomes)
    assert part is design and rows.all() and lost == 0


def test_too_many_failures_refuse_the_indices(failing: tuple[object, pd.DataFrame]) -> None:
    design, outcomes = failing
    outcomes.loc[: 20 * design.block, "y"] = np.nan
    with pytest.raises(DesignError, match="in 21 of 256 base points; beyond 5% of them"):
        complete_blocks(design, outcomes)


def test_failures_are_searched_among_independent_draws_if_there_are_enough() -> None:
    design = saltelli(Ishigami.factors, 64)
    bad = np.zeros(len(design), dtype=bool)
    bad[design.sample[:20]] = True
    assert np.array_equal(rows_to_search(design, bad), design.sample)
    bad[design.sample[0]] = False
    assert len(rows_to_search(design, bad)) == len(design)
