"""Run reality checks, all that share a run's length in one batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pysd_runner.api import Model
from pysd_runner.check.cases import Case
from pysd_runner.check.claims import Evidence, needed_by, violation
from pysd_runner.check.finding import Finding
from pysd_runner.errors import ModelError
from pysd_runner.kernel.program import Method
from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import key
from pysd_runner.spec.named import split

Sort: TypeAlias = tuple[float | None, Method]
"""Runs that go in one batch have the same final time and method."""

NORMAL: Sort = (None, "euler")


@dataclass(frozen=True, slots=True)
class CaseRuns:
    """The runs of a set of cases.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        Case -> its run, every time step saved.
    bases : mapping
        Final time and method -> the base case.
    failures : mapping of str to str
        Case -> why there is no run.
    """

    runs: Mapping[str, xr.Dataset]
    bases: Mapping[Sort, xr.Dataset]
    failures: Mapping[str, str]


def run_cases(model: Model, cases: Sequence[Case], outputs: Sequence[str]) -> CaseRuns:
    """Integrate one run for each case, and the base cases that they are compared with.

    The normal base case is always among them.

    Parameters
    ----------
    outputs : sequence of str
        Variables to keep besides those that the claims need.
    """
    kept = tuple(dict.fromkeys([*outputs, *_needed(cases, model.graph)]))
    sorts: dict[Sort, list[Case]] = {NORMAL: []}
    for case in cases:
        sorts.setdefault((case.final_time, case.method), []).append(case)
    runs: dict[str, xr.Dataset] = {}
    bases: dict[Sort, xr.Dataset] = {}
    failures: dict[str, str] = {}
    for sort, members in sorts.items():
        plain = [case for case in members if not case.equations]
        batch = _run(model, [{}, *(case.settings for case in plain)], kept, sort)
        bases[sort] = batch[0]
        runs |= {case.name: run for case, run in zip(plain, batch[1:], strict=True)}
        for case in (case for case in members if case.equations):
            try:
                changed = with_equations(model, case.equations)
                (runs[case.name],) = _run(changed, [case.settings], kept, sort)
            except ModelError as error:
                failures[case.name] = "; ".join(fault.message for fault in error.faults)
    stopped = {name: run for name, run in runs.items() if bool(run["failed"])}
    failures |= {name: f"the run {run['status'].values}" for name, run in stopped.items()}
    return CaseRuns(runs, bases, failures)


def _needed(cases: Sequence[Case], graph: ModelGraph) -> Iterator[str]:
    for case in cases:
        yield from case.never_negative
        for claim in case.claims:
            yield from needed_by(claim, graph)


def with_equations(model: Model, equations: Sequence[str]) -> Model:
    """Return the model with several equations replaced."""
    for equation in equations:
        model = model.with_equation(equation)
    return model


def judge(cases: Sequence[Case], found: CaseRuns, graph: ModelGraph) -> list[Finding]:
    """Hold each case's claims against its run: one finding for each case."""
    findings = []
    for case in cases:
        if case.name in found.failures:
            findings.append(Finding(case.label, False, found.failures[case.name]))
            continue
        others = {key(name): run for name, run in found.runs.items()}
        others["base"] = found.bases[case.final_time, case.method]
        evidence = Evidence(graph, found.runs[case.name], others, case.start, case.end)
        broken = [violation(claim, evidence, case.tolerance) for claim in case.claims]
        broken += [_negative(evidence.run[name], case.tolerance) for name in case.never_negative]
        broken = [message for message in broken if message]
        claims = len(case.claims) + len(case.never_negative)
        held = f"{claims} claim{'s' if claims != 1 else ''} hold{'s' if claims == 1 else ''}"
        findings.append(Finding(case.label, not broken, "; ".join(broken) or held))
    return findings


def _negative(values: xr.DataArray, tolerance: float) -> str:
    """Return where a variable is below zero, beyond the tolerance; ``""`` if nowhere."""
    table = values.transpose("time", ...)
    slack = tolerance * float(np.abs(table).max())
    below = (table < -slack).values
    if not below.any():
        return ""
    step = int(np.argmax(below.reshape(len(table), -1).any(axis=1)))
    lowest = float(table.isel(time=step).min())
    return f"'{values.name}' is {lowest:.6g} at {float(table['time'][step]):g}"


# -- batches ------------------------------------------------------------------------------------


def _run(
    model: Model, rows: Sequence[Mapping[str, float]], outputs: Sequence[str], sort: Sort
) -> list[xr.Dataset]:
    """Return one run for each row; rows that set nothing share one."""
    final_time, method = sort
    batch = model.batch(
        _columns(model.graph, rows), outputs, final_time=final_time, method=method,
        save_step=model.time_grid().time_step,
    )  # fmt: skip
    return [batch.isel(run=row if batch.sizes["run"] > 1 else 0) for row in range(len(rows))]


def _columns(
    graph: ModelGraph, rows: Sequence[Mapping[str, float]]
) -> dict[str, NDArray[np.float64]]:
    """Return one column for each constant or element that some row sets; others keep the base."""
    cells: dict[str, float] = {}
    table: list[dict[str, float]] = []
    for row in rows:
        own: dict[str, float] = {}
        for name, value in row.items():
            bare, elements = split(name)
            variable = graph[bare]
            for cell in [elements] if elements else graph.elements(variable):
                place = f"{variable.name}[{','.join(cell)}]" if cell else variable.name
                own[place] = value
                if place not in cells:
                    base = constant_value(graph, bare, cell)
                    cells[place] = np.nan if base is None else base
        table.append(own)
    return {
        place: np.array([own.get(place, base) for own in table]) for place, base in cells.items()
    }
