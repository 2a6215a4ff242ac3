"""The table of data and model in the model's README, and what would falsify the base case."""

from __future__ import annotations

import re

import pytest
import xarray as xr

from tests.models.folder import MODELS
from tests.models.foshan.test_history import observed

LEVEL, INDEX, SHARE = "{:,.0f}", "{:.3f} (2015 = 1)", "{:.3f}"

ROWS: tuple[tuple[str, str, str, str, tuple[float, ...]], ...] = (
    ("Advanced manufacturing, value added", "advanced_value_added", "value added", LEVEL,
     (2019.0, 2020.0, 2021.0)),
    ("Value added of all industry", "iva_above_scale", "value added", INDEX,
     (2017.0, 2019.0, 2020.0, 2021.0)),
    ("– 2022, 2023", "iva_above_scale", "value added", INDEX, (2022.0, 2023.0)),
    ("Gross output of all industry", "gross_industrial_output_above_scale", "gross output", INDEX,
     (2016.0, 2017.0, 2020.0)),
    ("– 2023", "gross_industrial_output_above_scale", "gross output", INDEX, (2023.0,)),
    ("Value-added rate", "value_added_rate_above_scale", "rate", SHARE, (2015.0, 2020.0)),
    ("– 2023", "value_added_rate_above_scale", "rate", SHARE, (2023.0,)),
    ("Reported research over value added", "research_share_of_value_added", "research", SHARE,
     (2019.0,)),
    ("High-tech enterprises", "hte_count", "firms", LEVEL, (2016.0, 2019.0, 2020.0, 2021.0)),
    ("– 2023", "hte_count", "firms", LEVEL, (2023.0,)),
    ("Digital adoption", "digitalised_share_above_scale", "digital", SHARE, (2025.0,)),
    ("– November 2022", "digitalised_share_above_scale", "digital", SHARE, (2022.0,)),
    ("Hydrogen output", "hydrogen_output", "hydrogen", LEVEL, (2021.0,)),
)  # fmt: skip
"""Rows of the table in its order: first words, indicator, series of the model, form, years."""

LATE = {"digital"}
"""Figures of November and December: compared with the model half a year later."""


@pytest.fixture(scope="module")
def text() -> str:
    return (MODELS / "foshan" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def series(base: xr.Dataset) -> dict[str, xr.DataArray]:
    return {
        "value added": base["city value added"],
        "gross output": base["city gross output"],
        "rate": base["city value added rate"],
        "research": base["reported research"].sum("industry") / base["city value added"],
        "firms": base["High Tech Firms"].sum("industry"),
        "digital": base["city digital adoption"],
        "hydrogen": base["revenue"].sel(industry="HYD"),
    }


def written(values: list[float], form: str) -> str:
    return "; ".join(form.partition(" (")[0].format(value) for value in values)


@pytest.fixture(scope="module")
def table(text: str) -> list[list[str]]:
    part = text.partition("| Series | Use | Data | Model |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (.*) \|$", part, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows]


def test_the_table_has_these_rows(table: list[list[str]]) -> None:
    assert [row[0][: len(words)] for row, (words, *_) in zip(table, ROWS, strict=True)] == [
        words for words, *_ in ROWS
    ]


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_what_was_observed_and_what_the_model_gives(
    table: list[list[str]], series: dict[str, xr.DataArray], number: int
) -> None:
    _, indicator, name, form, years = ROWS[number]
    data, model = observed()[indicator], series[name]
    observations = [data[year] for year in years]
    found = [float(model.sel(time=year + 0.5 * (name in LATE))) for year in years]
    if form is INDEX:
        observations = [value / data[2015.0] for value in observations]
        found = [value / float(model.sel(time=2015.0)) for value in found]
    assert table[number][2].replace(" (estimate)", "") == written(observations, form)
    assert table[number][3] == written(found, form)


def test_what_would_falsify_the_base_case_is_not_what_it_shows(
    text: str, base: xr.Dataset, series: dict[str, xr.DataArray]
) -> None:
    """The thresholds of the README lie beyond the base case, on the side that it names."""
    found = re.search(
        r"falsified by a value-added rate above ([\d.]+) in 2026 to 2028, by research that falls "
        r"as a share of value added, by a number of high-tech enterprises above ([\d,]+) in 2027, "
        r"or by hydrogen output below ([\d,]+) MCNY in 2026",
        text,
    )
    assert found
    rate, firms, hydrogen = (float(number.replace(",", "")) for number in found.groups())
    near = series["rate"].sel(time=slice(2026.0, 2028.0))
    assert 0.93 * rate < float(near.min()) <= float(near.max()) < 0.97 * rate
    assert float(series["research"].sel(time=slice(2025.0, 2035.0)).diff("time").min()) > 0
    assert 0.85 * firms < float(series["firms"].sel(time=2027.0)) < 0.95 * firms
    assert hydrogen < 0.7 * float(series["hydrogen"].sel(time=2026.0))
