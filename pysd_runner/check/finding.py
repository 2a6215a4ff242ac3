"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass

from pysd_runner.errors import Fault


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Parameters
    ----------
    label : str
        What was checked.
    passed : bool
        Whether it holds.
    detail : str
        The measured number, or what is wrong.
    faults : tuple of Fault
        What is wrong and where, one each.
    """

    label: str
    passed: bool
    detail: str
    faults: tuple[Fault, ...] = ()
