"""Points of the unit cube that base samples are made of."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from pysd_runner.errors import DesignError

SCRAMBLES = 8
"""Independent scrambles of a base sample; their spread gives honest intervals."""


def points(dimensions: int, count: int, seed: int, scrambles: int) -> NDArray[np.float64]:
    """Return points of the unit cube; those of ``count`` are the first of those of 2 ``count``.

    Parameters
    ----------
    dimensions : int
        Of the cube.
    count : int
        Number of points, a power of two.
    seed : int
        Equal seeds give equal points.
    scrambles : int
        A power of two: independently scrambled Sobol sequences, point n being of sequence
        ``n % scrambles``; 0 for random points.

    Returns
    -------
    ndarray, shape (count, dimensions)

    Raises
    ------
    DesignError
        A number is not whole or below 0, ``count`` is no power of two, or below the number of
        scrambles.

    References
    ----------
    .. [1] Owen, A. B. (1997). Scrambled net variance for integrals of smooth functions. Ann.
       Stat. 25, 1541–1562.
    """
    for what, number in (("N", count), ("a seed", seed), ("a number of scrambles", scrambles)):
        if not isinstance(number, (int, np.integer)) or number < 0:
            raise DesignError(f"{what} is a whole number from 0 on, not {number!r}.")
    if scrambles & (scrambles - 1):
        raise DesignError(f"{scrambles} scrambles are no power of two; take {SCRAMBLES}.")
    if count < 2:
        raise DesignError(f"N = {count} is no sample; take N = {max(2, scrambles)} or more.")
    if count & (count - 1):
        below = 1 << count.bit_length() - 1
        raise DesignError(
            f"N = {count} is no power of two, which a Sobol sequence needs to be balanced; "
            f"take {below} or {2 * below}."
        )
    if count < scrambles:
        raise DesignError(
            f"N = {count} is less than the {scrambles} scrambles it is made of; take N = "
            f"{scrambles} or more."
        )
    if scrambles == 0:
        return np.random.default_rng(seed).random((count, dimensions))
    generators = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(scrambles))
    sequences = [scipy.stats.qmc.Sobol(dimensions, rng=each) for each in generators]
    parts = [each.random(count // scrambles) for each in sequences]
    return np.stack(parts, axis=1).reshape(count, dimensions)
