"""How often intervals cover the exact index, by repetition over seeds.

The short version runs always. The long one prints the tables of ``sensitivity/README.md``:
``pytest -m full -s tests/sensitivity/test_coverage.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from sensitivity.dependence import Correlated
from sensitivity.index_table import Index
from sensitivity.sampling import permutations, saltelli
from sensitivity.shapley_effects import _of_some
from sensitivity.sobol import Estimator, estimate
from tests.sensitivity.analytic import Breaker, Ishigami, Linear, Many, SobolG, factors

Function = Ishigami | SobolG | Linear | Breaker | Many
SMALL: Mapping[str, Function] = {
    "Ishigami": Ishigami(), "Sobol g": SobolG(), "linear Gaussian": Linear(1.0, 0.8, 0.5, 0.3, 0.1),
    "breaker": Breaker(),
}  # fmt: skip
LARGE: Mapping[str, Function] = {"thirty factors": Many()}
SEEDS = 120
LEVEL = 0.95


@dataclass(frozen=True)
class Repeated:
    """Estimates of many seeds against exact values, each of shape (seeds, indices)."""

    estimates: NDArray[np.float64]
    halves: NDArray[np.float64]
    exact: NDArray[np.float64]

    @property
    def coverage(self) -> NDArray[np.float64]:
        """Share of seeds whose interval covers, by index; rounding is no miss."""
        errors = np.abs(self.estimates - self.exact)
        return np.asarray((errors <= self.halves + 1e-12).mean(axis=0))

    @property
    def error(self) -> NDArray[np.float64]:
        """Root mean square error, by index."""
        return np.asarray(np.sqrt(((self.estimates - self.exact) ** 2).mean(axis=0)))


def repeated(
    functions: Mapping[str, Function], n: int, seeds: int, *, scrambles: int, full: bool = True,
    estimator: Estimator = "azzini",
) -> dict[tuple[str, str], Repeated]:  # fmt: skip
    """Estimate the Sobol indices of some functions, all on the same designs, with many seeds."""
    count = max(len(function.factors) for function in functions.values())
    found: dict[str, list[Index]] = {}
    for seed in range(seeds):
        design = saltelli(factors(count), n, second_order=full, seed=seed, scrambles=scrambles)
        y = np.column_stack([_of_unit(each, design.values) for each in functions.values()])
        for kind, index in estimate(design, y, estimator=estimator, confidence=LEVEL).items():
            found.setdefault(kind, []).append(index)
    return {
        (name, kind): _against(function, kind, indices, column, count)
        for column, (name, function) in enumerate(functions.items())
        for kind, indices in found.items()
    }


def _of_unit(function: Function, unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return y where the factors of a function have these probabilities; more are inert."""
    return function(np.column_stack(
        [factor.quantile(unit[:, column]) for column, factor in enumerate(function.factors)]
    ))  # fmt: skip


def _against(
    function: Function, kind: str, indices: list[Index], column: int, count: int
) -> Repeated:
    own = len(function.factors)
    places = [*range(own)]
    if kind == "S2":
        places = [n for n, pair in enumerate(combinations(range(count), 2)) if max(pair) < own]
    exact = {
        "S1": function.first, "ST": function.total, "SI": function.total - function.first,
        "S2": function.pairs,
    }[kind]  # fmt: skip
    return Repeated(
        np.stack([index.estimate[places, column] for index in indices]),
        np.stack([(index.high - index.low)[places, column] / 2 for index in indices]), exact,
    )  # fmt: skip


@cache
def short(scrambles: int) -> dict[tuple[str, str], Repeated]:
    """Repeat the small functions with N = 256, once for all tests."""
    return repeated(SMALL, 256, SEEDS, scrambles=scrambles)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("scrambles", [0, 8])
def test_intervals_cover_at_their_level(name: str, scrambles: int) -> None:
    error = np.sqrt(LEVEL * (1 - LEVEL) / SEEDS)  # of a coverage; indices of one seed go together
    for kind in ("S1", "ST", "SI", "S2"):
        coverage = short(scrambles)[name, kind].coverage
        assert coverage.mean() > LEVEL - 2 * error, kind
        assert coverage.min() > LEVEL - 4 * error, kind


def test_a_wrong_interval_would_be_seen() -> None:
    found = short(8)["breaker", "S1"]
    narrow = Repeated(found.estimates, 0.6 * found.halves, found.exact)
    assert narrow.coverage.mean() < 0.88


def test_intervals_of_shapley_effects_cover() -> None:
    function = Linear(1.0, 0.5, 0.8)
    joined = Correlated(("x1", "x2"), 0.6)
    correlation = np.eye(3)
    correlation[:2, :2] = joined.correlation
    estimates, halves = [], []
    for seed in range(SEEDS):
        design = permutations(function.factors, 64, seed=seed, dependences=[joined])
        share, low, high = _of_some(design, function(design.values)[:, None], LEVEL)[:, :, 0]
        estimates.append(share)
        halves.append((high - low) / 2)
    found = Repeated(np.array(estimates), np.array(halves), function.shapley(correlation))
    assert found.coverage.mean() > 0.92


@pytest.mark.full
@pytest.mark.parametrize("functions", [SMALL, LARGE], ids=["five factors", "thirty factors"])
@pytest.mark.parametrize("estimator", ["azzini", "saltelli"])
@pytest.mark.parametrize("scrambles", [0, 1, 8, 16])
@pytest.mark.parametrize("n", [128, 1024])
def test_coverage_in_full(
    functions: Mapping[str, Function], estimator: Estimator, scrambles: int, n: int
) -> None:
    seeds = 200 if functions is SMALL else 100
    found = repeated(functions, n, seeds, scrambles=scrambles, estimator=estimator)
    for (name, kind), each in found.items():
        print(
            f"| {name} | {n} | {scrambles} | {estimator} | {kind} | {each.coverage.mean():.3f} | "
            f"{each.coverage.min():.2f} | {each.halves.mean():.4f} | {each.error.mean():.4f} |"
        )
    if scrambles != 1:  # which is not safe, and says so
        # Of few blocks, the error of a ratio is a little more than its linear part.
        floor = 0.9 if n < 1024 else 0.925
        lowest = floor - 4 * np.sqrt(LEVEL * (1 - LEVEL) / seeds)
        assert min(each.coverage.mean() for each in found.values()) > floor
        assert min(each.coverage.min() for each in found.values()) > lowest


@pytest.mark.full
@pytest.mark.parametrize("functions", [SMALL, LARGE], ids=["five factors", "thirty factors"])
def test_second_order_runs_are_worth_their_price(functions: Mapping[str, Function]) -> None:
    """At equal runs, with and without the rows for pairs."""
    seeds = 200 if functions is SMALL else 60
    pairs = repeated(functions, 256, seeds, scrambles=8)
    plain = repeated(functions, 512, seeds, scrambles=8, full=False, estimator="saltelli")
    for name in functions:
        for kind in ("S1", "ST"):
            ratio = plain[name, kind].error.mean() / pairs[name, kind].error.mean()
            print(f"| {name} | {kind} | {ratio:.2f} |")
        assert pairs[name, "S1"].error.mean() < plain[name, "S1"].error.mean()
