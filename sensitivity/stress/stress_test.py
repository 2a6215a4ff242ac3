"""The stress test of a model: as much of it as its engine can run in the time there is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from pysd_runner.api import Model, load
from pysd_runner.errors import DesignError
from pysd_runner.run.status import Ending
from sensitivity.dependence import dependences_of, groups_of
from sensitivity.design import DesignMatrix
from sensitivity.index_table import IndexTable
from sensitivity.plots.history import Comparison
from sensitivity.sampling import factors_of, one_at_a_time, saltelli
from sensitivity.screening import tornado
from sensitivity.sobol import FEWEST
from sensitivity.stress.choices import Method
from sensitivity.stress.deciding import Announce, Deciding, decide
from sensitivity.stress.history import compare_history
from sensitivity.stress.replay import Replayer, horizon
from sensitivity.stress.strike import Plan, strike
from sensitivity.stress.struck import Struck
from sensitivity.stress.study import Study, run_design


@dataclass(frozen=True, slots=True, eq=False)
class StressTest:
    """What a stress test of one model found.

    Parameters
    ----------
    model : Model
        The model.
    screened : Study or None
        Each lever alone, from bound to bound.
    swings : pandas.DataFrame or None
        The tornado of ``screened``.
    deciding : Deciding or None
        All factors at once, on a Saltelli design, and what each of them has of the variance.
    refusal : str
        Why there are no Sobol indices; ``""`` when there are.
    history : list of Comparison
        The base case against the observed series.
    components : tuple of StressTest
        Of the smaller models that belong to this one.
    struck : Struck or None
        What shocks, breakers, policies and loops came to; ``None`` if that was not asked for.
    """

    model: Model
    screened: Study | None = None
    swings: pd.DataFrame | None = None
    deciding: Deciding | None = None
    refusal: str = ""
    history: list[Comparison] = field(default_factory=list)
    components: tuple[StressTest, ...] = ()
    struck: Struck | None = None

    @property
    def sampled(self) -> Study | None:
        """The runs in which all factors were moved at once."""
        return None if self.deciding is None else self.deciding.study

    @property
    def indices(self) -> IndexTable | None:
        """Their Sobol indices; ``None`` when they had to be refused."""
        return None if self.deciding is None else self.deciding.indices

    @property
    def studies(self) -> tuple[Study, ...]:
        """The studies that were run, of this model and its components."""
        own = [study for study in (self.screened, self.sampled) if study is not None]
        below = [study for component in self.components for study in component.studies]
        return (*own, *below)


MOST_WORK = 1e8
"""Equations times steps times runs beyond which ``auto`` screens the levers instead: some minutes
of the reference engine. A count and no clock, so that every machine decides alike."""


def stress_test(
    model: Model,
    n_base: int,
    *,
    seed: int = 0,
    method: Method = Method.AUTO,
    second_order: bool = False,
    draws: int = 0,
    workers: int | None = None,
    announce: Announce = lambda what, runs: lambda done, total: None,
) -> StressTest:
    """Stress-test a model and the components that its spec names.

    Parameters
    ----------
    model : Model
        With a spec.
    n_base : int
        Base sample of the Saltelli designs.
    seed : int
        Of designs and intervals.
    method : Method
        ``auto`` makes a Sobol analysis, unless PySD must run the model and that is more than
        :data:`MOST_WORK`; then the result says so. Components are always ``auto``. Levers are
        also screened one at a time if runs are cheap or there are no indices.
    second_order : bool
        Whether to estimate the indices of pairs too.
    draws : int
        Futures in which shocks, policies, breakers and loops are tried, a power of two; 0 leaves
        them out. Components are never struck, nor is a model that does not compile, or that has
        one future only.
    workers : int or None
        Number of processes; ``None`` takes one for each processor.
    announce : callable
        For a progress display.

    Raises
    ------
    DesignError
        ``n_base`` is too small for indices to mean anything, or the base case does not end well.
    """
    if n_base < FEWEST:
        raise DesignError(
            f"N = {n_base} is too few for Sobol indices; take at least {FEWEST} (-n {FEWEST})."
        )
    # What the designs or specs lack is refused here, before the seconds that translating takes.
    design = _design(model, n_base, second_order, seed)
    parts = [load(model.folder / folder) for folder in model.spec.model.components]
    for part in parts:
        _design(part, n_base, second_order, seed)
    if not model.compiles:
        model.translate(announce(f"{model.name}: translating", len(model.graph.source.entries)))
    _refuse_broken(model)
    plan = Plan(model, draws, seed=seed, workers=workers, announce=announce)
    several = bool(model.spec.uncertainties or model.spec.shocks)
    struck = None
    # PySD works beside all that follows, so it is asked first.
    with Replayer(model, horizon(model) if model.compiles else None) as replayer:
        if draws and several and model.compiles:
            struck = strike(plan, replayer)
        components = tuple(
            stress_test(part, n_base, seed=seed, second_order=second_order, workers=workers,
                        announce=announce)
            for part in parts
        )  # fmt: skip
        moved = _moved(plan, design, n_base, method, second_order)
        if struck is not None:
            replays = replayer.results(plan.progress("runs made again by PySD", len(replayer)))
            struck = replace(struck, replays=replays)
    return replace(moved, history=compare_history(model), components=components, struck=struck)


def _design(model: Model, n_base: int, second_order: bool, seed: int) -> DesignMatrix:
    """Lay out all factors of a model, those that are drawn together as one."""
    joint = dependences_of(model.spec)
    return saltelli(factors_of(model.spec), n_base, second_order=second_order, seed=seed,
                    groups=groups_of(joint), dependences=joint)  # fmt: skip


def _refuse_broken(model: Model) -> None:
    """Refuse a model of which the base case does not end well: all is held against that.

    Raises
    ------
    DesignError
        With how the base case ended.
    """
    if not model.compiles:
        return
    status = str(model.outcomes()["status"].iloc[0])
    if status != Ending.OK.value:
        raise DesignError(
            f"the base case of '{model.name}' does not end well ({status}), so there is nothing to "
            "hold a stress test against; mend the model until 'sandbox run' ends well."
        )


def _moved(
    plan: Plan, design: DesignMatrix, n_base: int, method: Method, second_order: bool
) -> StressTest:
    """Move the factors of a model: all at once, each lever alone, or both."""
    model, found, screened, swings = plan.model, None, None, None
    refusal = "" if model.compiles or method is not Method.AUTO else _too_much_work(model, design)
    if not refusal and method is not Method.SCREEN:
        found = decide(model, n_base, seed=plan.seed, second_order=second_order,
                       workers=plan.workers, announce=plan.announce)  # fmt: skip
        refusal = found.refusal
    if model.spec.levers and (model.compiles or found is None or found.indices is None):
        screen = one_at_a_time(factors_of(model.spec, model.spec.levers))
        progress = plan.progress("levers one at a time", len(screen))
        screened = run_design(model, screen, workers=plan.workers, progress=progress)
        swings = tornado(screen, screened.outcomes)
    return StressTest(model, screened, swings, found, refusal)


def _too_much_work(model: Model, design: DesignMatrix) -> str:
    """Return why a design is too much for the reference engine, or ``""``."""
    graph = model.graph
    equations = sum(len(graph.elements(v)) for v in graph.of_kind("stock", "flow", "auxiliary"))
    work = equations * model.time_grid().steps * len(design)
    if work <= MOST_WORK:
        return ""
    return (
        f"A Sobol analysis of {len(design.factors)} factors takes {len(design):,} runs of "
        f"{equations} equations and {model.time_grid().steps} steps, too much for the reference "
        "engine; its levers are screened one at a time. With --method sobol it runs all the same."
    )
