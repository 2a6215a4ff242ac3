"""Resilience: what a shock takes from a quantity, how deep, and for how long."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.errors import DesignError

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

RECOVERED = 0.95
"""Share of the twin that counts as recovered."""

HOLD = 0.5
"""How long it must be held [time unit]."""

HARM = 0.9
"""Share of the twin below which a future counts as harmed, if it stays there."""

LASTING = 1.0
"""How long it must stay there [time unit]: an assumption, as are the three above."""

MEASURES = ("loss", "depth", "index", "ttr", "censored", "relapsed", "harmed")
"""Columns of the triangles."""


def triangles(
    times: Floats,
    values: Floats,
    twin: Floats,
    start: Floats,
    *,
    recovered: float = RECOVERED,
    hold: float = HOLD,
    harm: float = HARM,
    lasting: float = LASTING,
) -> pd.DataFrame:
    """Measure each run against its twin without a shock, q = Y / Y_twin.

    Between two saves q lies on the line that joins them; at the start of the shock it is one.

    Parameters
    ----------
    times : ndarray, shape (saves,)
        Saved times.
    values, twin : ndarray, shape (runs, saves)
        The quantity with and without the shock; the twin above zero.
    start : ndarray, shape (runs,)
        When the shock sets in [time unit].
    recovered, hold : float
        The run has recovered when q is at least ``recovered`` for a time of ``hold``.
    harm, lasting : float
        A run is harmed once q has been below ``harm`` for a time of ``lasting``.

    Returns
    -------
    pandas.DataFrame
        One row for each run; all NaN or False where a value is missing:

        * ``loss``, ∫ (1 - q) dt from the start to the end of the run [time unit];
        * ``depth``, 1 - min q; ``index``, 1 - loss / (length of that time);
        * ``ttr``, time from the start until recovery sets in: 0 if q never fell below
          ``recovered``; if ``censored``, not seen to recover, the time until which a recovery
          would have been seen, which is ``hold`` before the end;
        * ``relapsed``: fell below again after it had recovered;
        * ``harmed``, when it was harmed first [time of the model], NaN if never.

    Raises
    ------
    DesignError
        The shapes do not fit, or a twin is not above zero.

    References
    ----------
    .. [1] Bruneau, M. et al. (2003). A framework to quantitatively assess and enhance the seismic
       resilience of communities. Earthq. Spectra 19, 733–752: equation 1, the loss.
    .. [2] Simchi-Levi, D. et al. (2015). Identifying risks and mitigating disruptions in the
       automotive supply chain. Interfaces 45, 375–390: time to recover.
    """
    if values.shape != twin.shape or values.shape != (len(start), len(times)):
        raise DesignError(
            f"runs of shape {values.shape} and twins of shape {twin.shape} do not pair with "
            f"{len(start)} starts and {len(times)} times."
        )
    if (twin <= 0).any():
        raise DesignError(
            "a share of the twin means nothing where the twin is not above zero; measure a "
            "quantity that stays positive without a shock."
        )
    quality = values / twin
    whole = np.isfinite(quality).all(axis=1)
    after = times > start[:, None]
    quality = np.where(after, quality, 1.0)
    length = times[-1] - start
    loss = _area_above(times, quality, start, after)
    since, relapsed, fell = _recovery(times, quality, start, recovered, hold)
    # Turned upside down, harm is a recovery: a spell above that lasts.
    harmed = _recovery(times, -quality, start, -harm, lasting)[0] + lasting
    censored = fell & np.isnan(since)
    watched = np.maximum(length - hold, 0)
    table = pd.DataFrame(
        {
            "loss": loss,
            "depth": 1 - quality.min(axis=1),
            "index": 1 - loss / length,
            "ttr": np.where(censored, watched, np.where(fell, since - start, 0.0)),
            "harmed": harmed,
        }
    )
    table[~whole] = np.nan
    flags = {"censored": censored & whole, "relapsed": relapsed & whole}
    return table.assign(**flags)[list(MEASURES)]


def _area_above(times: Floats, quality: Floats, start: Floats, after: Truths) -> Floats:
    """Return ∫ (1 - q) dt from each start, which may lie between two saves."""
    begin = np.where(after[:, 1:], np.maximum(times[:-1], start[:, None]), times[1:])
    lost = 1 - quality
    return np.asarray(((lost[:, :-1] + lost[:, 1:]) / 2 * (times[1:] - begin)).sum(axis=1))


def _crossing(first: Floats, last: float, before: Floats, now: Floats, level: float) -> Floats:
    """Return when the line from one time to another, and from one value to another, meets a level.

    Parameters
    ----------
    first, last : ndarray, shape (runs,), and float
        Times.
    before, now : ndarray, shape (runs,)
        Values then.
    level : float
        To be met.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(first + (level - before) / (now - before) * (last - first))


def _recovery(
    times: Floats, quality: Floats, start: Floats, level: float, hold: float
) -> tuple[Floats, Truths, Truths]:
    """Return since when each run has recovered, whether it relapsed, and whether it ever fell.

    A recovery is the first spell at or above the level, after one below, that lasts for ``hold``.
    The first line begins at the start, which may lie between two saves.
    """
    recovered = np.full(len(quality), np.nan)
    relapsed, fell = np.zeros((2, len(quality)), dtype=bool)
    some = np.flatnonzero((quality < level).any(axis=1))  # of most policies, few runs fall
    recovered[some], relapsed[some], fell[some] = _recovery_of_fallen(
        times, quality[some], start[some], level, hold
    )
    return recovered, relapsed, fell


def _recovery_of_fallen(
    times: Floats, quality: Floats, start: Floats, level: float, hold: float
) -> tuple[Floats, Truths, Truths]:
    below = quality < level
    fell = below[:, 0].copy()
    since, recovered = np.full((2, len(quality)), np.nan)
    relapsed = np.zeros(len(quality), dtype=bool)
    for now in range(1, len(times)):
        first = np.clip(start, times[now - 1], times[now])
        cross = _crossing(first, times[now], quality[:, now - 1], quality[:, now], level)
        down = below[:, now] & ~below[:, now - 1]
        up = below[:, now - 1] & ~below[:, now]
        until = np.where(down, cross, times[now])
        held = np.isnan(recovered) & (until - since >= hold - 1e-9)
        recovered = np.where(held, since, recovered)
        relapsed |= down & ~np.isnan(recovered)
        fell |= down
        since = np.where(up, cross, np.where(below[:, now], np.nan, since))
    # What has not held long enough by the last save has not been seen to hold.
    held = np.isnan(recovered) & (times[-1] - since >= hold - 1e-9)
    return np.where(held, since, recovered), relapsed, fell
