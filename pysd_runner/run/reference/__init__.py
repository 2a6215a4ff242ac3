"""The reference engine: PySD, with its traps closed."""

from pysd_runner.run.reference.engine import ReferenceEngine, Trajectory, Translation

__all__ = ["ReferenceEngine", "Trajectory", "Translation"]
