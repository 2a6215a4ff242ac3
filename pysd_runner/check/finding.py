"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass


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
        The measured number, or what is wrong and where.
    """

    label: str
    passed: bool
    detail: str
