from __future__ import annotations

from collections.abc import Callable

import pytest

from pysd_runner import Model
from pysd_runner.check.ending import run_ended

InlineModel = Callable[[str], Model]
MODEL = """
D: P, Q ~~|
lag = 0 ~~|
share = 2 ~ 1 [0,1] ~|
rate[D] = 1 / (2 * lag) ~~|
root = SQRT(-1 - Time) ~~|
"""


def test_a_sound_run(inline_model: InlineModel) -> None:
    found = run_ended(inline_model(MODEL).graph, "ok")
    assert (found.passed, found.detail, found.faults) == (True, "ok", ())


@pytest.mark.parametrize(
    ("status", "line", "message"),
    [
        ("non-finite in 'rate[P]' at 0", 5, "'rate': divides by 'lag', which is 0"),
        ("non-finite in 'root' at 0", 6, "'root': is no finite number; look for a division"),
        ("out of limits in 'share' at 3", 4, "'share': leaves the limits [0, 1] of its unit"),
    ],
)
def test_the_line_at_which_it_broke(
    status: str, line: int, message: str, inline_model: InlineModel
) -> None:
    found = run_ended(inline_model(MODEL).graph, status)
    assert (found.passed, found.detail) == (False, status)
    (fault,) = found.faults
    assert fault.line == line
    assert message in str(fault)


def test_a_place_that_is_not_known(inline_model: InlineModel) -> None:
    found = run_ended(inline_model(MODEL).graph, "failed: the engine stopped")
    assert (found.passed, found.faults) == (False, ())
