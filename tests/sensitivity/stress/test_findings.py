from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pysd_runner import load
from pysd_runner.spec.schema import Outcome
from sensitivity.index_table import IndexTable
from sensitivity.plots.numbers import TIE
from sensitivity.stress.choices import Method
from sensitivity.stress.findings import _of_indices, _of_swings, findings, still
from sensitivity.stress.sections import sections
from sensitivity.stress.sections.studies import _distinct
from sensitivity.stress.stress_test import stress_test
from tests.sensitivity.stress.test_stress_test import MODEL, SERIES, SPEC

OUTCOME = Outcome(label="Wealth", variable="W", reduction="final", unit="MCNY",
                  direction="maximise")  # fmt: skip


def ranked(*shares: tuple[float, float], first: float | None = None) -> IndexTable:
    """Return indices of one outcome: (ST, half-width) of the factors A, B, …."""
    names = "abcd"[: len(shares)]
    total, half = np.array(shares).T
    one = total if first is None else np.full(len(shares), first)
    kinds = {"S1": (one, np.full(len(shares), 0.01)), "ST": (total, half)}
    variables = {
        kind + part: (("outcome", "factor"), (estimate + sign * width)[None])
        for kind, (estimate, width) in kinds.items()
        for part, sign in (("", 0), ("_low", -1), ("_high", 1))
    }
    coords = {
        "outcome": ["w"], "factor": list(names), "label": ("factor", list(names.upper()))
    }  # fmt: skip
    return IndexTable(xr.Dataset(variables, coords, {"n_base": 64, "confidence": 0.95}))


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ([(0.6, 0.05), (0.3, 0.05)],
         "Wealth (more is better) varies most with A (60% ± 5%) and B (30% ± 5%), as shares of "
         "its variance."),
        ([(0.3, 0.05), (0.6, 0.05)], "B (60% ± 5%) and A (30% ± 5%), as shares of its variance."),
        ([(0.5, 0.1), (0.4, 0.1), (0.3, 0.1)],
         "A (50% ± 10%), B (40% ± 10%) and C (30% ± 10%), as shares of its "
         "variance; order not settled: intervals overlap."),
        ([(0.7, 0.05), (0.3, 0.1), (0.2, 0.1)],
         "; order of B and C not settled: intervals overlap."),
        # A wide interval reaches over a neighbour.
        ([(0.5, 0.01), (0.45, 0.01), (0.3, 0.22)],
         "; order not settled: intervals overlap."),
        # Who does not stand out may yet matter as much as who does.
        ([(0.6, 0.1), (0.2, 0.18), (0.15, 0.08)],
         "A (60% ± 10%) and C (15% ± 8%), as shares of its "
         "variance; 1 other may matter as much: intervals overlap."),
        ([(0.4, 0.1), (0.35, 0.1), (0.3, 0.1), (0.25, 0.1)],
         "; order not settled and 1 other may matter as much: intervals overlap."),
        ([(0.9, 0.05), (0.02, 0.01)], "A (90% ± 5%), as shares of its variance."),
        ([(0.1, 0.1), (0.05, 0.1)], "no factor stands out beyond its interval at N = 64."),
    ],
)  # fmt: skip
def test_an_order_is_told_only_where_it_is_settled(
    shares: list[tuple[float, float]], says: str
) -> None:
    sentence = _of_indices(ranked(*shares), "w", OUTCOME).replace(TIE, " ")
    assert says in sentence
    assert ("overlap" in sentence) is ("overlap" in says)


def test_what_factors_do_together_is_told_beyond_its_interval() -> None:
    apart, together = (ranked((0.6, 0.05), (0.4, 0.05), first=s) for s in (0.5, 0.3))
    assert "together" not in _of_indices(apart, "w", OUTCOME)
    assert "acting together add 40% ± 2% of" in _of_indices(together, "w", OUTCOME).replace(
        TIE, " "
    )


def swings(*rows: tuple[str, float, float], base: float = 100.0) -> pd.DataFrame:
    return pd.DataFrame(
        [("w", name, base, low, high, max(abs(low - base), abs(high - base)))
         for name, low, high in rows],
        columns=["outcome", "label", "base", "at_low", "at_high", "swing"],
    )  # fmt: skip


def test_levers_that_move_nothing_are_not_named() -> None:
    table = swings(("Idle", 100, 100), ("Weak", 101, 99), ("Strong", 90, 110))
    assert _of_swings(table, "w", OUTCOME, False).replace("\N{NO-BREAK SPACE}", " ") == (
        "Wealth: 100 million CNY in the base case, more is better. Levers that change it most, "
        "each alone at its bounds: Strong (−10.0% and +10.0%) and Weak (+1.0% and −1.0%)."
    )


def test_an_outcome_that_no_lever_moves_is_said_and_not_drawn(tmp_path: Path) -> None:
    place = tmp_path
    (place / "data").mkdir()
    outcome = '\n[outcomes.still]\nlabel = "Still"\nexpression = "7 + 0 * Wealth"\n'
    outcome += 'reduction = "final"\nunit = "MCNY"\ndirection = "minimise"\n'
    (place / "wealth.mdl").write_text(MODEL, "utf-8")
    (place / "sandbox.toml").write_text(SPEC + outcome, "utf-8")
    (place / "data" / "series.csv").write_text(SERIES, "utf-8")
    test = stress_test(load(place), 64, workers=1, method=Method.SCREEN)
    assert test.screened is not None
    assert still(test.screened) == ["still"]
    moved, unmoved = findings(test)
    assert moved.startswith("Wealth at the end: 108")
    assert unmoved.replace("\N{NO-BREAK SPACE}", " ") == (
        "Still: no lever alone moves it; it stays 7 million CNY, so the figures leave it out."
    )
    section = sections(test)[1]
    assert [figure.alt for figure in section.figures] == ["What each lever does alone"]
    assert section.folds == ()
    assert list(_distinct(test.screened, ["wealth", "still"])[0]) == ["wealth"]
    assert list(_distinct(test.screened, ["still"])[0]) == []
