"""Hold the base case against the observed series."""

from __future__ import annotations

from pysd_runner.api import Model
from pysd_runner.check.reproduction import pairings
from sensitivity.plots.history import Comparison
from sensitivity.plots.style import titled


def compare_history(model: Model) -> list[Comparison]:
    """Run the base case and put each observed series of the spec beside it, ready to be drawn."""
    return [
        Comparison(
            titled(
                pair.entry.label,
                pair.entry.unit
                if pair.entry.base_year is None
                else f"{pair.entry.base_year:g} = 1",
                inches=2.0,
            ),
            pair.times,
            pair.values,
            pair.observed,
        )
        for pair in pairings(model)
    ]
