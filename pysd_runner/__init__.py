"""From a model file to trajectories: load, check and run stock-and-flow models."""

from pysd_runner.api import Model, load
from pysd_runner.errors import DesignError, Fault, ModelError, RunError, SandboxError, SpecError

__all__ = [
    "DesignError",
    "Fault",
    "Model",
    "ModelError",
    "RunError",
    "SandboxError",
    "SpecError",
    "load",
]
