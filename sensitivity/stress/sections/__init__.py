"""The sections of the stress-test report, one a file: words, figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def sections(
    test: StressTest, made: Callable[[Section], None] = lambda section: None
) -> list[Section]:
    """Return what the report shows, in its order: what was found first, what it rests on last.

    Parameters
    ----------
    test : StressTest
        What was found.
    made : callable
        Called with each section as soon as it is made, so that its figures can be drawn while the
        next one is.
    """
    found = []
    for section in _each(test):
        made(section)
        found.append(section)
    first = limits_section(test, found)
    made(first)
    return [first, *found]


def _each(test: StressTest) -> Iterator[Section]:
    yield from _of(
        test, answer_section, levers_section, together_section, bundles_section, shocks_section,
        breakers_section, choice_section, weakness_section,
    )  # fmt: skip
    yield study_section(test, WHOLE)
    yield from _of(test, loops_section, departures_section)
    if test.history:
        yield history_section(test)
    yield Section("Outcomes, levers and uncertainties", "factors", tables=tables(test))
    for component in test.components:
        section = study_section(component, component.model.spec.model.title)
        yield replace(section, tables=(*section.tables, *tables(component)), essence=())
    if test.struck is not None:
        yield trust_section(test.struck)


def _of(test: StressTest, *makers: Callable[[Struck], Section | None]) -> Iterator[Section]:
    """Yield the sections of what the model was put through that have something to show."""
    if test.struck is not None:
        for make in makers:
            section = make(test.struck)
            if section is not None:
                yield section
