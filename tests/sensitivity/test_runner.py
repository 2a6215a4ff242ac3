"""A model and what runs it, bound together, with a bar where somebody watches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from rich.console import Console

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity import runner
from sensitivity.apart import apart
from sensitivity.coalitions import Futures
from sensitivity.convergence import converge
from sensitivity.equal_cost import equal_cost
from sensitivity.factors import Factor
from sensitivity.runner import watched
from sensitivity.sampling import extend, saltelli
from sensitivity.slices import run_slices

MODEL = """
growth = 0.1 ~ 1/yr ~|
start = 1 ~ MCNY ~|
Wealth = INTEG(growth * Wealth, start) ~ MCNY ~|
"""
FACTORS = (
    Factor("growth", "growth", "Growth", "1/yr", 0.1, (0.0, 0.3)),
    Factor("start", "start", "Start", "MCNY", 1.0, (1.0, 3.0)),
)


def test_it_runs_what_the_function_runs(inline_model: Callable[[str], Model]) -> None:
    model, design = inline_model(MODEL), saltelli(FACTORS, 8)
    run = watched(run_slices, model, ["Wealth"], save_step=5.0)
    expected = run_slices(model, extend(design), ["Wealth"], save_step=5.0).values
    np.testing.assert_array_equal(run(design).values, expected[: len(design)])
    later = run(extend(design), first=len(design))
    np.testing.assert_array_equal(later.values, expected[len(design) :])


def test_the_bar_is_drawn_for_people_only(
    inline_model: Callable[[str], Model], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    run, design = watched(run_slices, inline_model(MODEL), ["Wealth"]), saltelli(FACTORS, 8)
    run(design)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(runner, "Console", partial(Console, force_terminal=True, width=90))
    run(design)
    assert "32/32" in capsys.readouterr().out


@pytest.mark.parametrize("analysis", [converge, apart, equal_cost])
def test_a_model_alone_is_no_runner(
    analysis: Callable[..., object], inline_model: Callable[[str], Model]
) -> None:
    model, lever = inline_model(MODEL), FACTORS[0]
    rest = {
        converge: (saltelli(FACTORS, 8),), apart: (FACTORS, 8),
        equal_cost: ([lever], {"a": {}}, Futures((), 2), "Wealth"),
    }[analysis]  # fmt: skip
    with pytest.raises(DesignError, match=r"a Model does not run designs; give watched\(run_out"):
        analysis(model, *rest)
