"""Levers and uncertainties apart and together, where every share is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pysd_runner.errors import DesignError
from sensitivity.apart import Apart, apart
from sensitivity.dependence import Correlated
from sensitivity.design import DesignMatrix
from sensitivity.slices import Slices
from tests.sensitivity.analytic import factors

FACTORS = tuple(
    replace(factor, is_lever=number < 2) for number, factor in enumerate(factors(4, -1.0, 1.0))
)


def run(design: DesignMatrix, *, first: int = 0) -> Slices:
    """y = 2 x1 + x2 + 3 x3 + 3 x1 x4, base 0; levers are x1 and x2."""
    x = {name: design.values[first:, n] for n, name in enumerate(design.names)}
    none = np.zeros(len(design) - first)
    x1, x2, x3, x4 = (x.get(f"x{n}", none) for n in range(1, 5))
    return Slices(np.column_stack([2 * x1 + x2 + 3 * x3 + 3 * x1 * x4, none]), ("y", "still"))


@pytest.fixture(scope="module")
def found() -> Apart:
    return apart(run, FACTORS, 512)


def test_each_kind_alone_moves_what_it_moves_at_the_base_of_the_other(found: Apart) -> None:
    assert found.levers.of("y", "ST")["estimate"].tolist() == pytest.approx([0.8, 0.2], abs=0.01)
    assert found.uncertainties.of("y", "ST")["estimate"].tolist() == pytest.approx([1, 0], abs=0.01)


def test_together_levers_and_uncertainties_share_the_variance(found: Apart) -> None:
    # Variances, in thirds: 4 and 1 of the levers, 9 of x3, and 9/3 of x1 x4.
    whole = 4 + 1 + 9 + 3
    rows = found.shared.of("y", "S1")["estimate"]
    assert rows["levers"] == pytest.approx(5 / whole, abs=0.02)
    assert rows["uncertainties"] == pytest.approx(9 / whole, abs=0.02)
    assert found.shared.of("y", "SI")["estimate"].tolist() == pytest.approx(
        [3 / whole] * 2, abs=0.02
    )
    total = found.together.of("y", "ST")["estimate"]
    assert total.tolist() == pytest.approx([7 / whole, 1 / whole, 9 / whole, 3 / whole], abs=0.04)
    said = found.of("y")
    assert said.startswith(f"y, shares of the variance: levers {rows['levers']:.0%} ± ")
    assert f"uncertainties {rows['uncertainties']:.0%} ± " in said
    assert found.of("still") == "still: the same in all 3,072 runs."


def test_factors_that_depend_on_each_other_have_an_index_together() -> None:
    more = (*FACTORS, replace(factors(5)[4], is_lever=False))
    found = apart(run, more, 64, dependences=[Correlated(("x3", "x4"), 0.5)])
    assert list(found.uncertainties.labels) == ["x3 and x4", "x5"]
    assert list(found.together.labels) == ["x1", "x2", "x3 and x4", "x5"]
    assert list(found.shared.labels) == ["levers", "uncertainties"]


@pytest.mark.parametrize(
    ("some", "says"),
    [
        (FACTORS[:3], "two uncertainties or more, not 1"),
        (FACTORS[1:], "two levers or more, not 1"),
    ],
)
def test_too_few_of_a_kind_are_refused(some: tuple[object, ...], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        apart(run, some, 64)  # type: ignore[arg-type]


def test_a_dependence_between_the_kinds_is_refused() -> None:
    with pytest.raises(DesignError, match="'x1' depends on a factor of the other kind"):
        apart(run, FACTORS, 64, dependences=[Correlated(("x1", "x3"), 0.5)])
