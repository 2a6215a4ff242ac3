"""Run a model in the same futures under different policies and settings of breakers and loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from pysd_runner.api import Model
from pysd_runner.run.outcomes import outcome_variables
from pysd_runner.spec.named import value_of
from pysd_runner.spec.schema import Spec
from sensitivity.stress.futures import Futures, Stress

BASE = "base"
"""Name of the policy that moves no lever."""

Settings = Mapping[str, float]
"""Constant -> value, the same in all runs."""


def policies_of(spec: Spec) -> dict[str, Settings]:
    """Return the settings of each policy; the first one moves no lever."""
    found: dict[str, Settings] = {BASE: {}}
    for name, policy in spec.policies.items():
        found[name] = {spec.levers[lever].setting: v for lever, v in policy.values.items()}
    return found


def policy_label(spec: Spec, name: str) -> str:
    """Return how figures call a policy."""
    return spec.policies[name].label if name in spec.policies else "Base policy"


@dataclass(frozen=True, eq=False)
class Trial:
    """A model and the futures that it is tried in.

    All runs set the same constants, to their values in the model if a run has nothing else to
    say, so that one kernel serves them all.

    Parameters
    ----------
    model : Model
        With a spec.
    futures : Futures
        Of the same spec.
    workers : int or None
        Threads; ``None`` takes one for each processor.
    """

    model: Model
    futures: Futures
    workers: int | None = None

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Variables to keep: what outcomes and breakers are read from."""
        spec = self.model.spec
        names = [
            name.partition("[")[0]
            for breaker in spec.breakers.values()
            for name in breaker.variables.values()
        ]
        measured = outcome_variables(spec.outcomes, self.model.graph)
        return tuple(dict.fromkeys((*measured, *names)))

    @cached_property
    def unmoved(self) -> Settings:
        """Value in the model of all that a trial may set."""
        spec, graph = self.model.spec, self.model.graph
        names: list[str] = [lever.setting for lever in spec.levers.values()]
        for breaker in spec.breakers.values():
            names += [breaker.enabled, breaker.trip.setting, breaker.reset.setting]
        names += [loop.switch for loop in spec.loops.values()]
        values = {name: value_of(graph, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    def run(
        self, stress: Stress, settings: Settings, draws: Sequence[int] | None = None
    ) -> xr.Dataset:
        """Run all futures of a stress, or some, under settings.

        Parameters
        ----------
        stress : Stress
            What strikes.
        settings : mapping
            Constant -> value; they go before all others.
        draws : sequence of int or None
            Numbers of the futures; ``None`` for all.

        Returns
        -------
        xarray.Dataset
            As of :meth:`pysd_runner.Model.batch`, with dimensions ``run`` and ``time``.
        """
        inputs = self.inputs(stress, settings)
        if draws is not None:
            rows = np.asarray(draws, dtype=int)
            inputs = {
                name: values if np.ndim(values) == 0 else np.asarray(values)[rows]
                for name, values in inputs.items()
            }
        return self.model.batch(
            inputs, self.outputs, save_step=self.model.spec.model.save_step, workers=self.workers
        )

    def inputs(self, stress: Stress, settings: Settings) -> dict[str, np.ndarray | float]:
        """Return what the runs set: constant -> values, shape (draws,), or one value."""
        return {**self.unmoved, **self.futures.inputs(stress), **settings}

    def case(self, stress: Stress, settings: Settings, draw: int) -> dict[str, float]:
        """Return what one run sets: constant -> value."""
        inputs = self.inputs(stress, settings)
        return {
            name: float(values if np.ndim(values) == 0 else np.asarray(values)[draw])
            for name, values in inputs.items()
        }
