"""An edit that breaks the model is named in one line, with the place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pysd_runner import load
from pysd_runner.check.scorecard import check_model
from tests.models.folder import MODELS

EDITS = {
    # A unit error: a stock of capital in place of a flow of output.
    "average energy intensity =": ("production[industry!]), S", "Capital Stock[industry!]), S"),
    # A missing comment.
    "utilisation[industry] =": ("Output over capacity. Loop B4.", ""),
    # Broken conservation: the budget pays twice for what is received once.
    "Budget Cash =": (" - sandbox payment -", " - 2 * sandbox payment -"),
    # A latch: a breaker that is open stays open.
    "open to half[breaker] =": ("Open[breaker] * IF", "0 * Open[breaker] * IF"),
}  # fmt: skip
"""First line of an equation -> what stands in it, and what an editor makes of it."""

Named = set[tuple[str, str | None, int | None]]


def line_of(text: str, start: str) -> int:
    return text[: text.index(f"\n{start}\n")].count("\n") + 2


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("spoilt") / "models"
    shutil.copytree(MODELS, models)  # the city model names its components
    file = models / "foshan" / "foshan.mdl"
    text = file.read_text(encoding="utf-8")
    for start, (good, bad) in EDITS.items():
        begin = text.index(f"\n{start}\n")
        end = text.index("\t|\n", begin)
        equation = text[begin:end]
        assert equation.count(good) == 1, start
        text = text[:begin] + equation.replace(good, bad) + text[end:]
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def named(spoilt: Path) -> Named:
    """Check, variable and line of every fault of the scorecard."""
    card = check_model(load(spoilt.parent))
    faults = [(finding.label, fault) for finding in card.findings for fault in finding.faults]
    assert all("\n" not in fault.message for _, fault in faults)
    return {(label, fault.variable, fault.line) for label, fault in faults}


STARTS = {
    "average energy intensity": "average energy intensity =",
    "utilisation": "utilisation[industry] =",
    "sandbox payment": "sandbox payment =",
    "Budget Cash": "Budget Cash =",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "variables"),
    [
        ("Units of every equation balance", {"average energy intensity"}),
        ("Every variable has a comment", {"utilisation"}),
        # The flow that is debited twice, and the stock whose equation does it.
        ("Money conserved", {"sandbox payment", "Budget Cash"}),
    ],
)
def test_a_bad_edit_is_named_with_its_line(
    spoilt: Path, named: Named, check: str, variables: set[str]
) -> None:
    text = spoilt.read_text(encoding="utf-8")
    expected = {(check, name, line_of(text, STARTS[name])) for name in variables}
    assert {fault for fault in named if fault[0] == check} == expected


@pytest.mark.slow
def test_a_latch_is_named_for_each_breaker(named: Named) -> None:
    latched = [fault for fault in named if fault[0].endswith("does not latch")]
    assert len(latched) == 7, named
