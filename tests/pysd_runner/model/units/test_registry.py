from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner.model.units.registry import Registry, equivalent_names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MCNY/yr", "mcny / Year"), ("yuan", "CNY"), ("$", "USD"), ("person", "People"),
        ("kg/(yr*FTE)", "kg/FTE/years"), ("fraction", "Dmnl"), ("months/month", "1"),
        ("widget  box", "Widget box"), ("%", "percent"), ("tonnes", "t"),
    ],
)  # fmt: skip
def test_spellings_of_one_unit(one: str, other: str) -> None:
    registry = Registry()
    assert registry.same(registry.read(one), registry.read(other))


@pytest.mark.parametrize(
    ("one", "other", "size"),
    [
        ("yr", "month", 12), ("MCNY", "CNY", 1e6), ("BCNY/month", "MCNY/yr", 12_000),
        ("percent", "Dmnl", 0.01), ("week", "day", 7), ("ktce", "tce", 1000), ("km", "m", 1000),
        ("person", "FTE", None), ("CNY", "dollar", None), ("firm", "product", None),
        ("widgets", "widget", None), ("kg", "kg/yr", None), ("kg", "Dmnl", None),
    ],
)  # fmt: skip
def test_units_that_are_not_the_same(one: str, other: str, size: float | None) -> None:
    registry = Registry()
    first, second = registry.read(one), registry.read(other)
    assert not registry.same(first, second)
    assert registry.size(first, second) == (None if size is None else pytest.approx(size))


def test_a_model_may_make_names_equal() -> None:
    settings = "1:x.vdf\n22:$,Dollar,Dollars,$s\n22:widget,widgets\n22:head,person\n24:0\n"
    assert equivalent_names(settings)[1:] == [["widget", "widgets"], ["head", "person"]]
    registry = Registry(settings)
    for one, other in (("widget", "widgets"), ("head", "people"), ("Dollar", "USD")):
        assert registry.same(registry.read(one), registry.read(other))


def test_a_unit_is_shown_as_the_model_spells_it() -> None:
    registry = Registry()
    for text in ("MCNY/yr", "1/Month", "kg CO2", "m^2/(yr*FTE)", "Dmnl", "m^0.5"):
        assert registry.show(registry.read(text)) == text
    assert registry.show(registry.read("year/month")) == "yr/Month"


def test_a_name_used_once_that_resembles_another() -> None:
    registry = Registry()
    for text in ("widget", "widget", "MNCY", "gadget/yr"):
        registry.read(text)
    assert registry.misspelt(registry.read("yr"), registry.read("widget")) == ""
    fresh = Registry()
    wrong = fresh.read("MNCY/yr")
    assert fresh.misspelt(wrong) == "; 'MNCY' is used once, did you mean 'MCNY'?"


NAMES = st.sampled_from(["kg", "yr", "MCNY", "FTE", "person hours", "widget", "%"])
UNITS = st.lists(st.tuples(NAMES, st.integers(-3, 3)), max_size=5)


@settings(max_examples=40)
@given(UNITS, UNITS)
def test_units_multiply_as_numbers_do(
    one: list[tuple[str, int]], other: list[tuple[str, int]]
) -> None:
    registry = Registry()
    first, second = (
        registry.read("*".join(f"{name}^{power}" for name, power in each) or "1")
        for each in (one, other)
    )
    assert registry.same(first * second, second * first)
    assert registry.is_pure(first / first)
    assert registry.same(first * second / second, first)
    assert registry.same(registry.read(registry.show(first)), first)
