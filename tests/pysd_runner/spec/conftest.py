from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, SpecError
from pysd_runner.errors import Fault
from pysd_runner.spec.read import read_spec
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import MODEL, SERIES, SOURCES, SPEC


@pytest.fixture
def read(inline_model: Callable[[str], Model], tmp_path: Path) -> Callable[[str], Spec]:
    """Return a function that reads a spec beside the example's model and tables."""
    model = inline_model(MODEL)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sources.csv").write_text(SOURCES, "utf-8")
    (tmp_path / "data" / "series.csv").write_text(SERIES, "utf-8")

    def of(text: str) -> Spec:
        path = tmp_path / "sandbox.toml"
        path.write_text(text, encoding="utf-8")
        return read_spec(path, model.graph)

    return of


@pytest.fixture
def fault_of(read: Callable[[str], Spec]) -> Callable[[str, str], Fault]:
    """Return a function that breaks the example in one place and returns the one fault found."""

    def of(old: str, new: str) -> Fault:
        assert SPEC.count(old) == 1
        with pytest.raises(SpecError) as caught:
            read(SPEC.replace(old, new))
        (fault,) = caught.value.faults
        return fault

    return of
