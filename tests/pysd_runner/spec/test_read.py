from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, SpecError, load
from pysd_runner.spec.read import read_spec
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import MODEL, SPEC

InlineModel = Callable[[str], Model]
Read = Callable[[str], Spec]
MODELS = sorted(Path(__file__).parents[3].glob("models/*/sandbox.toml"))


def test_a_spec_is_read(read: Read) -> None:
    spec = read(SPEC)
    lever, unknown = spec.levers["grants"], spec.uncertainties["return"]
    assert (lever.setting, lever.bounds, lever.cost) == ("grant rate", (0.0, 0.5), "outlay")
    assert (unknown.setting, unknown.distribution, unknown.mode) == ("r[SHB]", "triangular", 2.5)
    assert list(spec.factors) == ["grants", "return"]
    assert (spec.outcomes["fund"].start, spec.outcomes["fund"].end) == (2, 8)
    assert spec.outcomes["fund"].text == "Fund + SUM(r[D!])"
    assert spec.history["fund"].text == '"Fund"'
    assert spec.scenarios["poor"].values == {"r[SHB]": 1.5, "grant rate": 0.2}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.parent.name)
def test_the_specs_of_the_project_are_sound(path: Path) -> None:
    assert read_spec(path, load(path.parent).graph).outcomes


def test_the_same_constant_twice(read: Read) -> None:
    again = SPEC[SPEC.index("[levers.grants]") : SPEC.index("[unc")].replace("grants", "others")
    with pytest.raises(SpecError, match=r"levers\.others': varies the same constant as 'grants'"):
        read(SPEC + again)


def test_all_faults_are_reported_at_once(read: Read) -> None:
    """Those of the file's shape, and those against the model in what is well-formed."""
    text = (
        SPEC.replace("mode = 2.5", "mode = 3.5")
        .replace("to = 8", "to = 1")
        .replace("base = 0.1", "base = 0.2")
        .replace("grants = 0.4", "grants = 0.6")
    )
    with pytest.raises(SpecError) as caught:
        read(text)
    assert sorted(str(fault.variable) for fault in caught.value.faults) == [
        "levers.grants.base", "outcomes.fund.to", "policies.more.values",
        "uncertainties.return.mode",
    ]  # fmt: skip


def test_files_that_cannot_be_read(inline_model: InlineModel, tmp_path: Path) -> None:
    graph = inline_model(MODEL).graph
    with pytest.raises(SpecError, match="there is no such file; a model's levers"):
        read_spec(tmp_path / "none.toml", graph)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="cannot be read"):
        read_spec(tmp_path / "binary.toml", graph)


def test_a_faulty_lever_is_still_a_lever_to_a_policy(read: Read) -> None:
    with pytest.raises(SpecError) as caught:
        read(SPEC.replace("bounds = [0.0, 0.5]", "bounds = [0.5, 0.0]"))
    assert [fault.variable for fault in caught.value.faults] == ["levers.grants.bounds"]


def test_a_threshold_says_what_is_good_enough(read: Read) -> None:
    enough = SPEC.replace('direction = "maximise"', 'direction = "maximise"\nthreshold = 12.0')
    assert read(enough).outcomes["fund"].threshold == 12
    assert read(SPEC).outcomes["fund"].threshold is None
    with pytest.raises(SpecError, match="a threshold needs a direction"):
        read(enough.replace('"maximise"', '"none"'))
