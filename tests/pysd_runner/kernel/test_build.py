"""Machine code for this processor, for any, and for those of other platforms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest

from pysd_runner import Model
from pysd_runner.kernel.build import Processor, compile_text, object_code
from pysd_runner.kernel.cache import ObjectCache
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.kernel import Kernel
from pysd_runner.kernel.lower import lower
from pysd_runner.kernel.program import Program

InlineModel = Callable[[str], Model]

EVERYTHING = """
X = INTEG(t(X) - X ^ 1.3 / 7 + EXP(-X) + past / 9, scale) ~~|
t((0,1),(1,3),(2,2),(60,0)) ~~|
past = DELAY FIXED(SMOOTH3(X, 2), 1, 0) ~~|
noise = RANDOM NORMAL(0, 1, 0.5, 0.2, 0) + SAMPLE IF TRUE(Time > 4, X, 0) ~~|
shown = LN(1 + X) * SIN(Time) + MODULO(Time, 3) + INTEGER(X) + noise ~~|
scale = 2 ~~|
"""
PLATFORMS = (
    "aarch64-unknown-linux-gnu", "arm64-apple-darwin", "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
)  # fmt: skip


@pytest.fixture
def program(inline_model: InlineModel) -> Program:
    model = inline_model(EVERYTHING)
    cells = [("x", ()), ("shown", ())]
    return lower(model.graph, [("scale", ())], cells, controls=model.time_grid().controls)


@pytest.mark.parametrize("width", [2, 8])
def test_code_for_any_processor_gives_the_same_bits(program: Program, width: int) -> None:
    emitted = emit(program, width)
    scales, saves = np.linspace(0.1, 30, 21)[:, None], np.arange(41)
    found = [
        Kernel(program, width, emitted.room, compile_text(emitted.text, None, processor))
        .run(scales, saves, 40)
        .outputs
        for processor in (Processor.host(), Processor())
    ]
    assert np.all(np.isfinite(found[0]))
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("triple", PLATFORMS)
def test_code_can_be_made_for_other_platforms(program: Program, triple: str) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(opt=2)
    code = object_code(emit(program, 2).text, machine)
    assert b"integrate" in code


def test_each_processor_has_entries_of_its_own(program: Program, tmp_path: Path) -> None:
    text = emit(program, 2).text
    for processor in (Processor.host(), Processor(), None):
        compile_text(text, ObjectCache(tmp_path / "objects"), processor)
    assert len(list((tmp_path / "objects").iterdir())) == 2
