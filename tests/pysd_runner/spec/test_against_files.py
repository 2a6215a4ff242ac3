from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import SpecError
from pysd_runner.errors import Fault
from pysd_runner.spec.schema import Spec
from tests.conftest import with_control
from tests.pysd_runner.spec.example import MODEL, SPEC

Read = Callable[[str], Spec]
SAVE = "save_step = 1.0"


@pytest.mark.parametrize(
    ("old", "new", "line", "variable", "message"),
    [
        ('file = "inline.mdl"', 'file = "inlin.mdl"', 4, "model.file",
         "there is no file 'inlin.mdl' beside this one; did you mean 'inline.mdl'?"),
        ('file = "inline.mdl"', f'file = "{"x" * 300}"', 4, "model.file", "there is no file 'x"),
        (SAVE, f'{SAVE}\nsources = "{"x" * 300}"', 6, "model.sources", "there is no table of"),
        (SAVE, f'{SAVE}\ncomponents = ["{"x" * 300}"]', 6, "model.components", "holds no model"),
        ('source = "key"', 'source = "kye"', 15, "levers.grants.source",
         "'kye' is no key of data/sources.csv; did you mean 'key'?"),
        ('source = "key"', 'source = "key, other_2020"', 15, "levers.grants.source",
         "'other_2020' is no key of data/sources.csv."),
        ('source = "key"', 'source = ""', 15, "levers.grants.source", "'' is no key of"),
        (SAVE, SAVE + '\nsources = "none.csv"', 6, "model.sources",
         "there is no table of sources 'none.csv'; add it, or write 'assumption'"),
        (SAVE, SAVE + '\ncomponents = ["part"]', 6, "model.components", "'part' holds no model"),
        (SAVE, SAVE + '\ncomponents = ["."]', 6, "model.components", "'.' is the model itself"),
        ('indicator = "fund"', 'indicator = "fnud"', 48, "history.fund.indicator",
         "the series hold no indicator 'fnud'; did you mean 'fund'?"),
        ('indicator = "fund"', 'indicator = "other"', 48, "history.fund.indicator",
         "no row of the indicator 'other' is for calibration or validation."),
        ("base_year = 1", "base_year = 3", 50, "history.fund.base_year",
         "the series 'fund' has no value in 3; choose one of 1, 2."),
    ],
)  # fmt: skip
def test_a_fault_names_line_key_and_remedy(
    fault_of: Callable[[str, str], Fault], old: str, new: str, line: int, variable: str,
    message: str,
) -> None:  # fmt: skip
    fault = fault_of(old, new)
    assert message in fault.message
    assert (fault.line, fault.variable) == (line, variable)


def test_a_level_has_the_unit_of_its_series(read: Read, tmp_path: Path) -> None:
    level = SPEC.replace('transform = "index"\nbase_year = 1\n', "")
    assert read(level).history["fund"].transform == "level"
    path = tmp_path / "data" / "series.csv"
    path.write_text(path.read_text().replace("fund,1,10,MCNY", "fund,1,10,kCNY"))
    with pytest.raises(SpecError, match="is 'MCNY', but the series 'fund' is in MCNY, kCNY"):
        read(level)


@pytest.mark.parametrize(
    ("own", "message"),
    [(None, "has no sandbox.toml"), ('[model]\ncomponents = ["../x"]', "has components itself"),
     ("[model", "is no valid TOML")],
)  # fmt: skip
def test_a_component_that_cannot_be_tested(
    read: Read, tmp_path: Path, own: str | None, message: str
) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "part.mdl").write_text(with_control(MODEL), "utf-8")
    text = SPEC.replace(SAVE, SAVE + '\ncomponents = ["part"]')
    if own is not None:
        (tmp_path / "part" / "sandbox.toml").write_text(own)
    with pytest.raises(SpecError, match=message):
        read(text)
    (tmp_path / "part" / "sandbox.toml").write_text(SPEC)
    assert read(text).model.components == ("part",)


def test_faults_of_a_table_are_reported_beside_those_of_the_spec(
    read: Read, tmp_path: Path
) -> None:
    path = tmp_path / "data" / "series.csv"
    path.write_text(path.read_text().replace("fund,2,20", "fund,2,twenty"))
    (tmp_path / "data" / "sources.csv").write_text("key,citation\nkey,A\n")
    with pytest.raises(SpecError) as caught:
        read(SPEC.replace("base = 0.1", "base = 0.2"))
    places = [(fault.path and fault.path.name, fault.line) for fault in caught.value.faults]
    assert places == [("sandbox.toml", 11), ("sources.csv", 1), ("series.csv", 3)]


def test_without_sources_or_history_no_table_is_needed(read: Read, tmp_path: Path) -> None:
    for table in (tmp_path / "data").iterdir():
        table.unlink()
    with pytest.raises(SpecError, match="no table of sources"):
        read(SPEC[: SPEC.index("[history.fund]")])
    text = SPEC[: SPEC.index("[history.fund]")].replace('source = "key"', 'assumption = "guess"')
    assert read(text).history == {}
