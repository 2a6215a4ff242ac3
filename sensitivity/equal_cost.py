"""Policies at equal cost: whether a bundle does more than its parts for the same money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from sensitivity.across import Across, across
from sensitivity.coalitions import Futures, check_value
from sensitivity.factors import Factor
from sensitivity.runner import Runner, check_runner
from sensitivity.slices import no_outcome

Floats: TypeAlias = NDArray[np.float64]

_GRID = 9
_ROUNDS = 4
"""Each round looks at a grid in the interval that the round before left: 8⁴ steps in all."""
_CUTS = 8
_KEPT = 0.8
"""Of what a bundle can spend, where it cannot spend all: its parts get that much in sum instead."""
_FURTHER = 1.25
_FLAT = 0.01
"""Of the highest cost: what the last eighth of the way adds less of does not add to it."""
BUNDLE = "together"
SUM = "sum of the parts"
SYNERGY = "synergy"
ONLY = "only "


@dataclass(frozen=True, slots=True, eq=False)
class EqualCost:
    """What policies do for the same money.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``outcome``, ``policy``, ``cost`` (the mean over the futures, above the base case),
        ``scale`` (of its moves), ``effect`` on the outcome with ``low`` and ``high``. Rows: each
        policy with its part of the money; all of them together, for the same sum; the sum of the
        parts; the synergy, which is the difference of the two; and each policy with the whole sum
        alone, named ``"only …"``.
    notes : tuple of str
        What kept a policy from spending its money.
    intervals : str
        What the intervals are worth.
    labels, units : mapping
        By outcome, for figures.
    """

    table: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...]
    intervals: str
    labels: Mapping[str, str] = field(repr=False)
    units: Mapping[str, str] = field(repr=False)

    def of(self, outcome: str) -> pd.DataFrame:
        """Return the rows of one outcome, by policy.

        Raises
        ------
        DesignError
            There is no such outcome.
        """
        known = list(dict.fromkeys(self.table["outcome"]))
        if outcome not in known:
            raise DesignError(no_outcome(outcome, "this table", known))
        return self.table[self.table["outcome"] == outcome].set_index("policy")


def equal_cost(
    run: Runner,
    levers: Sequence[Factor],
    policies: Mapping[str, Mapping[str, float]],
    futures: Futures,
    cost: str,
    *,
    budget: float | None = None,
    confidence: float = 0.95,
) -> EqualCost:
    """Hold policies, and all of them together, against each other at equal cost.

    A policy is scaled: its levers go from their base towards the values of the policy, and
    beyond as far as their bounds allow, until the mean of the cost over the futures has risen by
    the money there is. Each policy gets an equal part of it first; together they are scaled by
    one number more, so that what they cost together, with all that they do to each other, is
    what they cost apart. If the city's budget binds so that they cannot spend as much together,
    the money is cut until they can, and the notes say so.

    Parameters
    ----------
    run : callable
        Takes a design: ``watched(run_outcomes, model)``.
    levers : sequence of Factor
        At least those that the policies move.
    policies : mapping
        Name -> identifier of a lever -> value; no lever is in two of them.
    futures : Futures
        Over which costs and effects are averaged.
    cost : str
        The outcome that is the cost, such as the present value of the outlay.
    budget : float or None
        Money above the base case [unit of the cost]; ``None`` takes what the policies as they are
        given cost in sum, each alone.
    confidence : float
        Level of the intervals.

    Raises
    ------
    DesignError
        A lever is unknown, discrete or in two policies, the cost is no outcome, a run fails, or no
        money is spent.
    """
    check_runner(run)
    moves = _moves(levers, policies)
    base = np.array([lever.base for lever in levers])
    trial = _Trial(run, tuple(levers), base, futures, cost)
    names = list(policies)
    if budget is None:
        budget = float(trial.added(base + moves).sum())
    if not budget > 0:
        raise DesignError(f"a budget of {budget:g} above the base case buys nothing to compare.")
    parts, whole, notes = _divided(trial, names, moves, budget)
    joint = (parts[:, None] * moves).sum(axis=0)
    spent = float(trial.added(base + parts[:, None] * moves).sum())
    only, missing = trial.scaled([ONLY + name for name in names], moves, np.full(len(names), spent))
    settings = base + np.vstack([parts[:, None] * moves, whole * joint, only[:, None] * moves])
    found = trial.results(settings)
    slices = found.slices
    table = trial.compare(names, found, np.array([*parts, whole, *only]), confidence)
    return EqualCost(
        table, (*notes, *missing), found.intervals(confidence),
        dict(zip(slices.outcomes, slices.labels, strict=True)),
        dict(zip(slices.outcomes, slices.units, strict=True)),
    )  # fmt: skip


def _divided(
    trial: _Trial, names: Sequence[str], moves: Floats, budget: float
) -> tuple[Floats, float, list[str]]:
    """Return the scales at which the parts share the money and the bundle spends as much."""
    cuts: list[str] = []
    for _ in range(_CUTS):
        parts, notes = trial.scaled(names, moves, np.full(len(names), budget / len(names)))
        spent = float(trial.added(trial.base + parts[:, None] * moves).sum())
        joint = (parts[:, None] * moves).sum(axis=0)
        whole, less = trial.scaled([BUNDLE], joint[None], np.array([spent]))
        if not less:
            break
        cuts += [f"{each} So there is less money to share out." for each in less]
        budget = _KEPT * float(trial.added(trial.base + whole[:, None] * joint[None])[0])
    if whole[0] > _FURTHER:
        notes.append(
            f"Together the levers move {whole[0]:.2g} times as far as apart before they cost the "
            "same: they crowd each other out of a budget."
        )
    return parts, float(whole[0]), cuts + notes


def _moves(levers: Sequence[Factor], policies: Mapping[str, Mapping[str, float]]) -> Floats:
    """Return by how much each policy moves each lever, shape (policies, levers)."""
    place = {lever.name: column for column, lever in enumerate(levers)}
    if len(policies) < 2:
        raise DesignError("a comparison at equal cost takes two or more policies.")
    moves = np.zeros((len(policies), len(levers)))
    for row, (policy, values) in enumerate(policies.items()):
        for name, value in values.items():
            if name not in place:
                raise DesignError(f"'{name}' of '{policy}' is no lever{nearest(name, place)}.")
            lever = levers[place[name]]
            if lever.distribution is not None and lever.distribution.values:
                raise DesignError(f"'{name}' of '{policy}' takes discrete values and cannot be "
                                  "scaled; leave it out.")  # fmt: skip
            if moves[:, place[name]].any():
                raise DesignError(f"'{name}' is moved by two policies; leave it in one.")
            check_value(lever, value)
            moves[row, place[name]] = value - lever.base
        if not moves[row].any():
            raise DesignError(f"'{policy}' moves no lever from its base.")
    return moves


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """Runs lever settings in all futures."""

    run: Runner
    levers: tuple[Factor, ...]
    base: Floats
    futures: Futures
    cost: str

    def results(self, settings: Floats) -> Across:
        """Run settings, shape (settings, levers), in all futures."""
        return across(self.run, self.levers, settings, self.futures)

    def added(self, settings: Floats) -> Floats:
        """Return the mean cost above the base case, shape (settings,)."""
        return self._costs(settings)[0]

    def _costs(self, settings: Floats) -> tuple[Floats, str]:
        """Return the mean cost above the base case, shape (settings,), and its unit."""
        found = self.results(settings)
        outcomes = found.slices.outcomes
        if self.cost not in outcomes:
            raise DesignError(no_outcome(self.cost, "these runs", outcomes))
        column = outcomes.index(self.cost)
        return np.asarray(found.changes[:, :, column].mean(axis=0)), found.slices.units[column]

    def scaled(
        self, names: Sequence[str], moves: Floats, targets: Floats
    ) -> tuple[Floats, list[str]]:
        """Return the scale at which each policy first costs its target, and who cannot.

        Who cannot gets the scale at which it costs most.
        """
        low, high = np.zeros(len(moves)), self._furthest(moves)
        notes = []
        for turn in range(_ROUNDS):
            grid = np.linspace(low, high, _GRID, axis=1)
            settings = self.base + grid[:, :, None] * moves[:, None]
            added, unit = self._costs(settings.reshape(-1, moves.shape[1]))
            costs = added.reshape(grid.shape)
            for row, (name, target) in enumerate(zip(names, targets, strict=True)):
                reached = bool((costs[row] >= target).any())
                if reached:
                    up = max(1, int(np.argmax(costs[row] >= target)))
                    low[row], high[row] = grid[row, up - 1], grid[row, up]
                    if turn == _ROUNDS - 1:
                        part = (target - costs[row, up - 1]) / (costs[row, up] - costs[row, up - 1])
                        low[row] += float(np.clip(part, 0, 1)) * (high[row] - low[row])
                elif turn == 0:
                    notes.append(_binding(name, costs[row], float(target), unit))
                    low[row] = high[row] = grid[row, int(np.argmax(costs[row]))]
        return low, notes

    def _furthest(self, moves: Floats) -> Floats:
        """Return the largest scale of each policy that keeps its levers within their bounds."""
        bounds = np.array([lever.bounds for lever in self.levers])
        room = np.where(moves > 0, bounds[:, 1] - self.base, bounds[:, 0] - self.base)
        with np.errstate(divide="ignore", invalid="ignore"):
            scales = np.where(moves == 0, np.inf, room / moves)
        return np.asarray(scales.min(axis=1))

    def compare(
        self, names: Sequence[str], found: Across, scales: Floats, confidence: float
    ) -> pd.DataFrame:
        """Tabulate parts, bundle, sum, synergy and single policies, in the order of ``rows``."""
        changes, outcomes = found.changes, found.slices.outcomes
        count = len(names)
        parts, bundle, only = changes[:, :count], changes[:, count], changes[:, count + 1 :]
        summed = parts.sum(axis=1)
        effects = np.concatenate(
            [parts, np.stack([bundle, summed, bundle - summed], axis=1), only], axis=1
        )
        labels = [*names, BUNDLE, SUM, SYNERGY, *(ONLY + name for name in names)]
        column = outcomes.index(self.cost)
        mean, half = found.mean(effects, confidence)
        used = [*scales[: count + 1], np.nan, np.nan, *scales[count + 1 :]]
        rows = [
            (outcome, label, mean[row, column], used[row], mean[row, number],
             mean[row, number] - half[row, number], mean[row, number] + half[row, number])
            for number, outcome in enumerate(outcomes)
            for row, label in enumerate(labels)
        ]  # fmt: skip
        return pd.DataFrame(
            rows, columns=["outcome", "policy", "cost", "scale", "effect", "low", "high"]
        )


def _binding(name: str, costs: Floats, target: float, unit: str) -> str:
    """Say why a policy cannot spend its money."""
    highest = float(costs.max())
    who = f"'{name.removeprefix(ONLY)}' alone" if name.startswith(ONLY) else f"'{name}'"
    start = f"{who} can spend no more than {_money(highest)} of {_money(target)} {unit}".rstrip()
    if costs[-1] < costs[-2] + _FLAT * abs(highest):
        return f"{start}: a budget binds, for moving its levers further does not raise the cost."
    return f"{start}: a lever is at its bound."


def _money(amount: float) -> str:
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"
