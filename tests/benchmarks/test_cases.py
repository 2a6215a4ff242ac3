"""The models that are measured: the file that code writes is the one that lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cases import CASES
from benchmarks.waits import edited
from benchmarks.write_scalar import MODEL, scalar_model
from pysd_runner import load


def test_the_scalar_model_is_what_its_writer_writes() -> None:
    assert MODEL.read_text(encoding="utf-8") == scalar_model()


@pytest.mark.parametrize("name", CASES)
def test_an_edit_changes_one_equation_of_the_model(name: str, tmp_path: Path) -> None:
    case = CASES[name]()
    file = tmp_path / case.path.name
    file.write_text(edited(name, case.path.read_text(encoding="utf-8"), 1.25), encoding="utf-8")
    other = load(file).graph
    changed = [
        variable.name
        for variable in case.model.graph
        if [d.body for d in variable.definitions]
        != [d.body for d in other[variable.key].definitions]
    ]
    assert len(changed) == 1


@pytest.mark.parametrize("name", CASES)
def test_all_runs_of_a_case_stay_finite(name: str) -> None:
    case = CASES[name]()
    design = case.design(16)
    inputs = {name: design[:, place] for place, name in enumerate(case.bounds)}
    found = case.model.batch(inputs, outputs=case.outputs, engine="kernel")
    assert set(found["failed"].values) == {False}
    assert len(case.output_cells) == sum(found[v][0, 0].size for v in case.outputs)
