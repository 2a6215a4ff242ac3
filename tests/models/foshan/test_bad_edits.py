"""An edit that breaks the model is named in one line, with the place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysd_runner import load
from pysd_runner.check.finding import Finding
from pysd_runner.check.scorecard import check_model
from tests.models.folder import MODELS

EDITS = {
    # A unit error: a stock of money in place of a flow.
    "	price[industry] * shipments[industry]\n": "	price[industry] * Finished Inventory[industry]\n",
    # A missing comment.
    "	~	Output over capacity. Loop B4.\n": "	~	\n",
    # Broken conservation: grants for digitalisation leave the budget twice.
    "	sandbox payment - SUM(aid awarded[aid!,industry!]) -": (
        "	2 * sandbox payment - SUM(aid awarded[aid!,industry!]) -"),
    # A latch: a breaker that may leave its open state never.
    "	Open[breaker] * IF THEN ELSE(State Time[breaker] >= cool down[breaker] - TIME STEP / 2 :AND:":
    "	0 * Open[breaker] * IF THEN ELSE(State Time[breaker] >= cool down[breaker] :AND:",
}  # fmt: skip


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("spoilt") / "foshan"
    shutil.copytree(MODELS / "foshan", folder)
    file = folder / "foshan.mdl"
    text = file.read_text(encoding="utf-8")
    for good, bad in EDITS.items():
        assert text.count(good) == 1, good
        text = text.replace(good, bad)
    file.write_text(text, encoding="utf-8")
    yield folder


@pytest.fixture(scope="module")
def failed(spoilt: Path) -> list[Finding]:
    return [each for each in check_model(load(spoilt)).findings if not each.passed]


def line_of(folder: Path, start: str) -> int:
    lines = (folder / "foshan.mdl").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


@pytest.mark.slow
def test_each_is_named_with_its_line(spoilt: Path, failed: list[Finding]) -> None:
    faults = {(each.label, fault.variable, fault.line) for each in failed for fault in each.faults}
    at = {name: line_of(spoilt, start) for name, start in (
        ("revenue", "revenue[industry] ="), ("utilisation", "utilisation[industry] ="),
        ("sandbox payment", "sandbox payment ="), ("Open", "Open[breaker] ="))}  # fmt: skip
    units = {fault for fault in faults if fault[0] == "Units of every equation balance"}
    assert ("Units of every equation balance", "revenue", at["revenue"]) in units
    assert ("Every variable has a comment", "utilisation", at["utilisation"]) in faults
    assert any(
        label == "Money conserved" and variable in ("sandbox payment", "Budget Cash")
        for label, variable, _ in faults
    ), faults
    latches = [fault for fault in faults if "close again" in fault[0] or "latch" in fault[0]]
    assert latches, faults


@pytest.mark.slow
def test_nothing_else_is_named(failed: list[Finding]) -> None:
    for each in failed:
        for fault in each.faults:
            assert "\n" not in fault.message
            assert fault.line is not None or fault.variable is not None
