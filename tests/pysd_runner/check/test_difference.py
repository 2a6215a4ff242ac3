from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, load
from pysd_runner.check.difference import Difference, difference
from pysd_runner.check.scorecard import Scorecard, check_model
from tests.pysd_runner.check.example import CHECKS, MODEL, SPEC

State = tuple[Model, Scorecard]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., State]:
    def of(text: str, spec: str = SPEC) -> State:
        folder = tmp_path_factory.mktemp("state")
        (folder / "inline.mdl").write_text(text, "utf-8")
        (folder / "checks.toml").write_text(CHECKS)
        (folder / "sandbox.toml").write_text(spec)
        model = load(folder)
        return model, check_model(model, quick=True)

    return of


@pytest.fixture(scope="module")
def edited(state: Callable[..., State]) -> Callable[[str, str], Difference]:
    before = state(MODEL)
    return lambda old, new: difference(before, state(MODEL.replace(old, new)))


def test_nothing_is_different_from_itself(edited: Callable[[str, str], Difference]) -> None:
    found = edited("", "")
    assert not found
    assert (found.changes, found.broken, found.mended, found.compared) == ((), (), (), 1)
    assert found.moved.empty


def test_a_changed_constant_moves_the_outcome(edited: Callable[[str, str], Difference]) -> None:
    found = edited("growth = 0.1 ~", "growth = 0.2 ~")
    (change,) = found.changes
    assert (change.name, change.line) == ("growth", 7)
    assert (change.before, change.after) == ("growth = 0.1 [1/yr]", "growth = 0.2 [1/yr]")
    row = found.moved.loc["end"]
    # Euler: each step of a quarter multiplies A by 1 + (growth - 1/4) / 4
    was, now = (10 * (1 + (growth - 0.25) / 4) ** 40 for growth in (0.1, 0.2))
    assert row["before"] == pytest.approx(was, rel=1e-12)
    assert row["after"] == pytest.approx(now, rel=1e-12)
    assert row["change"] == pytest.approx(now / was - 1, rel=1e-12)
    assert row["from"] == 0.25
    assert (found.broken, found.mended) == ((), ())


def test_outcomes_of_a_run_that_fails_are_not_compared(
    edited: Callable[[str, str], Difference],
) -> None:
    found = edited("lag = 4 ~", "lag = 0 ~")
    assert found.compared is None
    assert [each.label for each in found.broken] == ["Base case runs to its end, within its limits"]


def test_lines_that_only_move_are_no_change(edited: Callable[[str, str], Difference]) -> None:
    found = edited("lag = 4 ~", "\n\nlag =\n\t4 ~")
    assert [change.name for change in found.changes] == []
    assert not found


def test_what_breaks_is_told_and_mends_the_other_way(state: Callable[..., State]) -> None:
    sound, broken = state(MODEL), state(MODEL.replace("INTEG(move, 5)", "INTEG(2 * move, 5)"))
    found = difference(sound, broken)
    assert {finding.label for finding in found.broken} == {"Money conserved"}
    assert "no flow" in str(found.broken[0].faults[0])
    back = difference(broken, sound)
    assert ([finding.label for finding in back.mended], back.broken) == (["Money conserved"], ())


def test_a_second_fault_of_the_same_check_is_told_alone(state: Callable[..., State]) -> None:
    once = MODEL.replace("~ Comes. |", "~ |")
    twice = "\n" + once.replace("~ Goes. |", "~ |")
    found = difference(state(once), state(twice))
    (finding,) = found.broken
    assert (finding.label, finding.detail) == ("Every variable has a comment", "1 more")
    assert [fault.variable for fault in finding.faults] == ["move"]


def test_equations_come_and_go(edited: Callable[[str, str], Difference]) -> None:
    found = edited("move = A / lag", "shift = 1 ~ yr ~ New. |\nmove = A / (lag + shift)")
    assert [(change.name, change.before) for change in found.changes] == [
        ("shift", ""), ("move", "move = A / lag [kg/yr]"),
    ]  # fmt: skip
    gone = edited("lag = 4 ~ yr ~ Delay. [assumption: slow] |\nmove = A / lag", "move = A / 4")
    assert [(change.name, change.after) for change in gone.changes] == [
        ("move", "move = A / 4 [kg/yr]"), ("lag", ""),
    ]  # fmt: skip


def test_a_run_that_breaks_has_no_outcomes(edited: Callable[[str, str], Difference]) -> None:
    found = edited("lag = 4 ~", "lag = 0 ~")
    assert found.moved.empty
    broken = {finding.label: finding for finding in found.broken}
    ended = broken["Base case runs to its end, within its limits"]
    assert ended.detail == "non-finite in 'move' at 0"
    assert "'move': divides by 'lag', which is 0" in str(ended.faults[0])


def test_outcomes_that_only_one_state_has_are_left_out(
    state: Callable[..., State], tmp_path: Path
) -> None:
    other = SPEC.replace("[outcomes.end]", "[outcomes.other]")
    found = difference(state(MODEL), state(MODEL.replace("= 0.1 ~", "= 0.2 ~"), other))
    assert (found.compared, len(found.moved)) == (0, 0)
