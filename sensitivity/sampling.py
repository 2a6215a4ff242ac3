"""From factors to a design matrix: which values to run the model with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from sensitivity.dependence import Dependence, check_dependences, draw
from sensitivity.design import DesignMatrix, Group, Groups, Scheme, group
from sensitivity.factors import Factor, check_factors, factors_of
from sensitivity.points import SCRAMBLES, points

__all__ = [
    "DesignMatrix",
    "Factor",
    "extend",
    "factors_of",
    "one_at_a_time",
    "permutations",
    "radial",
    "saltelli",
    "sample",
]

STEP = 0.5
"""Step of an elementary effect, in units of probability."""


def saltelli(
    factors: Sequence[Factor],
    n_base: int,
    *,
    second_order: bool = False,
    seed: int = 0,
    scrambles: int = SCRAMBLES,
    groups: Groups = None,
    dependences: Sequence[Dependence] = (),
) -> DesignMatrix:
    """Lay out a Saltelli design on scrambled Sobol sequences.

    Each of the ``n_base`` blocks holds a row of a base matrix A, that row with one group of
    columns from a second matrix B, one for each group, and the row of B; with second order, the
    row of B with one group of columns from A stand before the last.

    Parameters
    ----------
    factors : sequence of Factor
        In two groups at least.
    n_base : int
        Base sample N, a power of two; the design has N (g + 2) rows for g groups, or
        N (2g + 2) with second order.
    second_order : bool
        Whether to add the rows for second-order indices. They also allow better estimators of
        first-order indices, worth their runs; for total indices alone a larger N is better.
    seed : int
        Equal seeds give equal designs; the design of N is the beginning of that of 2N.
    scrambles : int
        Independently scrambled sequences of N / ``scrambles`` points; 0 draws at random.
    groups : mapping or None
        Name -> identifiers of factors that move together and have one index; the others stand
        alone.
    dependences : sequence of Dependence
        Between factors of one group.

    Raises
    ------
    DesignError
        Too few groups, N is no power of two, or a dependence reaches over groups.

    References
    ----------
    .. [1] Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output.
       Design and estimator for the total sensitivity index. Comput. Phys. Commun. 181,
       259–270, table 2.
    .. [2] Saltelli, A. (2002). Making best use of model evaluations to compute sensitivity
       indices. Comput. Phys. Commun. 145, 280–297.
    """
    found = group(factors, groups)
    check_dependences(factors, dependences)
    _within_groups(factors, found, dependences)
    if len(found) < 2:
        raise DesignError(f"Sobol indices compare factors; {len(found)} is too few, name two.")
    a, b = _two_matrices(len(factors), n_base, seed, scrambles)
    rows = [a, *(_crossed(a, b, each) for each in found)]
    if second_order:
        rows += [_crossed(b, a, each) for each in found]
    unit = np.stack([*rows, b], axis=1).reshape(-1, len(factors))
    return DesignMatrix(
        "saltelli", tuple(factors), draw(factors, dependences, unit), n_base, second_order, seed,
        found, scrambles, tuple(dependences),
    )  # fmt: skip


def _two_matrices(
    count: int, n_base: int, seed: int, scrambles: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two base matrices, shape (n_base, count), whose columns alternate.

    The error of an index lies mostly in its factor's pair of columns. Two halves of a sequence
    pair distant dimensions, and some of those pairs are far from even for hundreds of points:
    with 23 factors of the city model and N = 1024 standard errors were half as large again.
    """
    base = points(2 * count, n_base, seed, scrambles)
    return base[:, ::2], base[:, 1::2]


def _crossed(
    base: NDArray[np.float64], other: NDArray[np.float64], moved: Group
) -> NDArray[np.float64]:
    """Return a base matrix with one group of columns from the other."""
    found = base.copy()
    found[:, moved.columns] = other[:, moved.columns]
    return found


def _within_groups(
    factors: Sequence[Factor], groups: Sequence[Group], dependences: Sequence[Dependence]
) -> None:
    owner = {factors[column].name: each.name for each in groups for column in each.columns}
    for dependence in dependences:
        first, *others = dependence.names
        for other in others:
            if owner[other] != owner[first]:
                raise DesignError(
                    f"'{first}' and '{other}' depend on each other and cannot be moved alone; put "
                    "them into one group, or take Shapley effects (permutations(…))."
                )


def permutations(
    factors: Sequence[Factor],
    n_base: int,
    *,
    seed: int = 0,
    scrambles: int = SCRAMBLES,
    groups: Groups = None,
    dependences: Sequence[Dependence] = (),
) -> DesignMatrix:
    """Lay out a permutation design, for Shapley effects; factors may depend on each other.

    Each of the ``n_base`` blocks of g + 1 rows leads from one independent draw to another by
    taking over one group at a time, in a random order of its own. Groups not yet taken over are
    drawn given those that are.

    Parameters
    ----------
    factors, n_base, seed, scrambles, groups
        As in :func:`saltelli`; the design has N (g + 1) rows.
    dependences : sequence of Dependence
        Between any factors; shares must be in one group.

    Raises
    ------
    DesignError
        Too few groups, N is no power of two, or shares reach over groups.

    References
    ----------
    .. [1] Goda, T. (2021). A simple algorithm for global sensitivity analysis with Shapley
       effects. Reliab. Eng. Syst. Saf. 213, 107702: for independent factors.
    .. [2] Song, E., Nelson, B. L. and Staum, J. (2016). Shapley effects for global sensitivity
       analysis: theory and computation. SIAM/ASA J. Uncertain. Quantif. 4, 1060–1083.
    """
    found = group(factors, groups)
    check_dependences(factors, dependences)
    _within_groups(factors, found, [each for each in dependences if each.moves_together])
    if len(found) < 2:
        raise DesignError(f"Shapley effects compare factors; {len(found)} is too few, name two.")
    kept, other = (each[:, None] for each in _two_matrices(len(factors), n_base, seed, scrambles))
    orders = np.random.default_rng([seed, 1]).random((n_base, len(found))).argsort(axis=1)
    place = np.argsort(orders, axis=1)  # when each group is taken over, by block
    column_group = np.empty(len(factors), dtype=np.int64)
    for number, each in enumerate(found):
        column_group[list(each.columns)] = number
    when = place[:, column_group][:, None, :]
    taken = when < np.arange(len(found) + 1)[:, None]
    unit = np.where(taken, kept, other).reshape(-1, len(factors))
    turn = np.repeat(len(factors) * when[:, 0] + np.arange(len(factors)), len(found) + 1, axis=0)
    return DesignMatrix(
        "permutations", tuple(factors), draw(factors, dependences, unit, turn), n_base, False,
        seed, found, scrambles, tuple(dependences), orders,
    )  # fmt: skip


def radial(
    factors: Sequence[Factor],
    n_base: int,
    *,
    seed: int = 0,
    scrambles: int = SCRAMBLES,
    groups: Groups = None,
    dependences: Sequence[Dependence] = (),
) -> DesignMatrix:
    """Lay out a radial design for elementary effects.

    Each of the ``n_base`` blocks holds a point and, for each group, that point with the group
    moved by half of its range in probability: upwards from the lower half, downwards from the
    upper one. A step of fixed length keeps a jump of the outcome from being divided by next to
    nothing.

    Parameters
    ----------
    factors, n_base, seed, scrambles, groups, dependences
        As in :func:`saltelli`; the design has N (g + 1) rows.

    Raises
    ------
    DesignError
        There is no factor, N is no power of two, or a dependence reaches over groups.

    References
    ----------
    .. [1] Campolongo, F., Saltelli, A. and Cariboni, J. (2011). From screening to quantitative
       sensitivity analysis. A unified approach. Comput. Phys. Commun. 182, 978–988.
    """
    if not factors:
        raise DesignError("there is no factor to screen; list one in sandbox.toml.")
    found = group(factors, groups)
    check_dependences(factors, dependences)
    _within_groups(factors, found, dependences)
    base = points(len(factors), n_base, seed, scrambles)
    moved = np.where(base < STEP, base + STEP, base - STEP)
    rows = [base, *(_crossed(base, moved, each) for each in found)]
    unit = np.stack(rows, axis=1).reshape(-1, len(factors))
    return DesignMatrix(
        "elementary effects", tuple(factors), draw(factors, dependences, unit), n_base, False,
        seed, found, scrambles, tuple(dependences),
    )  # fmt: skip


def sample(
    factors: Sequence[Factor],
    n_base: int,
    *,
    seed: int = 0,
    scrambles: int = 1,
    dependences: Sequence[Dependence] = (),
) -> DesignMatrix:
    """Draw all factors, one row for each run: the sample that indices from given runs need.

    Parameters
    ----------
    factors, n_base, seed, scrambles
        As in :func:`saltelli`; the design has N rows.
    dependences : sequence of Dependence
        Between any factors.
    """
    if not factors:
        raise DesignError("there is no factor to draw; list one in sandbox.toml.")
    check_factors(factors)
    check_dependences(factors, dependences)
    unit = points(len(factors), n_base, seed, scrambles)
    return DesignMatrix(
        "sample", tuple(factors), draw(factors, dependences, unit), n_base, seed=seed,
        scrambles=scrambles, dependences=tuple(dependences),
    )  # fmt: skip


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


def extend(design: DesignMatrix) -> DesignMatrix:
    """Return the design of twice the base sample; its first rows are those of this one.

    Only the rows after ``len(design)`` need to be run.

    Raises
    ------
    DesignError
        It is no sample.
    """
    common: dict[str, Any] = {
        "seed": design.seed, "scrambles": design.scrambles, "dependences": design.dependences,
    }  # fmt: skip
    if design.scheme != "sample":
        common["groups"] = design.groups
    if design.scheme == "saltelli":
        common["second_order"] = design.second_order
    makers: dict[Scheme, Callable[..., DesignMatrix]] = {
        "saltelli": saltelli, "permutations": permutations, "elementary effects": radial,
        "sample": sample,
    }  # fmt: skip
    if design.scheme not in makers:
        raise DesignError(
            f"a design of the scheme '{design.scheme}' cannot be doubled; lay out another."
        )
    return makers[design.scheme](design.factors, 2 * design.n_base, **common)
