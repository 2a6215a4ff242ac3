"""What runs show: base case, books, reality checks, integration, history, breakers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import xarray as xr

from pysd_runner.api import Model
from pysd_runner.check.cases import Case, cases_of, cases_of_file
from pysd_runner.check.conservation import conserved_outputs, double_entry, residual
from pysd_runner.check.ending import run_ended
from pysd_runner.check.finding import Finding
from pysd_runner.check.latches import breaker_variables, holding, try_breakers
from pysd_runner.check.reality import NORMAL, CaseRuns, judge, run_cases
from pysd_runner.check.reproduction import Pairing, history_variables, pairings, plausibility
from pysd_runner.check.text import counted
from pysd_runner.check.time_step import compare_outcomes, compare_steps
from pysd_runner.run.outcomes import outcome_variables, outcomes_of_run
from pysd_runner.spec.checks import Checks
from pysd_runner.spec.schema import Outcome, Spec

_SMOOTH = "smooth run"
_HOLD, _WITHIN = 0.08, 0.3
"""Shares of the run for which a breaker is held open, and in which it must close."""


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What runs show.

    Parameters
    ----------
    base, books, reality, integration, history, breakers : tuple of Finding
        By what was looked at; if the base case breaks, the books are only read.
    pairs : tuple of Pairing
        The base case beside the observed series.
    run : xarray.Dataset or None
        The base case; ``None`` if it breaks.
    """

    base: tuple[Finding, ...]
    books: tuple[Finding, ...] = ()
    reality: tuple[Finding, ...] = ()
    integration: tuple[Finding, ...] = ()
    history: tuple[Finding, ...] = ()
    breakers: tuple[Finding, ...] = ()
    pairs: tuple[Pairing, ...] = ()
    run: xr.Dataset | None = None


def run_findings(
    model: Model, spec: Spec | None, checks: Checks, *, quick: bool = False
) -> RunFindings:
    """Run what the checks ask for, as few batches as can be.

    Parameters
    ----------
    quick : bool
        Whether to leave out what takes batches of its own: breakers and integration.
    """
    outcomes = spec.outcomes if spec is not None else {}
    cases = [*cases_of(checks, model.graph, spec), *cases_of_file(model.graph)]
    extra = [] if quick else _further(model, spec, checks)
    found = run_cases(model, [*cases, *extra], _outputs(model, spec, checks))
    base = found.bases[NORMAL]
    status = str(base["status"].values)
    ended = run_ended(model.graph, status)
    if bool(base["failed"]):
        return RunFindings((ended,), tuple(_books(model, checks, cases, None)))
    pairs = pairings(model, base) if spec is not None else ()
    return RunFindings(
        (ended,),
        tuple(_books(model, checks, cases, found)),
        tuple(judge(cases, found, model.graph)),
        () if quick else tuple(_integration(model, outcomes, checks, found)),
        tuple(plausibility(pairs)),
        () if quick else tuple(_breakers(model, spec, checks, found)),
        pairs,
        base,
    )


def _further(model: Model, spec: Spec | None, checks: Checks) -> list[Case]:
    """Return runs of the same batch that no reality check asks for."""
    found = []
    if checks.runge_kutta is not None:
        found.append(Case(_SMOOTH, "", dict(checks.runge_kutta.settings)))
    return found + (holding(model, spec.breakers) if spec is not None else [])


def _outputs(model: Model, spec: Spec | None, checks: Checks) -> tuple[str, ...]:
    needed: list[str] = []
    if spec is not None:
        needed += outcome_variables(spec.outcomes, model.graph)
        needed += history_variables(model)
        needed += breaker_variables(model.graph, spec.breakers.values())
    for rule in checks.conservation.values():
        needed += conserved_outputs(model.graph, rule)
    return tuple(needed or [variable.name for variable in model.graph.of_kind("stock")])


def _books(
    model: Model, checks: Checks, cases: Sequence[Case], found: CaseRuns | None
) -> Iterator[Finding]:
    """Prove that the books close; measure it in the base case, and in every other condition."""
    kept = [case for case in cases if not case.equations and case.method == "euler"]
    for rule in checks.conservation.values():
        faults = double_entry(model.graph, rule)
        proved = counted(f"{rule.label} conserved", faults, "each flow debited and credited once")
        if found is None:
            yield proved
            continue
        base = residual(model.graph, rule, found.bases[NORMAL])
        broken = [
            case.label for case in kept
            if case.name not in found.failures
            and not residual(model.graph, rule, found.runs[case.name]).passed
        ]  # fmt: skip
        elsewhere = f"; lost or made under '{broken[0]}' too" if broken else ""
        yield Finding(
            proved.label, proved.passed and base.passed and not broken,
            f"{proved.detail}; {base.detail}{elsewhere}", proved.faults,
        )  # fmt: skip


def _integration(
    model: Model, outcomes: Mapping[str, Outcome], checks: Checks, found: CaseRuns
) -> Iterator[Finding]:
    if not outcomes:
        return
    needed = outcome_variables(outcomes, model.graph)
    step = model.time_grid().time_step

    values = partial(outcomes_of_run, outcomes, graph=model.graph)
    if checks.time_step is not None:
        halved = checks.time_step.halve_to
        fine = model.batch({}, needed, time_step=halved, save_step=step, workers=1)
        yield compare_steps(values(found.bases[NORMAL]), values(fine), checks.time_step)
    if checks.runge_kutta is not None:
        settings = checks.runge_kutta.settings
        accurate = model.batch(
            {name: [value] for name, value in settings.items()}, needed, save_step=step,
            method="rk4", workers=1,
        )  # fmt: skip
        label = "Runge-Kutta for Euler, where nothing jumps"
        tolerance = checks.runge_kutta.tolerance
        yield compare_outcomes(label, values(found.runs[_SMOOTH]), values(accurate), tolerance)


def _breakers(
    model: Model, spec: Spec | None, checks: Checks, found: CaseRuns
) -> Iterator[Finding]:
    if spec is None or not spec.breakers:
        return
    grid = model.time_grid()
    length = grid.final_time - grid.initial_time
    rule = checks.recovery
    hold = rule.hold if rule is not None else _HOLD * length
    within = rule.within if rule is not None else _WITHIN * length
    for trial in try_breakers(model, spec.breakers, hold, within, found.runs):
        faults = [trial.fault] if trial.fault is not None else []
        later = "" if trial.closed is None else f"{trial.closed - trial.released:.3g}"
        told = f"closes {later} after its trigger is gone (within {within:g})"
        yield counted(f"{trial.label} does not latch", faults, told)
