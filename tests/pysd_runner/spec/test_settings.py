from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model, RunError
from pysd_runner.model.graph import ModelGraph
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.settings import collect_settings
from tests.pysd_runner.spec.example import MODEL, SPEC


@pytest.fixture
def both(
    inline_model: Callable[[str], Model], read: Callable[[str], Spec]
) -> tuple[ModelGraph, Spec]:
    return inline_model(MODEL).graph, read(SPEC)


def test_single_values_come_last(both: tuple[ModelGraph, Spec]) -> None:
    found = collect_settings(*both, "poor", "more", ["r[SHB]=1.2"])
    assert found == {"r[SHB]": 1.2, "grant rate": 0.4}


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("grants=0.55", r"0.55 lies outside its bounds \[0, 0.5\] in sandbox.toml"),
        ("grant rate=0.7", r"0.7 lies outside the limits \[0, 0.6\] of the model file \(line 3\)"),
        ("grant rat=0.1", "did you mean 'grant rate'"),
    ],
)
def test_a_value_that_does_not_fit(both: tuple[ModelGraph, Spec], pair: str, message: str) -> None:
    with pytest.raises(RunError, match=message):
        collect_settings(*both, pairs=[pair])


def test_nothing_is_set_twice(both: tuple[ModelGraph, Spec]) -> None:
    with pytest.raises(RunError, match="'grant rate': is set twice"):
        collect_settings(*both, pairs=["grants=0.2", "grant rate=0.1"])


def test_limits_may_be_used_to_the_full(both: tuple[ModelGraph, Spec]) -> None:
    assert collect_settings(*both, pairs=["grant rate=0.6"]) == {"grant rate": 0.6}
