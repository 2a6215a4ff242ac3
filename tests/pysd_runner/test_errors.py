from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pysd_runner import DesignError, Fault, ModelError, RunError, SandboxError, SpecError


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("is wrong."), "is wrong."),
        (Fault("is wrong.", Path("a.mdl")), "a.mdl: is wrong."),
        (Fault("is wrong.", Path("a.mdl"), 3), "a.mdl:3: is wrong."),
        (Fault("is wrong.", Path("a.mdl"), 3, "x"), "a.mdl:3: 'x': is wrong."),
        (Fault("is wrong.", None, None, "x"), "'x': is wrong."),
        (Fault("is wrong.", None, 3), "line 3: is wrong."),
    ],
)
def test_a_fault_says_where(fault: Fault, text: str) -> None:
    assert str(fault) == text


def test_all_faults_stand_in_one_message() -> None:
    error = SandboxError([Fault("first."), Fault("second.", variable="x")])
    assert str(error) == "first.\n'x': second."
    assert [fault.message for fault in error.faults] == ["first.", "second."]
    assert SandboxError("alone.").faults == (Fault("alone."),)
    assert SandboxError(each for each in [Fault("once.")]).faults == (Fault("once."),)


@pytest.mark.parametrize("kind", [ModelError, SpecError, RunError, DesignError])
def test_a_refusal_crosses_processes_whole(kind: type[SandboxError]) -> None:
    error = kind([Fault("first.", Path("a.mdl"), 3, "x"), Fault("second.")])
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.faults == error.faults
    assert str(again) == str(error)
