"""The city model, compiled once for all of its tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from pysd_runner import Model, load
from pysd_runner.model.constants import constant_value
from pysd_runner.names import key
from sensitivity.sampling import factors_of
from tests.models.folder import MODELS

Settings = Mapping[str, float]
Runs = Callable[..., xr.Dataset]

BREAKERS = ("Fund", "Loans", "Overcapacity", "Budget", "Crowding", "Insurance", "Supply")
SHOCKS = ("demand collapse", "export loss", "embargo", "input interruption", "credit crunch",
          "exit freeze", "write off wave", "budget cut", "policy delay", "talent outflow",
          "technology leap")  # fmt: skip

SETTINGS = (
    "additionality at zero", "alignment feedback", "base appropriation", "base cool down",
    "claim rate", "escalation",
    "future city obsolescence", "future obsolescence factor",
    "future outside equity factor", "gene renewal", "leaping rivals",
    "growth extrapolation[NEV]", "initial import share[HEM]", "outside equity share[SHA]",
    "policy sunset[capacity aid]", "policy sunset[grants]", "probation",
    "demand shock weight[HEM]", "demand shock weight[SHA]",
    *(f"{what}[{name}]" for what in ("breaker enabled", "trip threshold", "reset threshold")
      for name in BREAKERS),
    *(f"shock {part}[{name}]" for part in ("depth", "hold", "recovery", "start")
      for name in SHOCKS),
    *(f"switch R{number}" for number in range(1, 10)),
    *(f"switch B{number}" for number in range(1, 11)),
)  # fmt: skip
"""Constants that some test sets, besides all levers: one set of inputs, so that one machine code
serves all tests."""

OUTPUTS = (
    "Bank Loans", "Closed", "Covered Share", "Critical Inventory", "Field Weight", "Firm Cash",
    "Half Open", "High Tech Firms", "Knowledge Stock", "Open", "Published Indicator",
    "Research Staff", "Throttle State", "Time Open", "Trips", "aid wish", "appropriation",
    "capacity", "capital orders", "city digital adoption", "city gross output",
    "city value added", "city value added rate", "default share", "demand",
    "distributed multiple", "emissions", "fit", "funding limit", "fundraising",
    "government distribution", "grants received", "import dependence", "indicator", "lapse",
    "local supply", "need share", "localisation outlay", "net asset value", "new ip loans",
    "operating limit", "outside equity", "own research", "paid ratio", "payment",
    "process efficiency", "production",
    "public outlay", "reported research", "request", "research spending", "revenue",
    "shock force", "spending share", "throttle", "time to survive", "total request",
    "total value multiple", "utilisation", "value added",
)  # fmt: skip


@pytest.fixture(scope="package")
def model() -> Model:
    return load(MODELS / "foshan")


@pytest.fixture(scope="package")
def runs(model: Model) -> Runs:
    """Return a function that makes one run for each set of settings."""
    levers = [lever.setting for lever in model.spec.levers.values()]
    levers.remove("breaker enabled")
    own = {name: own_value(model, name) for name in (*SETTINGS, *levers)}

    def make(*settings: Settings) -> xr.Dataset:
        unknown = {name for each in settings for name in each} - set(own)
        assert not unknown, f"add to SETTINGS: {unknown}"
        columns = {
            name: np.array([each.get(name, value) for each in settings])
            for name, value in own.items()
        }
        found = model.batch(columns, OUTPUTS, save_step=0.25, workers=1)
        assert (found["status"] == "ok").all(), found["status"].values
        return found

    return make


def joint_draws(model: Model, count: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Draw all levers, uncertainties and shocks at once, each shock in every third run."""
    random = np.random.default_rng(seed)
    inputs = {
        factor.setting: factor.quantile(random.random(count)) for factor in factors_of(model.spec)
    }
    for shock in model.spec.shocks.values():
        for part, draw in shock.draws.items():
            values = random.uniform(*draw.bounds, count)
            strikes = random.random(count) < 1 / 3
            inputs[draw.setting] = np.where(
                strikes, values, draw.base if part == "depth" else values
            )
    return inputs


def own_value(model: Model, name: str) -> float:
    bare, _, element = name.rstrip("]").partition("[")
    value = constant_value(model.graph, bare, (key(element),) if element else ())
    assert value is not None, name
    return value


@pytest.fixture(scope="package")
def base(runs: Runs) -> xr.Dataset:
    return runs({}).isel(run=0)
