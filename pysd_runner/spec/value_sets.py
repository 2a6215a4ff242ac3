"""Named values that a spec holds ready: scenarios, policies, and what is paid from one purse."""

from __future__ import annotations

from itertools import combinations

from pydantic import Field, model_validator

from pysd_runner.spec.base import Finite, Frozen, Label, contradiction


class ValueSet(Frozen):
    """A named set of values, by variable (a scenario) or by lever (a policy)."""

    label: Label
    values: dict[str, Finite]


class Bundle(Frozen):
    """Measures that may help each other: held against their sum at equal cost.

    Parameters
    ----------
    label : str
        Of all of them together.
    cost : str
        Identifier of the outcome that is the cost; it is to be minimised.
    parts : mapping
        Identifier -> measure: the levers that it moves, and how far. They are scaled until they
        cost the same, so that only the proportions within a measure matter.
    """

    label: Label
    cost: str
    parts: dict[str, ValueSet] = Field(min_length=2)

    @model_validator(mode="after")
    def _disjoint(self) -> Bundle:
        for (name, part), (other, second) in combinations(self.parts.items(), 2):
            if part.label == second.label:
                raise contradiction(
                    f"'{name}' and '{other}' have the same label; give one another", "parts"
                )
            shared = sorted(part.values.keys() & second.values.keys())
            if shared:
                raise contradiction(
                    f"'{shared[0]}' is moved by '{name}' and by '{other}'; leave it in one of them",
                    "parts",
                )
        return self
