"""Discrete factors: switches and categories, with their values in place of bounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner.errors import Fault
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import SPEC

LEVER = "base = 0.1\nbounds = [0.0, 0.5]"
UNKNOWN = 'bounds = [1.0, 3.0]\ndistribution = "triangular"\nmode = 2.5'


def discrete(rest: str, base: str = "base = 0.1\n") -> str:
    return f'{base}distribution = "discrete"\n{rest}'


def test_values_take_the_place_of_bounds(read: Callable[[str], Spec]) -> None:
    text = SPEC.replace(LEVER, discrete("values = [0.4, 0.1, 0]")).replace(
        UNKNOWN, discrete("values = [1, 2]\nweights = [1, 3]", "")
    )
    spec = read(text)
    lever, unknown = spec.levers["grants"], spec.uncertainties["return"]
    assert (lever.values, lever.weights, lever.bounds) == ((0.4, 0.1, 0.0), (), (0.0, 0.4))
    assert (unknown.values, unknown.weights, unknown.bounds) == ((1, 2), (1, 3), (1, 2))


@pytest.mark.parametrize(
    ("rest", "key", "message"),
    [
        ("values = [0.1]", "values", "takes two or more different values."),
        ("values = [0.1, 0.2, 0.1]", "values", "takes two or more different values."),
        ("", "values", "takes two or more different values."),
        ("values = [0.1, 0.2]\nweights = [1]", "weights", "has 1 weights for 2 values; give one"),
        ("values = [0.1, 0.2]\nweights = [1, 0]", "weights.1", "is 0; write a number above 0."),
        ("values = [0.1, 0.2]\nbounds = [0, 0.2]", "bounds", "leave 'bounds' out."),
        ("values = [0.2, 0.3]", "values", "the base 0.1 is none of the values; add it."),
        ('values = [0.1, "high"]', "values.1", "is 'high'; write a number."),
        ("values = [0.1, 0.4, 0.7]", "values", "0.7 lies outside the limits [0, 0.6] of the model"),
    ],
)
def test_values_that_make_no_distribution(
    fault_of: Callable[[str, str], Fault], rest: str, key: str, message: str
) -> None:
    fault = fault_of(LEVER, discrete(rest))
    assert message in fault.message
    assert fault.variable == f"levers.grants.{key}"


def test_values_belong_to_a_discrete_distribution(fault_of: Callable[[str, str], Fault]) -> None:
    fault = fault_of(LEVER, f"{LEVER}\nvalues = [0.1, 0.2]")
    assert 'belong to distribution = "discrete"' in fault.message


def test_a_policy_takes_one_of_the_values(read: Callable[[str], Spec]) -> None:
    text = SPEC.replace(LEVER, discrete("values = [0.1, 0.2, 0.4]"))
    assert read(text).policies["more"].values == {"grants": 0.4}
    lever = read(text).levers["grants"]
    assert lever.misfit(0.3) == "is none of its values 0.1, 0.2, 0.4"
    assert lever.misfit(0.5) == "lies outside its bounds [0.1, 0.4]"
