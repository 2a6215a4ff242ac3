"""What one run is to change: a scenario, a policy, single values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.graph import ModelGraph
from pysd_runner.names import nearest
from pysd_runner.spec.limits import beyond_limits
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.value_sets import ValueSet


def collect_settings(
    graph: ModelGraph,
    spec: Spec | None,
    scenario: str | None = None,
    policy: str | None = None,
    pairs: Sequence[str] = (),
) -> dict[str, float]:
    """Collect values by constant: of the scenario first, then of the policy, then single ones.

    Parameters
    ----------
    spec : Spec or None
        ``None`` for a model without one.
    scenario, policy : str or None
        Names in the spec.
    pairs : sequence of str
        ``"name=number"``, where the name is a lever, an uncertainty or a constant of the model.

    Raises
    ------
    RunError
        With every name that is unknown and every value that is no number or out of bounds.
    """
    settings: dict[str, float] = {}
    if scenario is not None:
        settings |= _named("scenario", scenario, spec.scenarios if spec else {}).values
    if policy is not None:
        values = _named("policy", policy, spec.policies if spec else {}).values
        levers = spec.levers if spec else {}
        settings |= {levers[name].setting: value for name, value in values.items()}
    faults: list[Fault] = []
    singles: dict[str, float] = {}
    for pair in pairs:
        found = _pair(graph, spec, pair)
        if isinstance(found, Fault):
            faults.append(found)
        elif found[0] in singles:
            faults.append(Fault("is set twice; set it once.", variable=found[0]))
        else:
            singles[found[0]] = found[1]
    if faults:
        raise RunError(faults)
    return settings | singles


def _named(what: str, name: str, known: Mapping[str, ValueSet]) -> ValueSet:
    if name not in known:
        listed = ", ".join(known) or "none"
        raise RunError(f"'{name}' is not a {what}{nearest(name, known)} (known: {listed}).")
    return known[name]


def _pair(graph: ModelGraph, spec: Spec | None, pair: str) -> tuple[str, float] | Fault:
    name, _, text = (part.strip() for part in pair.partition("="))
    try:
        value = float(text)
    except ValueError:
        return Fault(f"'{pair}' is not of the form name=number; write a tenth as 0.1.")
    if not math.isfinite(value):
        return Fault(f"{value} is no finite number; give one.", variable=name)
    factors = spec.factors if spec else {}
    if name in factors:
        wrong = factors[name].misfit(value)
        if wrong:
            return Fault(
                f"{value:g} {wrong} in sandbox.toml; set the variable by its own name to go "
                "beyond them.", variable=name)  # fmt: skip
        return factors[name].setting, value
    if name.partition("[")[0] not in graph:
        known = [*factors, *(variable.name for variable in graph)]
        return Fault(
            f"is neither a lever nor a variable of the model{nearest(name, known)}.", variable=name
        )
    beyond = beyond_limits(graph, name.partition("[")[0], value)
    return Fault(f"{beyond}.", variable=name) if beyond else (name, value)
