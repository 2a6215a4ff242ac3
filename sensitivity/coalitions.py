"""Designs that take the levers of a policy in and out, in many futures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from sensitivity.dependence import Dependence, check_dependences, draw
from sensitivity.design import DesignMatrix, Group, Groups, Scheme, group
from sensitivity.factors import Factor
from sensitivity.points import SCRAMBLES, points

Floats: TypeAlias = NDArray[np.float64]

MOST = 15
"""Levers of which all subsets are run; of more, orders are sampled."""


@dataclass(frozen=True, slots=True)
class Futures:
    """What the city does not decide, and how many draws of it are looked at.

    Parameters
    ----------
    uncertainties : tuple of Factor
        None means the base case alone.
    n_base : int
        Number of futures, a power of two.
    seed, scrambles
        As in :func:`sensitivity.saltelli`.
    dependences : tuple of Dependence
        Between uncertainties.
    """

    uncertainties: tuple[Factor, ...]
    n_base: int
    seed: int = 0
    scrambles: int = SCRAMBLES
    dependences: tuple[Dependence, ...] = ()

    def drawn(self) -> Floats:
        """Return the values of the uncertainties, shape (futures, uncertainties).

        Raises
        ------
        DesignError
            The number of futures is no power of two, or a dependence does not fit.
        """
        check_dependences(self.uncertainties, self.dependences)
        if not self.uncertainties:
            return np.empty((self.n_base, 0))
        unit = points(len(self.uncertainties), self.n_base, self.seed, self.scrambles)
        return draw(self.uncertainties, self.dependences, unit)


def subsets(
    levers: Sequence[Factor],
    policy: Mapping[str, float],
    futures: Futures,
    groups: Groups = None,
) -> DesignMatrix:
    """Lay out every subset of the levers of a policy, the other levers at their base.

    Parameters
    ----------
    levers : sequence of Factor
        Those that the policy moves.
    policy : mapping
        Identifier of each lever -> its value in the policy [unit of the lever].
    futures : Futures
        Each of them meets each subset; without uncertainties one future is enough.
    groups : mapping or None
        Name -> identifiers of levers that come and go together; the others stand alone.

    Returns
    -------
    DesignMatrix
        One block of 2^g rows for each future, for g groups; row s of a block holds the groups
        that are the binary digits of s, the first group being the lowest digit.

    Raises
    ------
    DesignError
        A lever has no value, the policy has one that is no lever, or there are too many levers.
    """
    players = _players(levers, policy, groups)
    if len(players) > MOST:
        raise DesignError(
            f"{len(players)} levers have {2 ** len(players):,} subsets; group some, or take orders "
            "at random (walks(…))."
        )
    chosen = (np.arange(2 ** len(players))[:, None] >> np.arange(len(players)) & 1).astype(bool)
    every = np.broadcast_to(chosen, (futures.n_base, *chosen.shape))
    return _crossed("subsets", levers, policy, futures, players, every)


def walks(
    levers: Sequence[Factor],
    policy: Mapping[str, float],
    futures: Futures,
    groups: Groups = None,
) -> DesignMatrix:
    """Lay out ways from the base case to a policy, one lever after the other in a random order.

    Parameters
    ----------
    levers, policy, groups
        As in :func:`subsets`.
    futures : Futures
        One way through each.

    Returns
    -------
    DesignMatrix
        One block of g + 1 rows for each future, for g groups.

    Raises
    ------
    DesignError
        A lever has no value, or the policy has one that is no lever.
    """
    players = _players(levers, policy, groups)
    rng = np.random.default_rng([futures.seed, 4])
    orders = rng.random((futures.n_base, len(players))).argsort(axis=1)
    place = np.argsort(orders, axis=1)
    chosen = place[:, None, :] < np.arange(len(players) + 1)[:, None]
    return _crossed("walks", levers, policy, futures, players, chosen, orders)


def check_value(lever: Factor, value: float) -> None:
    """Refuse a value that a lever cannot take in a policy.

    Raises
    ------
    DesignError
        It is no number, or outside the bounds of the lever.
    """
    if not isinstance(value, Real):
        raise DesignError(f"'{lever.name}' takes a number [{lever.unit}], not {value!r}.")
    low, high = lever.bounds
    if not low <= float(value) <= high:
        raise DesignError(
            f"'{lever.name}' = {value:g} is outside its bounds, {low:g} to {high:g}; change the "
            "policy, or the bounds in sandbox.toml."
        )


def _players(
    levers: Sequence[Factor], policy: Mapping[str, float], groups: Groups
) -> tuple[Group, ...]:
    known = [lever.name for lever in levers]
    for name in known:
        if name not in policy:
            raise DesignError(f"the policy has no value for the lever '{name}'; give one.")
    for name in policy:
        if name not in known:
            raise DesignError(f"'{name}' of the policy is no lever here{nearest(name, known)}.")
    for lever in levers:
        check_value(lever, policy[lever.name])
    found = group(levers, groups)
    if len(found) < 2:
        raise DesignError("contributions compare levers; name two or more.")
    return found


def _crossed(
    scheme: Scheme,
    levers: Sequence[Factor],
    policy: Mapping[str, float],
    futures: Futures,
    players: tuple[Group, ...],
    chosen: NDArray[np.bool_],
    orders: NDArray[np.int64] | None = None,
) -> DesignMatrix:
    """Cross subsets of levers, shape (futures, rows, groups), with the futures."""
    owner = np.empty(len(levers), dtype=np.int64)
    for number, player in enumerate(players):
        owner[list(player.columns)] = number
    base = np.array([lever.base for lever in levers])
    target = np.array([policy[lever.name] for lever in levers])
    moved = np.where(chosen[:, :, owner], target, base)
    drawn = np.repeat(futures.drawn()[:, None], chosen.shape[1], axis=1)
    values = np.concatenate([moved, drawn], axis=2).reshape(-1, len(levers) + drawn.shape[2])
    return DesignMatrix(
        scheme, (*levers, *futures.uncertainties), values, futures.n_base, seed=futures.seed,
        groups=players, scrambles=futures.scrambles if futures.uncertainties else 0,
        dependences=futures.dependences, orders=orders,
    )  # fmt: skip
