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
from pysd_runner.spec.joint import (
    for_all_pairs,
    normal_scores,
    shapes_of,
    wrong_ranks,
    wrong_shares,
)
from pysd_runner.spec.schema import Spec
from sensitivity.factors import Factor

Floats: TypeAlias = NDArray[np.float64]
Order: TypeAlias = NDArray[np.int64]

_INSIDE = 2.0**-32
"""A Sobol sequence may hit 0, where a normal quantile is infinite."""


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
    label : str
        Of all of them together, for figures.

    References
    ----------
    .. [1] Iman, R. L. and Conover, W. J. (1982). A distribution-free approach to inducing rank
       correlation among input variables. Commun. Stat. Simul. Comput. 11, 311–334. The copula
       here has the same purpose, but its conditional distributions are known.
    """

    names: tuple[str, ...]
    rank_correlation: tuple[tuple[float, ...], ...] | float
    label: str = ""
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
        given: Sequence[Sequence[float]] | Floats = (
            for_all_pairs(self.rank_correlation, count)
            if isinstance(self.rank_correlation, int | float)
            else self.rank_correlation
        )
        wrong = wrong_ranks(given, count)
        if wrong:
            named = ", ".join(f"'{name}'" for name in self.names)
            raise DesignError(f"the rank correlations of {named} {wrong}.")
        return normal_scores(np.asarray(given, dtype=float))

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
        m (1 - m) / (1 + concentration), where no lower bound is above zero.
    label : str
        Of all of them together, for figures.
    """

    names: tuple[str, ...]
    concentration: float
    label: str = ""
    moves_together: ClassVar[bool] = True

    def check(self, factors: Sequence[Factor]) -> None:
        """Refuse factors that are no shares.

        Raises
        ------
        DesignError
            The base values do not sum to one, or the bounds cannot be kept.
        """
        base = np.array([factor.base for factor in factors])
        low, high = np.array([factor.bounds for factor in factors]).T
        names = [factor.name for factor in factors]
        wrong = wrong_shares(names, base, low, high, self.concentration)
        if wrong:
            raise DesignError(f"{wrong}.")

    def values(self, factors: Sequence[Factor], innovations: Floats, order: Order) -> Floats:
        """Return values, shape (rows, m), as :meth:`Correlated.values` does; any order is alike.

        Gamma variables divided by their sum are Dirichlet shares.
        """
        low = np.array([factor.bounds[0] for factor in factors])
        base = np.array([factor.base for factor in factors])
        unit = np.clip(innovations, _INSIDE, 1 - _INSIDE)
        parts = scipy.stats.gamma.ppf(unit, shapes_of(base, low, self.concentration))
        return np.asarray(low + (1 - low.sum()) * parts / parts.sum(axis=1, keepdims=True))


Dependence: TypeAlias = Correlated | Shares


def dependences_of(spec: Spec, factors: Sequence[Factor] | None = None) -> tuple[Dependence, ...]:
    """Return what a spec says of unknowns that are drawn together, as designs take it.

    Parameters
    ----------
    spec : Spec
        With tables ``correlations`` and ``shares``, or without.
    factors : sequence of Factor or None
        Those that are varied: of correlated ones that are not, nothing is said; ``None`` for all.
    """
    varied = set(spec.uncertainties if factors is None else [each.name for each in factors])
    found: list[Dependence] = []
    for correlation in spec.correlations.values():
        place = [n for n, name in enumerate(correlation.uncertainties) if name in varied]
        if len(place) > 1:
            names = tuple(correlation.uncertainties[n] for n in place)
            ranks = tuple(tuple(correlation.rank_correlation[n][m] for m in place) for n in place)
            found.append(Correlated(names, ranks, correlation.label))
    found += [
        Shares(shares.uncertainties, shares.concentration, shares.label)
        for shares in spec.shares.values()
        if varied.intersection(shares.uncertainties)
    ]
    return tuple(found)


def groups_of(dependences: Sequence[Dependence]) -> dict[str, tuple[str, ...]]:
    """Return factors that depend on each other as groups of a design: label -> identifiers."""
    return {each.label or " and ".join(each.names): each.names for each in dependences}


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
    _refuse_forgotten(factors, dependences)


def _refuse_forgotten(factors: Sequence[Factor], dependences: Sequence[Dependence]) -> None:
    """Refuse to draw factors independently that the spec joins."""
    drawn = {name: dependence for dependence in dependences for name in dependence.names}
    first: dict[str, Factor] = {}
    for factor in factors:
        other = first.setdefault(factor.joint, factor) if factor.joint else factor
        together = factor.name in drawn and drawn[factor.name] is drawn.get(other.name)
        if other is not factor and not together:
            raise DesignError(
                f"'{other.name}' and '{factor.name}' are drawn together ([{factor.joint}] in "
                "sandbox.toml); give dependences=dependences_of(model.spec, factors), or vary one "
                "of them."
            )


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
