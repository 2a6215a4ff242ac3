"""What the tests of XMILE may ask for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr

from pysd_runner import Model, load


@pytest.fixture
def xmile_model(tmp_path: Path) -> Callable[[str], Model]:
    """Return a function that makes a model of the text of a file."""

    def make(text: str, name: str = "inline.xmile") -> Model:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return load(path)

    return make


@pytest.fixture
def run_xmile(xmile_model: Callable[[str], Model]) -> Callable[[str], xr.Dataset]:
    """Return a function that runs the text of a file on the kernel and keeps every variable."""

    def run(text: str) -> xr.Dataset:
        model = xmile_model(text)
        names = [v.name for v in model.graph if v.kind not in ("lookup", "control")]
        return model.run(outputs=names, engine="kernel")

    return run
