"""From a model file to trajectories: load, check and run stock-and-flow models."""

from pysd_runner.api import Model, load
from pysd_runner.errors import (
    DesignError,
    Fault,
    MethodWarning,
    ModelError,
    NewVariableWarning,
    RunError,
    SandboxError,
    SlowEngineWarning,
    SpecError,
)
from pysd_runner.run.inputs import Curve

__all__ = [
    "Curve",
    "DesignError",
    "Fault",
    "MethodWarning",
    "Model",
    "ModelError",
    "NewVariableWarning",
    "RunError",
    "SandboxError",
    "SlowEngineWarning",
    "SpecError",
    "load",
]
