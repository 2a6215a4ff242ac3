"""What futures a policy is tried in: draws of the uncertainties, and shocks drawn with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.shocks import Draw, Shock
from sensitivity.dependence import dependences_of, draw
from sensitivity.factors import Factor, factors_of
from sensitivity.points import points

Floats = NDArray[np.float64]

CALM = "none"
"""Name of the stress that is none: the twin of every other."""

_PARTS = ("start", "depth", "hold", "recovery")


@dataclass(frozen=True, slots=True)
class Stress:
    """One kind of disturbance: a shock, several together, or none.

    Parameters
    ----------
    name : str
        Identifier in the spec.
    label : str
        For figures, with its code.
    shocks : mapping
        Identifier -> shock.
    same_start : bool
        Whether they start at one time.
    correlation : float
        Rank correlation between the depths of any two.
    """

    name: str
    label: str
    shocks: Mapping[str, Shock] = field(default_factory=dict)
    same_start: bool = True
    correlation: float = 0.0


def stresses_of(spec: Spec) -> tuple[Stress, ...]:
    """Return the shocks of a spec and then its compounds.

    Raises
    ------
    DesignError
        The spec has no shock.
    """
    if not spec.shocks:
        raise DesignError("the spec has no shock to strike with; list one under [shocks.…].")
    single = [
        Stress(name, f"{shock.code} {shock.label}".strip(), {name: shock})
        for name, shock in spec.shocks.items()
    ]
    compound = [
        Stress(
            name, f"{each.code} {each.label}".strip(),
            {member: spec.shocks[member] for member in each.shocks},
            each.same_start, each.correlation,
        )
        for name, each in spec.compounds.items()
    ]  # fmt: skip
    return (*single, *compound)


def stress_of(spec: Spec, name: str) -> Stress:
    """Return one shock or compound by its identifier.

    Raises
    ------
    DesignError
        The spec has none of this name.
    """
    known = {stress.name: stress for stress in stresses_of(spec)}
    if name not in known:
        raise DesignError(f"'{name}' is neither a shock nor a compound{nearest(name, known)}.")
    return known[name]


@dataclass(frozen=True, eq=False)
class Futures:
    """Joint draws of all uncertainties and all parameters of all shocks.

    All are points of one scrambled Sobol sequence, so what a shock does alone and in a compound
    is seen in the same futures, and a future differs between two policies by the policy only.

    Parameters
    ----------
    spec : Spec
        Says what is uncertain and what strikes.
    draws : int
        A power of two.
    seed : int
        Of the sequence; the draws of N are part of those of 2N.

    Raises
    ------
    DesignError
        The spec has neither uncertainties nor shocks.

    References
    ----------
    .. [1] Kruskal, W. H. (1958). Ordinal measures of association. J. Am. Stat. Assoc. 53,
       814–861: ρ = 2 sin(π ρs / 6) of a bivariate normal distribution, for the depths.
    """

    spec: Spec
    draws: int
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.spec.uncertainties and not self.spec.shocks:
            raise DesignError(
                "the spec has neither uncertainties nor shocks, so there is one future only; list "
                "what is not known under [uncertainties.…]."
            )

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The uncertainties."""
        return factors_of(self.spec, self.spec.uncertainties)

    @cached_property
    def _unit(self) -> Floats:
        """Points in the unit cube: uncertainties, the parts of each shock, one column for all.

        Raises
        ------
        DesignError
            The number of draws is no power of two.
        """
        columns = len(self.factors) + len(_PARTS) * len(self.spec.shocks) + 1
        # An exact zero has no place on a distribution without an end.
        return np.clip(points(columns, self.draws, self.seed, 1), 1e-12, 1 - 1e-12)

    @cached_property
    def uncertain(self) -> Mapping[str, Floats]:
        """Setting -> values of each uncertainty, shape (draws,)."""
        unit = self._unit[:, : len(self.factors)]
        values = draw(self.factors, dependences_of(self.spec), unit)
        return {f.setting: values[:, i] for i, f in enumerate(self.factors)}

    @property
    def calm(self) -> Mapping[str, float]:
        """Setting -> value of all that belongs to shocks while none strikes."""
        shocks = self.spec.shocks.values()
        return {draw.setting: draw.base for shock in shocks for draw in shock.draws.values()}

    def inputs(self, stress: Stress) -> dict[str, Floats | float]:
        """Return setting -> values, shape (draws,), of the uncertainties and a stress."""
        drawn = {
            draw.setting: self._drawn(stress, name, part, draw)
            for name, shock in stress.shocks.items()
            for part, draw in shock.draws.items()
        }
        return {**self.calm, **self.uncertain, **drawn}

    def starts(self, stress: Stress) -> Floats:
        """Return when the first shock sets in [time unit], shape (draws,); NaN without a shock."""
        starts = [
            self._drawn(stress, name, "start", shock.start) for name, shock in stress.shocks.items()
        ]
        return np.min(starts, axis=0) if starts else np.full(self.draws, np.nan)

    def table(self, stress: Stress) -> pd.DataFrame:
        """Return the draws by name, for a search: uncertainties, then ``shock: part``.

        Discrete uncertainties are categories: text, not numbers.
        """
        columns: dict[str, Floats | list[str]] = {}
        for factor in self.factors:
            values, known = self.uncertain[factor.setting], factor.distribution
            discrete = known is not None and known.distribution == "discrete"
            columns[factor.name] = [f"{each:g}" for each in values] if discrete else values
        for name, shock in stress.shocks.items():
            for part, own in shock.draws.items():
                columns[f"{name}: {part}"] = self._drawn(stress, name, part, own)
        return pd.DataFrame(columns)

    def _drawn(self, stress: Stress, shock: str, part: str, draw: Draw) -> Floats:
        first = next(iter(stress.shocks))
        owner = first if part == "start" and stress.same_start else shock
        column = len(self.factors) + len(_PARTS) * list(self.spec.shocks).index(owner)
        unit = self._unit[:, column + _PARTS.index(part)]
        if part == "depth" and stress.correlation > 0:
            unit = _together(unit, self._unit[:, -1], stress.correlation)
        low, high = draw.bounds
        return low + (high - low) * unit


def _together(own: Floats, common: Floats, rank_correlation: float) -> Floats:
    """Return points in (0, 1) that have a rank correlation to others made with the same column."""
    rho = 2 * np.sin(np.pi * rank_correlation / 6)
    shared, alone = scipy.stats.norm.ppf(common), scipy.stats.norm.ppf(own)
    return np.asarray(scipy.stats.norm.cdf(np.sqrt(rho) * shared + np.sqrt(1 - rho) * alone))
