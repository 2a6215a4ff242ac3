"""Factors: what a design varies, and how each of them is distributed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from pysd_runner.spec.schema import Lever, Spec, Uncertainty


@dataclass(frozen=True, slots=True)
class Factor:
    """One input that a design varies.

    Parameters
    ----------
    name : str
        Identifier in the spec.
    setting : str
        Constant of the model that it sets, with its element.
    label, unit : str
        For figures and tables.
    base : float
        Value in the base case [unit].
    bounds : tuple of float
        Lowest and highest value [unit].
    is_lever : bool
        Whether the city decides on it.
    distribution : Lever or Uncertainty or None
        Says how it is distributed; ``None`` for a uniform distribution between the bounds.
    joint : str
        Table of the spec that draws it together with others, ``correlations.booms``, or ``""``.
    """

    name: str
    setting: str
    label: str
    unit: str
    base: float
    bounds: tuple[float, float]
    is_lever: bool = True
    distribution: Lever | Uncertainty | None = None
    joint: str = ""

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of the factor [unit] at cumulative probabilities in [0, 1]."""
        low, high = self.bounds
        spec = self.distribution
        if spec is None or spec.distribution == "uniform":
            return low + (high - low) * probability
        if spec.distribution == "discrete":
            return _step(spec.values, spec.weights, probability)
        assert isinstance(spec, Uncertainty)
        if spec.distribution == "share":
            raise DesignError(
                f"'{self.name}' is a share and is drawn with the others of its sum; vary all of "
                "them, and give dependences=dependences_of(model.spec)."
            )
        if spec.distribution == "loguniform":
            return np.asarray(np.exp(np.log(low) + np.log(high / low) * probability))
        if spec.distribution == "triangular":
            assert spec.mode is not None
            frozen = scipy.stats.triang((spec.mode - low) / (high - low), low, high - low)
            return np.asarray(frozen.ppf(probability))
        if spec.distribution == "normal":
            frozen = scipy.stats.norm(spec.mean, spec.sd)
        else:
            frozen = scipy.stats.lognorm(s=spec.sigma, scale=spec.median)
        inside = frozen.cdf(low) + (frozen.cdf(high) - frozen.cdf(low)) * probability
        return np.asarray(np.clip(frozen.ppf(inside), low, high))


def _step(
    values: tuple[float, ...], weights: tuple[float, ...], probability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return discrete values, in the order in which the spec lists them."""
    shares = np.array(weights or np.ones(len(values)))
    edges = np.cumsum(shares / shares.sum())[:-1]
    return np.array(values)[np.searchsorted(edges, probability, side="right")]


def check_factors(factors: Sequence[Factor]) -> None:
    """Refuse what is no factor, and a factor that stands twice.

    Raises
    ------
    DesignError
        With the remedy.
    """
    seen: set[str] = set()
    for factor in factors:
        if not isinstance(factor, Factor):
            raise DesignError(
                f"a design varies factors, and {type(factor).__name__} is none; take those of "
                "factors_of(model.spec, …)."
            )
        if factor.name in seen:
            raise DesignError(f"'{factor.name}' stands twice among the factors; leave it in once.")
        seen.add(factor.name)


def factors_of(spec: Spec, names: Iterable[str] | str | None = None) -> tuple[Factor, ...]:
    """Return the factors of a spec, levers first.

    Parameters
    ----------
    names : iterable of str, str, or None
        Identifiers of the levers and uncertainties to vary, or a single one; ``None`` takes all.

    Raises
    ------
    DesignError
        A name is neither a lever nor an uncertainty.
    """
    known = spec.factors
    chosen = [names] if isinstance(names, str) else list(known if names is None else names)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise DesignError(
            f"'{unknown[0]}' is neither a lever nor an uncertainty{nearest(unknown[0], known)}."
        )
    joint = {
        name: ".".join(place) for place, each in spec.joint.items() for name in each.uncertainties
    }
    return tuple(_factor(name, known[name], joint.get(name, "")) for name in chosen)


def _factor(name: str, entry: Lever | Uncertainty, joint: str) -> Factor:
    return Factor(
        name, entry.setting, entry.label, entry.unit, entry.base, entry.bounds,
        isinstance(entry, Lever), entry, joint,
    )  # fmt: skip
