"""What was found, in a few sentences, and what it does not say."""

from __future__ import annotations

from collections.abc import Sequence

from sensitivity.stress.sections.section import Section
from sensitivity.stress.stress_test import StressTest


def limits_section(test: StressTest, found: Sequence[Section]) -> Section:
    """Return the first section of the report.

    Parameters
    ----------
    found : sequence of Section
        All others; what is essential in them stands here too.
    """
    leads = tuple(section for section in found if section.essence)
    return Section("What was found", "found", notes=tuple(_silent(test)), leads=leads)


def _silent(test: StressTest) -> list[str]:
    """Say what the report does not say."""
    spec = test.model.spec
    entries = [*spec.levers.values(), *spec.uncertainties.values(), *spec.shocks.values()]
    assumed = sum(each.assumption is not None for each in entries)
    ranges = f"{len(entries)} ranges of levers, uncertainties and shocks"
    evidence = (
        f"All {ranges} are assumptions"
        if assumed == len(entries)
        else f"{assumed} of the {ranges} are assumptions, the others rest on the sources named"
    )
    said = [
        f"It is no forecast. {evidence}; every share of a variance and every tail depends on them.",
        "Intervals tell how far another sample of the same ranges would differ. They do not tell "
        "whether the equations are right.",
    ]
    if test.struck is not None and test.struck.shocks is not None:
        said.append(
            "How likely a shock is, is not said: each strikes in all of its futures, and all count "
            "alike. A policy that holds up here does so in the futures that were thought of."
        )
    if test.struck is not None and test.struck.breakers is not None:
        said.append(
            "Breakers are those of the model, with thresholds that are assumptions; nobody has run "
            "them in a city yet."
        )
    return said
