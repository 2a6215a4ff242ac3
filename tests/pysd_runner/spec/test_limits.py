from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.spec.limits import beyond_limits


@pytest.mark.parametrize(
    ("limits", "values", "outside"),
    [
        ("[0,1]", (0.0, 1.0), None),
        ("[0,1]", (0.5, 1.5), 1.5),
        ("[0,?]", (9e9,), None),
        ("[?,0]", (-1.0, 0.1), 0.1),
        ("", (-1e9, 1e9), None),
    ],
)
def test_values_beyond_the_limits(
    inline_model: Callable[[str], Model], limits: str, values: tuple[float, ...],
    outside: float | None,
) -> None:  # fmt: skip
    graph = inline_model(f"rate = 0 ~ Dmnl {limits} ~|").graph
    found = beyond_limits(graph, "rate", *values)
    assert found.partition(" lies outside the limits ")[0] == (
        "" if outside is None else f"{outside:g}"
    )
    assert ("(line 1)" in found) is (outside is not None)
