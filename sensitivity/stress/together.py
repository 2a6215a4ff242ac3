"""Which levers of the largest policy bring its effect, and what groups of them add together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Spec
from sensitivity.coalitions import MOST, Futures, subsets, walks
from sensitivity.contribution import contributions
from sensitivity.dependence import dependences_of
from sensitivity.design import DesignMatrix
from sensitivity.factors import factors_of
from sensitivity.index_table import IndexTable
from sensitivity.slices import run_outcomes

_SEPARATE = 8
"""Levers of which each is a player of its own where pairs are looked at: 2⁸ subsets."""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """What the levers of one policy contribute.

    Parameters
    ----------
    policy : str
        Identifier of the policy, the one that moves most levers.
    groups : IndexTable
        Contributions of groups of levers, or of each lever of a small policy, with pairs.
    levers : IndexTable or None
        Shapley values of each lever, where ``groups`` are of several.
    runs : int
        Runs made.
    """

    policy: str
    groups: IndexTable = field(repr=False)
    levers: IndexTable | None = field(repr=False)
    runs: int


def largest_policy(spec: Spec) -> str:
    """Return the policy that moves most levers, the last of equals; ``""`` if none moves two."""
    sizes = {name: len(policy.values) for name, policy in spec.policies.items()}
    most = max(sizes.values(), default=0)
    return [name for name, size in sizes.items() if size == most][-1] if most > 1 else ""


def groups_of(spec: Spec, policy: str) -> dict[str, list[str]]:
    """Return the levers of a policy as other policies hold them: label -> identifiers.

    A policy of which all levers are in this one, and in no group yet, makes a group; a lever that
    is in none stands alone.
    """
    own = spec.policies[policy].values
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for name, other in spec.policies.items():
        members = set(other.values)
        if name != policy and 1 < len(members) < len(own) and members <= own.keys() - taken:
            found[other.label] = [lever for lever in own if lever in members]
            taken |= members
    return found


def together(
    model: Model,
    draws: int,
    *,
    seed: int = 0,
    workers: int | None = None,
    announce: Callable[[str, int], Callable[[int, int], None]],
) -> Together:
    """Take the levers of the largest policy in and out, in all futures, without a shock.

    Parameters
    ----------
    model : Model
        With policies in its spec.
    draws : int
        Futures, a power of two.
    seed : int
        Of the futures.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    announce : callable
        Told what is run and how many runs it takes.

    Raises
    ------
    DesignError
        No policy moves two levers, or nothing that it moves can be analysed.
    """
    spec = model.spec
    policy = largest_policy(spec)
    if not policy:
        raise DesignError("no policy of the spec moves two levers, so there is nothing to share.")
    values = dict(spec.policies[policy].values)
    levers = factors_of(spec, values)
    futures = Futures(factors_of(spec, spec.uncertainties) if spec.uncertainties else (), draws,
                      seed, dependences=dependences_of(spec))  # fmt: skip
    groups = groups_of(spec, policy) if len(values) > _SEPARATE else {}
    players = len(values) - sum(len(members) - 1 for members in groups.values())

    def shared(design: DesignMatrix, said: str) -> IndexTable:
        progress = announce(said, len(design))
        found = run_outcomes(model, design, workers=workers, progress=progress)
        return contributions(design, found)

    if 1 < players <= min(_SEPARATE, MOST):
        whole = subsets(levers, values, futures, groups)
    else:
        whole = walks(levers, values, futures, None)
    table = shared(whole, "levers in and out, in groups" if groups else "levers in and out")
    runs, single = len(whole), None
    if groups and whole.scheme == "subsets":
        design = walks(levers, values, futures)
        single = shared(design, "levers in and out, one by one")
        runs += len(design)
    return Together(policy, table, single, runs)
