"""Factors that are not drawn independently: rank-correlated ones, and shares that sum to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from sensitivity.factors import Factor

Floats: TypeAlias = NDArray[np.float64]
Order: TypeAlias = NDArray[np.int64]

_INSIDE = 2.0**-32
"""A Sobol sequence may hit 0, where a normal quantile is infinite."""
_LEAST_SHAPE = 0.05
"""Below it the quantiles of a gamma distribution underflow."""


@dataclass(frozen=True, slots=True)
class Correlated:
    """Factors with rank correlations, joined by a Gaussian copula.

    Each factor keeps its own distribution.

    Parameters
    ----------
    names : tuple of str
        Identifiers of two or more factors.
    rank_correlation : tuple of tuple of float
        Spearman's coefficients, a symmetric matrix with ones on its diagonal; a single number
        stands for all pairs.

    References
    ----------
    .. [1] Iman, R. L. and Conover, W. J. (1982). A distribution-free approach to inducing rank
       correlation among input variables. Commun. Stat. Simul. Comput. 11, 311–334. The copula
       here has the same purpose, but its conditional distributions are known.
    """

    names: tuple[str, ...]
    rank_correlation: tuple[tuple[float, ...], ...] | float
    moves_together: ClassVar[bool] = False

    @property
    def correlation(self) -> Floats:
        """Pearson correlations of the normal scores, r = 2 sin(π ρ / 6), shape (m, m).

        Raises
        ------
        DesignError
            The coefficients are those of no distribution.
        """
        count = len(self.names)
        ranks = np.asarray(self.rank_correlation, dtype=float)
        if ranks.ndim == 0:
            ranks = np.where(np.eye(count, dtype=bool), 1.0, ranks)
        named = ", ".join(f"'{name}'" for name in self.names)
        if ranks.shape != (count, count) or not np.array_equal(ranks, ranks.T):
            raise DesignError(
                f"the rank correlations of {named} are no symmetric {count} × {count} matrix."
            )
        if (np.diag(ranks) != 1).any() or (np.abs(ranks) > 1).any():
            raise DesignError(f"the rank correlations of {named} need ones on their diagonal, and "
                              "lie between -1 and 1.")  # fmt: skip
        found = 2 * np.sin(np.pi / 6 * ranks)
        np.fill_diagonal(found, 1.0)
        if np.linalg.eigvalsh(found)[0] < 1e-9:
            raise DesignError(
                f"no distribution has the rank correlations given for {named}; bring them nearer "
                "to zero."
            )
        return found

    def check(self, factors: Sequence[Factor]) -> None:
        """Refuse coefficients that are those of no distribution."""
        assert len(factors) == self.correlation.shape[0]

    def values(self, factors: Sequence[Factor], innovations: Floats, order: Order) -> Floats:
        """Return values, shape (rows, m), from independent uniform innovations of that shape.

        Parameters
        ----------
        factors : sequence of Factor
            Those of ``names``.
        innovations : ndarray, shape (rows, m)
            In [0, 1].
        order : ndarray, shape (rows, m)
            In which order the factors of a row are drawn, each given those before it. Rows that
            share the innovations of the first factors of an order share their values, and
            the others are drawn given them.
        """
        scores = scipy.stats.norm.ppf(np.clip(innovations, _INSIDE, 1 - _INSIDE))
        correlation = self.correlation[order[:, :, None], order[:, None, :]]
        drawn = np.take_along_axis(scores, order, axis=1)
        mixed = (np.linalg.cholesky(correlation) @ drawn[:, :, None])[:, :, 0]
        found = np.empty_like(scores)
        np.put_along_axis(found, order, mixed, axis=1)
        unit = scipy.stats.norm.cdf(found)
        return np.column_stack([f.quantile(unit[:, column]) for column, f in enumerate(factors)])


@dataclass(frozen=True, slots=True)
class Shares:
    """Factors that sum to one: a Dirichlet distribution above their lower bounds.

    What the lower bounds leave is split by Dirichlet shares whose means are those of the base
    case. Such factors are one input: moved together, never alone.

    Parameters
    ----------
    names : tuple of str
        Identifiers of two or more factors.
    concentration : float
        Sum of the Dirichlet parameters; a share of mean m has the variance
        m (1 - m) / (1 + concentration).
    """

    names: tuple[str, ...]
    concentration: float
    moves_together: ClassVar[bool] = True

    def check(self, factors: Sequence[Factor]) -> None:
        """Refuse factors that are no shares.

        Raises
        ------
        DesignError
            The base values do not sum to one, or the bounds cannot be kept.
        """
        named = ", ".join(f"'{factor.name}'" for factor in factors)
        total = sum(factor.base for factor in factors)
        if abs(total - 1) > 1e-9:
            raise DesignError(f"{named} sum to {total:g} in the base case, but shares sum to 1.")
        rest = 1 - sum(factor.bounds[0] for factor in factors)
        for factor in factors:
            low, high = factor.bounds
            if factor.base <= low:
                raise DesignError(f"'{factor.name}' stands at its lower bound in the base case; a "
                                  "share needs a base above it.")  # fmt: skip
            if high < low + rest - 1e-9:
                raise DesignError(
                    f"'{factor.name}' can take {low + rest:g} if the other shares are at their "
                    f"lower bounds, above its bound {high:g}; raise that, or the lower bounds."
                )
        least = min(self._shapes(factors))
        if least < _LEAST_SHAPE:
            raise DesignError(
                f"a concentration of {self.concentration:g} is too low for the shares {named}; "
                f"take at least {self.concentration * _LEAST_SHAPE / least:.2g}."
            )

    def _shapes(self, factors: Sequence[Factor]) -> Floats:
        low = np.array([factor.bounds[0] for factor in factors])
        base = np.array([factor.base for factor in factors])
        return np.asarray(self.concentration * (base - low) / (1 - low.sum()))

    def values(self, factors: Sequence[Factor], innovations: Floats, order: Order) -> Floats:
        """Return values, shape (rows, m), as :meth:`Correlated.values` does; any order is alike.

        Gamma variables divided by their sum are Dirichlet shares.
        """
        low = np.array([factor.bounds[0] for factor in factors])
        unit = np.clip(innovations, _INSIDE, 1 - _INSIDE)
        parts = scipy.stats.gamma.ppf(unit, self._shapes(factors))
        return np.asarray(low + (1 - low.sum()) * parts / parts.sum(axis=1, keepdims=True))


Dependence: TypeAlias = Correlated | Shares


def check_dependences(factors: Sequence[Factor], dependences: Sequence[Dependence]) -> None:
    """Refuse dependences that do not fit the factors.

    Raises
    ------
    DesignError
        A name is no factor of the design or stands in two dependences, or one of them does not
        make a distribution.
    """
    known = {factor.name: factor for factor in factors}
    seen: set[str] = set()
    for dependence in dependences:
        if len(dependence.names) < 2:
            raise DesignError("a dependence joins two or more factors.")
        for name in dependence.names:
            if name not in known:
                raise DesignError(f"'{name}' is no factor of the design{nearest(name, known)}.")
            if name in seen:
                raise DesignError(f"'{name}' stands in two dependences; join them into one.")
            seen.add(name)
        dependence.check([known[name] for name in dependence.names])


def draw(
    factors: Sequence[Factor],
    dependences: Sequence[Dependence],
    innovations: Floats,
    turn: Order | None = None,
) -> Floats:
    """Return values of all factors, shape (rows, k), in their units.

    Parameters
    ----------
    factors : sequence of Factor
        One for each column.
    dependences : sequence of Dependence
        Between some of them; the others are independent.
    innovations : ndarray, shape (rows, k)
        Independent and uniform in [0, 1].
    turn : ndarray, shape (rows, k), or None
        When each factor is drawn, by row, the lowest first; ``None`` takes them as they stand.
    """
    place = {factor.name: column for column, factor in enumerate(factors)}
    joined = [name for dependence in dependences for name in dependence.names]
    values = np.empty(innovations.shape)
    for column, factor in enumerate(factors):
        if factor.name not in joined:
            values[:, column] = factor.quantile(innovations[:, column])
    for dependence in dependences:
        columns = [place[name] for name in dependence.names]
        turns = np.tile(columns, (len(values), 1)) if turn is None else turn[:, columns]
        values[:, columns] = dependence.values(
            [factors[column] for column in columns], innovations[:, columns],
            np.argsort(turns, axis=1),
        )  # fmt: skip
    return values
