from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pysd_runner import Model
from pysd_runner.errors import ModelError
from tests.pysd_runner.model.xmile.text import REGIONS, by_simlin, flow, stock, xmile

XmileModel = Callable[[str], Model]
RunXmile = Callable[[str], xr.Dataset]


def conveyor(start: str, inside: str, extra: str = "", attributes: str = "") -> str:
    """Return a conveyor that ``into`` fills and ``out`` leaves."""
    flows = "<inflow>into</inflow><outflow>out</outflow>"
    return f'<stock name="belt"><eqn>{start}</eqn>{flows}{extra}' \
        f"<conveyor{attributes}>{inside}</conveyor></stock>"  # fmt: skip


@pytest.mark.parametrize(
    ("start", "time"), [("100", "2"), ("100", "1.2"), ("50", "0.1"), ("k * 2", "k"), ("0", "9")]
)
def test_what_comes_in_goes_out_after_the_transit_time(
    start: str, time: str, run_xmile: RunXmile, tmp_path: Path
) -> None:
    text = "\n".join(
        [
            conveyor(start, f"<len>{time}</len>", "<non_negative/>"),
            flow("into", "10 + TIME"),
            '<flow name="out"/>',
            stock("end", "0", "out"),
            "k = 1.5",
        ]
    )
    found = run_xmile(xmile(text, stop=4, dt=0.5))
    wanted = by_simlin(tmp_path / "inline.xmile")
    for name in ("belt", "out", "end"):
        np.testing.assert_allclose(found[name].values, wanted[name], rtol=1e-12, err_msg=name)


def test_nothing_is_lost_on_a_conveyor(run_xmile: RunXmile) -> None:
    text = "\n".join(
        [
            stock("store", "30", "", "into", "<non_negative/>"),
            conveyor("12", "<len>1.5</len><capacity>INF</capacity>"),
            flow("into", "store / 3"),
            flow("out", "0", "<non_negative/>"),
            stock("end", "0", "out"),
        ]
    )
    found = run_xmile(xmile(text))
    total = found["store"] + found["belt"] + found["end"]
    np.testing.assert_allclose(total.values, 42, rtol=1e-12)


@pytest.mark.parametrize("method", ["Euler", "RK2", "RK4"])
@pytest.mark.parametrize("leaks", [False, True])
def test_by_no_method_a_conveyor_loses_or_makes_anything(
    method: str, leaks: bool, run_xmile: RunXmile
) -> None:
    """What comes in over a step goes out over another one, and the belt is empty at the end."""
    text = "\n".join(
        [
            conveyor("3", "<len>2</len>", "<outflow>drip</outflow>" if leaks else ""),
            flow("into", "EXP(-TIME)"),
            '<flow name="out"/>',
            '<flow name="drip"><leak>0.2</leak></flow>' if leaks else "drip = 0",
            stock("end", "0", "out"),
            stock("lost", "0", "drip"),
            stock("come", "3", "into"),
        ]
    )
    found = run_xmile(xmile(text, stop=40, dt=0.25, method=method))
    np.testing.assert_allclose(found["belt"].values[-1], 0, atol=1e-12)
    assert (found["belt"].values > -1e-14).all()
    gone = found["end"] + found["lost"]
    np.testing.assert_allclose(found["belt"] + gone, found["come"], rtol=1e-12)
    # what came as g in each step before the run was g * (8 - 0.2 * 7 / 2) at its start, after 8
    # steps, and leaks g * 0.2 * (1 + ... + 8) / 8 of it
    share = 0.2 * (found["come"].values[-1] - 3) + 3 * 0.9 / 7.3 if leaks else 0.0
    np.testing.assert_allclose(found["lost"].values[-1], share, rtol=1e-12)


def test_conveyors_over_dimensions(run_xmile: RunXmile) -> None:
    dims = '<dimensions><dim name="R"/></dimensions>'
    text = "\n".join(
        [
            conveyor("R * 4", "<len>2</len>", dims),
            f'<flow name="into"><eqn>R</eqn>{dims}</flow>',
            f'<flow name="out">{dims}</flow>',
        ]
    )
    found = run_xmile(xmile(text, REGIONS, stop=4, dt=1))
    assert found["out"].values[:, 1].tolist() == [4, 4, 2, 2, 2]
    assert found["belt"].values[:, 1].tolist() == [8, 6, 4, 4, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (conveyor("1", "<len>2</len><capacity>9</capacity>"), "is a conveyor with 'capacity'"),
        (conveyor("1", "<len>2</len>", "", ' discrete="true"'), "is a conveyor with 'discrete'"),
        (conveyor("1", ""), "without a transit time <len>"),
        (conveyor("1", "<len>2</len>", "<outflow>into</outflow>"), "has not one outflow"),
    ],
)
def test_conveyors_that_are_refused(text: str, message: str, xmile_model: XmileModel) -> None:
    with pytest.raises(ModelError, match=message):
        xmile_model(xmile(text + "\n" + flow("into", "1") + "\n" + flow("out", "0")))


@pytest.mark.parametrize(
    "leaks",
    [
        {"leak": "<eqn>0</eqn><leak>0.2</leak>"},
        {"leak": "<eqn>k / 5</eqn><leak/>"},
        {"leak": "<leak>0.2</leak>", "drip": "<leak>0.3</leak>"},
    ],
)
def test_leakages(leaks: dict[str, str], run_xmile: RunXmile, tmp_path: Path) -> None:
    more = "".join(f"<outflow>{name}</outflow>" for name in leaks)
    text = "\n".join(
        [
            conveyor("100", "<len>2</len>", more),
            flow("into", "10 + TIME"),
            '<flow name="out"/>',
            *(f'<flow name="{name}">{inside}</flow>' for name, inside in leaks.items()),
            stock("end", "0", "out"),
            stock("lost", "0", ",".join(leaks)),
            stock("come", "0", "into"),
            "k = 1",
        ]
    )
    found = run_xmile(xmile(text, stop=6, dt=0.5))
    wanted = by_simlin(tmp_path / "inline.xmile")
    for name in ("belt", "out", "end", *leaks):
        np.testing.assert_allclose(found[name].values, wanted[name], rtol=1e-12, err_msg=name)
    total = found["belt"] + found["end"] + found["lost"] - found["come"]
    np.testing.assert_allclose(total.values, 100, rtol=1e-12)


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<leak/>", "needs the fraction that 'drip' leaks"),
        ('<leak leak_start="0.5">0.1</leak>', "is a leakage in a part of a conveyor"),
        ("<leak>0.1</leak><leak_integers/>", "is a leakage of whole numbers"),
    ],
)
def test_leakages_that_are_refused(inside: str, message: str, xmile_model: XmileModel) -> None:
    text = conveyor("1", "<len>2</len>", "<outflow>drip</outflow>") + "\n" + flow("into", "1")
    with pytest.raises(ModelError, match=message):
        xmile_model(xmile(text + f'\n<flow name="out"/>\n<flow name="drip">{inside}</flow>'))


@pytest.mark.parametrize("where", ["flow", "leak"])
@pytest.mark.parametrize(("zone", "works"), [(("0", "1.0"), True), (("0", "0.5"), False)])
def test_a_zone_of_leakage_is_never_passed_over(
    where: str, zone: tuple[str, str], works: bool, xmile_model: XmileModel
) -> None:
    written = 'leak_start="{}" leak_end="{}"'.format(*zone)
    text = conveyor("1", "<len>2</len>", "<outflow>drip</outflow>") + "\n" + flow("into", "1")
    drip = '<flow name="drip"><leak>0.1</leak></flow>'.replace(f"<{where}", f"<{where} {written}")
    text = xmile(f'{text}\n<flow name="out"/>\n{drip}')
    if works:
        xmile_model(text)
        return
    with pytest.raises(ModelError, match="is a leakage in a part of a conveyor"):
        xmile_model(text)


def test_a_leakage_of_no_conveyor_is_refused(xmile_model: XmileModel) -> None:
    text = stock("s", "1", "", "drip") + '\n<flow name="drip"><eqn>1</eqn><leak>0.1</leak></flow>'
    with pytest.raises(ModelError, match="'drip': is a leakage of no conveyor"):
        xmile_model(xmile(text))


def test_a_transit_time_that_changes_is_refused_when_it_is_compiled(
    xmile_model: XmileModel,
) -> None:
    text = conveyor("1", "<len>2 + TIME</len>") + "\n" + flow("into", "1") + '\n<flow name="out"/>'
    with pytest.raises(ModelError, match="a conveyor with a transit time that changes during"):
        xmile_model(xmile(text)).run(engine="kernel")
