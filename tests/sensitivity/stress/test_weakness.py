"""Where the base policy fails, in a city of which that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysd_runner import Model
from pysd_runner.errors import DesignError
from sensitivity.stress.futures import Futures, Stress, stress_of
from sensitivity.stress.weakness import find_weakness, labels_of
from tests.sensitivity.stress.small_city import SPEC, small_city


def test_deep_slumps_and_budget_cuts_exhaust_the_reserve(city: Model) -> None:
    both = stress_of(city.spec, "both")
    found = find_weakness(city, both, {"breaker on": 0}, "output", {"output": 80}, draws=1024)
    said = found.interest.replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Output in 2040 below 80 million CNY/yr"
    assert {"slump: depth", "levy: depth"} <= set(found.found.box.restricted)
    assert found.found.box.ranges["levy: depth"][0] > 0.2
    assert found.found.score.density > found.found.cases.density + 0.3
    assert found.tree.accuracy > found.tree.guessing
    assert (found.runs, found.lost) == (1024, 0)


def test_where_nearly_all_or_none_fail_the_worst_tenth_is_searched(city: Model) -> None:
    calm = Stress("none", "no shock")
    found = find_weakness(city, calm, {}, "output", {"output": 10}, draws=256)
    assert found.interest == "worst tenth by Output in 2040"
    assert found.found.cases.density == pytest.approx(0.1, abs=0.01)
    # Without a shock, output follows demand.
    assert found.found.box.restricted[0] == "growth"


def test_too_few_futures_are_refused(city: Model) -> None:
    with pytest.raises(DesignError, match="at least 20"):
        find_weakness(city, Stress("none", "calm"), {}, "output", {}, draws=64)


def test_factors_are_labelled_with_the_unit_of_time(city: Model) -> None:
    labels = labels_of(city, stress_of(city.spec, "levy"))
    assert labels["growth"] == "Growth of demand"
    assert labels["levy: hold"] == "Budget cut, hold [yr]"
    assert labels["levy: depth"] == "Budget cut, depth"


def test_discrete_uncertainties_are_searched_as_categories(tmp_path: Path) -> None:
    discrete = SPEC.replace('distribution = "uniform"\nbounds = [0, 0.03]',
                            'distribution = "discrete"\nvalues = [0.0, 0.02, 0.03]')  # fmt: skip
    city = small_city(tmp_path, discrete)
    table = Futures(city.spec, 64).table(Stress("none", "calm"))
    assert set(table["growth"]) == {"0", "0.02", "0.03"}
    found = find_weakness(city, Stress("none", "calm"), {}, "output", {"output": 110}, draws=256)
    assert found.found.box.among == {"growth": frozenset({"0"})}
