"""What the software says when it refuses: one sentence that names the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and what to do about it.

    Parameters
    ----------
    message : str
        What is wrong and the remedy, one sentence.
    path : pathlib.Path or None
        File in which it is wrong.
    line : int or None
        Line in that file, counted from 1.
    variable : str or None
        Variable, lever, outcome or key that the fault concerns.
    """

    message: str
    path: Path | None = None
    line: int | None = None
    variable: str | None = None

    def __post_init__(self) -> None:
        # A sentence may end in a question ("; did you mean 'x'?"), see names.nearest.
        object.__setattr__(self, "message", self.message.replace("?.", "?"))

    def __str__(self) -> str:
        place = "" if self.path is None else str(self.path)
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        about = f"'{self.variable}': " if self.variable else ""
        return f"{place}: {about}{self.message}" if place else f"{about}{self.message}"


BY_PYSD = "run it with engine='pysd'"
"""The remedy where the compiled engine refuses what PySD may be able to run."""


class SandboxError(Exception):
    """A refusal that a person can act on; never a fault of the software itself.

    Parameters
    ----------
    faults : str or Fault or iterable of Fault
        All the faults found; they are reported together.
    """

    def __init__(self, faults: str | Fault | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = Fault(faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[SandboxError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class ModelError(SandboxError):
    """The model file cannot be read, or its equations do not make a model."""


class SpecError(SandboxError):
    """A ``sandbox.toml`` or ``checks.toml`` says something that the model does not allow."""


class RunError(SandboxError):
    """A run was asked for that cannot be made, or did not come to an end."""


class DesignError(SandboxError):
    """A design matrix and what is asked of it do not fit together."""


class SlowEngineWarning(UserWarning):
    """A model cannot be compiled, and PySD runs it instead; the message says why."""


class NewVariableWarning(UserWarning):
    """An equation that was to be changed is new to the model, and its name nearly another's."""


class MethodWarning(UserWarning):
    """A run was not integrated by the method that the model asks for."""
