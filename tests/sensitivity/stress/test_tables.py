from __future__ import annotations

import re

import pytest

from pysd_runner import load
from sensitivity.stress.choices import Method
from sensitivity.stress.record import Record
from sensitivity.stress.report import render
from sensitivity.stress.stress_test import StressTest, stress_test
from sensitivity.stress.tables import Citation, tables
from tests.sensitivity.stress.test_stress_test import MODEL, SERIES, SPEC

SOURCES = """key,citation,url
paper,"A, B (2020)",https://example.org/a#page=3
memory,From memory,
trap,Trap <b>,javascript:alert(1)
"""


@pytest.fixture(scope="module")
def test(tmp_path_factory: pytest.TempPathFactory) -> StressTest:
    place = tmp_path_factory.mktemp("tables")
    (place / "data").mkdir()
    spec = SPEC.replace('assumption = "a test"', 'source = "paper, memory, trap"', 1)
    spec = spec.replace("base = 0.5\nbounds = [0, 1]", "base = 0.00027\nbounds = [0.00009, 0.0008]")
    model = MODEL.replace("idle lever = 0.5", "idle lever = 0.00027")
    (place / "wealth.mdl").write_text(model, "utf-8")
    (place / "sandbox.toml").write_text(spec, "utf-8")
    (place / "data" / "series.csv").write_text(SERIES, "utf-8")
    (place / "data" / "sources.csv").write_text(SOURCES, "utf-8")
    return stress_test(load(place), 64, workers=1, method=Method.SCREEN)


def test_outcomes_show_direction_unit_and_base_case(test: StressTest) -> None:
    outcomes = tables(test)[0]
    assert outcomes.header == ("Outcome", "Value taken", "Better", "Base case", "Unit")
    assert outcomes.rows == (("Wealth at the end", "at the end", "more", "108", "million CNY"),)


def test_ranges_stay_on_one_line_and_small_shares_are_per_cent(test: StressTest) -> None:
    ranges = [str(row[1]) for row in tables(test)[1].rows]
    assert not any(" " in each for each in ranges)
    assert [" ".join(each.split()) for each in ranges] == [
        "3 (2 to 4)", "1 (0.5 to 1.5)", "0.027% (0.009% to 0.08%)",
    ]  # fmt: skip


def test_sources_carry_their_addresses(test: StressTest) -> None:
    evidence = [row[-1] for row in tables(test)[1].rows]
    assert evidence[0] == (
        Citation("A, B (2020)", "https://example.org/a#page=3"), Citation("From memory"),
        Citation("Trap <b>"),
    )  # fmt: skip
    assert evidence[1] == "assumption: a test"
    page = render(test, Record("c", 0, "d", {}))
    assert re.findall(r'href="([^#"][^"]*)"', page) == ["https://example.org/a#page=3"]
    assert "; From memory; Trap &lt;b&gt;</td>" in page
    assert "javascript:" not in page
