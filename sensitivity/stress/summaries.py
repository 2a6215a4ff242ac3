"""Tables of an ensemble: tails of outcomes, and resilience, each with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pysd_runner.errors import DesignError
from sensitivity.bootstrap import Floats, Rows, bootstrap
from sensitivity.stress.ensemble import PLACE, Ensemble
from sensitivity.stress.survival import Survival, kaplan_meier
from sensitivity.tail import cvar, gains, low_percentile


def tails(ensemble: Ensemble, outcome: str, *, seed: int = 0) -> pd.DataFrame:
    """Return mean and tail of an outcome over futures, for every policy, brakes and stress.

    Parameters
    ----------
    ensemble : Ensemble
        With runs.
    outcome : str
        Identifier.
    seed : int
        Of the bootstrap over futures.

    Returns
    -------
    pandas.DataFrame
        One row for each place: ``mean``, ``percentile`` (that the worst tenth do not reach) and
        ``tail`` (mean of the worst tenth), in the unit of the outcome, each with ``_low`` and
        ``_high``; ``futures``, how many have a value at every place. What is worst depends on the
        direction of the outcome.

    Raises
    ------
    DesignError
        The outcome is unknown, or no future has a value at every place.
    """
    if outcome not in ensemble.spec.outcomes:
        raise DesignError(f"'{outcome}' is not an outcome of the spec.")
    direction = ensemble.spec.outcomes[outcome].direction
    wide = ensemble.runs.pivot(index="draw", columns=list(PLACE), values=outcome).dropna()
    if len(wide) < 2:
        raise DesignError(
            f"no two futures end well under every policy and stress, so '{outcome}' has no tail; "
            "look at the failed runs first."
        )
    values = gains(wide.to_numpy(float), direction)

    def measured(rows: Rows) -> Floats:
        some = values[rows]
        return np.stack([some.mean(axis=0), low_percentile(some), cvar(some)])

    found = bootstrap(measured, np.arange(len(values)), seed=seed)
    table = pd.DataFrame(list(wide.columns), columns=list(PLACE))
    for row, name in enumerate(("mean", "percentile", "tail")):
        table[name] = gains(found.estimate[row], direction)
        ends = gains(np.stack([found.low[row], found.high[row]]), direction)
        table[f"{name}_low"], table[f"{name}_high"] = np.sort(ends, axis=0)
    return table.assign(futures=len(wide))


def resilience(ensemble: Ensemble, quantity: str, *, seed: int = 0) -> pd.DataFrame:
    """Return the mean triangle of a quantity, for every policy, brakes and stress.

    Parameters
    ----------
    ensemble : Ensemble
        With triangles.
    quantity : str
        Identifier of a quantity that has them.
    seed : int
        Of the bootstrap over futures.

    Returns
    -------
    pandas.DataFrame
        One row for each place: means of ``loss`` [time unit], ``depth`` and ``index``, and
        ``tail``, the mean loss of the worst tenth, each with ``_low`` and ``_high``;
        ``ttr``, the time by which half of the futures have recovered, by Kaplan and Meier, NaN if
        fewer do; ``censored``, ``relapsed`` and ``harmed``, shares of the futures; ``futures``,
        how many were measured.

    Raises
    ------
    DesignError
        The quantity has no triangles.
    """
    own = ensemble.triangles[ensemble.triangles["quantity"] == quantity]
    if own.empty:
        raise DesignError(
            f"'{quantity}' has no resilience triangles; they need a quantity that is to be "
            "maximised and stays above zero."
        )
    parts = [
        _triangles_of((str(policy), str(brakes)), group, seed)
        for (policy, brakes), group in own.groupby(["policy", "brakes"], sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def _triangles_of(place: tuple[str, str], group: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the rows of one policy and setting of the breakers, over the same futures."""
    stresses = list(group["stress"].unique())
    table = pd.DataFrame({"policy": place[0], "brakes": place[1], "stress": stresses})
    known = group[group.groupby("draw")["loss"].transform(lambda each: each.notna().all())]
    table["futures"] = known["draw"].nunique()
    if known["draw"].nunique() < 2:
        return table
    names = ["loss", "depth", "index"]
    wide = known.pivot(index="draw", columns="stress", values=names)[names]
    values = wide.reindex(columns=pd.MultiIndex.from_product([names, stresses]))
    measures = values.to_numpy(float).reshape(len(values), len(names), len(stresses))

    def measured(rows: Rows) -> Floats:
        some = measures[rows]
        return np.vstack([some.mean(axis=0), 0.0 - cvar(-some[:, 0])])

    found = bootstrap(measured, np.arange(len(measures)), seed=seed)
    for row, name in enumerate((*names, "tail")):
        table[name] = found.estimate[row]
        table[f"{name}_low"], table[f"{name}_high"] = found.low[row], found.high[row]
    by_stress = known.groupby("stress", sort=False)
    shares = by_stress.agg(
        censored=("censored", "mean"), relapsed=("relapsed", "mean"),
        harmed=("harmed", lambda each: each.notna().mean()),
    ).astype(float)  # fmt: skip
    shares["ttr"] = {name: median_recovery(each) for name, each in by_stress}
    return table.join(shares, on="stress")


def recovery(triangles: pd.DataFrame) -> Survival:
    """Return how many futures have not recovered yet, by the time since the shock."""
    known = triangles[triangles["loss"].notna()]
    seen = ~known["censored"].to_numpy(bool)
    return kaplan_meier(known["ttr"].to_numpy(float), seen)


def median_recovery(triangles: pd.DataFrame) -> float:
    """Return by when half of the futures have recovered; NaN if fewer do within the run."""
    return recovery(triangles).median
