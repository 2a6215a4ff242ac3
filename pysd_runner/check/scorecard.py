"""Everything that can be said of a model without an experiment, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pysd_runner.api import Model
from pysd_runner.check.conservation import conserved_outputs, double_entry, residual
from pysd_runner.check.finding import Finding
from pysd_runner.check.time_step import compare_steps
from pysd_runner.check.units import unit_faults
from pysd_runner.errors import Fault
from pysd_runner.model.units.check import UnitCheck
from pysd_runner.run.outcomes import compute_outcomes, outcome_variables
from pysd_runner.spec.checks import Checks, read_checks
from pysd_runner.spec.schema import Outcome
from pysd_runner.spec.series import SERIES, read_series

SPEC = "sandbox.toml"


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a check of a model shows.

    Parameters
    ----------
    sectors : pandas.DataFrame
        One row for each group of the file: numbers of stocks, flows, auxiliaries, constants.
    findings : tuple of Finding
        One for each check.
    coverage : pandas.DataFrame or None
        Observed series: rows, first and last year, use.
    """

    sectors: pd.DataFrame
    findings: tuple[Finding, ...]
    coverage: pd.DataFrame | None

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(finding.passed for finding in self.findings)


def check_model(model: Model) -> Scorecard:
    """Check a model: structure, books, run, time step.

    Parameters
    ----------
    model : Model
        Its file has been read without fault.
    """
    coverage = data_coverage(model)
    findings = [_documented(model, "unit"), _documented(model, "comment"), _balanced(model)]
    checks = read_checks(model.folder / "checks.toml", model.graph)
    for rule in checks.conservation.values():
        faults = double_entry(model.graph, rule)
        findings.append(
            Finding(
                f"{rule.label}: every flow debited once, credited once",
                not faults,
                _counted(faults) or f"{len(rule.stocks)} stocks, externals closed",
                tuple(faults),
            )
        )
    outcomes = model.spec.outcomes if (model.folder / SPEC).exists() else {}
    findings += _findings_of_runs(model, outcomes, checks)
    return Scorecard(sectors(model), tuple(findings), coverage)


def sectors(model: Model) -> pd.DataFrame:
    """Count the variables of each group of the file, by kind."""
    table = pd.DataFrame(
        [(variable.group or "(no group)", variable.kind) for variable in model.graph],
        columns=["sector", "kind"],
    )
    counts = pd.crosstab(table["sector"], table["kind"])
    order = [
        kind for kind in ("stock", "flow", "auxiliary", "constant", "lookup") if kind in counts
    ]
    return counts[order].loc[[s for s in table["sector"].unique() if s in counts.index]]


def data_coverage(model: Model) -> pd.DataFrame | None:
    """Summarise the observed series that the model is fed or held against, if there are any.

    Returns
    -------
    pandas.DataFrame or None
        Indexed by indicator: number of ``rows``, ``first`` and ``last`` year, ``used for``.
    """
    path = model.folder / SERIES
    if not path.exists():
        return None
    table = read_series(path)
    table = table[table["use"].isin(("calibration", "validation", "input"))]
    grouped = table.groupby("indicator")
    return pd.DataFrame(
        {
            "rows": grouped.size(),
            "first": grouped["year"].min().astype(int),
            "last": grouped["year"].max().astype(int),
            "used for": grouped["use"].agg(lambda uses: ", ".join(sorted(set(uses)))),
        }
    )


def _documented(model: Model, what: str) -> Finding:
    faults = [
        Fault(f"has no {what}; add one.", model.graph.source.path, variable.line, variable.name)
        for variable in model.graph
        if not getattr(variable, what)
    ]
    return Finding(
        f"Every variable has a {what}",
        not faults,
        _counted(faults) or f"{len(model.graph.variables)} variables",
        tuple(faults),
    )


def _balanced(model: Model) -> Finding:
    spec = model.spec if (model.folder / SPEC).exists() else None
    faults = unit_faults(UnitCheck(model.graph), spec, model.folder / SPEC)
    equations = sum(len(variable.definitions) for variable in model.graph)
    return Finding(
        "Units of every equation balance", not faults, _counted(faults) or f"{equations} equations",
        faults,
    )  # fmt: skip


def _counted(faults: Sequence[Fault]) -> str:
    return f"{len(faults)} fault{'s' if len(faults) > 1 else ''}" if faults else ""


def _findings_of_runs(
    model: Model, outcomes: Mapping[str, Outcome], checks: Checks
) -> list[Finding]:
    needed = outcome_variables(outcomes, model.graph)
    for rule in checks.conservation.values():
        needed = (*needed, *conserved_outputs(model.graph, rule))
    grid = model.time_grid()
    outputs = needed or [variable.name for variable in model.graph.of_kind("stock")]
    base = model.batch({}, outputs, save_step=grid.time_step, workers=1)
    status = str(base["status"].values[0])
    findings = [Finding("Base case runs to its end, within its limits", status == "ok", status)]
    if bool(base["failed"].values[0]):
        return findings
    findings += [
        residual(model.graph, rule, base.isel(run=0)) for rule in checks.conservation.values()
    ]
    if checks.time_step is not None and outcomes:
        halved = checks.time_step.halve_to
        fine = model.batch({}, needed, time_step=halved, save_step=grid.time_step, workers=1)
        findings.append(
            compare_steps(
                compute_outcomes(outcomes, base, model.graph).iloc[0],
                compute_outcomes(outcomes, fine, model.graph).iloc[0],
                checks.time_step,
            )
        )
    return findings
