"""The models that are measured: the file that code writes is the one that lies there."""

from __future__ import annotations

import pytest

from benchmarks.cases import CASES
from benchmarks.write_scalar import MODEL, scalar_model


def test_the_scalar_model_is_what_its_writer_writes() -> None:
    assert MODEL.read_text(encoding="utf-8") == scalar_model()


@pytest.mark.parametrize("name", CASES)
def test_all_runs_of_a_case_stay_finite(name: str) -> None:
    case = CASES[name]()
    design = case.design(16)
    inputs = {name: design[:, place] for place, name in enumerate(case.bounds)}
    found = case.model.batch(inputs, outputs=case.outputs, engine="kernel")
    assert set(found["failed"].values) == {False}
    assert len(case.output_cells) == sum(found[v][0, 0].size for v in case.outputs)
