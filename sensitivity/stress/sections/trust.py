"""How far the numbers are to be trusted: runs that failed, and PySD beside the kernel."""

from __future__ import annotations

import numpy as np

from sensitivity.stress.failures import Failures
from sensitivity.stress.sections.section import Section, listed
from sensitivity.stress.sections.weakness import described, limits_table
from sensitivity.stress.sections.words import percent
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import Grid

ALIKE = 1e-9
"""Deviation that is rounding: different order of operations, over hundreds of steps."""


def trust_section(struck: Struck) -> Section:
    """Return what was checked."""
    said = [failure_sentence(struck.failures, " of the ensemble"), *_replay_sentences(struck)]
    tables = [_replay_table(struck)]
    labels = {name: each.label for name, each in struck.ensemble.spec.uncertainties.items()}
    if struck.failures.box is not None:
        tables.append(limits_table(struck.failures.box, labels))
    return Section(
        "How far to trust the numbers", "trust", (), tuple(said), tables=tuple(tables),
        warning=" ".join(f"No part on {part}: {why}" for part, why in struck.refusals.items()),
        notes=("Intervals tell what another sample of the same futures would have said. They do "
               "not tell whether the equations are right.",),
    )  # fmt: skip


def failure_sentence(found: Failures, what: str = "") -> str:
    """Return how many runs failed, and where.

    Parameters
    ----------
    found : Failures
        The runs.
    what : str
        Of what they are: ``" of the ensemble"``.
    """
    if not found.count:
        return f"All {found.runs:,} runs{what} ended well."
    kinds = [f"{count:,} {kind}" for kind, count in found.counts.items()]
    said = (
        f"{found.count:,} of {found.runs:,} runs{what}, "
        f"{percent(found.count / found.runs)}, did not end well: {listed(kinds)}; the first is "
        f"{found.first}."
    )
    if found.box is None:
        return f"{said} Where they lie cannot be told: {found.no_box}"
    score = found.box.score
    return (
        f"{said} It breaks where {described(found.box.box, found.box, {})}: "
        f"{percent(score.density)} of the runs there fail, and {percent(score.coverage)} of all "
        "failures lie there."
    )


def _replay_sentences(struck: Struck) -> list[str]:
    known = [each for each in struck.replays if not np.isnan(each.deviation)]
    said = [f"{each.label.capitalize()} could not be made again by PySD: {each.note}"
            for each in struck.replays if np.isnan(each.deviation)]  # fmt: skip
    if not known:
        return said
    worst = max(known, key=lambda each: each.deviation)
    labels = listed([each.label for each in known])
    start = f"PySD was made to run {labels} again, to {worst.final_time:g}: of "
    start += f"{worst.variables:,} series"
    if not worst.deviation:
        return [f"{start} none deviates from the compiled model.", *said]
    judged = "rounding" if worst.deviation <= ALIKE else "more than rounding: look at it"
    return [
        f"{start} the largest deviation from the compiled model is {worst.deviation:.1g} of the "
        f"largest value, of '{worst.variable}' at {worst.time:g}, which is {judged}.",
        *said,
    ]


def _replay_table(struck: Struck) -> Grid:
    header = ("Run", "Largest deviation", "Of", "At", "Series compared", "Until")
    rows = tuple(
        (each.label, f"{each.deviation:.2g}", each.variable or "–",
         "–" if np.isnan(each.time) else f"{each.time:g}", f"{each.variables:,}",
         f"{each.final_time:g}")
        for each in struck.replays
    )  # fmt: skip
    return Grid("Runs made again by PySD", header, rows, (1, 3, 4, 5))
