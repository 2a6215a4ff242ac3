"""Loops under a policy: gains with all loops closed and with each one cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.stress.carried import carried
from sensitivity.stress.futures import CALM, Futures, Stress
from sensitivity.stress.trial import BASE, Trial, policies_of
from tests.sensitivity.stress.small_city import SPEC, small_city


def test_gains_are_ratios_of_means_with_the_same_loops(tmp_path: Path) -> None:
    city = small_city(tmp_path)
    found = carried(city, 16, "generous", "output", seed=2)
    futures, settings = Futures(city.spec, 16, 2), policies_of(city.spec)

    def mean(policy: str, switch: float = 1.0) -> float:
        given = {**settings[policy], "switch R1": switch}
        runs = Trial(city, futures).run(Stress(CALM, ""), given)
        return float(runs["output"].isel(time=-1).mean())

    assert found.gain == pytest.approx(mean("generous") / mean(BASE) - 1)
    without = mean("generous", switch=0.0) / mean(BASE, switch=0.0) - 1
    assert found.table.loc["R1", "without"] == pytest.approx(without)
    assert found.table.loc["R1", "estimate"] == pytest.approx(found.gain - without)
    assert (found.table["low"] <= found.table["estimate"]).all()
    assert (found.table["estimate"] <= found.table["high"]).all()
    assert found.runs == 16 * 2 * 3
    assert np.isfinite(found.table.to_numpy()).all()


def test_a_loss_has_no_gain(tmp_path: Path) -> None:
    spec = SPEC.replace('variable = "output"\nreduction', 'expression = "-output"\nreduction')
    with pytest.raises(DesignError, match="'output' has no mean above zero"):
        carried(small_city(tmp_path, spec), 16, "generous", "output")
