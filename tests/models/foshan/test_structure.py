"""How the file is built: sectors of a size that one reads, levers with a beginning and an end."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.names import key
from pysd_runner.spec.schema import Lever
from tests.models.foshan.conftest import SHOCKS, Runs

APART = {"P Policy levers", "S Shocks", "S Loop switches", "Start", "Control"}
"""Groups whose equations are levers, shocks, switches and initial values: not counted."""

PHASES = {key("policy phase"), key("rule phase")}


def variable_of(lever: Lever) -> str:
    return key(lever.setting.partition("[")[0])


def named(cell: object) -> set[str]:
    """Split a cell of the table of variables that lists names."""
    return set(str(cell).split(", ")) - {""}


def test_no_sector_has_more_than_45_equations(model: Model) -> None:
    counts = Counter(
        v.group for v in model.graph.of_kind("stock", "flow", "auxiliary")
        if v.group not in APART and not v.is_internal
    )  # fmt: skip
    assert max(counts.values()) <= 45, counts
    letters = {group[0] for group in counts}
    assert letters == set("ABCDEFGHIJK")


def test_six_industries_and_what_they_are_called(model: Model) -> None:
    assert model.graph.ranges["industry"].elements == ("SHA", "HEM", "HYD", "ROB", "NEV", "OSE")


def test_every_lever_works_through_a_phase_with_start_ramp_and_sunset(model: Model) -> None:
    """What reads a lever reads a phase too, and a phase reads start, ramp and sunset."""
    graph, table = model.graph, model.describe()
    for phase in ("policy", "rule"):
        assert {f"{phase} {part}" for part in ("start", "ramp", "sunset")} <= named(
            table.loc[f"{phase} phase", "uses"]
        )
    for lever in model.spec.levers.values():
        name = graph[variable_of(lever)].name
        readers = named(table.loc[name, "used by"])
        assert readers, name
        for reader in readers:
            uses = {key(each) for each in named(table.loc[reader, "uses"])}
            assert uses & PHASES, f"'{reader}' reads lever '{name}' and no phase"


def test_a_lever_that_starts_after_the_horizon_does_nothing(model: Model) -> None:
    levers = list(model.spec.levers.values())
    bounds = [(lever.setting, bound) for lever in levers for bound in lever.bounds]
    never = {"policy start": 2050.0, "rule start": 2050.0}
    columns = {
        lever.setting: np.array([lever.base, *(
            bound if name == lever.setting else lever.base for name, bound in bounds
        )])
        for lever in levers
    }  # fmt: skip
    count = len(bounds) + 1
    columns |= {name: np.full(count, value) for name, value in never.items()}
    names = ["city value added", "public outlay", "Knowledge Stock", "distributed multiple",
             "supply gap", "emissions", "throttle"]  # fmt: skip
    found = model.batch(columns, names, save_step=1.0, workers=1)
    assert (found["status"] == "ok").all()
    for name in names:
        values = found[name].values
        assert np.array_equal(values, np.broadcast_to(values[:1], values.shape)), name


@pytest.mark.parametrize("shock", SHOCKS)
def test_a_shock_has_a_start_a_depth_a_hold_and_a_recovery(runs: Runs, shock: str) -> None:
    one = {f"shock depth[{shock}]": 0.5, f"shock start[{shock}]": 2030.0,
           f"shock hold[{shock}]": 2.0, f"shock recovery[{shock}]": 1.0}  # fmt: skip
    longer, slower = {f"shock hold[{shock}]": 3.0}, {f"shock recovery[{shock}]": 3.0}
    force = runs(one, one | longer, one | slower)["shock force"].sel(shock=shock)
    assert float(abs(force.sel(time=slice(2015.0, 2030.0))).max()) == 0.0
    assert force.sel(time=2030.25).values == pytest.approx(0.5, rel=1e-12)
    assert force.sel(time=2032.25).values == pytest.approx(0.5, rel=1e-12)
    faded = 0.5 * np.exp(-1.0)
    assert force.sel(time=2033.25).values == pytest.approx(
        [faded, 0.5, 0.5 * np.exp(-1 / 3)], rel=1e-9
    )
    others = runs(one)["shock force"].drop_sel(shock=shock)
    assert float(abs(others).max()) == 0.0
