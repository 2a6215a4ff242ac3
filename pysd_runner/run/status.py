"""How a run ended. A run that fails is a finding, not an accident: it is counted and shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """The ways in which a run ends."""

    OK = "ok"
    NON_FINITE = "non-finite"
    FAILED = "failed"
    OUT_OF_LIMITS = "out of limits"


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How one run ended.

    Parameters
    ----------
    ending : Ending
        ``NON_FINITE``: a value is infinite or no number; ``FAILED``: the engine stopped;
        ``OUT_OF_LIMITS``: a stock or an output left the limits that the model file states.
    time : float or None
        First time at which it showed [the model's time unit].
    variable : str
        Variable in which it showed first.
    message : str
        What the engine said.
    """

    ending: Ending = Ending.OK
    time: float | None = None
    variable: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether the run came to its end with nothing to be said of it."""
        return self.ending is Ending.OK

    @property
    def has_values(self) -> bool:
        """Whether the run's numbers are what the model says, be they out of limits."""
        return self.ending in (Ending.OK, Ending.OUT_OF_LIMITS)

    def __str__(self) -> str:
        if self.ok:
            return self.ending.value
        place = f" in '{self.variable}'" if self.variable else ""
        when = "" if self.time is None else f" at {self.time:g}"
        return f"{self.ending.value}{place}{when}" + (f": {self.message}" if self.message else "")
