"""Where a policy fails: the box in the space of uncertainties and shocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from sensitivity.discovery import Cases, Discovery, Tree, discover, grow
from sensitivity.discovery.cases import FEWEST
from sensitivity.plots.numbers import quantity
from sensitivity.stress.choice import satisfies
from sensitivity.stress.futures import Futures, Stress
from sensitivity.stress.measure import courses_of, outcomes_of
from sensitivity.stress.trial import Settings, Trial
from sensitivity.tail import WORST, gains

DRAWS = 2048
"""Futures that are searched; a box needs more than a mean does."""

_COMMON = 0.6
"""Share of failures above which there is no telling where a policy does not fail."""


@dataclass(frozen=True, slots=True, eq=False)
class Weakness:
    """Where a policy fails.

    Parameters
    ----------
    stress : Stress
        Under which.
    interest : str
        What counts as failing, in words.
    found : Discovery
        The box.
    tree : Tree
        The same, told by CART.
    runs, lost : int
        Runs made, and those of them without values: among the cases if thresholds say which they
        are, else left out.
    """

    stress: Stress
    interest: str
    found: Discovery
    tree: Tree
    runs: int
    lost: int


def find_weakness(
    model: Model,
    stress: Stress,
    settings: Settings,
    outcome: str,
    thresholds: Mapping[str, float],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Weakness:
    """Run a policy in many futures of one stress, and search for where it fails.

    It fails where a threshold is not met. If that is nearly always or nearly never so, the worst
    tenth of the futures by ``outcome`` are searched instead.

    Parameters
    ----------
    model : Model
        With a spec.
    stress : Stress
        What strikes.
    settings : mapping
        Constant -> value: the policy.
    outcome : str
        Identifier of the outcome that says which futures are worst.
    thresholds : mapping
        Outcome -> value that satisfies.
    draws, seed : int
        Of the futures.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    progress : callable
        Called with the numbers of steps done and in all.

    Raises
    ------
    DesignError
        Too few futures fail to tell a box.
    """
    spec = model.spec
    futures = Futures(spec, draws, seed)
    found = Trial(model, futures, workers).run(stress, settings)
    table = outcomes_of(spec, courses_of(model, found), found["time"].values)
    inputs = futures.table(stress)
    whole = table[outcome].notna().to_numpy(bool)
    if not whole.any():
        raise DesignError(
            f"none of {draws:,} futures ends well, so there is no telling where the policy fails; "
            "look at the failed runs first."
        )
    unmet = ~satisfies(table, spec, thresholds).to_numpy(bool)
    if FEWEST <= unmet.sum() <= _COMMON * len(unmet):
        words = [
            f"{spec.outcomes[name].label} "
            f"{'above' if spec.outcomes[name].direction == 'minimise' else 'below'} "
            f"{quantity(value, spec.outcomes[name].unit)}"
            for name, value in thresholds.items()
        ]
        cases, interest = Cases(inputs, unmet), " or ".join(words)
    else:
        values = gains(table[outcome].to_numpy(float)[whole], spec.outcomes[outcome].direction)
        worst = values <= np.quantile(values, WORST)
        cases = Cases(inputs[whole].reset_index(drop=True), worst)
        interest = f"worst tenth by {spec.outcomes[outcome].label}"
    box = discover(cases, seed=seed, progress=progress)
    return Weakness(stress, interest, box, grow(cases, seed=seed), draws,
                    int((~whole).sum()))  # fmt: skip


def labels_of(model: Model, stress: Stress) -> dict[str, str]:
    """Return the label of each factor of a search, with its unit where it is a shock's."""
    spec, graph = model.spec, model.graph
    time = graph["TIME STEP"].unit if "TIME STEP" in graph else ""
    labels = {name: each.label for name, each in spec.uncertainties.items()}
    for name, shock in stress.shocks.items():
        for part in shock.draws:
            unit = "" if part == "depth" or not time else f" [{time}]"
            labels[f"{name}: {part}"] = f"{shock.label}, {part}{unit}"
    return labels
