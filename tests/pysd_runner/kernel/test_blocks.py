"""Long blocks of LLVM text are cut; what is computed stays the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner.api import Model
from pysd_runner.kernel import blocks
from pysd_runner.kernel.blocks import cut_blocks


def test_a_long_block_is_cut_and_what_follows_knows_its_last_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "LONGEST", 2)
    lines = [
        "entry:", "  br label %loop", "loop:", "  %i = phi i64 [0, %entry], [%c, %loop]",
        "  %a = add i64 %i, 1", "  %b = add i64 %a, 1", "  %c = add i64 %b, 1",
        "  br label %loop", "quit:", "  ret void",
    ]  # fmt: skip
    assert cut_blocks(lines, "entry", "quit") == [
        "entry:", "  %never = icmp slt i64 %count, 0", "  br label %loop", "loop:",
        "  %i = phi i64 [0, %entry], [%c, %cut4]", "  %a = add i64 %i, 1",
        "  br i1 %never, label %quit, label %cut4", "cut4:", "  %b = add i64 %a, 1",
        "  %c = add i64 %b, 1", "  br label %loop", "quit:", "  ret void",
    ]  # fmt: skip


MODEL = """
stock = INTEG(inflow - stock / life, 10) ~~|
inflow = SMOOTH3(stock ^ 0.7 + PULSE(2, 1) * table(Time), 2) ~~|
table((0, 1), (2, 3), (5, 2)) ~~|
life = 5 ~~|
late = DELAY FIXED(inflow, 1, 0) ~~|
"""


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_bits_do_not_depend_on_the_length_of_blocks(
    inline_model: Callable[[str], Model], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    whole = inline_model(MODEL).run(method=method)
    monkeypatch.setattr(blocks, "LONGEST", 7)
    assert inline_model(MODEL).run(method=method).equals(whole)
