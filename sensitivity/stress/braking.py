"""Do breakers open when they should, and what do they cost and save."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pysd_runner.errors import DesignError
from sensitivity.bootstrap import bootstrap
from sensitivity.stress.ensemble import OFF, ON, Ensemble
from sensitivity.stress.futures import CALM
from sensitivity.tail import WORST, cvar, gains

RIGHT, LATE, MISSED, FALSE, QUIET = "right", "late", "missed", "false", "quiet"
"""A breaker opened before the harm, after it, never though there was harm, though there was none,
and not at all without harm."""

VERDICTS = (RIGHT, LATE, MISSED, FALSE, QUIET)

_KEYS = ["policy", "stress", "draw"]


def verdicts(ensemble: Ensemble, quantity: str) -> pd.DataFrame:
    """Judge each breaker in each future by what happens without any breaker.

    A future is harmed from the moment at which, with all breakers off, the quantity has lain below
    :data:`~sensitivity.stress.resilience.HARM` of its twin without a shock for a time of
    :data:`~sensitivity.stress.resilience.LASTING`. A breaker has braked if, with all breakers on,
    it opens after the start of the shock or is open then.

    Parameters
    ----------
    ensemble : Ensemble
        With breakers off and on.
    quantity : str
        Identifier of the quantity that is to be protected.

    Returns
    -------
    pandas.DataFrame
        One row for each breaker, policy, stress and draw: ``harmed`` and ``verdict``:
        ``right`` (harmed, and braked by then), ``late`` (harmed, and braked only afterwards),
        ``missed`` (harmed, and never braked), ``false`` (braked, though not harmed) or ``quiet``.
        Futures in which a run failed are left out; see :attr:`Ensemble.failures`.

    Raises
    ------
    DesignError
        The ensemble lacks breakers that are off and on.
    """
    _refuse_unbraked(ensemble)
    free = ensemble.triangles[ensemble.triangles["brakes"] == OFF]
    free = free[(free["quantity"] == quantity) & free["loss"].notna()]
    braked = ensemble.trips[ensemble.trips["brakes"] == ON]
    braked = braked[braked["trips"].notna()]
    starts = ensemble.runs[ensemble.runs["brakes"] == ON][[*_KEYS, "start"]]
    calm = braked[braked["stress"] == CALM].assign(harmed=np.nan)
    struck = braked.merge(free[[*_KEYS, "harmed"]], on=_KEYS)
    both = pd.concat([calm, struck], ignore_index=True).merge(starts, on=_KEYS)
    harmed = both["harmed"].notna()
    opened = both["tripped"] | both["open_before"]
    in_time = both["open_before"] | (
        both["tripped"] & (both["start"] + both["first"] <= both["harmed"])
    )
    both["verdict"] = np.select(
        [harmed & in_time, harmed & opened, harmed, opened], [RIGHT, LATE, MISSED, FALSE], QUIET
    )
    both["harmed"] = harmed
    return both[["breaker", *_KEYS, "harmed", "verdict"]]


def rates(judged: pd.DataFrame) -> pd.DataFrame:
    """Return how often each breaker was wrong, by policy and stress.

    Parameters
    ----------
    judged : pandas.DataFrame
        From :func:`verdicts`.

    Returns
    -------
    pandas.DataFrame
        One row for each breaker, policy and stress: ``futures``, the share of them with each
        verdict, ``false_rate`` (false among all in which it braked) and ``missed_rate`` (late or
        missed among all that were harmed); NaN where there are none.
    """
    keys = ["breaker", "policy", "stress"]
    table = judged.groupby([*keys, "verdict"], sort=False).size().unstack(fill_value=0)
    table = table.reindex(columns=list(VERDICTS), fill_value=0).astype(float)
    futures = table.sum(axis=1)
    braked = table[[RIGHT, LATE, FALSE]].sum(axis=1)
    harmed = table[[RIGHT, LATE, MISSED]].sum(axis=1)
    shares = table.div(futures, axis=0)
    shares.insert(0, "futures", futures)
    shares["false_rate"] = table[FALSE] / braked.where(braked > 0)
    shares["missed_rate"] = table[[LATE, MISSED]].sum(axis=1) / harmed.where(harmed > 0)
    return shares.reset_index().rename_axis(columns=None)


def cost_of_braking(
    ensemble: Ensemble, outcome: str, *, share: float = WORST, seed: int = 0
) -> pd.DataFrame:
    """Hold the mean that breakers cost against the tail that they save.

    Parameters
    ----------
    ensemble : Ensemble
        With breakers off and on.
    outcome : str
        Identifier of an outcome.
    share : float
        Of the futures that make up the tail.
    seed : int
        Of the bootstrap over futures.

    Returns
    -------
    pandas.DataFrame
        One row for each policy and stress, in the unit of the outcome, each with ``_low`` and
        ``_high``: ``mean`` and ``tail``, by how much the breakers raise the mean and the mean of
        the worst futures; more is better for both, also of an outcome that is to be minimised.
        ``mean_off`` and ``tail_off``, the values without breakers.

    Raises
    ------
    DesignError
        The ensemble lacks breakers that are off and on, or the outcome is unknown.
    """
    _refuse_unbraked(ensemble)
    if outcome not in ensemble.spec.outcomes:
        raise DesignError(f"'{outcome}' is not an outcome of the spec.")
    direction = ensemble.spec.outcomes[outcome].direction
    wide = ensemble.runs.pivot(index="draw", columns=["brakes", "policy", "stress"], values=outcome)
    off, on = (wide[brakes].dropna() for brakes in (OFF, ON))
    draws = off.index.intersection(on.index)
    places = list(off.columns)
    before = gains(off.loc[draws].to_numpy(float), direction)
    after = gains(on.loc[draws, places].to_numpy(float), direction)

    def change(rows: np.ndarray) -> np.ndarray:
        some, braked = before[rows], after[rows]
        return np.stack(
            [braked.mean(axis=0) - some.mean(axis=0), cvar(braked, share) - cvar(some, share)]
        )

    found = bootstrap(change, np.arange(len(draws)), seed=seed)
    table = pd.DataFrame(places, columns=["policy", "stress"])
    for row, name in enumerate(("mean", "tail")):
        table[name] = found.estimate[row]
        table[f"{name}_low"], table[f"{name}_high"] = found.low[row], found.high[row]
    back = gains(np.array([before.mean(axis=0), cvar(before, share)]), direction)
    return table.assign(mean_off=back[0], tail_off=back[1])


def _refuse_unbraked(ensemble: Ensemble) -> None:
    if not {OFF, ON} <= set(ensemble.brakes):
        raise DesignError(
            "breakers are judged by runs with all of them off and all of them on; list the "
            "model's breakers in the spec, and run both."
        )
