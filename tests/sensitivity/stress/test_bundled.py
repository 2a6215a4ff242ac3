"""Bundles of a spec at equal cost, and what the report says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sensitivity.equal_cost import BUNDLE, SUM, SYNERGY
from sensitivity.plots.numbers import TIE, quantity
from sensitivity.stress.bundled import DRAWS, Bundled, bundled, futures_of
from sensitivity.stress.ensemble import run_ensemble
from sensitivity.stress.failures import Failures
from sensitivity.stress.futures import Futures
from sensitivity.stress.sections.bundles import bundles_section
from sensitivity.stress.struck import Struck
from tests.sensitivity.stress.small_city import SPEC, small_city

BUNDLE_SPEC = (
    SPEC
    + """
[levers.upkeep]
variable = "upkeep"
label = "Upkeep"
unit = "MCNY/yr"
base = 6
bounds = [6, 8]
cost = "upkeep"
paper = "4"
assumption = "a test"

[outcomes.spent]
label = "Spent, mean"
expression = "aid + upkeep"
reduction = "mean"
unit = "MCNY/yr"
direction = "minimise"

[bundles.both]
label = "Aid and upkeep"
cost = "spent"

[bundles.both.parts.aid]
label = "Aid to firms"
values = { aid = 4 }

[bundles.both.parts.upkeep]
label = "Upkeep of streets"
values = { upkeep = 7 }
"""
)


@pytest.fixture(scope="module")
def struck(tmp_path_factory: pytest.TempPathFactory) -> Struck:
    city = small_city(tmp_path_factory.mktemp("city"), BUNDLE_SPEC)
    ensemble = run_ensemble(city, Futures(city.spec, 16), policies={"base": {}})
    return Struck(ensemble, "output", Failures(0, {}),
                  bundled=bundled(city, 256, workers=1))  # fmt: skip


def test_parts_and_bundle_spend_the_same(struck: Struck) -> None:
    assert isinstance(struck.bundled, Bundled)
    assert struck.bundled.futures == DRAWS
    rows = struck.bundled.found["both"].of("output")
    assert list(rows.index) == [
        "Aid to firms", "Upkeep of streets", BUNDLE, SUM, SYNERGY, "only Aid to firms",
        "only Upkeep of streets",
    ]  # fmt: skip
    # One unit a year more of each, and both: two in sum.
    assert rows["cost"].iloc[:4].tolist() == pytest.approx([1, 1, 2, 2], abs=0.05)
    assert struck.bundled.runs > DRAWS * 5


def test_the_section_tells_the_difference_with_its_interval(struck: Struck) -> None:
    section = bundles_section(struck)
    assert section is not None and struck.bundled is not None
    rows = struck.bundled.found["both"].of("output")
    first = section.findings[0]
    assert first.startswith("Aid and upkeep: ")
    assert quantity(rows.loc[BUNDLE, "effect"], "MCNY/yr").replace(TIE, " ") in first.replace(
        TIE, " "
    )
    low, high = rows.loc[SYNERGY, ["low", "high"]]
    sure = "above the sum" if low > 0 else "below the sum" if high < 0 else "not sure"
    assert sure in first
    (table,) = section.tables
    assert next(row[2] for row in table.rows if row[1] == "difference") == "–"
    assert section.essence == section.findings[:1]


def test_a_spec_without_unknowns_has_one_future(tmp_path: Path) -> None:
    start, end = SPEC.index("[uncertainties.growth]"), SPEC.index("[outcomes.output]")
    city = small_city(tmp_path, SPEC[:start] + SPEC[end:])
    assert futures_of(city, 64, 1).n_base == 1


def test_no_bundle_no_section(struck: Struck) -> None:
    assert bundles_section(replace(struck, bundled=None)) is None
