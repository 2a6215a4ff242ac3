"""The choice of a policy: every policy, with breakers off and on, over all futures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pysd_runner.errors import DesignError
from pysd_runner.spec.schema import Spec
from sensitivity.robustness import Robustness, robustness
from sensitivity.stress.ensemble import NONE, Ensemble
from sensitivity.stress.trial import policy_label
from sensitivity.tail import gains

TOLERATED = 0.1
"""Share of its base case by which an outcome may be worse and still satisfy, where the spec names
no threshold: an assumption."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Policies compared over all stresses and draws.

    Parameters
    ----------
    robust : mapping
        Outcome -> how robust each option is; values of an outcome that is to be minimised are
        negative, so that more is better.
    thresholds : mapping
        Outcome -> value that satisfies, as the spec or :func:`thresholds_of` says.
    incomplete : int
        Scenarios left out for all options, because a run failed in one of them.
    """

    robust: Mapping[str, Robustness]
    thresholds: Mapping[str, float]
    incomplete: int = field(default=0)


def thresholds_of(spec: Spec, base: Mapping[str, float], headline: str) -> dict[str, float]:
    """Return what is good enough: as the spec says, or a tenth worse than the base case.

    Parameters
    ----------
    spec : Spec
        Its outcomes may have thresholds.
    base : mapping
        Outcome -> value of the base case without a shock.
    headline : str
        The outcome that has a threshold if the spec names none.
    """
    named = {k: v.threshold for k, v in spec.outcomes.items() if v.threshold is not None}
    if named:
        return named
    sign = 1 if spec.outcomes[headline].direction == "minimise" else -1
    return {headline: base[headline] + sign * TOLERATED * abs(base[headline])}


def satisfies(table: pd.DataFrame, spec: Spec, thresholds: Mapping[str, float]) -> pd.Series:
    """Tell which rows of a table of outcomes meet all thresholds; a run that failed does not."""
    met = pd.Series(data=True, index=table.index)
    for name, threshold in thresholds.items():
        direction = spec.outcomes[name].direction
        reached = gains(table[name].to_numpy(float), direction) >= gains(
            np.array(threshold), direction
        )
        met &= reached
    return met


def choose(
    ensemble: Ensemble, outcomes: list[str], thresholds: Mapping[str, float], *, seed: int = 0
) -> Choice:
    """Compare all options of an ensemble: each policy, with breakers off and on.

    Every stress, the calm included, and every draw make up one scenario; all count alike.

    Parameters
    ----------
    ensemble : Ensemble
        With runs.
    outcomes : list of str
        Outcomes to compare by.
    thresholds : mapping
        Outcome -> value that satisfies.
    seed : int
        Of the bootstrap over draws.

    Raises
    ------
    DesignError
        There is one option only, or no scenario in which all runs have values.
    """
    spec = ensemble.spec
    runs = ensemble.runs.assign(
        option=[option_label(spec, p, b) for p, b in
                zip(ensemble.runs["policy"], ensemble.runs["brakes"], strict=True)],
        met=satisfies(ensemble.runs, spec, thresholds),
    )  # fmt: skip
    options = list(runs["option"].unique())
    wide = runs.pivot(index=["stress", "draw"], columns="option", values=[*outcomes, "met"])
    whole = wide[wide[outcomes].notna().all(axis=1)]
    if whole.empty:
        raise DesignError("in no future do all policies end well, so none can be compared.")
    draws = whole.index.get_level_values("draw").to_numpy()
    met = whole["met"][options].to_numpy(dtype=bool)
    robust = {
        name: robustness(
            gains(whole[name][options].to_numpy(float), spec.outcomes[name].direction), met,
            options, groups=draws, seed=seed,
        )
        for name in outcomes
    }  # fmt: skip
    return Choice(robust, thresholds, len(wide) - len(whole))


def option_label(spec: Spec, policy: str, brakes: str) -> str:
    """Return how figures call a policy with the breakers off or on."""
    label = policy_label(spec, policy)
    return label if brakes == NONE else f"{label}, breakers {brakes}"
