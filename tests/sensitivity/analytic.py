"""Functions whose Sobol indices are known exactly, to hold the estimators against."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from pysd_runner.spec.schema import Uncertainty
from sensitivity.factors import Factor
from sensitivity.sampling import saltelli
from sensitivity.sobol import estimate


def factors(count: int, low: float = 0.0, high: float = 1.0) -> tuple[Factor, ...]:
    """Return ``count`` uniform factors x1, x2, …"""
    return tuple(
        Factor(f"x{i}", f"x{i}", f"x{i}", "Dmnl", (low + high) / 2, (low, high))
        for i in range(1, count + 1)
    )


class Ishigami:
    """y = sin x1 + a sin² x2 + b x3⁴ sin x1 on [-π, π]³ (Ishigami and Homma 1990)."""

    a, b = 7.0, 0.1
    factors = factors(3, -np.pi, np.pi)

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return y, shape (runs,), for x of shape (runs, 3)."""
        return (
            np.sin(x[:, 0])
            + self.a * np.sin(x[:, 1]) ** 2
            + self.b * x[:, 2] ** 4 * np.sin(x[:, 0])
        )

    @property
    def parts(self) -> tuple[float, float, float]:
        """Variances V1, V2 and V13; the others are zero."""
        v1 = 0.5 * (1 + self.b * np.pi**4 / 5) ** 2
        v2 = self.a**2 / 8
        v13 = self.b**2 * np.pi**8 * (1 / 18 - 1 / 50)
        return v1, v2, v13

    @property
    def first(self) -> NDArray[np.float64]:
        """Exact first-order indices."""
        v1, v2, v13 = self.parts
        return np.array([v1, v2, 0.0]) / (v1 + v2 + v13)

    @property
    def total(self) -> NDArray[np.float64]:
        """Exact total indices."""
        v1, v2, v13 = self.parts
        return np.array([v1 + v13, v2, v13]) / (v1 + v2 + v13)

    @property
    def pairs(self) -> NDArray[np.float64]:
        """Exact second-order indices of the pairs 12, 13, 23."""
        return np.array([0.0, self.parts[2], 0.0]) / sum(self.parts)


class SobolG:
    """y = Π (|4 x_i - 2| + a_i) / (1 + a_i) on [0, 1]^k (Saltelli and Sobol 1995)."""

    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    factors = factors(5)

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return y, shape (runs,), for x of shape (runs, 5)."""
        return np.prod((np.abs(4 * x - 2) + self.a) / (1 + self.a), axis=1)

    @property
    def first(self) -> NDArray[np.float64]:
        """Exact first-order indices."""
        own = 1 / (3 * (1 + self.a) ** 2)
        return own / (np.prod(1 + own) - 1)

    @property
    def total(self) -> NDArray[np.float64]:
        """Exact total indices."""
        own = 1 / (3 * (1 + self.a) ** 2)
        product = np.prod(1 + own)
        return own * product / (1 + own) / (product - 1)

    @property
    def pairs(self) -> NDArray[np.float64]:
        """Exact second-order indices."""
        own = 1 / (3 * (1 + self.a) ** 2)
        both = np.outer(own, own) / (np.prod(1 + own) - 1)
        return both[np.triu_indices(len(own), 1)]


class Breaker:
    """y = x1 + (2 + x4) 1{x2 + x3 > 1.2} + x5 / 5 on [0, 1]^5: an outcome that jumps."""

    factors = factors(5)

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return y, shape (runs,), for x of shape (runs, 5)."""
        return x[:, 0] + (2 + x[:, 3]) * (x[:, 1] + x[:, 2] > 1.2) + x[:, 4] / 5

    @property
    def parts(self) -> dict[tuple[int, ...], float]:
        """Variances by the factors that make them; factors are counted from zero.

        With h = 1{x2 + x3 > 1.2}, p = P(h) = 0.32 and q(x2) = P(h | x2) = max(0, x2 - 0.2), whose
        mean square is 0.8³ / 3.
        """
        p = 0.32
        alone = 0.8**3 / 3 - p**2
        both = p * (1 - p) - 2 * alone
        return {
            (0,): 1 / 12, (4,): 1 / 300, (1,): 2.5**2 * alone, (2,): 2.5**2 * alone,
            (1, 2): 2.5**2 * both, (3,): p**2 / 12, (1, 3): alone / 12, (2, 3): alone / 12,
            (1, 2, 3): both / 12,
        }  # fmt: skip

    @property
    def first(self) -> NDArray[np.float64]:
        """Exact first-order indices."""
        whole = sum(self.parts.values())
        return np.array([self.parts[i,] / whole for i in range(5)])

    @property
    def total(self) -> NDArray[np.float64]:
        """Exact total indices."""
        whole = sum(self.parts.values())
        return np.array(
            [sum(v for made_by, v in self.parts.items() if i in made_by) / whole for i in range(5)]
        )

    @property
    def pairs(self) -> NDArray[np.float64]:
        """Exact second-order indices."""
        whole = sum(self.parts.values())
        return np.array([self.parts.get(pair, 0.0) / whole for pair in combinations(range(5), 2)])


class Linear:
    """y = β · x, x normal with mean 0 and variance 1, truncated where it does not matter.

    Parameters
    ----------
    *beta : float
        Coefficients.
    """

    def __init__(self, *beta: float) -> None:
        self.beta = np.array(beta)
        entry = Uncertainty(
            variable="x", label="x", unit="Dmnl", base=0, bounds=(-8, 8), distribution="normal",
            mean=0, sd=1, assumption="a test",
        )  # fmt: skip
        self.factors = tuple(
            Factor(f"x{i}", f"x{i}", f"x{i}", "Dmnl", 0.0, (-8.0, 8.0), False, entry)
            for i in range(1, len(beta) + 1)
        )

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return y, shape (runs,), for x of shape (runs, factors)."""
        return x @ self.beta

    @property
    def first(self) -> NDArray[np.float64]:
        """Exact indices of independent factors, first-order and total."""
        return self.beta**2 / np.sum(self.beta**2)

    total = first

    @property
    def pairs(self) -> NDArray[np.float64]:
        """Second-order indices: none."""
        return np.zeros(len(self.beta) * (len(self.beta) - 1) // 2)

    def shapley(self, correlation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Shapley effects of correlated factors, from all conditional variances."""
        count = len(self.beta)
        covariance = correlation @ self.beta
        whole = float(self.beta @ covariance)

        def explained(some: tuple[int, ...]) -> float:
            """Return the variance of E(y | some factors)."""
            if not some:
                return 0.0
            with_some = covariance[list(some)]
            return float(with_some @ np.linalg.solve(correlation[np.ix_(some, some)], with_some))

        found = np.zeros(count)
        for i in range(count):
            others = [j for j in range(count) if j != i]
            for size in range(count):
                for some in combinations(others, size):
                    weight = 1 / (count * comb(count - 1, size))
                    gain = explained(tuple(sorted((*some, i)))) - explained(some)
                    found[i] += weight * gain
        return found / whole


class Many:
    """A saturating function of thirty factors with many small pairs, as models have them.

    y = exp(z) / (1 + exp(z - 1)) with z quadratic in the factors; its indices are not known in
    closed form, but computed from 2^17 points once.
    """

    count = 30
    factors = factors(count, -1.0, 1.0)

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        decay = np.arange(self.count)
        self.linear = rng.normal(size=self.count) * np.exp(-decay / 5)
        size = np.exp(-decay / 6)
        self.square = 0.4 * rng.normal(size=(self.count, self.count)) * np.outer(size, size)

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return y, shape (runs,), for x of shape (runs, 30)."""
        z = x @ self.linear + ((x @ self.square) * x).sum(axis=1)
        return np.asarray(np.exp(z) / (1 + np.exp(z - 1)))

    @cached_property
    def computed(self) -> dict[str, NDArray[np.float64]]:
        """Indices by brute force; standard errors are below 0.001."""
        sums: dict[str, NDArray[np.float64]] = {}
        for seed in range(8):
            design = saltelli(self.factors, 2**14, second_order=True, seed=1000 + seed)
            for name, index in estimate(
                design, self(design.values)[:, None], estimator="azzini"
            ).items():
                sums[name] = sums.get(name, 0.0) + index.estimate[:, 0] / 8
        return sums

    @property
    def first(self) -> NDArray[np.float64]:
        """First-order indices."""
        return self.computed["S1"]

    @property
    def total(self) -> NDArray[np.float64]:
        """Total indices."""
        return self.computed["ST"]

    @property
    def pairs(self) -> NDArray[np.float64]:
        """Second-order indices."""
        return self.computed["S2"]
