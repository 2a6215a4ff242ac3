"""What ``checks.toml`` may say: what is conserved, how fine the time step is, what must follow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from pysd_runner.errors import Fault, SpecError
from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.spec.base import Finite, Frozen, Positive
from pysd_runner.spec.named import Misfit, check_value
from pysd_runner.spec.reality import RealityCheck, against_model, against_spec
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.toml import line_of, read_toml, shape_faults


class Conservation(Frozen):
    """A quantity that moves between stocks and crosses the boundary only where it is listed.

    Parameters
    ----------
    label : str
        For the scorecard.
    stocks : tuple of str
        Stocks that hold the quantity.
    external_in, external_out : tuple of str
        Flows that bring it into the model and take it out: a closed list.
    tolerance : float
        Largest residual, relative to what flows across the boundary.
    """

    label: str
    stocks: Annotated[tuple[str, ...], Field(min_length=1)]
    external_in: tuple[str, ...] = ()
    external_out: tuple[str, ...] = ()
    tolerance: Annotated[Positive, Field(le=1e-3)] = 1e-9


class HalvedStep(Frozen):
    """Halving the time step must not move an outcome by more than a tolerance.

    Parameters
    ----------
    halve_to : float
        The finer time step [time unit].
    tolerance : float
        Largest relative change of an outcome.
    """

    halve_to: Positive
    tolerance: Annotated[Positive, Field(le=0.05)] = 0.005


class Smooth(Frozen):
    """Where nothing jumps, Runge and Kutta's method must give what Euler's gives.

    Parameters
    ----------
    settings : dict
        Constants that switch off what jumps, such as breakers.
    tolerance : float
        Largest relative difference of an outcome.
    """

    settings: dict[str, Finite] = Field(default_factory=dict)
    tolerance: Annotated[Positive, Field(le=0.05)] = 0.005


class Recovery(Frozen):
    """How long each breaker is forced open on trial, and how soon it must close after that.

    Parameters
    ----------
    hold, within : float
        [time unit]
    """

    hold: Positive
    within: Positive


class Checks(Frozen):
    """All of ``checks.toml``."""

    conservation: dict[str, Conservation] = Field(default_factory=dict)
    time_step: HalvedStep | None = None
    runge_kutta: Smooth | None = None
    recovery: Recovery | None = None
    checks: dict[str, RealityCheck] = Field(default_factory=dict)


_TABLES: dict[str, type[BaseModel]] = {
    "conservation": Conservation, "time_step": HalvedStep, "runge_kutta": Smooth,
    "recovery": Recovery,
    "checks": RealityCheck,
}  # fmt: skip


def read_checks(path: Path, graph: ModelGraph, spec: Spec | None = None) -> Checks:
    """Read the checks of a model; a model without the file has none.

    Parameters
    ----------
    path : pathlib.Path
        A ``checks.toml``.
    graph : ModelGraph
        The model that it speaks of.
    spec : Spec or None
        What its levers, shocks and loops mean; ``None`` leaves those names unchecked.

    Raises
    ------
    SpecError
        The file is no valid TOML, has unknown keys, or names variables that do not exist.
    """
    if not path.exists():
        return Checks()
    text, raw = read_toml(path)
    try:
        checks = Checks.model_validate(raw)
    except ValidationError as error:
        raise SpecError(shape_faults(error, Checks, _TABLES, path, text)) from None
    faults = [
        Fault(f"'{variable}' is not a variable of the model{graph.nearest(variable)}.", path,
              line_of(text, ("conservation", name)), f"conservation.{name}")
        for name, rule in checks.conservation.items()
        for variable in (*rule.stocks, *rule.external_in, *rule.external_out)
        if variable not in graph
    ]  # fmt: skip
    step = constant_value(graph, "TIME STEP") if "TIME STEP" in graph else None
    if checks.time_step is not None and step is not None:
        half = step / 2
        if not math.isclose(checks.time_step.halve_to, half):
            faults.append(
                Fault(f"is {checks.time_step.halve_to:g}, but half the time step is {half:g}.",
                      path, line_of(text, ("time_step", "halve_to")), "time_step.halve_to")
            )  # fmt: skip
    faults += [
        Fault(f"{message}.", path, line_of(text, place), ".".join(place))
        for place, message in _misfits(checks, graph, spec)
    ]
    if faults:
        raise SpecError(faults)
    return checks


def _misfits(checks: Checks, graph: ModelGraph, spec: Spec | None) -> Iterator[Misfit]:
    for name, value in (checks.runge_kutta.settings if checks.runge_kutta else {}).items():
        yield from check_value(("runge_kutta", "settings"), name, value, graph)
    for name, check in checks.checks.items():
        yield from against_model(check, ("checks", name), graph, checks.checks)
        if spec is not None:
            yield from against_spec(check, ("checks", name), spec)
