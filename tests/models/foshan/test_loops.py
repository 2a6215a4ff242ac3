"""Nineteen loops, each of which can be cut."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.model.constants import constant_value
from tests.models.foshan.conftest import Runs

NAMES = [f"R{n}" for n in range(1, 10)] + [f"B{n}" for n in range(1, 11)]
STRESS = {"shock depth[demand collapse]": 0.3, "shock depth[credit crunch]": 0.5,
          "shock depth[budget cut]": 0.4, "shock depth[write off wave]": 2.0,
          "breaker enabled[Fund]": 1.0, "future outside equity factor": 0.7,
          "grant rate": 0.1, "service cover[ip services]": 0.6,
          "service cover[guidance]": 0.6}  # fmt: skip


@pytest.fixture(scope="module")
def cut(runs: Runs) -> xr.Dataset:
    """A run under stress, and the same with each loop cut."""
    found = runs(STRESS, *(STRESS | {f"switch {name}": 0.0} for name in NAMES))
    return found.assign_coords(run=["none", *NAMES])


def test_every_loop_of_the_brief_is_listed(model: Model) -> None:
    assert list(model.spec.loops) == NAMES
    kinds = {name: loop.kind for name, loop in model.spec.loops.items()}
    assert all(kinds[name] == "reinforcing" for name in NAMES if name[0] == "R")
    assert all(kinds[name] == "balancing" for name in NAMES if name[0] == "B")


def test_every_switch_is_one_in_the_file(model: Model) -> None:
    assert all(constant_value(model.graph, f"switch {name}") == 1.0 for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_cutting_a_loop_changes_something(cut: xr.Dataset, name: str) -> None:
    moved = max(
        float(abs(cut[variable].sel(run=name) - cut[variable].sel(run="none")).max())
        / float(abs(cut[variable].sel(run="none")).max())
        for variable in ("value added", "new ip loans", "net asset value", "throttle")
    )
    assert moved > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_cutting_a_loop_leaves_the_books_of_firms_in_order(cut: xr.Dataset, name: str) -> None:
    run = cut.sel(run=name)
    assert float(run["Firm Cash"].min()) >= 0
    assert bool(np.isfinite(run["value added"]).all())


def test_reinforcing_loops_of_knowledge_and_tax_help_growth(cut: xr.Dataset) -> None:
    value = cut["city value added"].isel(time=-1)
    assert float(value.sel(run="R1")) < float(value.sel(run="none"))


def test_balancing_loops_hold_growth_back(cut: xr.Dataset) -> None:
    value = cut["city value added"].isel(time=-1)
    for name in ("B1", "B3", "B6", "B10"):
        assert float(value.sel(run=name)) > float(value.sel(run="none")), name


def test_a_budget_without_limit_pays_every_request(cut: xr.Dataset) -> None:
    run = cut.sel(run="B8")
    assert float((run["public outlay"] / run["total request"]).min()) > 1 - 1e-9
