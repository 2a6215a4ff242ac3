"""What a stress test cannot be made of gets one clear sentence, and never half a result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity import factors_of, saltelli, sobol
from sensitivity.stress.quantities import quantity_of
from sensitivity.stress.record import Record
from sensitivity.stress.report import write_report
from sensitivity.stress.stress_test import stress_test
from tests.sensitivity.stress.small_city import MODEL, small_city

OUTPUT = "output = MIN(demand, Capital * services)"


def made(folder: Path, output: str = OUTPUT) -> str:
    """Return the page of a city with another equation for its output."""
    assert OUTPUT in MODEL
    city = small_city(folder / "city", model=MODEL.replace(OUTPUT, output))
    test = stress_test(city, 64, draws=16, workers=2)
    page = write_report(test, Record("c", 0, "d", {}), folder / "report")
    return page.read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")


def test_a_model_of_which_every_run_fails_is_refused(tmp_path: Path) -> None:
    city = small_city(tmp_path, model=MODEL.replace(OUTPUT, f"{OUTPUT} + SQRT(-1 - growth)"))
    says = "the base case of 'small_city' does not end well .non-finite in 'output' at 2025., so"
    with pytest.raises(DesignError, match=says):
        stress_test(city, 64, draws=16)


@pytest.mark.slow
def test_where_many_runs_fail_indices_are_refused_and_the_place_is_told(tmp_path: Path) -> None:
    page = made(tmp_path, f"{OUTPUT} + 0 * SQRT(0.0201 - growth)")
    assert "beyond 5% of them Sobol indices would describe another model" in page
    assert "It breaks where growth is above 0.02" in page


@pytest.mark.slow
def test_where_every_shock_breaks_the_model_the_rest_is_told(tmp_path: Path) -> None:
    page = made(tmp_path, f"{OUTPUT} + 0 * SQRT(0.05 - demand depth)")
    assert "No part on shocks: " in page
    assert "none of 2,048 futures ends well" in page
    assert 'id="what_decides_the_outcomes"' in page


@pytest.mark.slow
def test_an_outcome_that_nothing_moves_is_said(tmp_path: Path) -> None:
    page = made(tmp_path, "output = 100 + 0 * MIN(demand, Capital * services)")
    assert "No factor moves Output in 2040: the same in all" in page


def test_an_unknown_outcome_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="'outputs' is not an outcome; did you mean 'output'"):
        quantity_of(small_city(tmp_path).spec, "outputs")


def test_designs_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    factors = factors_of(small_city(tmp_path).spec)
    with pytest.raises(DesignError, match="N = 1"):
        saltelli(factors, 1)
    design = saltelli(factors, 64)
    short = pd.DataFrame({"y": np.arange(len(design) - 1.0)})
    with pytest.raises(DesignError, match=f"{len(design):,} runs"):
        sobol(design, short)
    with pytest.raises(DesignError, match="the same in all"):
        sobol(design, pd.DataFrame({"y": np.ones(len(design))}))
