"""What ``sandbox.toml`` says of shocks: what they strike, when, how deep and how long."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from pysd_runner.spec.base import (
    Code,
    Evidence,
    Finite,
    Frozen,
    Label,
    contradiction,
    in_order,
    setting,
)


class Draw(Frozen):
    """A constant of the model that is drawn uniformly within bounds when a shock strikes.

    Parameters
    ----------
    variable, element : str
        Constant of the model, and the element of it; a subscripted constant without an element is
        set for all of its elements alike.
    base : float
        Value in the base case, as in the model. The bounds need not contain it: a depth is zero
        as long as no shock strikes.
    bounds : tuple of float
        Least and greatest value drawn.
    """

    variable: str
    element: str | None = None
    base: Finite
    bounds: tuple[Finite, Finite]

    @model_validator(mode="after")
    def _ordered(self) -> Draw:
        in_order(self.bounds)
        return self

    @property
    def setting(self) -> str:
        """Name under which a run sets it: ``"demand shock depth"`` or ``"… depth[HEM]"``."""
        return setting(self.variable, self.element)


class Shock(Evidence):
    """A disturbance from outside: it sets in, holds, and fades.

    Parameters
    ----------
    code : str
        Short name for figures and tables, such as ``S1``.
    label : str
        For figures.
    acts_on : str
        Variable of the model that it strikes, for captions.
    start : Draw
        When it sets in [time unit].
    depth : Draw
        How deep; the base is no shock.
    hold : Draw or None
        How long the full depth lasts [time unit]; ``None`` if the model has no such constant.
    recovery : Draw or None
        Time constant of the recovery [time unit]; ``None`` for a shock that stays.
    source, assumption : str or None
        Evidence for the bounds; exactly one of the two.
    """

    code: Code = ""
    label: Label
    acts_on: str
    start: Draw
    depth: Draw
    hold: Draw | None = None
    recovery: Draw | None = None

    @property
    def draws(self) -> dict[str, Draw]:
        """What is drawn, by key: ``start``, ``depth``, and ``hold`` and ``recovery`` if given."""
        parts = {"start": self.start, "depth": self.depth}
        later = {"hold": self.hold, "recovery": self.recovery}
        return parts | {name: draw for name, draw in later.items() if draw is not None}


class Compound(Evidence):
    """Several shocks that strike together.

    Parameters
    ----------
    code, label : str
        As of a shock.
    shocks : tuple of str
        Identifiers of the shocks, two or more.
    same_start : bool
        Whether one start is drawn for all of them.
    correlation : float
        Rank correlation between the depths of any two of them, from 0 to 1.
    source, assumption : str or None
        Evidence that they coincide; exactly one of the two.
    """

    code: Code = ""
    label: Label
    shocks: Annotated[tuple[str, ...], Field(min_length=2)]
    same_start: bool = True
    correlation: Annotated[Finite, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _distinct(self) -> Compound:
        twice = {name for name in self.shocks if self.shocks.count(name) > 1}
        if twice:
            raise contradiction(f"names '{min(twice)}' twice; remove one", "shocks")
        return self
