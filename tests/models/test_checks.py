"""Every model passes its own scorecard."""

from __future__ import annotations

import pytest

from pysd_runner import load
from pysd_runner.check.evidence import Evidence, evidence_table
from pysd_runner.check.scorecard import check_model
from tests.models.folder import COMPONENTS, MODELS, NAMES


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_scorecard_of_a_component_model(name: str) -> None:
    card = check_model(load(MODELS / name))
    failed = [
        f"{finding.label}: {finding.detail}" for finding in card.findings if not finding.passed
    ]
    assert failed == []
    assert {topic.heading for topic in card.topics} >= {"Model file", "Base case", "Reality checks"}


@pytest.mark.slow
def test_the_scorecard_of_the_city_model() -> None:
    card = check_model(load(MODELS / "foshan"))
    failed = [
        f"{finding.label}: {finding.detail}" for finding in card.findings if not finding.passed
    ]
    assert failed == []
    assert {topic.heading for topic in card.topics} == {
        "Model file", "Base case", "Books", "Reality checks", "Breakers", "History",
    }  # fmt: skip
    assert len(next(t for t in card.topics if t.heading == "Reality checks").findings) >= 17


@pytest.mark.parametrize("name", NAMES)
def test_no_constant_lacks_both_source_and_assumption(name: str) -> None:
    graph = load(MODELS / name).graph
    counts = evidence_table(graph)
    assert counts[Evidence.NONE.value].sum() == 0
    kinds = [each.value for each in Evidence]
    assert counts[kinds].to_numpy().sum() == len(graph.of_kind("constant"))
