"""The kernel against simlin, an engine that shares nothing with PySD."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model, load
from pysd_runner.names import key
from tests.models.folder import MODELS

simlin = pytest.importorskip("simlin", reason="has wheels for some platforms only")
InlineModel = Callable[[str], Model]

FEATURES = {
    "arithmetic": "a = 2 ^ 3 ^ 0.5 - 7 / 3 * (1 - S) + -S ^ 2 ~~|",
    "mathematics": "a = EXP(-S) + LN(1 + S) * SQRT(S) + SIN(S) / COS(S) + ARCTAN(S) ~~|",
    "logic": "a = IF THEN ELSE((S > 2 :AND: S < 3) :OR: Time < 1, S, -S) ~~|",
    "lookup": "t((1,4),(2,1),(4,0)) ~~|\na = t(S) + t(0) + t(9 * S) ~~|",
    "time inputs": "a = STEP(3, 2) + RAMP(0.5, 1, 4) + PULSE(2, 1.5) ~~|",
    "smooths": "a = SMOOTH(S, 2) + SMOOTHI(S, 1, 5) + SMOOTH3(S, 2) + SMOOTH3I(S, 2, 5) ~~|",
    "delays": "a = DELAY1(S, 2) + DELAY3(S, 2) + DELAY1I(S, 2, 0) + DELAY3I(S, 3, 9) ~~|",
    "subscripts": (
        "D: A, B, C ~~|\nk[D] = 1, 2, 3 ~~|\nX[D] = INTEG(k[D] * S - X[D] / 4, k[D]) ~~|\n"
        "a = SUM(X[D!]) + X[B] + VMAX(X[D!]) ~~|"
    ),
    "macro": (
        ":MACRO: GROW(rate, start)\nGROW = INTEG(GROW * rate, start) ~~|\n:END OF MACRO:\n"
        "a = GROW(0.1, 3) + GROW(S / 10, 1) ~~|"
    ),
    "initial": "b = INITIAL(S + 3) ~~|\na = ACTIVE INITIAL(b + S, 10) ~~|",
}


def compare(model: Model, path: Path) -> int:
    """Compare all series without subscripts that both engines have; return their number."""
    table = simlin.load(str(path)).run(analyze_loops=False).results
    columns = {key(name): name for name in table.columns if "[" not in name}
    run = model.run(engine="kernel")
    shared = [name for name in run if run[name].ndim == 1 and key(str(name)) in columns]
    for name in shared:
        expected = table[columns[key(str(name))]].to_numpy()
        scale = np.abs(expected).max()
        np.testing.assert_allclose(
            run[name].values, expected, rtol=1e-9, atol=1e-12 * scale, err_msg=str(name)
        )
    return len(shared)


@pytest.mark.parametrize("feature", FEATURES)
def test_features(inline_model: InlineModel, feature: str) -> None:
    model = inline_model(f"{FEATURES[feature]}\nS = INTEG(0.15 * S, 1) ~~|")
    path = model.graph.source.path
    path.write_text("{UTF-8}\n" + re.sub(r"~~\|", "\n~\n~\n|", path.read_text()))
    assert compare(model, path) >= 2


@pytest.mark.parametrize(
    ("name", "least"),
    [("rd_investment", 25), ("guidance_fund", 25), ("industrial_output", 25), ("foshan", 25)],
)
def test_models(name: str, least: int) -> None:
    assert compare(load(MODELS / name), MODELS / name / f"{name}.mdl") >= least
