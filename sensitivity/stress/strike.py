"""All that a model is put through beside its levers: shocks, breakers, policies, loops, PySD."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from sensitivity.alone import Alone, alone
from sensitivity.design import DesignMatrix
from sensitivity.discovery.resampling import RESAMPLES
from sensitivity.factors import factors_of
from sensitivity.slices import Slices, run_outcomes
from sensitivity.stress.braking import cost_of_braking, rates, verdicts
from sensitivity.stress.bundled import Bundled, bundled, futures_of
from sensitivity.stress.carried import DRAWS as CARRIED
from sensitivity.stress.carried import Carried, carried
from sensitivity.stress.choice import Choice, choose, thresholds_of
from sensitivity.stress.choices import DRAWS
from sensitivity.stress.deciding import Announce
from sensitivity.stress.departures import departures
from sensitivity.stress.ensemble import OFF, ON, Ensemble, brakes_of, run_ensemble
from sensitivity.stress.failures import Failures, locate_failures
from sensitivity.stress.frontier import frontier, points_of, standard_stress
from sensitivity.stress.futures import CALM, Futures, Stress, stress_of
from sensitivity.stress.loops import Dominance, loop_dominance
from sensitivity.stress.portfolios import Portfolios, portfolios
from sensitivity.stress.replay import Case, Replayer
from sensitivity.stress.single import follow
from sensitivity.stress.struck import Breakers, Loops, Shocks, Struck
from sensitivity.stress.summaries import resilience, tails
from sensitivity.stress.together import Together, largest_policy, together
from sensitivity.stress.trial import BASE, Trial
from sensitivity.stress.weakness import DRAWS as SEARCHED
from sensitivity.stress.weakness import Weakness, find_weakness
from sensitivity.tail import gains

Part = TypeVar("Part")

_MOVED = 64
"""Futures at the most in which each lever is moved alone: the mean of a smooth change is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How a model is struck.

    Parameters
    ----------
    model : Model
        With a spec; it must compile.
    draws, searched : int
        Futures of the ensemble, and those searched for weaknesses; powers of two.
    seed : int
        Of all draws and intervals.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    announce : callable
        For a progress display.
    """

    model: Model
    draws: int = DRAWS
    searched: int = SEARCHED
    seed: int = 0
    workers: int | None = None
    announce: Announce = lambda what, runs: lambda done, total: None

    def progress(self, what: str, runs: int) -> Callable[[int, int], None]:
        """Announce a step, and return what to tell its progress to."""
        return self.announce(f"{self.model.name}: {what}", runs)

    @property
    def futures(self) -> Futures:
        """The futures of the ensemble."""
        return Futures(self.model.spec, self.draws, self.seed)


def strike(plan: Plan, replayer: Replayer) -> Struck:
    """Put a model through all that its spec has: shocks, breakers, policies, loops.

    Parameters
    ----------
    plan : Plan
        How.
    replayer : Replayer
        Is given the base case, the worst run and a random one; ask it for the results later, so
        that PySD has the time.

    Raises
    ------
    DesignError
        The spec has no outcome that is to be maximised or minimised, or one future only.
    """
    outcome = first_outcome(plan.model)
    replayer.submit(_base_case(plan))
    ensemble = _ensemble(plan)
    for case in _cases(plan, ensemble, outcome):
        replayer.submit(case)
    return _Ground(plan, ensemble, outcome).struck()


def first_outcome(model: Model) -> str:
    """Return the outcome that stands first: to be maximised if there is one, else minimised.

    Raises
    ------
    DesignError
        No outcome has a direction.
    """
    for wanted in ("maximise", "minimise"):
        for name, outcome in model.spec.outcomes.items():
            if outcome.direction == wanted:
                return name
    raise DesignError(
        "no outcome is to be maximised or minimised, so no future is worse than another; give "
        "one a direction."
    )


# -- stages -----------------------------------------------------------------------------------


def _ensemble(plan: Plan) -> Ensemble:
    spec = plan.model.spec
    stresses = 1 + len(spec.shocks) + len(spec.compounds)
    runs = plan.draws * stresses * (1 + len(spec.policies)) * len(brakes_of(spec))
    return run_ensemble(plan.model, plan.futures, workers=plan.workers,
                        progress=plan.progress("shocks by policies by breakers", runs))  # fmt: skip


class _Ground:
    """What all parts stand on, and what was refused of them."""

    def __init__(self, plan: Plan, ensemble: Ensemble, outcome: str) -> None:
        self.plan, self.ensemble, self.outcome = plan, ensemble, outcome
        self.spec = plan.model.spec
        self.direction = self.spec.outcomes[outcome].direction
        self.standard = ensemble.stresses[0]
        if self.spec.shocks:
            self.standard = stress_of(self.spec, standard_stress(self.spec))
        base = dict(plan.model.outcomes().drop(columns="status").iloc[0])
        self.thresholds = thresholds_of(self.spec, base, outcome)
        self.compared = list(dict.fromkeys((outcome, *self.thresholds)))
        self.refusals: dict[str, str] = {}

    def struck(self) -> Struck:
        """Return all parts that the spec has what it takes for."""
        spec, options = self.spec, len(self.ensemble.policies) * len(self.ensemble.brakes)
        shocks = self.attempt("shocks", self.shocks) if spec.shocks else None
        breakers = None
        if spec.breakers and shocks is not None:
            quantity = shocks.quantity.name
            breakers = self.attempt("breakers", lambda: self.breakers(quantity))
        return Struck(
            self.ensemble, self.outcome, self.failures(), shocks, breakers,
            self.attempt("policies", self.choice) if options > 1 else None,
            self.attempt("weakness", self.weakness),
            self.attempt("loops", self.loops) if spec.loops else None,
            departures=departures(self.plan.model, self.plan.futures, workers=self.plan.workers),
            portfolios=self.attempt("what policies bring", self.portfolios)
            if spec.policies else None,
            together=self.attempt("levers together", self.together)
            if largest_policy(spec) else None,
            alone=self.attempt("levers", self.levers) if spec.levers else None,
            bundled=self.attempt("bundles", self.bundled) if spec.bundles else None,
            refusals=self.refusals,
        )  # fmt: skip

    def attempt(self, part: str, make: Callable[[], Part]) -> Part | None:
        """Return a part, or ``None`` and keep the reason."""
        try:
            return make()
        except DesignError as error:
            self.refusals[part] = str(error)
            return None

    def failures(self) -> Failures:
        """Locate the runs that failed by what was drawn and what was decided."""
        runs = self.ensemble.runs
        calm = self.plan.futures.table(self.ensemble.stresses[0])
        drawn = calm.iloc[runs["draw"].to_numpy()].reset_index(drop=True)
        inputs = pd.concat([runs[["stress", "policy", "brakes"]], drawn], axis=1)
        return locate_failures(inputs, list(runs["status"]), resamples=8, seed=self.plan.seed)

    def shocks(self) -> Shocks:
        """Measure what shocks take."""
        quantity, seed = self.ensemble.headline, self.plan.seed
        return Shocks(
            quantity, self.standard, resilience(self.ensemble, quantity.name, seed=seed),
            {name: tails(self.ensemble, name, seed=seed) for name in self.compared},
        )  # fmt: skip

    def breakers(self, quantity: str) -> Breakers:
        """Judge the breakers, sweep them, and follow the future that is worst without them."""
        plan, ensemble = self.plan, self.ensemble
        count = 2 * plan.draws * len(points_of(plan.model))
        swept = frontier(
            plan.model, plan.futures, self.standard, self.outcome, workers=plan.workers,
            seed=plan.seed, progress=plan.progress("thresholds of breakers", count),
        )  # fmt: skip
        return Breakers(
            rates(verdicts(ensemble, quantity)),
            cost_of_braking(ensemble, self.outcome, seed=plan.seed),
            self.each_alone(),
            swept,
            follow(ensemble, self.standard, BASE, self.worst_draw(), quantity),
        )

    def worst_draw(self) -> int:
        """Return the future of the standard stress that is worst without breakers."""
        runs = self.ensemble.runs
        own = runs[(runs["policy"] == BASE) & (runs["brakes"] == OFF)
                   & (runs["stress"] == self.standard.name)]  # fmt: skip
        values = gains(own[self.outcome].to_numpy(float), self.direction)
        if not np.isfinite(values).any():
            raise DesignError(f"no future under {self.standard.label} ends well without breakers.")
        return int(own["draw"].to_numpy()[np.nanargmin(values)])

    def each_alone(self) -> pd.DataFrame:
        """Return cost and relief of each breaker while all others are off."""
        plan, off = self.plan, brakes_of(self.spec)[OFF]
        brakes = {OFF: off} | {
            name: {**off, each.enabled: 1.0} for name, each in self.spec.breakers.items()
        }
        found = run_ensemble(
            plan.model, plan.futures, stresses=[self.standard], policies={BASE: {}},
            brakes=brakes, workers=plan.workers,
            progress=plan.progress("each breaker alone", 2 * plan.draws * len(brakes)),
        )  # fmt: skip
        tables = []
        for name in self.spec.breakers:
            own = found.runs[found.runs["brakes"].isin([OFF, name])]
            pair = replace(found, brakes={OFF: off, ON: brakes[name]},
                           runs=own.assign(brakes=own["brakes"].replace(name, ON)))  # fmt: skip
            table = cost_of_braking(pair, self.outcome, seed=plan.seed)
            tables.append(table.assign(breaker=name))
        return pd.concat(tables, ignore_index=True)

    def portfolios(self) -> Portfolios:
        """Hold the policies against the base policy."""
        return portfolios(self.ensemble, self.outcome, self.standard.name, seed=self.plan.seed)

    def together(self) -> Together:
        """Share the effect of the largest policy out among its levers."""
        plan = self.plan
        return together(plan.model, plan.draws, seed=plan.seed, workers=plan.workers,
                        announce=plan.progress)  # fmt: skip

    def levers(self) -> Alone:
        """Move each lever by itself."""
        plan = self.plan
        levers = factors_of(self.spec, self.spec.levers)
        futures = futures_of(plan.model, min(plan.draws, _MOVED), plan.seed)
        progress = plan.progress("each lever alone", futures.n_base * (1 + 2 * len(levers)))

        def run(design: DesignMatrix, *, first: int = 0) -> Slices:
            return run_outcomes(plan.model, design, first=first, workers=plan.workers,
                                progress=progress)  # fmt: skip

        return alone(run, levers, futures)

    def bundled(self) -> Bundled:
        """Hold bundles against the sum of their parts."""
        plan = self.plan
        return bundled(
            plan.model, plan.draws, seed=plan.seed, workers=plan.workers,
            progress=plan.progress("bundles at equal cost", len(self.spec.bundles)),
        )  # fmt: skip

    def choice(self) -> Choice:
        """Compare the policies."""
        return choose(self.ensemble, self.compared, self.thresholds, seed=self.plan.seed)

    def weakness(self) -> Weakness:
        """Search for where the base policy fails."""
        plan, known, outcome = self.plan, self.ensemble.brakes, self.outcome
        brakes = ON if ON in known else next(iter(known))
        # Thresholds on several outcomes are missed for different reasons, which no box describes.
        first = {k: v for k, v in self.thresholds.items() if k == outcome} or self.thresholds
        return find_weakness(
            plan.model, self.standard, self.ensemble.settings(BASE, brakes), outcome,
            first, draws=plan.searched, seed=plan.seed, workers=plan.workers,
            progress=plan.progress("where it fails", RESAMPLES),
        )  # fmt: skip

    def loops(self) -> Loops:
        """Cut every loop, in the calm and under the standard stress."""
        calm = self.ensemble.stresses[0]
        first = self.cut(calm)
        struck = None if self.standard.name == CALM else self.cut(self.standard)
        policy = largest_policy(self.spec)
        return Loops(first, struck, self.attempt("loops of a policy", lambda: self.carried(policy))
                     if policy else None)  # fmt: skip

    def carried(self, policy: str) -> Carried:
        """Try a policy with each loop cut."""
        plan = self.plan
        runs = 2 * min(plan.draws, CARRIED) * (1 + len(self.spec.loops))
        return carried(plan.model, plan.draws, policy, self.outcome, seed=plan.seed,
                       workers=plan.workers,
                       progress=plan.progress("loops cut under a policy", runs))  # fmt: skip

    def cut(self, stress: Stress) -> Dominance:
        """Cut every loop under one stress."""
        plan = self.plan
        runs = plan.draws * (1 + len(self.spec.loops))
        return loop_dominance(
            plan.model, plan.futures, stress, workers=plan.workers,
            progress=plan.progress(f"loops cut, {stress.label}", runs),
        )  # fmt: skip


def _base_case(plan: Plan) -> Case:
    """Return the base case, every input named, so that one kernel serves all replays."""
    trial = Trial(plan.model, plan.futures)
    factors = {each.setting: each.base for each in plan.futures.factors}
    return Case("the base case", {**trial.unmoved, **plan.futures.calm, **factors})


def _cases(plan: Plan, ensemble: Ensemble, outcome: str) -> Iterator[Case]:
    """Yield the worst run of the ensemble and a random one."""
    runs, trial = ensemble.runs, ensemble.trial
    values = gains(runs[outcome].to_numpy(float), ensemble.spec.outcomes[outcome].direction)
    numbers = {"a random run": int(np.random.default_rng(plan.seed).integers(len(runs)))}
    if np.isfinite(values).any():
        numbers = {"the worst run": int(np.nanargmin(values))} | numbers
    by_name = {stress.name: stress for stress in ensemble.stresses}
    for label, number in numbers.items():
        row = runs.iloc[number]
        settings = ensemble.settings(row["policy"], row["brakes"])
        yield Case(label, trial.case(by_name[row["stress"]], settings, int(row["draw"])))
