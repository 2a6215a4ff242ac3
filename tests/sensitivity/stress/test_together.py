"""Levers together: which policy is taken apart, into what, and that the parts add up."""

from __future__ import annotations

from pathlib import Path

import pytest

import sensitivity.stress.together as module
from pysd_runner.errors import DesignError
from sensitivity.stress.together import groups_of, largest_policy, together
from tests.sensitivity.stress.small_city import SPEC, small_city

REVIEW = """
[levers.review_interval]
variable = "review interval"
label = "Review interval"
unit = "yr"
base = 0.5
bounds = [0.25, 2]
cost_note = "none"
paper = "4"
assumption = "a test"
"""

THREE = REVIEW + (
    '\n[policies.whole]\nlabel = "Whole"\nvalues = { aid = 5, tax = 0.12, review_interval = 1 }\n'
)


def silent(what: str, runs: int) -> object:
    return lambda done, total: None


def test_the_policy_with_most_levers_is_taken_apart(tmp_path: Path) -> None:
    assert largest_policy(small_city(tmp_path / "two").spec) == "thrifty"
    assert largest_policy(small_city(tmp_path / "three", SPEC + THREE).spec) == "whole"
    bare = SPEC[: SPEC.index("[policies.generous]")]
    city = small_city(tmp_path / "none", bare)
    assert largest_policy(city.spec) == ""
    with pytest.raises(DesignError, match="no policy of the spec moves two levers"):
        together(city, 16, announce=silent)  # type: ignore[arg-type]


def test_contributions_add_up_to_the_effect_of_the_policy(tmp_path: Path) -> None:
    city = small_city(tmp_path)
    found = together(city, 16, announce=silent)  # type: ignore[arg-type]
    assert found.runs == 16 * 4
    assert found.levers is None
    table = found.groups
    assert table.of("output", "Shapley")["estimate"].sum() == pytest.approx(
        float(table.dataset["total"].sel(outcome="output"))
    )


def test_levers_of_other_policies_are_one_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = small_city(tmp_path, SPEC + THREE)
    assert groups_of(city.spec, "whole") == {"Thrifty": ["aid", "tax"]}
    monkeypatch.setattr(module, "_SEPARATE", 2)
    found = together(city, 16, announce=silent)  # type: ignore[arg-type]
    assert list(found.groups.labels.values()) == [
        "Thrifty",
        city.spec.levers["review_interval"].label,
    ]
    assert found.levers is not None
    assert len(found.levers.labels) == 3
    assert found.runs == 16 * 4 + 16 * 4
