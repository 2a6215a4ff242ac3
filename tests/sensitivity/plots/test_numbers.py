from __future__ import annotations

import pytest

from sensitivity.plots.numbers import alike, change, quantity, readable, span, unit_shown


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0345, "0.0345"), (12_345.6, "12,346"), (1_250_000, "1.25 M"), (-250.4, "−250"), (0, "0"),
     (0.001, "0.001"), (9e-5, "9 × 10⁻⁵"), (-2.71e-12, "−2.71 × 10⁻¹²"), (9.999e-5, "1 × 10⁻⁴"),
     (99.99, "100"), (1.0, "1"), (999.4e6, "999 M"), (999.6e6, "1 × 10⁹"),
     (-2.5e12, "−2.5 × 10¹²")],
)  # fmt: skip
def test_numbers_are_readable(value: float, text: str) -> None:
    assert readable(value).replace("\N{NO-BREAK SPACE}", " ") == text
    assert " " not in readable(value)  # it stays on one line


@pytest.mark.parametrize(
    ("values", "unit", "texts"),
    [
        ((0.00027, 0.00009, 0.0008), "Dmnl", ("0.027%", "0.009%", "0.08%")),
        ((0.004, 0.0, 0.04), "dimensionless", ("0.4%", "0%", "4%")),
        ((0.04, 0.0, 0.4), "Dmnl", ("0.04", "0", "0.4")),
        ((0.0, 0.0), "Dmnl", ("0", "0")),
        ((0.009, 0.0, 0.014), "1/yr", ("0.009", "0", "0.014")),
    ],
)
def test_small_shares_are_told_in_per_cent(
    values: tuple[float, ...], unit: str, texts: tuple[str, ...]
) -> None:
    assert tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in alike(values, unit)) == texts


def test_a_range_does_not_break_over_lines() -> None:
    assert span(0.0, 0.04, "Dmnl").split() == ["0", "to", "4%"]
    assert span(-0.5, 1.0, "Dmnl").split() == ["−0.5", "to", "1"]
    assert " " not in span(0.0, 2000.0, "MCNY/yr")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(286_490, "MCNY/yr", "286 bn CNY/yr"), (12.5, "MCNY", "12.5 million CNY"),
     (-2_000, "MCNY", "−2 bn CNY"), (0.738, "Dmnl", "0.738"), (3.0, "FTE", "3 FTE")],
)  # fmt: skip
def test_quantities_have_their_units(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [(101.4, 100.0, "+1.4%"), (99.4, 100.0, "−0.6%"), (-99.0, -100.0, "+1.0%"),
     (3.0, 0.0, "+3 kg"), (-3.0, 0.0, "−3 kg")],
)  # fmt: skip
def test_changes_have_their_sign(value: float, base: float, text: str) -> None:
    assert change(value, base, "kg").replace("\N{NO-BREAK SPACE}", " ") == text


def test_units_are_words() -> None:
    assert [unit_shown(unit) for unit in ("Dmnl", "1", "MCNY/yr", "1/yr")] == [
        "", "", "million CNY/yr", "1/yr",
    ]  # fmt: skip
