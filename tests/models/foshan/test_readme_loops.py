"""What the README says of cut loops, of the capability trap, of the fund and of first purchases."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from pysd_runner import Model
from sensitivity.sampling import factors_of
from tests.models.foshan.conftest import Runs
from tests.models.foshan.test_loops import NAMES
from tests.models.foshan.test_readme import by_size, stated, text


def test_what_a_cut_loop_moves(runs: Runs) -> None:
    found = runs({}, *({f"switch {name}": 0.0} for name in NAMES)).isel(time=-1)
    city = found["city value added"].values
    hydrogen = found["value added"].sel(industry="HYD").values
    rows = re.findall(r"^\| ([RB]\d+) \| [^|]* \| ([^|]*) \| ([^|]*) \|$", text(), re.MULTILINE)
    assert [name for name, *_ in rows] == NAMES
    for row, (name, *shown) in enumerate(rows, start=1):
        moved = [by_size(float(value[row] / value[0] - 1)) for value in (city, hydrogen)]
        assert shown == moved, name


def test_what_paying_for_research_does_where_cash_is_short(runs: Runs) -> None:
    (low,) = stated(r"so that outsiders pay the research that cash cannot, at (\d+) per cent")
    kept, cut = stated(r"usual equity it lifts hydrogen from (\d+) to (\d+) per cent")
    poor = {"future outside equity factor": 0.45}
    less = {"future outside equity factor": 0.75}
    open_loop = {"switch R9": 0.0}
    found = runs({}, poor | open_loop, less, less | open_loop)
    value = found["value added"].sel(industry="HYD").isel(time=-1).values
    assert 100 * value[1:] / value[0] == pytest.approx([low, kept, cut], abs=0.6)


def test_what_the_fund_brings(runs: Runs) -> None:
    none, robots, city = stated(
        r"without it hydrogen is ([\d.]+) per cent smaller in 2035\. Ten times as large it brings "
        r"hydrogen a tenth, robots ([\d.]+) per cent, the city (\d+) per cent"
    )
    slack = {"switch B8": 0.0}
    large = slack | {"fund commitment": 3000.0}
    found = runs({}, {"fund commitment": 0.0}, slack, large).sel(time=2035.0)
    value = found["value added"]
    total = found["city value added"].values
    assert 1 - float(value[1, 2] / value[0, 2]) == pytest.approx(none / 100, abs=6e-4)
    gain = (value[3] / value[2] - 1).sel(industry=["HYD", "ROB"]).values
    assert gain == pytest.approx([0.1, robots / 100], abs=6e-3)
    assert total[3] / total[2] - 1 == pytest.approx(city / 100, abs=5e-3)


def test_what_public_buyers_spend_on_first_purchases(model: Model) -> None:
    spent, gained = stated(
        r"they spend about five times what the line pays, (\d+) billion yuan more in present "
        r"value than in the base case, for (\d+) billion"
    )
    outputs = ["purchase value", "payment", "discount factor", "Discounted Value Added",
               "paid ratio"]  # fmt: skip
    inputs = {"switch B8": np.zeros(2), "first purchase share": np.array([0.002, 0.02])}
    found = model.batch(inputs, outputs, save_step=0.0625)
    paid = found["purchase value"].sum("industry") * found["paid ratio"].sel(
        programme="first purchase"
    )
    line = found["payment"].sel(programme="first purchase")
    assert float((paid / line)[1, -1]) == pytest.approx(5.0)
    more = (paid * found["discount factor"])[:, :-1].sum("time").diff("run") * 0.0625
    value = found["Discounted Value Added"][:, -1].diff("run")
    assert more.item() / 1000 == pytest.approx(spent, abs=0.6)
    assert value.item() / 1000 == pytest.approx(gained, abs=0.6)


def test_how_much_of_the_variance_the_levers_explain(model: Model) -> None:
    """Total share of all levers at once: both draws share the uncertainties."""
    assert "explain less than a tenth of the variance of value added in 2035" in text()
    assert "about a tenth of that of hydrogen" in text()
    random = np.random.default_rng(7)

    def draw(names: list[str]) -> dict[str, NDArray[np.float64]]:
        return {f.setting: f.quantile(random.random(2048)) for f in factors_of(model.spec, names)}

    unknown, levers = list(model.spec.uncertainties), list(model.spec.levers)
    future = draw(unknown)
    one, other = (model.outcomes({**future, **draw(levers)}) for _ in range(2))
    share = {
        name: float(((one[name] - other[name]) ** 2).mean() / 2 / one[name].var())
        for name in ("value_added_2035", "hydrogen_2035", "supply_gap", "mastery_2035", "outlay")
    }
    assert share["value_added_2035"] < 0.1
    assert share["hydrogen_2035"] == pytest.approx(1 / 10, abs=0.03)
    assert min(share[name] for name in ("supply_gap", "mastery_2035")) > 0.7
    assert share["outlay"] > 0.55


def test_why_loops_of_loans_and_of_staff_are_nearly_silent(model: Model) -> None:
    outputs = ["city value added", "pool room", "appraisal time", "ip loan wish", "staff needed",
               "Research Staff", "Discounted Outlay"]  # fmt: skip
    settings = {
        "pool injection": [30.0, 200.0, 30.0, 200.0, 30.0, 30.0, 30.0, 30.0],
        "service cover[ip services]": [0.3, 0.3, 1.0, 1.0, 0.3, 0.3, 0.3, 0.3],
        "grant rate": [0.04, 0.04, 0.04, 0.04, 0.4, 0.4, 0.04, 0.04],
        "shock depth[talent outflow]": [0, 0, 0, 0, 0, 0, 0.125, 0.125],
        "switch B2": [1, 1, 1, 1, 1, 0, 1, 0],
        "switch B8": [0] * 8,
    }
    inputs = {name: np.array(values, float) for name, values in settings.items()}
    found = model.batch(inputs, outputs, save_step=0.25)
    late = found.sel(time=2035.0)
    value = late["city value added"].values
    gain = value / value[0] - 1
    (both,) = stated(r"both at full extent bring ([\d.]+) per cent of value added, a half more")
    assert 100 * gain[3] == pytest.approx(both, abs=0.06)
    assert gain[3] / (gain[1] + gain[2]) == pytest.approx(1.5, abs=0.15)
    backed = late["pool room"] / late["appraisal time"] / late["ip loan wish"].sum("industry")
    assert "the pool can back a third of what firms and banks would agree on" in text()
    assert float(backed[0]) == pytest.approx(1 / 3, abs=0.04)
    assert float(backed[2]) < 1 < float(backed[1])
    assert "a slack of one to ten per cent of their staff" in text()
    slack = 1 - (late["staff needed"] / late["Research Staff"]).isel(run=0)
    assert 0.005 < float(slack.min()) < float(slack.max()) < 0.12
    assert "all of what S10 takes, and a fifteenth of what L1 brings" in text()
    assert (gain[5] - gain[4]) / gain[4] == pytest.approx(1 / 15, abs=0.01)
    assert abs(gain[7]) < 0.05 * abs(gain[6])
