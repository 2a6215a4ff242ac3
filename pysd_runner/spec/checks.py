"""What ``checks.toml`` may say: which quantities are conserved, and how fine the time step is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from pysd_runner.errors import Fault, SpecError
from pysd_runner.model.constants import constant_value
from pysd_runner.model.graph import ModelGraph
from pysd_runner.spec.base import Frozen, Positive
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


class Checks(Frozen):
    """All of ``checks.toml``."""

    conservation: dict[str, Conservation] = Field(default_factory=dict)
    time_step: HalvedStep | None = None


_TABLES: dict[str, type[BaseModel]] = {"conservation": Conservation, "time_step": HalvedStep}


def read_checks(path: Path, graph: ModelGraph) -> Checks:
    """Read the checks of a model; a model without the file has none.

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
    if faults:
        raise SpecError(faults)
    return checks
