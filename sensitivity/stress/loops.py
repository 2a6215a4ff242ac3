"""Which feedback loop carries which outcome, and when: each loop is cut in every future."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from sensitivity.bootstrap import bootstrap
from sensitivity.stress.futures import Futures, Stress
from sensitivity.stress.measure import courses_of
from sensitivity.stress.trial import Settings, Trial
from sensitivity.tail import WORST, gains

Floats = NDArray[np.float64]

MOVES = 1e-6
"""Effect below which a cut is said to do nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """What each loop contributes to each quantity.

    The effect of a loop is (Y - Y_cut) / max(|Y|, |Y_cut|): what the quantity owes to the loop,
    as a share of the larger of both values, so that it lies between -1 and 1 where they have one
    sign. Effects of several loops do not add up, since loops work through each other.

    Parameters
    ----------
    effects : xarray.DataArray
        Dimensions ``quantity``, ``loop``, ``run`` and ``time``; NaN where a run failed.
    worst : mapping
        Quantity -> numbers of the runs that make up its worst tenth.
    failed : mapping
        Loop -> how many runs fail with it cut and do not fail without.
    """

    effects: xr.DataArray = field(repr=False)
    worst: dict[str, NDArray[np.int64]] = field(repr=False)
    failed: dict[str, int]

    @property
    def quantities(self) -> tuple[str, ...]:
        """Identifiers of the quantities."""
        return tuple(map(str, self.effects["quantity"].values))

    def over_time(self, quantity: str, *, worst: bool = False) -> pd.DataFrame:
        """Return the median effect over futures, or over the worst tenth: index loop, columns time.

        Raises
        ------
        DesignError
            The runs have no such quantity.
        """
        own = self._of(quantity, worst)
        values = own.transpose("loop", "time", "run").values
        some = ~np.isnan(values).all(axis=2)
        found = np.full(values.shape[:2], np.nan)
        found[some] = np.nanmedian(values[some], axis=1)
        return pd.DataFrame(found, index=self._loops, columns=own["time"].values)

    @property
    def _loops(self) -> pd.Index:
        return pd.Index([str(each) for each in self.effects["loop"].values], name="loop")

    def dominant(self, quantity: str, *, worst: bool = False) -> pd.DataFrame:
        """Return the share of futures in which each loop has the largest effect, by time.

        Parameters
        ----------
        quantity : str
            Identifier.
        worst : bool
            Whether to look at its worst tenth only.

        Returns
        -------
        pandas.DataFrame
            Index time, one column for each loop, and ``none`` where no cut does anything.
        """
        own = self._of(quantity, worst)
        size = np.abs(own.transpose("time", "run", "loop").values)
        known = ~np.isnan(size).any(axis=2)
        largest = np.where(np.isnan(size), -1, size).argmax(axis=2)
        moves = known & (np.where(np.isnan(size), -1, size).max(axis=2) > MOVES)
        counts = {
            loop: ((largest == number) & moves).sum(axis=1)
            for number, loop in enumerate(self._loops)
        }
        counts["none"] = (known & ~moves).sum(axis=1)
        table = pd.DataFrame(counts, index=pd.Index(own["time"].values, name="time"))
        return table.div(np.maximum(known.sum(axis=1), 1), axis=0)

    def at_end(self, quantity: str, *, worst: bool = False, seed: int = 0) -> pd.DataFrame:
        """Return the effect of each loop at the end of the run.

        Returns
        -------
        pandas.DataFrame
            Index loop: ``median`` over futures with its interval ``low`` and ``high``, and
            ``from`` and ``to``, the 10th and 90th percentile of the futures.
        """
        own = self._of(quantity, worst).isel(time=-1).transpose("run", "loop").values
        whole = own[~np.isnan(own).any(axis=1)]
        names = ["median", "low", "high", "from", "to"]
        if len(whole) < 2:
            return pd.DataFrame(np.nan, index=self._loops, columns=names)
        found = bootstrap(
            lambda rows: np.median(whole[rows], axis=0), np.arange(len(whole)), seed=seed
        )
        spread = np.percentile(whole, [10, 90], axis=0)
        table = np.column_stack([found.estimate, found.low, found.high, *spread])
        return pd.DataFrame(table, index=self._loops, columns=names)

    def _of(self, quantity: str, worst: bool) -> xr.DataArray:
        if quantity not in self.quantities:
            raise DesignError(f"'{quantity}' is not a quantity of these runs.")
        own = self.effects.sel(quantity=quantity)
        return own.isel(run=self.worst[quantity]) if worst else own


def loop_dominance(
    model: Model,
    futures: Futures,
    stress: Stress,
    *,
    settings: Settings | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Dominance:
    """Run all futures of a stress with every loop closed, and again with each one cut.

    Parameters
    ----------
    model : Model
        With loops in its spec.
    futures : Futures
        Of the same spec.
    stress : Stress
        What strikes; also the calm one.
    settings : mapping or None
        Constant -> value in all runs: a policy.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    progress : callable
        Called with the numbers of runs done and in all.

    Raises
    ------
    DesignError
        The spec has no loop.

    References
    ----------
    .. [1] Ford, D. N. (1999). A behavioral approach to feedback loop dominance analysis.
       Syst. Dyn. Rev. 15, 3–36: a loop dominates if its deactivation changes the behaviour.
    """
    spec = model.spec
    if not spec.loops:
        raise DesignError("the spec has no loop to cut; list one under [loops.…].")
    trial = Trial(model, futures, workers)
    given = dict(settings or {})
    total = futures.draws * (1 + len(spec.loops))
    closed = trial.run(stress, given)
    whole = courses_of(model, closed)
    progress(futures.draws, total)
    effects: list[Floats] = []
    failed: dict[str, int] = {}
    for number, (name, loop) in enumerate(spec.loops.items()):
        cut = trial.run(stress, {**given, loop.switch: 0.0})
        failed[name] = int((cut["failed"].values & ~closed["failed"].values).sum())
        values = courses_of(model, cut)
        effects.append(np.stack([_effect(whole[q], values[q]) for q in whole]))
        progress(futures.draws * (number + 2), total)
    together = xr.DataArray(
        np.stack(effects, axis=1), dims=("quantity", "loop", "run", "time"),
        coords={"quantity": list(whole), "loop": list(spec.loops), "time": closed["time"].values},
    )  # fmt: skip
    worst = {
        q: _worst(gains(values[:, -1], spec.outcomes[q].direction)) for q, values in whole.items()
    }
    return Dominance(together, worst, failed)


def _effect(whole: Floats, cut: Floats) -> Floats:
    size = np.maximum(np.abs(whole), np.abs(cut))
    return np.asarray((whole - cut) / np.where(size == 0, 1.0, size))


def _worst(values: Floats) -> NDArray[np.int64]:
    """Return the numbers of the runs with the lowest values, but for those that failed."""
    known = np.flatnonzero(np.isfinite(values))
    count = max(1, round(WORST * len(known)))
    return known[np.argsort(values[known], kind="stable")[:count]]
