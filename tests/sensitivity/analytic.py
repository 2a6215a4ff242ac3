"""Functions whose Sobol indices are known exactly, to hold the estimators against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensitivity.sampling import Factor


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
