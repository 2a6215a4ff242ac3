"""Numbers inside sentences."""

from __future__ import annotations

import pytest

from sensitivity.plots.numbers import TIE
from sensitivity.stress.sections.words import (
    better,
    duration,
    interval,
    or_dash,
    percent,
    percent_within,
    share_within,
    within,
)


def plain(text: str) -> str:
    return text.replace(TIE, " ")


@pytest.mark.parametrize(
    ("low", "high", "unit", "said"),
    [
        (9.16, 16, "MCNY/yr", "(95% interval 9.16 to 16 million CNY/yr)"),
        (900, 1100, "MCNY", "(95% interval 900 million CNY to 1.1 bn CNY)"),
        (0.2, 0.4, "Dmnl", "(95% interval 0.2 to 0.4)"),
        (-2, 1.5, "yr", "(95% interval −2 to 1.5 yr)"),
    ],
)
def test_an_interval_says_its_unit_once(low: float, high: float, unit: str, said: str) -> None:
    assert plain(within(low, high, unit)) == said


def test_shares() -> None:
    assert [percent(each) for each in (0, 0.004, 0.5, 0.996, 1)] == [
        "0%", "less than 1%", "50%", "more than 99%", "100%"
    ]  # fmt: skip
    assert percent_within(0.021, 0.149) == "(95% interval 2% to 15%)"


@pytest.mark.parametrize(
    ("share", "low", "high", "said"),
    [
        (0.1224, 0.122, 0.123, "+12.2% (95% interval 12.2% to 12.3%)"),
        (-0.1266, -0.128, -0.125, "−12.7% (95% interval −12.8% to −12.5%)"),
        (0.104, 0.095, 0.1132, "+10.4% (95% interval 9.5% to 11.3%)"),
        (-0.12, -0.14, -0.1, "−12% (95% interval −14% to −10%)"),
        (0.035, 0.032, 0.037, "+3.5% (95% interval 3.2% to 3.7%)"),
    ],
)
def test_a_share_does_not_seem_to_lie_beyond_its_interval(
    share: float, low: float, high: float, said: str
) -> None:
    assert share_within(share, low, high) == said


def test_times_and_changes() -> None:
    assert plain(duration(-0.3, "yr")) == "−0.3 yr"
    assert [plain(duration(each, "yr")) for each in (0.501, 2.04, 3.0, 11.46)] == [
        "0.5 yr", "2 yr", "3 yr", "11.5 yr"
    ]  # fmt: skip
    said = "12.7 million CNY/yr better (95% interval 9 to 16 million CNY/yr)"
    assert plain(better(12.7, 9.0, 16.0, "MCNY/yr")) == said
    assert plain(better(-3, -4, -2, "yr")) == "3 yr worse (95% interval 2 to 4 yr)"
    said = "1 yr better (95% interval 2 yr worse to 4 yr better)"
    assert plain(better(1, -2, 4, "yr")) == said
    assert better(0.0, 0.0, 0.0, "yr") == "no better and no worse"


def test_cells() -> None:
    assert interval({"x": 1.234, "x_low": 1.0, "x_high": 2.0}, "x") == "1.23 (1 to 2)"
    assert or_dash(float("nan"), percent) == "–"
    assert or_dash(0.5, percent) == "50%"
