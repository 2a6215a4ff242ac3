"""The sections of the stress-test report, one a file: words, figures and tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sensitivity.stress.sections.answer import answer_section
from sensitivity.stress.sections.breakers import breakers_section
from sensitivity.stress.sections.bundles import bundles_section
from sensitivity.stress.sections.choice import choice_section
from sensitivity.stress.sections.departures import departures_section
from sensitivity.stress.sections.levers import levers_section
from sensitivity.stress.sections.limits import limits_section
from sensitivity.stress.sections.loops import loops_section
from sensitivity.stress.sections.section import Section
from sensitivity.stress.sections.shocks import shocks_section
from sensitivity.stress.sections.studies import WHOLE, history_section, study_section
from sensitivity.stress.sections.together import together_section
from sensitivity.stress.sections.trust import trust_section
from sensitivity.stress.sections.weakness import weakness_section
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.struck import Struck
from sensitivity.stress.tables import tables


def sections(test: StressTest) -> list[Section]:
    """Return what the report shows, in its order: what was found first, what it rests on last."""
    found = _of(
        test, answer_section, levers_section, together_section, bundles_section, shocks_section,
        breakers_section, choice_section, weakness_section,
    )  # fmt: skip
    found.append(study_section(test, WHOLE))
    found += _of(test, loops_section, departures_section)
    if test.history:
        found.append(history_section(test))
    found.append(Section("Outcomes, levers and uncertainties", "factors", tables=tables(test)))
    for component in test.components:
        section = study_section(component, component.model.spec.model.title)
        found.append(replace(section, tables=(*section.tables, *tables(component)), essence=()))
    if test.struck is not None:
        found.append(trust_section(test.struck))
    return [limits_section(test, found), *found]


def _of(test: StressTest, *makers: Callable[[Struck], Section | None]) -> list[Section]:
    """Return the sections of what the model was put through that have something to show."""
    if test.struck is None:
        return []
    made = [make(test.struck) for make in makers]
    return [section for section in made if section is not None]
