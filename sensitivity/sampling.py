"""From a spec to a design matrix: which values to run the model with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from SALib.sample import sobol as salib_sobol
from scipy import stats

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from pysd_runner.spec.schema import Lever, Spec, Uncertainty

Scheme = Literal["saltelli", "one at a time"]


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
    distribution : Uncertainty or None
        How it is distributed; ``None`` for a uniform distribution between the bounds, as for
        every lever.
    """

    name: str
    setting: str
    label: str
    unit: str
    base: float
    bounds: tuple[float, float]
    is_lever: bool = True
    distribution: Uncertainty | None = None

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of the factor [unit] at cumulative probabilities in [0, 1]."""
        low, high = self.bounds
        spec = self.distribution
        if spec is None or spec.distribution == "uniform":
            return low + (high - low) * probability
        if spec.distribution == "loguniform":
            return np.asarray(np.exp(np.log(low) + np.log(high / low) * probability))
        if spec.distribution == "triangular":
            assert spec.mode is not None
            frozen = stats.triang((spec.mode - low) / (high - low), low, high - low)
            return np.asarray(frozen.ppf(probability))
        if spec.distribution == "normal":
            frozen = stats.norm(spec.mean, spec.sd)
        else:
            frozen = stats.lognorm(s=spec.sigma, scale=spec.median)
        inside = frozen.cdf(low) + (frozen.cdf(high) - frozen.cdf(low)) * probability
        return np.asarray(np.clip(frozen.ppf(inside), low, high))


def factors_of(spec: Spec, names: Iterable[str] | None = None) -> tuple[Factor, ...]:
    """Return the factors of a spec, levers first.

    Parameters
    ----------
    names : iterable of str or None
        Identifiers of the levers and uncertainties to vary; ``None`` takes all.

    Raises
    ------
    DesignError
        A name is neither a lever nor an uncertainty.
    """
    known = spec.factors
    chosen = list(known) if names is None else list(names)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise DesignError(
            f"'{unknown[0]}' is neither a lever nor an uncertainty{nearest(unknown[0], known)}."
        )
    return tuple(_factor(name, known[name]) for name in chosen)


def _factor(name: str, entry: Lever | Uncertainty) -> Factor:
    return Factor(
        name, entry.setting, entry.label, entry.unit, entry.base, entry.bounds,
        isinstance(entry, Lever), entry if isinstance(entry, Uncertainty) else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DesignMatrix:
    """Values of factors, one row for each run, and the scheme that laid them out.

    Parameters
    ----------
    scheme : str
        ``saltelli`` or ``one at a time``; an analysis refuses a design of another scheme.
    factors : tuple of Factor
        One for each column.
    values : ndarray, shape (runs, factors)
        In the units of the factors; read-only.
    n_base : int
        Base sample of a Saltelli design.
    second_order : bool
        Whether a Saltelli design holds the rows for second-order indices.
    seed : int
        Seed of the sample.
    """

    scheme: Scheme
    factors: tuple[Factor, ...]
    values: NDArray[np.float64] = field(repr=False)
    n_base: int = 0
    second_order: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.values.shape[1:] != (len(self.factors),):
            raise DesignError(
                f"a design of {len(self.factors)} factors cannot have values of shape "
                f"{self.values.shape}."
            )
        self.values.setflags(write=False)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """Identifiers of the factors."""
        return tuple(factor.name for factor in self.factors)

    @property
    def inputs(self) -> Mapping[str, NDArray[np.float64]]:
        """Setting -> values, shape (runs,), as :meth:`pysd_runner.Model.batch` takes them."""
        return self.inputs_of(np.arange(len(self)))

    def inputs_of(self, rows: NDArray[np.int64]) -> Mapping[str, NDArray[np.float64]]:
        """Return the inputs of some rows."""
        return {f.setting: self.values[rows, column] for column, f in enumerate(self.factors)}

    @property
    def sample(self) -> NDArray[np.int64]:
        """Numbers of the rows in which factors are drawn independently, or all rows.

        Of a Saltelli design these are the rows of its two base matrices; in the others one
        factor differs from them.
        """
        if self.scheme != "saltelli":
            return np.arange(len(self))
        block = len(self) // self.n_base
        first = block * np.arange(self.n_base)
        return np.sort(np.concatenate([first, first + block - 1]))


def saltelli(
    factors: Sequence[Factor], n_base: int, *, second_order: bool = False, seed: int = 0
) -> DesignMatrix:
    """Lay out a Saltelli design on a scrambled Sobol sequence.

    Parameters
    ----------
    factors : sequence of Factor
        At least two.
    n_base : int
        Base sample N, a power of two; the design has N (k + 2) rows for k factors, or
        N (2k + 2) with second order.
    second_order : bool
        Whether to add the rows for second-order indices.
    seed : int
        Equal seeds give equal designs; the design of N is part of that of 2N.

    Raises
    ------
    DesignError
        Too few factors, or N is no power of two.

    References
    ----------
    .. [1] Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output.
       Design and estimator for the total sensitivity index. Comput. Phys. Commun. 181,
       259–270, table 2.
    """
    if len(factors) < 2:
        raise DesignError(f"Sobol indices compare factors; {len(factors)} is too few, name two.")
    if n_base < 2 or n_base & (n_base - 1):
        below = 1 << max(n_base, 2).bit_length() - 1
        raise DesignError(
            f"N = {n_base} is no power of two, which a Sobol sequence needs to be balanced; "
            f"take {below} or {2 * below}."
        )
    problem = {
        "num_vars": len(factors),
        "names": [factor.name for factor in factors],
        "bounds": [[0.0, 1.0]] * len(factors),
    }
    unit = salib_sobol.sample(problem, n_base, calc_second_order=second_order, seed=seed)
    values = np.column_stack(
        [factor.quantile(unit[:, column]) for column, factor in enumerate(factors)]
    )
    return DesignMatrix("saltelli", tuple(factors), values, n_base, second_order, seed)


def one_at_a_time(factors: Sequence[Factor]) -> DesignMatrix:
    """Lay out the base case, then each factor alone at its lower and at its upper bound.

    Returns
    -------
    DesignMatrix
        Shape (1 + 2k, k): row 0 is the base case, rows 1 + 2j and 2 + 2j move factor j.

    Raises
    ------
    DesignError
        There is no factor.
    """
    if not factors:
        raise DesignError("there is no lever to move; list one in sandbox.toml.")
    base = np.array([factor.base for factor in factors])
    values = np.tile(base, (1 + 2 * len(factors), 1))
    for column, factor in enumerate(factors):
        values[1 + 2 * column : 3 + 2 * column, column] = factor.bounds
    return DesignMatrix("one at a time", tuple(factors), values)
