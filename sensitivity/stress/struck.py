"""What a model has come to: the findings on shocks, breakers, policies, weaknesses and loops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from sensitivity.alone import Alone
from sensitivity.stress.bundled import Bundled
from sensitivity.stress.carried import Carried
from sensitivity.stress.choice import Choice
from sensitivity.stress.departures import Departures
from sensitivity.stress.ensemble import Ensemble
from sensitivity.stress.failures import Failures
from sensitivity.stress.futures import Stress
from sensitivity.stress.loops import Dominance
from sensitivity.stress.portfolios import Portfolios, cost_of
from sensitivity.stress.quantities import Quantity
from sensitivity.stress.replay import Replay
from sensitivity.stress.single import Single
from sensitivity.stress.together import Together
from sensitivity.stress.weakness import Weakness


@dataclass(frozen=True, slots=True, eq=False)
class Shocks:
    """What shocks take.

    Parameters
    ----------
    quantity : Quantity
        What is held against its twin.
    standard : Stress
        The stress that breakers, loops and the search for weaknesses look at.
    resilience : pandas.DataFrame
        Of the quantity, from :func:`sensitivity.stress.summaries.resilience`.
    tails : mapping
        Outcome that policies are compared by -> table, from
        :func:`sensitivity.stress.summaries.tails`.
    """

    quantity: Quantity
    standard: Stress
    resilience: pd.DataFrame = field(repr=False)
    tails: Mapping[str, pd.DataFrame] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Breakers:
    """What breakers do.

    Parameters
    ----------
    rates : pandas.DataFrame
        From :func:`sensitivity.stress.braking.rates`.
    cost : pandas.DataFrame
        Of all breakers together, from :func:`sensitivity.stress.braking.cost_of_braking`.
    alone : pandas.DataFrame
        The same of each breaker alone under the base policy, with a column ``breaker``.
    frontier : pandas.DataFrame
        From :func:`sensitivity.stress.frontier.frontier`.
    single : Single
        The future that is worst without breakers.
    """

    rates: pd.DataFrame = field(repr=False)
    cost: pd.DataFrame = field(repr=False)
    alone: pd.DataFrame = field(repr=False)
    frontier: pd.DataFrame = field(repr=False)
    single: Single


@dataclass(frozen=True, slots=True, eq=False)
class Loops:
    """Which loop carries what: without a shock, under the standard stress, and of a policy.

    The last two are ``None`` if there is no shock, or no policy that moves several levers.
    """

    calm: Dominance
    struck: Dominance | None
    carried: Carried | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Struck:
    """All findings of one model; a part that it does not have is ``None``.

    Parameters
    ----------
    ensemble : Ensemble
        Of all policies and stresses.
    outcome : str
        The outcome that stands first: the first one that is to be maximised.
    failures : Failures
        Of the ensemble.
    portfolios, shocks, breakers, choice, together, alone, bundled, weakness, loops : optional
        The parts.
    replays : tuple of Replay
        Runs made again by PySD.
    departures : Departures or None
        Each shock and each lever alone.
    refusals : mapping
        Part -> why there is none although the spec has what it needs.
    """

    ensemble: Ensemble
    outcome: str
    failures: Failures
    shocks: Shocks | None = None
    breakers: Breakers | None = None
    choice: Choice | None = None
    weakness: Weakness | None = None
    loops: Loops | None = None
    replays: tuple[Replay, ...] = ()
    departures: Departures | None = None
    portfolios: Portfolios | None = None
    together: Together | None = None
    alone: Alone | None = None
    bundled: Bundled | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def cost(self) -> str:
        """The outcome that is the money spent, or ``""``."""
        return cost_of(self.ensemble.spec)

    @property
    def runs(self) -> int:
        """How many runs were made of the compiled model."""
        draws = self.ensemble.trial.futures.draws
        count = len(self.ensemble.runs)
        if self.departures is not None:
            count += 1 + len(self.departures.stresses) + 2 * len(self.departures.levers)
        if self.breakers is not None:
            count += 2 * draws * (1 + len(self.ensemble.spec.breakers))
            count += 2 * draws * len(self.breakers.frontier)
        parts = (self.together, self.alone, self.bundled, self.weakness)
        count += sum(part.runs for part in parts if part is not None)
        if self.loops is not None:
            views = 1 if self.loops.struck is None else 2
            count += views * draws * (1 + len(self.ensemble.spec.loops))
            count += 0 if self.loops.carried is None else self.loops.carried.runs
        return count
