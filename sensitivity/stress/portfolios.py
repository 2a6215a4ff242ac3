"""What each policy brings and costs, held against the base policy in the same futures."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pysd_runner.errors import DesignError
from pysd_runner.spec.named import split
from pysd_runner.spec.schema import Spec
from sensitivity.bootstrap import Floats, Rows, bootstrap
from sensitivity.stress.ensemble import OFF, ON, Ensemble
from sensitivity.stress.futures import CALM
from sensitivity.stress.trial import BASE
from sensitivity.tail import cvar, gains

MEAN, TAIL = "mean", "tail"

_MONEY = re.compile(r"(CNY|RMB|EUR|USD|GBP|JPY)\b|yuan|[¥€$£]")


@dataclass(frozen=True, slots=True, eq=False)
class Portfolios:
    """Changes against the base policy.

    Parameters
    ----------
    outcome : str
        The outcome that stands first.
    cost : str
        The outcome that is the money spent, or ``""`` if no outcome is.
    stress : str
        The stress of the tails.
    rivals, tail_rivals : tuple of str
        Policies that the best one, by the mean or by the tail of ``outcome``, does not surely
        surpass in the same futures.
    as_thrifty : mapping
        Policy -> those whose gain in ``outcome`` for the money spent, mean by mean, is not surely
        below its own in the same futures; empty if no outcome is the cost.
    table : pandas.DataFrame
        One row for each policy, outcome and ``measure``: ``mean`` over the futures without a
        shock, ``tail`` the mean of the worst tenth under the stress. ``estimate`` with ``low`` and
        ``high``: the change, ``better`` whether that is a gain, and ``share`` whether it is a
        share of the value of the base policy; of an outcome that is zero under that policy it is
        in the unit of the outcome. ``amount`` is the estimate in the unit of the outcome.
    """

    outcome: str
    cost: str
    stress: str
    rivals: tuple[str, ...]
    tail_rivals: tuple[str, ...]
    as_thrifty: Mapping[str, tuple[str, ...]]
    table: pd.DataFrame = field(repr=False)

    def of(self, outcome: str, measure: str = MEAN) -> pd.DataFrame:
        """Return the changes of one outcome, by policy."""
        own = self.table[(self.table["outcome"] == outcome) & (self.table["measure"] == measure)]
        return own.set_index("policy")

    def change(self, policy: str, outcome: str, measure: str = MEAN) -> dict[Hashable, Any]:
        """Return the row of one policy."""
        return self.of(outcome, measure).loc[[policy]].to_dict("records")[0]

    def worst_side_effect(self, policy: str) -> dict[Hashable, Any] | None:
        """Return the row of what gets worse most, surely so, but for the cost; or ``None``."""
        own = self.table[
            (self.table["policy"] == policy) & (self.table["measure"] == MEAN)
            & (self.table["outcome"] != self.cost) & ~self.table["better"] & self.table["share"]
            & (self.table["low"] * self.table["high"] > 0)
        ]  # fmt: skip
        if own.empty:
            return None
        return own.sort_values("estimate", key=np.abs).to_dict("records")[-1]


def cost_of(spec: Spec) -> str:
    """Return the first outcome to be minimised that is money, or ``""``."""
    for name, outcome in spec.outcomes.items():
        if outcome.direction == "minimise" and _MONEY.search(outcome.unit):
            return name
    return ""


def brakes_of_policy(ensemble: Ensemble, policy: str) -> str:
    """Return whether a policy has breakers, as its levers say; else none."""
    if ON not in ensemble.brakes:
        return next(iter(ensemble.brakes))
    switches = {split(each.enabled)[0] for each in ensemble.spec.breakers.values()}
    own = [value for name, value in ensemble.policies[policy].items() if split(name)[0] in switches]
    return ON if any(value > 0 for value in own) else OFF


def portfolios(ensemble: Ensemble, outcome: str, stress: str, *, seed: int = 0) -> Portfolios:
    """Compare each policy, with the breakers that it has, to the base policy.

    Parameters
    ----------
    ensemble : Ensemble
        With the base policy.
    outcome : str
        The outcome that stands first.
    stress : str
        Of the tails.
    seed : int
        Of the bootstrap over futures.

    Raises
    ------
    DesignError
        There is no policy to compare, or too few futures in which all of them end well.
    """
    policies = list(ensemble.policies)
    if len(policies) < 2:
        raise DesignError("the spec has no policy to hold against the base policy.")
    runs = ensemble.runs
    chosen = runs["brakes"] == runs["policy"].map(
        {name: brakes_of_policy(ensemble, name) for name in policies}
    )
    rows: list[tuple[object, ...]] = []
    cost = cost_of(ensemble.spec)
    rivals: dict[str, tuple[str, ...]] = {}
    levels: dict[str, pd.DataFrame] = {}
    for name, spec in ensemble.spec.outcomes.items():
        if spec.direction == "none":
            continue
        wide = runs[chosen & runs["stress"].isin([CALM, stress])].pivot(
            index="draw", columns=["stress", "policy"], values=name
        ).dropna()  # fmt: skip
        if len(wide) < 2:
            raise DesignError("no two futures end well under every policy, so none is compared.")
        calm, hit = (
            gains(wide[each][policies].to_numpy(float), spec.direction) for each in (CALM, stress)
        )
        share = all(each[:, policies.index(BASE)].any() for each in (calm, hit))
        if name == outcome and not share:
            raise DesignError(f"'{name}' is zero under the base policy, so no policy changes it by "
                              "a share of that.")  # fmt: skip
        if name == outcome:
            rivals = {MEAN: _rivals(policies, calm, _mean, seed),
                      TAIL: _rivals(policies, hit, cvar, seed)}  # fmt: skip
        if name in (outcome, cost):
            levels[name] = pd.DataFrame(calm, index=wide.index, columns=policies)
        found = _rows(name, policies, calm, hit, spec.direction == "minimise", share, seed)
        rows += [(*row, share) for row in found]
    columns = ["outcome", "policy", "measure", "estimate", "low", "high", "better", "amount",
               "share"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    thrifty = _as_thrifty(levels[outcome], levels[cost], seed) if cost and cost != outcome else {}
    return Portfolios(outcome, cost, stress, rivals[MEAN], rivals[TAIL], thrifty, table)


def _mean(values: Floats) -> Floats:
    return np.asarray(values.mean(axis=0))


def _rivals(
    policies: list[str], gained: Floats, measure: Callable[[Floats], Floats], seed: int
) -> tuple[str, ...]:
    """Return the policies that may be as good as the best by a measure of (futures, policies).

    All are measured in the same resampled futures: what they owe to a future drops out.
    """
    columns = [column for column, policy in enumerate(policies) if policy != BASE]
    best = max(columns, key=lambda column: float(measure(gained)[column]))

    def behind(rows: Rows) -> Floats:
        found = measure(gained[rows])
        return np.asarray(found[best] - found)

    low = bootstrap(behind, np.arange(len(gained)), seed=seed).low
    return tuple(policies[each] for each in columns if each != best and low[each] <= 0)


def _as_thrifty(gained: pd.DataFrame, saved: pd.DataFrame, seed: int) -> dict[str, tuple[str, ...]]:
    """Return for each policy those that may bring as much for each unit of money.

    Both tables are gains, (futures, policies): of the outcome, and of the money not spent.
    """
    draws = gained.index.intersection(saved.index)
    names = [str(name) for name in gained.columns if name != BASE]
    gain, saving = (
        each.loc[draws, names].to_numpy(float) - each.loc[draws, [BASE]].to_numpy(float)
        for each in (gained, saved)
    )

    def apart(rows: Rows) -> Floats:
        spent = -saving[rows].mean(axis=0)
        rate = gain[rows].mean(axis=0) / np.where(spent > 0, spent, np.nan)
        return np.asarray(rate[:, None] - rate)

    low = bootstrap(apart, np.arange(len(draws)), seed=seed).low
    return {
        name: tuple(other for j, other in enumerate(names) if j != i and low[i, j] <= 0)
        for i, name in enumerate(names)
    }


def _rows(
    name: str, policies: list[str], calm: Floats, hit: Floats, turned: bool, share: bool, seed: int
) -> list[tuple[object, ...]]:
    """Return the rows of one outcome; ``calm`` and ``hit`` are gains, (futures, policies)."""
    base = policies.index(BASE)

    def levels(rows: Rows) -> Floats:
        return np.stack([calm[rows].mean(axis=0), cvar(hit[rows])])

    def changes(rows: Rows) -> Floats:
        found = levels(rows)
        own = found[:, [base]]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((found - own) / (np.abs(own) if share else 1.0))

    everything = np.arange(len(calm))
    found = bootstrap(changes, everything, seed=seed)
    level = levels(everything)
    amounts = (level - level[:, [base]]) * (-1 if turned else 1)
    rows: list[tuple[object, ...]] = []
    for column, policy in enumerate(policies):
        if policy == BASE:
            continue
        for place, measure in enumerate((MEAN, TAIL)):
            gain, low, high = (
                float(each[place, column]) for each in (found.estimate, found.low, found.high)
            )
            ends = (-gain, -high, -low) if turned else (gain, low, high)
            rows.append((name, policy, measure, *ends, gain >= 0, float(amounts[place, column])))
    return rows
