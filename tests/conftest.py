"""What every test may ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pysd_runner import Model, load

# Other work on the machine must not make a test fail.
settings.register_profile(
    "sandbox", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("sandbox")

_CONTROL = {
    "INITIAL TIME": "0",
    "FINAL TIME": "10",
    "TIME STEP": "0.25",
    "SAVEPER": "TIME STEP",
}


def with_control(text: str) -> str:
    """Add the control variables that a model text does not define itself, behind it."""
    lines = [
        f"{name} = {value} ~~|"
        for name, value in _CONTROL.items()
        if not re.search(rf"^\s*{name}\s*=", text, re.MULTILINE)
    ]
    return "\n".join([text, *lines]) + "\n"


@pytest.fixture
def inline_model(tmp_path: Path) -> Callable[[str], Model]:
    """Return a function that makes a model of the text of its equations.

    It runs from 0 to 10 with a time step of 0.25, unless the text says otherwise.
    """

    def make(text: str) -> Model:
        path = tmp_path / "inline.mdl"
        path.write_text(with_control(text), encoding="utf-8")
        return load(path)

    return make


@pytest.fixture(scope="module")
def shared_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Model]:
    """As ``inline_model``, but equal texts give one model, translated once a test module."""
    models: dict[str, Model] = {}

    def make(text: str) -> Model:
        if text not in models:
            path = tmp_path_factory.mktemp("shared") / "inline.mdl"
            path.write_text(with_control(text), encoding="utf-8")
            models[text] = load(path)
        return models[text]

    return make
