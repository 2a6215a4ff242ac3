"""Which levers and which unknowns decide the outcomes, when, and how surely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.errors import DesignError
from sensitivity.convergence import TARGET, TOP, Convergence
from sensitivity.dependence import dependences_of, groups_of
from sensitivity.design import DesignMatrix
from sensitivity.elementary_effects import REST, Screening, elementary_effects, screen
from sensitivity.factors import Factor, factors_of
from sensitivity.index_table import IndexTable
from sensitivity.sampling import permutations, radial, saltelli
from sensitivity.shapley_effects import shapley_effects
from sensitivity.slices import Slices, run_outcomes
from sensitivity.sobol import FEWEST, constant, sobol
from sensitivity.stress.failures import (
    Failures,
    complete_blocks,
    locate_failures,
    rows_to_search,
)
from sensitivity.stress.study import Study, run_design

Announce: TypeAlias = Callable[[str, int], Callable[[int, int], None]]
"""Told what is run and how many runs it takes; returns what to tell the progress to."""

FOLLOWED = 4
"""Outcomes that are followed over time: the first of the spec."""

MANY = 30
"""Factors beyond which those that do little are moved together: pairs of more take too long."""

KEPT = 15
"""Levers, and unknowns, that keep an index of their own whatever screening says."""

_SCREENED = 32
"""Base points of the screening."""
_LEAST = 0.15
"""Of the largest mean effect on some outcome, for a factor to have indices of its own. The others
stay in the design as one group, whose share of the variance the report gives."""

LEVERS, UNKNOWNS = "levers", "unknowns"
"""The two groups of the comparison of what the city decides on and what it does not."""

OTHERS = "other unknowns"
"""Unknowns that are correlated with none."""


@dataclass(frozen=True, slots=True, eq=False)
class Deciding:
    """Sobol indices of a model, at once and over time.

    Parameters
    ----------
    study : Study
        The runs.
    indices : IndexTable or None
        Of the outcomes that vary; ``None`` when they had to be refused.
    refusal : str
        What there are no indices of, and why; ``""`` if all is well.
    over_time : IndexTable or None
        Of the first quantities, at every save.
    apart : IndexTable or None
        Of the levers as one group and the unknowns as another.
    effects : IndexTable or None
        Shapley effects of correlated unknowns, all levers as one group and all other unknowns as
        another; ``None`` if none are correlated.
    screening : Screening or None
        What was moved together, in a model of many factors.
    settled : str
        Whether the base sample was enough.
    failures : Failures or None
        The runs that did not end well.
    """

    study: Study
    indices: IndexTable | None = None
    refusal: str = ""
    over_time: IndexTable | None = None
    apart: IndexTable | None = None
    effects: IndexTable | None = None
    screening: Screening | None = None
    settled: str = ""
    failures: Failures | None = field(default=None, repr=False)


def decide(
    model: Model,
    n_base: int,
    *,
    seed: int = 0,
    second_order: bool = False,
    workers: int | None = None,
    announce: Announce = lambda what, runs: lambda done, total: None,
) -> Deciding:
    """Move all factors at once, and estimate what each of them has of the variance.

    Of more than :data:`MANY` factors, those that elementary effects find to do little are moved
    as one group; its index bounds what is not seen of them.

    Parameters
    ----------
    model : Model
        With a spec.
    n_base : int
        Base sample N, a power of two.
    seed : int
        Of the designs.
    second_order : bool
        Whether to estimate the indices of pairs too.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    announce : callable
        For a progress display.

    Raises
    ------
    DesignError
        There are fewer than two factors.
    """
    factors, joint = factors_of(model.spec), dependences_of(model.spec)

    def progress(what: str, runs: int) -> Callable[[int, int], None]:
        return announce(f"{model.name}: {what}", runs)

    screening = None
    if len(factors) > MANY and model.compiles:
        design = radial(factors, _SCREENED, seed=seed, groups=groups_of(joint), dependences=joint)
        screening = _screened(model, design, workers, progress("screening", len(design)))
    groups = _groups(groups_of(joint), screening)
    design = saltelli(factors, n_base, second_order=second_order, seed=seed, groups=groups,
                      dependences=joint)  # fmt: skip
    followed = list(model.spec.outcomes)[:FOLLOWED] if model.compiles else []
    said = f"Sobol, {len(design.groups)} factors"
    study = run_design(model, design, followed=followed, workers=workers,
                       progress=progress(said, len(design)))  # fmt: skip
    found = replace(_analysed(study), screening=screening, failures=_failures(study, seed))
    if found.indices is None or not model.compiles:
        return found
    return replace(
        found, apart=_apart(model, factors, n_base, seed, workers, progress),
        effects=_effects(model, factors, n_base, seed, workers, progress),
    )  # fmt: skip


def _screened(
    model: Model, design: DesignMatrix, workers: int | None, progress: Callable[[int, int], None]
) -> Screening | None:
    """Return which factors do little, but for the first of each kind; ``None`` if it fails."""
    try:
        slices = run_outcomes(model, design, workers=workers, progress=progress)
        effects = elementary_effects(design, slices)
        found = screen(effects, _LEAST)
    except DesignError:
        return None
    size = effects.dataset["mu_star"] / effects.dataset["mu_star"].max("factor")
    largest = size.max([dim for dim in size.dims if dim != "factor"]).to_series()
    order = [str(name) for name in largest.sort_values(ascending=False).index]
    kinds = {each.name: design.factors[each.columns[0]].is_lever for each in design.groups}
    kept = set(found.kept)
    for is_lever in (True, False):
        kept |= set([name for name in order if kinds[name] == is_lever][:KEPT])
    names = [each.name for each in design.groups]
    dropped = tuple(name for name in names if name not in kept)
    if len(dropped) < 2:
        return None
    return Screening(tuple(name for name in names if name in kept), dropped, found.threshold)


def _groups(
    joint: Mapping[str, tuple[str, ...]], screening: Screening | None
) -> dict[str, list[str]]:
    """Return what the design moves together: what is drawn together, and what does little."""
    dropped = () if screening is None else screening.dropped
    found = {name: list(members) for name, members in joint.items() if name not in dropped}
    if dropped:
        found[REST] = [member for name in dropped for member in joint.get(name, (name,))]
    return found


def _analysed(study: Study) -> Deciding:
    """Analyse the outcomes that vary; say which do not, or why there are no indices."""
    try:
        design, rows, lost = complete_blocks(study.design, study.outcomes)
    except DesignError as error:
        return Deciding(study, refusal=str(error))
    outcomes = study.outcomes[rows]
    still = [str(name) for name in outcomes if constant(outcomes[name])]
    varying = outcomes.drop(columns=still)
    said = []
    if lost:
        said.append(
            f"{lost} of {study.design.n_base:,} base points are left out of the indices, because "
            "a run of theirs failed, or one of the same place in another scramble: the indices "
            "hold for the rest of the space."
        )
    if still:
        labels = ", ".join(study.model.spec.outcomes[name].label for name in still)
        said.append(f"No factor moves {labels}: the same in all {len(varying):,} runs.")
    try:
        indices = sobol(design, _labelled(study, varying))
    except DesignError as error:
        return Deciding(study, refusal=str(error))
    return Deciding(
        study, indices, " ".join(said), _over_time(study, design, rows),
        settled=_settled(design, _labelled(study, varying), indices),
    )  # fmt: skip


def _over_time(study: Study, design: DesignMatrix, rows: NDArray[np.bool_]) -> IndexTable | None:
    if study.slices is None:
        return None
    all_runs = study.slices
    part = Slices(
        all_runs.values if rows.all() else all_runs.values[rows], all_runs.outcomes,
        all_runs.times, all_runs.labels, all_runs.units, all_runs.time_unit,
    )  # fmt: skip
    return _estimated(sobol, design, part)


def _labelled(study: Study, outcomes: pd.DataFrame) -> Slices:
    """Return outcomes of a study with the labels and units that its spec gives them."""
    found = Slices.of_table(outcomes)
    known = [study.model.spec.outcomes[name] for name in found.outcomes]
    return replace(
        found, labels=tuple(each.label for each in known), units=tuple(each.unit for each in known)
    )


def _settled(design: DesignMatrix, outcomes: Slices, indices: IndexTable) -> str:
    """Say whether half the base sample would have told the same."""
    half = design.n_base // 2
    if half < FEWEST or (design.scrambles > 1 and half % design.scrambles):
        return ""
    fewer = replace(design, values=design.values[: len(design) // 2], n_base=half)
    before = sobol(fewer, replace(outcomes, values=outcomes.values[: len(fewer)]))
    return str(Convergence((before, indices), design, outcomes, TARGET, TOP))


def _apart(
    model: Model,
    factors: tuple[Factor, ...],
    n_base: int,
    seed: int,
    workers: int | None,
    progress: Callable[[str, int], Callable[[int, int], None]],
) -> IndexTable | None:
    """Hold all levers together against all unknowns together."""
    groups = {
        LEVERS: [factor.name for factor in factors if factor.is_lever],
        UNKNOWNS: [factor.name for factor in factors if not factor.is_lever],
    }
    if not all(groups.values()):
        return None
    design = saltelli(factors, n_base, second_order=True, seed=seed, groups=groups,
                      dependences=dependences_of(model.spec))  # fmt: skip
    said = progress("levers against unknowns", len(design))
    return _estimated(sobol, design, run_outcomes(model, design, workers=workers, progress=said))


def _effects(
    model: Model,
    factors: tuple[Factor, ...],
    n_base: int,
    seed: int,
    workers: int | None,
    progress: Callable[[str, int], Callable[[int, int], None]],
) -> IndexTable | None:
    """Share the variance out among correlated unknowns, all else in two groups."""
    joint = dependences_of(model.spec)
    correlated = {name for each in joint if not each.moves_together for name in each.names}
    if not correlated:
        return None
    groups = {
        LEVERS: [factor.name for factor in factors if factor.is_lever],
        OTHERS: [f.name for f in factors if not f.is_lever and f.name not in correlated],
    }
    groups = {name: members for name, members in groups.items() if members}
    design = permutations(factors, n_base, seed=seed, groups=groups, dependences=joint)
    said = progress("unknowns that come together", len(design))
    found = run_outcomes(model, design, workers=workers, progress=said)
    return _estimated(shapley_effects, design, found)


def _estimated(
    estimator: Callable[[DesignMatrix, Slices], IndexTable], design: DesignMatrix, slices: Slices
) -> IndexTable | None:
    """Return indices, or ``None`` if nothing varies or too much of the design is lost."""
    try:
        return estimator(design, slices)
    except DesignError:
        return None


def _failures(study: Study, seed: int) -> Failures:
    """Locate the runs of a design that did not end well."""
    bad = np.array([status != "ok" for status in study.statuses])
    rows = rows_to_search(study.design, bad)
    inputs = pd.DataFrame(study.design.values[rows], columns=list(study.design.names))
    return locate_failures(inputs, [study.statuses[row] for row in rows], seed=seed)
