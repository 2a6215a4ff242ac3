"""How far the effect of each lever lies in the dark, as the README shows it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner import Model
from sensitivity.sampling import factors_of
from tests.models.foshan.test_readme import signed, stated, table, text

FUTURES = 256


@pytest.fixture(scope="module")
def gains(model: Model) -> pd.DataFrame:
    """Relative change of value added in 2035, by future (rows) and lever (L20: the lower bound).

    Each lever at its upper bound, alone, with a budget without limit.
    """
    random = np.random.default_rng(3)
    unknown = factors_of(model.spec, list(model.spec.uncertainties))
    inputs = {factor.setting: factor.quantile(random.random(FUTURES)) for factor in unknown}
    inputs["switch B8"] = np.zeros(FUTURES)
    levers = [lever for lever in model.spec.levers.values() if lever.code.lstrip("L").isdigit()]
    columns = {name: np.tile(values, 1 + len(levers)) for name, values in inputs.items()}
    for number, lever in enumerate(levers, start=1):
        moved = np.full((1 + len(levers), FUTURES), lever.base)
        moved[number] = lever.bounds[0] if lever.code == "L20" else lever.bounds[1]
        columns[lever.setting] = moved.ravel()
    value = model.outcomes(columns)["value_added_2035"].to_numpy().reshape(-1, FUTURES)
    return pd.DataFrame((value[1:] / value[0] - 1).T, columns=[lever.code for lever in levers])


def test_the_range_of_each_lever(gains: pd.DataFrame) -> None:
    for code, values in gains.items():
        low, high = (signed(end).removesuffix(" %") for end in values.quantile([0.05, 0.95]))
        assert table("L")[str(code)][-2] == f"{low} … {high}", code


def test_which_levers_may_do_harm(gains: pd.DataFrame) -> None:
    fails, testing = stated(
        r"L16 and L18 fail to raise value added in (\d+) per cent of these futures, L17 in (\d+)"
    )
    share = (100 * (gains <= 0).mean()).round()
    assert share[["L16", "L18"]].to_numpy() == pytest.approx(fails, abs=3)
    assert share["L17"] == pytest.approx(testing, abs=3)
    assert "L3, L20 and L21 leave it where it is" in text()
    assert (gains[["L20", "L21"]].median().abs() < 5e-4).all()
    assert abs(gains["L3"].median()) < 5e-4
    sure = gains.drop(columns=["L3", "L4", "L5", "L15", "L16", "L17", "L18", "L20", "L21", "L22"])
    assert (sure > 0).mean().min() > 0.97
