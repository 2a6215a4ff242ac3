"""What ``sandbox.toml`` says of unknowns that are drawn together: correlated ones, and shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from pysd_runner.spec.base import Evidence, Finite, Label, Positive, contradiction

Floats: TypeAlias = NDArray[np.float64]

_LEAST_SHAPE = 0.05
"""Below it the quantiles of a gamma distribution underflow."""
_SUM = 1e-9
"""By how much shares may miss one: rounding."""


class _Joint(Evidence):
    """Uncertainties that are drawn together."""

    label: Label
    uncertainties: Annotated[tuple[str, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _distinct(self) -> _Joint:
        twice = [name for name, count in Counter(self.uncertainties).items() if count > 1]
        if twice:
            raise contradiction(f"names '{twice[0]}' twice; remove one", "uncertainties")
        return self


class Correlation(_Joint):
    """Uncertainties with rank correlations; each keeps its own distribution.

    Parameters
    ----------
    label : str
        Of all of them together, for figures.
    uncertainties : tuple of str
        Identifiers, two or more.
    rank_correlation : tuple of tuple of float
        Spearman's coefficients, a symmetric matrix with ones on its diagonal; in the file a single
        number stands for all pairs.
    source, assumption : str or None
        Evidence that they go together; exactly one of the two.
    """

    rank_correlation: tuple[tuple[Finite, ...], ...]

    @model_validator(mode="before")
    @classmethod
    def _all_pairs(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        one, names = given.get("rank_correlation", []), given.get("uncertainties")
        if not isinstance(one, int | float | list | tuple) or isinstance(one, bool):
            raise contradiction(
                "is neither a number, for all pairs, nor a matrix of numbers", "rank_correlation"
            )
        if not isinstance(one, int | float) or not isinstance(names, list):
            return given
        return {**given, "rank_correlation": for_all_pairs(one, len(names)).tolist()}

    @model_validator(mode="after")
    def _of_a_distribution(self) -> Correlation:
        wrong = wrong_ranks(self.rank_correlation, len(self.uncertainties))
        if wrong:
            raise contradiction(f"the rank correlations {wrong}", "rank_correlation")
        return self


class ShareSet(_Joint):
    """Uncertainties that sum to one: Dirichlet shares above their lower bounds.

    Parameters
    ----------
    label : str
        Of all of them together, for figures.
    uncertainties : tuple of str
        Identifiers, two or more, each with ``distribution = "share"``.
    concentration : float
        Sum of the Dirichlet parameters: a share of mean m has the variance
        m (1 - m) / (1 + concentration), where no lower bound is above zero.
    source, assumption : str or None
        Evidence for the concentration; exactly one of the two.
    """

    concentration: Positive


def for_all_pairs(rank_correlation: float, count: int) -> Floats:
    """Return the matrix in which one coefficient stands for all pairs, shape (count, count)."""
    return np.where(np.eye(count, dtype=bool), 1.0, float(rank_correlation))


def normal_scores(ranks: Floats) -> Floats:
    """Return Pearson correlations of normal scores from rank correlations, r = 2 sin(π ρ / 6).

    References
    ----------
    .. [1] Kruskal, W. H. (1958). Ordinal measures of association. J. Am. Stat. Assoc. 53, 814–861.
    """
    found = 2 * np.sin(np.pi / 6 * ranks)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def wrong_ranks(given: Sequence[Sequence[float]] | Floats, count: int) -> str:
    """Say why rank correlations are those of no distribution, or ``""``.

    Parameters
    ----------
    given : matrix
        Spearman's coefficients.
    count : int
        How many factors there are.
    """
    square = f"are no symmetric {count} × {count} matrix"
    if any(len(row) != count for row in given):
        return square
    ranks = np.asarray(given, dtype=float)
    if ranks.shape != (count, count) or not np.array_equal(ranks, ranks.T):
        return square
    if (np.diag(ranks) != 1).any() or (np.abs(ranks) > 1).any():
        return "need ones on their diagonal, and lie between -1 and 1"
    if np.linalg.eigvalsh(normal_scores(ranks))[0] < 1e-9:
        return "are those of no distribution; bring them nearer to zero"
    return ""


def shapes_of(base: Floats, low: Floats, concentration: float) -> Floats:
    """Return the parameters of the Dirichlet distribution of what the lower bounds leave."""
    return np.asarray(concentration * (base - low) / (1 - low.sum()))


def wrong_shares(
    names: Sequence[str], base: Floats, low: Floats, high: Floats, concentration: float
) -> str:
    """Say why factors are no shares, or ``""``.

    Parameters
    ----------
    names : sequence of str
        Of the factors.
    base, low, high : ndarray, shape (factors,)
        Values in the base case, and bounds.
    concentration : float
        Sum of the Dirichlet parameters.
    """
    named = ", ".join(f"'{name}'" for name in names)
    if abs(base.sum() - 1) > _SUM:
        return f"{named} sum to {base.sum():g} in the base case, but shares sum to 1"
    rest = 1 - low.sum()
    for name, own, least, most in zip(names, base, low, high, strict=True):
        if own <= least:
            return (
                f"'{name}' stands at its lower bound in the base case; a share needs a base above "
                "it"
            )
        if most < least + rest - _SUM:
            return (
                f"'{name}' can take {least + rest:g} if the other shares are at their lower "
                f"bounds, above its bound {most:g}; raise that, or the lower bounds"
            )
    smallest = float(shapes_of(base, low, concentration).min())
    if smallest < _LEAST_SHAPE:
        return (
            f"a concentration of {concentration:g} is too low for the shares {named}; take at "
            f"least {concentration * _LEAST_SHAPE / smallest:.2g}"
        )
    return ""
