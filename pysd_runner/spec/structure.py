"""What ``sandbox.toml`` says of the model's own machinery: circuit breakers and feedback loops."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from pysd_runner.spec.base import Code, Finite, Frozen, Label, contradiction, in_order, setting

Polarity = Literal["reinforcing", "balancing"]


class Threshold(Frozen):
    """A constant that a breaker compares its indicator with; a text names the constant alone.

    Parameters
    ----------
    variable, element : str
        Constant of the model, and the element of it.
    bounds : tuple of float or None
        Least and greatest value of a sweep; ``None`` if it is not swept.
    """

    variable: str
    element: str | None = None
    bounds: tuple[Finite, Finite] | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        bare, _, element = given.strip().rstrip("]").partition("[")
        return {"variable": bare, "element": element or None}

    @model_validator(mode="after")
    def _ordered(self) -> Threshold:
        if self.bounds is not None:
            in_order(self.bounds)
        return self

    @property
    def setting(self) -> str:
        """Name under which a run sets it: ``"trip level[Fund]"``."""
        return setting(self.variable, self.element)


class Breaker(Frozen):
    """A circuit breaker: it cuts an instrument while an indicator is beyond a threshold.

    Variables may be named with an element, ``"Open[Fund]"``.

    Parameters
    ----------
    code, label : str
        For figures and tables.
    enabled : str
        Constant that switches the breaker, 0 or 1.
    trip, reset : Threshold
        Where it opens, and where it may close again.
    indicator : str
        Variable that is compared with the thresholds.
    closed, open, half_open : str
        Variables that are 1 in the state and 0 otherwise; they add up to 1.
    trips : str
        Variable that counts how often it opened.
    time_open : str
        Variable that adds up how long it was open [time unit].
    throttle : str
        Variable that says how much of the instrument passes, from 0 to 1.
    low_side : bool
        Whether it trips when the indicator falls below its threshold.
    action : str
        What it cuts, for captions.
    """

    code: Code = ""
    label: Label
    enabled: str
    trip: Threshold
    reset: Threshold
    indicator: str
    closed: str
    open: str
    half_open: str
    trips: str
    time_open: str
    throttle: str
    low_side: bool = False
    action: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The variables named, by key."""
        names = ("indicator", "closed", "open", "half_open", "trips", "time_open", "throttle")
        return {name: getattr(self, name) for name in names}


class Loop(Frozen):
    """A feedback loop, and the switch that cuts it.

    The identifier of the table, ``R1`` or ``B2``, is its code.

    Parameters
    ----------
    label : str
        For figures.
    kind : str
        ``reinforcing`` or ``balancing``.
    switch : str
        Constant of the model, 1 while the loop is closed and 0 where it is cut.
    path : str
        Variables of the model in the order of cause and effect, ``"A -> B -> C"``: each is used
        by the next one, and the last by the first.
    """

    label: Label
    kind: Polarity
    switch: str
    path: str

    @model_validator(mode="after")
    def _goes_round(self) -> Loop:
        if not all(self.variables):
            raise contradiction("has an arrow without a variable before or behind it", "path")
        twice = [name for name in self.variables if self.variables.count(name) > 1]
        if twice:
            raise contradiction(f"passes '{twice[0]}' twice; write one turn", "path")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables on the path; the first is not repeated at the end."""
        names = tuple(name.strip() for name in self.path.split("->"))
        return names[:-1] if len(names) > 1 and names[-1] == names[0] else names
