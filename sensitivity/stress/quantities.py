"""The trajectories that the outcomes of a spec reduce, each once."""

from __future__ import annotations

from dataclasses import dataclass

from pysd_runner.errors import DesignError
from pysd_runner.names import nearest
from pysd_runner.spec.schema import Direction, Spec


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at each time.

    Parameters
    ----------
    name : str
        Identifier of the first outcome that reads it.
    label, unit : str
        For figures; of an integral or a first time the unit is not known.
    text : str
        Expression over variables of the model.
    direction : str
        Which is better, as of the outcome.
    """

    name: str
    label: str
    unit: str
    text: str
    direction: Direction


def quantities_of(spec: Spec) -> tuple[Quantity, ...]:
    """Return what the outcomes read over time, in their order."""
    found: dict[str, Quantity] = {}
    for name, outcome in spec.outcomes.items():
        unit = "" if outcome.has_own_unit else outcome.unit
        label = outcome.quantity or outcome.label
        found.setdefault(outcome.text, Quantity(name, label, unit, outcome.text, outcome.direction))
    return tuple(found.values())


def quantity_of(spec: Spec, name: str) -> Quantity:
    """Return what an outcome reads over time.

    Raises
    ------
    DesignError
        The spec has no outcome of this name.
    """
    if name not in spec.outcomes:
        known = ", ".join(spec.outcomes) or "none"
        raise DesignError(
            f"'{name}' is not an outcome{nearest(name, spec.outcomes)} (known: {known})."
        )
    text = spec.outcomes[name].text
    return next(each for each in quantities_of(spec) if each.text == text)
