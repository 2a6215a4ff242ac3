"""A design matrix: the values to run a model with, and the scheme that laid them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from sensitivity.dependence import Dependence
from sensitivity.factors import Factor, check_factors

Scheme = Literal[
    "saltelli",
    "one at a time",
    "elementary effects",
    "sample",
    "permutations",
    "subsets",
    "walks",
    "policies",
]
MAKERS: dict[Scheme, str] = {
    "saltelli": "saltelli",
    "one at a time": "one_at_a_time",
    "elementary effects": "radial",
    "sample": "sample",
    "permutations": "permutations",
    "subsets": "subsets",
    "walks": "walks",
    "policies": "equal_cost",
}
"""Scheme -> the function that lays it out."""


@dataclass(frozen=True, slots=True)
class Group:
    """Factors that a design moves together; most groups hold one factor.

    Parameters
    ----------
    name : str
        Identifier of the factor or of the group.
    label : str
        For figures.
    columns : tuple of int
        Of the design matrix.
    """

    name: str
    label: str
    columns: tuple[int, ...]


Groups: TypeAlias = Mapping[str, Sequence[str]] | tuple[Group, ...] | None
"""Name -> identifiers of the factors of a group, or the groups themselves."""


def group(factors: Sequence[Factor], groups: Groups = None) -> tuple[Group, ...]:
    """Return the groups of a design in the order of their first factors.

    Parameters
    ----------
    factors : sequence of Factor
        Of the design.
    groups : mapping, tuple of Group, or None
        Name of a group -> identifiers of its factors; a factor in none stands alone.

    Raises
    ------
    DesignError
        What is varied are no factors, a name is no factor, or stands in two groups.
    """
    check_factors(factors)
    if isinstance(groups, tuple):
        return groups
    place = {factor.name: column for column, factor in enumerate(factors)}
    owner: dict[str, str] = {}
    for label, members in (groups or {}).items():
        if not members:
            raise DesignError(f"the group '{label}' has no factor; name some, or leave it out.")
        for name in members:
            if name not in place:
                raise DesignError(
                    f"'{name}' of group '{label}' is no factor of the design{nearest(name, place)}."
                )
            if name in owner:
                raise DesignError(f"'{name}' stands in two groups; leave it in one.")
            owner[name] = label
        if label in place and list(members) != [label]:
            raise DesignError(f"the group '{label}' has the name of a factor; rename it.")
    found: dict[str, Group] = {}
    for factor in factors:
        name = owner.get(factor.name, factor.name)
        label = name if factor.name in owner else factor.label
        columns = found[name].columns if name in found else ()
        found[name] = Group(name, label, (*columns, place[factor.name]))
    return tuple(found.values())


@dataclass(frozen=True, slots=True, eq=False)
class DesignMatrix:
    """Values of factors, one row for each run, and the scheme that laid them out.

    Parameters
    ----------
    scheme : str
        How it is laid out; an analysis refuses a design of another scheme.
    factors : tuple of Factor
        One for each column.
    values : ndarray, shape (runs, factors)
        In the units of the factors; read-only.
    n_base : int
        Base sample: the rows come in ``n_base`` blocks of equal length.
    second_order : bool
        Whether a Saltelli design holds the rows for second-order indices.
    seed : int
        Seed of the sample.
    groups : tuple of Group
        What is moved together; empty means each factor alone. Of ``subsets`` and ``walks`` the
        levers only.
    scrambles : int
        Independent scrambles of the Sobol sequence that the base sample is made of, block n being
        of scramble ``n % scrambles``; 0 if it is random.
    dependences : tuple of Dependence
        Between factors.
    orders : ndarray, shape (n_base, groups), or None
        Of ``permutations`` and ``walks``: the order in which each block moves the groups.
    """

    scheme: Scheme
    factors: tuple[Factor, ...]
    values: NDArray[np.float64] = field(repr=False)
    n_base: int = 0
    second_order: bool = False
    seed: int = 0
    groups: tuple[Group, ...] = field(default=(), repr=False)
    scrambles: int = 0
    dependences: tuple[Dependence, ...] = ()
    orders: NDArray[np.int64] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        runs, factors = self.values.shape
        return (f"<DesignMatrix {self.scheme}: {runs} runs of {factors} factors, "
                f"N = {self.n_base}, seed {self.seed}>")  # fmt: skip

    def __post_init__(self) -> None:
        if self.values.shape[1:] != (len(self.factors),):
            raise DesignError(
                f"a design of {len(self.factors)} factors cannot have values of shape "
                f"{self.values.shape}."
            )
        self.values.setflags(write=False)
        if not self.groups:
            object.__setattr__(self, "groups", group(self.factors))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """Identifiers of the factors."""
        return tuple(factor.name for factor in self.factors)

    @property
    def block(self) -> int:
        """Rows of a block."""
        return len(self) // self.n_base if self.n_base else len(self)

    @property
    def inputs(self) -> Mapping[str, NDArray[np.float64]]:
        """Setting -> values, shape (runs,), as :meth:`pysd_runner.Model.batch` takes them."""
        return self.inputs_of(np.arange(len(self)))

    def inputs_of(self, rows: NDArray[np.int64] | slice) -> Mapping[str, NDArray[np.float64]]:
        """Return the inputs of some rows."""
        return {f.setting: self.values[rows, column] for column, f in enumerate(self.factors)}

    @property
    def sample(self) -> NDArray[np.int64]:
        """Numbers of the rows in which factors are drawn independently, or all rows.

        Of a Saltelli design these are the rows of its two base matrices; in the others one
        factor differs from them. Of a permutation design they are the first and the last rows
        of its blocks.
        """
        if self.scheme not in ("saltelli", "permutations"):
            return np.arange(len(self))
        first = self.block * np.arange(self.n_base)
        return np.sort(np.concatenate([first, first + self.block - 1]))

    def require(self, *schemes: Scheme, what: str, runs: int) -> None:
        """Refuse an analysis that this design was not laid out for.

        Parameters
        ----------
        *schemes : str
            Those that the analysis knows.
        what : str
            The analysis, at the beginning of a sentence: ``"Sobol indices need"``.
        runs : int
            Of which there are outcomes.

        Raises
        ------
        DesignError
            The design has another scheme or another number of rows.
        """
        if self.scheme not in schemes:
            makers = " or ".join(f"{MAKERS[scheme]}(…)" for scheme in schemes)
            raise DesignError(
                f"{what} a design made with {makers}, and the scheme of this one is "
                f"'{self.scheme}'."
            )
        if runs != len(self):
            raise DesignError(
                f"the design has {len(self)} runs, but there are outcomes of {runs}; analyse the "
                "outcomes of this very design."
            )
