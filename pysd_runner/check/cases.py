"""Reality checks made ready to run: what each sets, what each claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pysd_runner.kernel.program import Method
from pysd_runner.model.expressions import parse_expression
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.reality import implications
from pysd_runner.model.syntax import Expression
from pysd_runner.spec.checks import Checks
from pysd_runner.spec.reality import ALL_STOCKS, RealityCheck
from pysd_runner.spec.schema import Spec


@dataclass(frozen=True, slots=True)
class Case:
    """One run and what must follow.

    Parameters
    ----------
    name : str
        By which other claims refer to its run.
    label : str
        For the scorecard.
    settings : dict
        Constant, or one element of it -> value.
    equations : tuple of str
        Equations that replace those of the model.
    claims : tuple of Expression
        Comparisons that must hold.
    never_negative : tuple of str
        Variables that must not fall below zero.
    start, end : float
        The window of time.
    tolerance : float
        Relative slack of ``=``, ``<=`` and ``>=``.
    final_time : float or None
        Where the run ends, if not where the model's does.
    method : {"euler", "rk4"}
        Of integration.
    """

    name: str
    label: str
    settings: dict[str, float] = field(default_factory=dict)
    equations: tuple[str, ...] = ()
    claims: tuple[Expression, ...] = ()
    never_negative: tuple[str, ...] = ()
    start: float = float("-inf")
    end: float = float("inf")
    tolerance: float = 1e-6
    final_time: float | None = None
    method: Method = "euler"


def cases_of(checks: Checks, graph: ModelGraph, spec: Spec | None) -> Iterator[Case]:
    """Yield the cases of ``checks.toml``."""
    for name, check in checks.checks.items():
        yield Case(
            name,
            check.label,
            condition(check, spec),
            check.equations,
            tuple(map(parse_expression, check.then)),
            _variables(check, graph),
            float("-inf") if check.start is None else check.start,
            float("inf") if check.end is None else check.end,
            check.tolerance,
            check.final_time,
            check.method,
        )


def cases_of_file(graph: ModelGraph) -> Iterator[Case]:
    """Yield the cases of Vensim's own reality checks in a model file."""
    for number, each in enumerate(implications(graph)):
        label = f"{each.name} (line {each.line})"
        yield Case(f"vensim {number}", label, {}, each.equations, (each.claim,))


def condition(check: RealityCheck, spec: Spec | None) -> dict[str, float]:
    """Return the constants that a check sets; what stands later in a check counts."""
    if spec is None:
        return dict(check.settings)
    found: dict[str, float] = {}
    if check.scenario is not None:
        found |= spec.scenarios[check.scenario].values
    values = spec.policies[check.policy].values if check.policy is not None else {}
    for name, value in {**values, **check.levers}.items():
        found[spec.levers[name].setting] = value
    for name, depth in check.shocks.items():
        found[spec.shocks[name].depth.setting] = depth
    found |= {spec.loops[name].switch: 0.0 for name in check.cut}
    return found | check.settings


def _variables(check: RealityCheck, graph: ModelGraph) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in check.never_negative:
        stocks = [v.name for v in graph.of_kind("stock")]
        found |= dict.fromkeys(stocks if name == ALL_STOCKS else [graph[name].name])
    return tuple(found)
