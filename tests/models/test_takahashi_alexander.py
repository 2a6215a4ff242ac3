"""The chain of stages against a fund of vintages, the standard of private equity.

The models use a chain of exponential stages, since a schedule by age needs one stock a vintage and
year. The schedule is here, in Python, as the reference.

References
----------
Takahashi, D. and Alexander, S. (2002). Illiquid alternative asset fund modeling. Journal of
Portfolio Management 28(2), 90-100: contributions eq. 1, net asset value eq. 4, distributions
eqs. 2 and 3, with yearly steps and no yield.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from pysd_runner import load
from tests.models.folder import MODELS

LIFE = 12
"""Years of the fund."""
BOW = 2.5
"""Exponent of the distribution rate: above one, most comes late."""
GROWTH = 0.13
"""Yearly growth of what is held."""
CALLS = (0.25, 0.33, 0.5)
"""Shares of what is not yet called, by year; the last holds for all later years."""
STAGES = ("seed", "growth", "exit")


@dataclass(frozen=True, slots=True)
class Vintage:
    """Yearly cash of one vintage; arrays of shape (LIFE,), as shares of the commitment."""

    called: NDArray[np.float64]
    held: NDArray[np.float64]
    distributed: NDArray[np.float64]

    @property
    def multiple(self) -> NDArray[np.float64]:
        """Distributed to paid-in at the end of each year."""
        return np.asarray(self.distributed.cumsum() / self.called.cumsum())


def schedule(growth: float = GROWTH) -> Vintage:
    uncalled, held = 1.0, 0.0
    rows = []
    for year in range(1, LIFE + 1):
        call = CALLS[min(year, len(CALLS)) - 1] * uncalled
        uncalled -= call
        grown = held * (1 + growth)
        paid = (year / LIFE) ** BOW * grown
        held = grown - paid + call
        rows.append((call, held, paid))
    called, values, distributed = np.array(rows).T
    return Vintage(called, values, distributed)


@pytest.fixture(scope="module")
def chain() -> xr.Dataset:
    """Return one vintage in three stages that grow as the schedule's and end at its multiple."""
    stay = (1 - float(schedule().multiple[-1]) ** (-1 / len(STAGES))) / GROWTH
    settings = {"fund commitment": 0.0, "initial government uncalled": 500.0,
                "initial social uncalled": 500.0, "fee share": 0.0, "recycled share": 0.0,
                "early stage share": 1.0, "deployment time": 0.25}  # fmt: skip
    for stage in STAGES:
        settings |= {f"{stage} gain rate": GROWTH, f"{stage} loss rate": 0.0,
                     f"{stage} time": stay}  # fmt: skip
    names = ["distributed multiple", "Seed Value", "Growth Value", "Exit Value"]
    return load(MODELS / "guidance_fund").run(settings, names, final_time=100.0, save_step=0.25)


def test_the_schedule_gives_the_published_shape() -> None:
    fund = schedule()
    assert fund.multiple[-1] == pytest.approx(1.880, abs=5e-4)
    assert int(fund.held.argmax()) + 1 == 5
    assert float(fund.held.max()) == pytest.approx(1.067, abs=5e-4)
    assert fund.held[-1] < 1e-3  # nothing but the last call is left at the end


def test_without_growth_what_goes_in_comes_out() -> None:
    fund = schedule(growth=0.0)
    assert fund.distributed.sum() + fund.held[-1] == pytest.approx(fund.called.sum(), rel=1e-12)


def test_the_chain_ends_at_the_multiple_of_the_schedule(chain: xr.Dataset) -> None:
    """Erlang chain: the final multiple is the product of its stages, whatever the calls."""
    final = float(chain["distributed multiple"][-1])
    assert final == pytest.approx(float(schedule().multiple[-1]), rel=1e-5)


def test_the_chain_breaks_even_when_the_schedule_does(chain: xr.Dataset) -> None:
    years = np.arange(1, LIFE + 1)
    vintage = float(np.interp(1.0, schedule().multiple, years))
    paid = chain["distributed multiple"].values
    stages = float(np.interp(1.0, paid, chain["time"].values))
    assert stages == pytest.approx(vintage, abs=0.5)


def test_both_hold_most_in_the_fifth_year(chain: xr.Dataset) -> None:
    held = chain["Seed Value"] + chain["Growth Value"] + chain["Exit Value"]
    assert float(held.idxmax("time")) == pytest.approx(5.0, abs=1.0)


def test_the_chain_pays_earlier_and_later_than_the_schedule(chain: xr.Dataset) -> None:
    """What a chain cannot do: nothing before the third year, all by the twelfth."""
    multiple = schedule().multiple
    paid = [float(chain["distributed multiple"].sel(time=float(year))) for year in (4, LIFE)]
    assert paid[0] > multiple[3]
    assert paid[1] < multiple[-1]
    assert paid[1] > 0.8 * multiple[-1]


def test_a_schedule_is_no_hazard() -> None:
    """The yearly rate (t/L)^B taken as a rate in continuous time leaves a ninth in the fund."""
    steps = 200_000
    step = LIFE / steps
    uncalled, held, paid, called = 1.0, 0.0, 0.0, 0.0
    for number in range(steps):
        year = number * step
        rate = -math.log(1 - CALLS[min(int(year), 2)])
        call = rate * uncalled * step
        out = (year / LIFE) ** BOW * held * step
        uncalled, called, paid = uncalled - call, called + call, paid + out
        held += math.log1p(GROWTH) * held * step + call - out
    assert held / called > 0.1
    assert abs(paid / called - float(schedule().multiple[-1])) > 0.05
