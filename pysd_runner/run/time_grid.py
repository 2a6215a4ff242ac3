"""The times of a run: where it starts and ends, how it steps, and what it saves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pysd_runner.errors import Fault, RunError

MAX_STEPS = 10_000_000
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """Times of a run, in the model's time unit.

    Parameters
    ----------
    initial_time, final_time : float
        Where the run starts and ends.
    time_step : float
        Step of the integration.
    save_step : float
        Interval at which values are kept.
    exact : bool
        Whether run and save step must be whole numbers of time steps. If not, a run goes on to
        the first step at or after its end, and saves at the first step at or after a save time;
        so does PySD.
    """

    initial_time: float
    final_time: float
    time_step: float
    save_step: float
    exact: bool = field(default=True, compare=False)

    def __post_init__(self) -> None:
        for name in ("initial_time", "final_time", "time_step", "save_step"):
            if not math.isfinite(getattr(self, name)):
                raise RunError(Fault("is not a finite number.", variable=name))
        if self.time_step <= 0 or self.save_step <= 0:
            raise RunError(
                f"time step {self.time_step:g} and save step {self.save_step:g} must be positive."
            )
        if self.final_time < self.initial_time:
            raise RunError(
                f"the final time {self.final_time:g} lies before the initial time "
                f"{self.initial_time:g}."
            )
        steps = (self.final_time - self.initial_time) / self.time_step
        if steps > MAX_STEPS:
            raise RunError(
                f"the run would take {steps:.3g} steps, more than {MAX_STEPS:.0e}; "
                "choose a larger time step."
            )
        if self.exact and abs(steps - round(steps)) > _TOLERANCE * max(steps, 1.0):
            raise RunError(
                f"from {self.initial_time:g} to {self.final_time:g} it is not a whole number of "
                f"time steps {self.time_step:g}; choose a step that divides the run."
            )
        ratio = self.save_step / self.time_step
        if self.exact and (
            not math.isfinite(ratio)
            or round(ratio) < 1
            or (abs(ratio - round(ratio)) > _TOLERANCE * ratio)
        ):
            raise RunError(
                f"the save step {self.save_step:g} is not a whole number of time steps "
                f"{self.time_step:g}; choose a multiple."
            )

    @property
    def steps(self) -> int:
        """Number of time steps of the run."""
        return _first_step_at(self.final_time - self.initial_time, self.time_step)

    @property
    def saved_steps(self) -> NDArray[np.int64]:
        """Numbers of the steps whose values are kept, shape (saves,)."""
        count = math.floor(self.steps * self.time_step / self.save_step + _TOLERANCE)
        steps = [_first_step_at(n * self.save_step, self.time_step) for n in range(count + 1)]
        return np.unique(np.array(steps, dtype=np.int64))

    @property
    def saved_times(self) -> NDArray[np.float64]:
        """Times at which values are kept [time unit], shape (saves,)."""
        steps = self.saved_steps
        wanted = self.initial_time + self.save_step * np.arange(len(steps), dtype=np.float64)
        reached = self.initial_time + self.time_step * steps.astype(np.float64)
        near = np.abs(wanted - reached) <= _TOLERANCE * self.time_step
        return np.where(near, wanted, reached)

    @property
    def controls(self) -> dict[str, float]:
        """Values of the control variables, by key of their names."""
        return {
            "initial time": self.initial_time,
            "final time": self.final_time,
            "time step": self.time_step,
            "saveper": self.save_step,
        }


def _first_step_at(span: float, time_step: float) -> int:
    """Return the number of the first step at or after a span of time, but for rounding."""
    ratio = span / time_step
    whole = round(ratio)
    return whole if abs(ratio - whole) <= _TOLERANCE * max(ratio, 1.0) else math.ceil(ratio)
