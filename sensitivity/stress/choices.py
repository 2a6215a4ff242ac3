"""What the caller of a stress test chooses; apart, so that the command line starts at once."""

from __future__ import annotations

from enum import StrEnum

DRAWS = 128
"""Futures that shocks, policies, breakers and loops are crossed with, if nothing is said."""


class Method(StrEnum):
    """How the factors of a model are moved."""

    AUTO = "auto"
    SOBOL = "sobol"
    SCREEN = "screen"
