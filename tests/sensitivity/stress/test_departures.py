"""Each shock and each lever alone: what is run, and what is said to be moved most."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model
from sensitivity.stress.departures import Departures, departures
from sensitivity.stress.futures import Futures
from tests.sensitivity.stress.small_city import small_city


@pytest.fixture(scope="module")
def found(city: Model) -> Departures:
    return departures(city, Futures(city.spec, 2))


def test_base_case_is_a_run_with_nothing_set(found: Departures) -> None:
    run = found.model.run(save_step=found.model.spec.model.save_step)
    quantity = found.quantities[0]
    assert found.base[quantity.name] == pytest.approx(run["output"].values)
    assert found.times == pytest.approx(run["time"].values)


def test_shocks_are_of_middling_size(found: Departures) -> None:
    assert [each.name for each in found.stresses] == ["slump", "levy", "both"]
    middling = {"slump start": 2028.5, "demand depth": 0.25, "slump hold": 1.25,
                "slump recovery": 1.75}  # fmt: skip
    run = found.model.run(middling, save_step=found.model.spec.model.save_step)
    quantity = found.quantities[0]
    assert found.shocks[quantity.name][0] == pytest.approx(run["output"].values)


def test_levers_go_to_their_bounds_one_at_a_time(found: Departures) -> None:
    quantity, step = found.quantities[0], found.model.spec.model.save_step
    for row, lever in enumerate(found.levers):
        for end, courses in enumerate((found.low, found.high)):
            run = found.model.run({lever.setting: lever.bounds[end]}, save_step=step)
            assert courses[quantity.name][row] == pytest.approx(run["output"].values)


def test_changes_are_shares_of_the_base_case(found: Departures) -> None:
    name = found.quantities[0].name
    away = found.relative(found.shocks, name)[0]
    assert away == pytest.approx(found.shocks[name][0] / found.base[name] - 1)
    before = found.times < 2028
    assert np.abs(away[before]).max() == 0
    assert away.min() < -0.01


def test_what_is_moved_most_is_the_largest_share_at_any_time(found: Departures) -> None:
    quantity, share = found.most_moved(found.shocks, 0)
    largest = {
        each.name: np.abs(found.relative(found.shocks, each.name)[0]).max()
        for each in found.quantities if (found.base[each.name] > 0).all()
    }  # fmt: skip
    assert quantity.name == max(largest, key=lambda name: float(largest[name]))
    assert abs(share) == pytest.approx(largest[quantity.name])
    other, _ = found.most_moved(found.shocks, 0, quantity.name)
    assert other.name != quantity.name


def test_shocks_that_start_together_start_with_the_first(tmp_path: Path) -> None:
    model = small_city(tmp_path)
    both = departures(model, Futures(model.spec, 2))
    name, step = both.quantities[0].name, model.spec.model.save_step
    together = {"slump start": 2028.5, "demand depth": 0.25, "slump hold": 1.25,
                "slump recovery": 1.75, "levy start": 2028.5, "levy depth": 0.3,
                "levy hold": 2.5}  # fmt: skip
    run = model.run(together, save_step=step)
    assert both.shocks[name][2] == pytest.approx(run["output"].values)


def test_what_moves_from_zero_has_no_share_but_is_named(found: Departures) -> None:
    still = {name: np.zeros_like(values) for name, values in found.base.items()}
    runs = {name: np.zeros((1, len(found.times))) for name in found.base}
    empty = replace(found, base=still, high=runs)
    assert empty.moved_from_zero(runs, 0) is None
    runs["aid"][0, -1] = 1e-3
    moved = empty.moved_from_zero(runs, 0)
    assert moved is not None and moved.name == "aid"
    assert empty.moved_from_zero(runs, 0, but="aid") is None
