"""What a run changes: constants of the model, by name, scalar or element by element."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pysd_runner.errors import Fault, RunError
from pysd_runner.model.graph import CONTROL, ModelGraph, Variable
from pysd_runner.names import key

_WITH_ELEMENT = re.compile(r"^(?P<name>[^\[\]]+)\[(?P<elements>[^\[\]]+)\]$")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value for a constant, or for some elements of one.

    Parameters
    ----------
    variable : str
        Key of the constant.
    elements : tuple of str
        Element keys; ``()`` for all elements or a scalar.
    value : float
        In the unit of the constant.
    """

    variable: str
    elements: tuple[str, ...]
    value: float


def read_settings(graph: ModelGraph, values: Mapping[str, float]) -> tuple[Setting, ...]:
    """Check values by name against the model.

    Parameters
    ----------
    values : mapping
        ``"grant rate"`` or ``"grant rate[SHA]"`` -> value.

    Raises
    ------
    RunError
        With every unknown name, name of what is no constant, and value that is no finite number.
    """
    faults: list[Fault] = []
    settings: list[Setting] = []
    for name, value in values.items():
        found = _setting(graph, name, value)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            settings.append(found)
    if faults:
        raise RunError(faults)
    return tuple(settings)


def _setting(graph: ModelGraph, name: str, value: float) -> Setting | Fault:
    match = _WITH_ELEMENT.match(name.strip())
    variable_name = match["name"] if match else name
    if variable_name not in graph:
        message = f"is not a variable of the model{graph.nearest(variable_name)}."
        return Fault(message, None, None, name)
    variable = graph[variable_name]
    if key(variable_name) in CONTROL:
        return Fault("is set with final_time, time_step or save_step, not as a constant.",
                     None, None, name)  # fmt: skip
    if variable.kind != "constant":
        used = ", ".join(_constants_used(graph, variable))
        instead = f"set a constant that it uses ({used}), or change" if used else "change"
        return Fault(
            f"is a {variable.kind}, and only constants can be set; {instead} its equation.",
            variable=name,
        )
    try:
        number = float(value)
    except (TypeError, ValueError):
        return Fault(f"'{value}' is not a number.", None, None, name)
    if not math.isfinite(number):
        return Fault(f"the value is {number}; give a finite number.", None, None, name)
    elements = tuple(key(e) for e in match["elements"].split(",")) if match else ()
    return _checked_elements(graph, variable, Setting(variable.key, elements, number), name)


def _checked_elements(
    graph: ModelGraph, variable: Variable, setting: Setting, name: str
) -> Setting | Fault:
    if not setting.elements:
        return setting
    if len(setting.elements) != len(variable.dimensions):
        takes = ", ".join(variable.dimensions)
        return Fault(f"takes the subscripts [{takes}]." if takes else "takes no subscripts.",
                     None, None, name)  # fmt: skip
    for element, dimension in zip(setting.elements, variable.dimensions, strict=True):
        known = graph.ranges[dimension]
        if element not in known.keys:
            return Fault(
                f"'{element}' is not an element of {dimension} ({', '.join(known.elements)}).",
                None, None, name)  # fmt: skip
    return setting


def _constants_used(graph: ModelGraph, variable: Variable) -> list[str]:
    return [name for name in variable.uses if graph[name].kind == "constant"][:4]
