"""Names that a file uses twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.check.namespace import namespace_faults

TEXT = """breaker: Fund, Capacity ~ ~ Breakers. |
threshold[breaker] = 1, 2 ~ Dmnl ~ By breaker. |
{name} = 3 ~ Dmnl ~ Something else. |
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("capacity", "is named like an element of range 'breaker'"),
        ("BREAKER", "is named like a subscript range"),
    ],
)
def test_a_variable_named_like_a_subscript(
    inline_model: Callable[[str], Model], name: str, said: str
) -> None:
    (fault,) = namespace_faults(inline_model(TEXT.format(name=name)).graph)
    assert (fault.line, fault.variable) == (3, name)
    assert fault.message == f"{said}; Vensim has one space of names, so rename one."


def test_names_of_their_own(inline_model: Callable[[str], Model]) -> None:
    assert list(namespace_faults(inline_model(TEXT.format(name="output")).graph)) == []
