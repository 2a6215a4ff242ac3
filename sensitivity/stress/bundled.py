"""Bundles of measures against the sum of their parts, for the same money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pysd_runner.api import Model
from sensitivity.coalitions import Futures
from sensitivity.dependence import dependences_of
from sensitivity.design import DesignMatrix
from sensitivity.equal_cost import EqualCost, equal_cost
from sensitivity.factors import factors_of
from sensitivity.slices import Slices, run_outcomes

DRAWS = 32
"""Futures at the most: finding the scales takes hundreds of settings, each in all futures."""


@dataclass(frozen=True, slots=True, eq=False)
class Bundled:
    """What the bundles of a spec do for the same money as their parts.

    Parameters
    ----------
    found : mapping
        Bundle -> what it does; its policies are the labels of the parts.
    futures, runs : int
        Futures that each setting met, and runs made.
    """

    found: Mapping[str, EqualCost] = field(repr=False)
    futures: int
    runs: int


def futures_of(model: Model, draws: int, seed: int) -> Futures:
    """Return draws of the uncertainties of a spec; one future if it has none."""
    spec = model.spec
    if not spec.uncertainties:
        return Futures((), 1, seed)
    return Futures(factors_of(spec, spec.uncertainties), draws, seed,
                   dependences=dependences_of(spec))  # fmt: skip


def bundled(
    model: Model,
    draws: int,
    *,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Bundled:
    """Hold each bundle of a spec against the sum of its parts.

    Parameters
    ----------
    model : Model
        With bundles in its spec.
    draws : int
        Futures, a power of two; at most :data:`DRAWS` are taken.
    seed : int
        Of the futures.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    progress : callable
        Called with the numbers of bundles done and in all.

    Raises
    ------
    DesignError
        A run fails, or a bundle costs nothing.
    """
    spec, made = model.spec, 0
    futures = futures_of(model, min(draws, DRAWS), seed)

    def run(design: DesignMatrix, *, first: int = 0) -> Slices:
        nonlocal made
        made += len(design) - first
        return run_outcomes(model, design, first=first, workers=workers)

    found = {}
    for number, (name, bundle) in enumerate(spec.bundles.items()):
        levers = [lever for part in bundle.parts.values() for lever in part.values]
        parts = {part.label: dict(part.values) for part in bundle.parts.values()}
        found[name] = equal_cost(run, factors_of(spec, levers), parts, futures, bundle.cost)
        progress(number + 1, len(spec.bundles))
    return Bundled(found, futures.n_base, made)
