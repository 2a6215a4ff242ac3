"""Nothing is created or lost, whatever happens."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.check.conservation import conserved_outputs, residual
from pysd_runner.spec.checks import Checks, read_checks
from tests.models.folder import MODELS
from tests.models.foshan.conftest import joint_draws

STRESS = {"shock depth[demand collapse]": 0.4, "shock depth[credit crunch]": 0.7,
          "shock depth[budget cut]": 0.5, "shock depth[write off wave]": 2.0,
          "shock depth[embargo]": 0.6}  # fmt: skip


@pytest.fixture(scope="module")
def checks(model: Model) -> Checks:
    return read_checks(MODELS / "foshan" / "checks.toml", model.graph)


@pytest.fixture(scope="module")
def stressed(model: Model, checks: Checks) -> xr.Dataset:
    """Four runs with everything moved at once and a stress on top, every step saved."""
    inputs = joint_draws(model, 4, seed=3)
    inputs |= {name: np.full(4, depth) for name, depth in STRESS.items()}
    names = {name for rule in checks.conservation.values()
             for name in conserved_outputs(model.graph, rule)} | {"Field Weight"}  # fmt: skip
    return model.batch(inputs, sorted(names), save_step=model.time_grid().time_step, workers=1)


def test_what_is_conserved_is_listed(checks: Checks) -> None:
    assert set(checks.conservation) == {
        "cash", "valuation", "ip_loans", "bank_loans", "goods", "orders", "capital", "inputs",
        "firms", "products", "breaker_states",
    }  # fmt: skip


@pytest.mark.parametrize("number", range(4))
def test_nothing_is_created_or_lost(
    model: Model, checks: Checks, stressed: xr.Dataset, number: int
) -> None:
    for rule in checks.conservation.values():
        found = residual(model.graph, rule, stressed.isel(run=number))
        assert found.passed, found


def test_a_breaker_is_in_one_state(stressed: xr.Dataset) -> None:
    states = [stressed[name] for name in ("Closed", "Open", "Half Open")]
    assert (sum(states) == 1).all()
    assert all(np.isin(state, (0.0, 1.0)).all() for state in states)


def test_weights_of_the_fields_add_to_one(stressed: xr.Dataset) -> None:
    assert np.allclose(stressed["Field Weight"].sum("field"), 1.0, rtol=0, atol=1e-12)
    assert float(stressed["Field Weight"].min()) > 0


def test_what_is_taken_from_the_budget_is_what_the_programmes_get(model: Model) -> None:
    names = ["government call", "pool payment", "premium support", "service payment",
             "sandbox payment", "aid awarded", "scenario payment", "purchase support"]  # fmt: skip
    run = model.run({"budget multiplier": 0.5}, [*names, "public outlay"], save_step=1.0)
    paid = sum(run[name].sum([d for d in run[name].dims if d != "time"]) for name in names)
    assert paid.values == pytest.approx(run["public outlay"].values, rel=1e-12)
