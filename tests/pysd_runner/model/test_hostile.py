"""A crafted Vensim file is refused in a moment, by name and line: no hang, no traceback."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, SandboxError
from pysd_runner.kernel import lower, lowering
from pysd_runner.model.entries import split_source
from pysd_runner.model.external import grid

InlineModel = Callable[[str], Model]
PATH = Path("m.mdl")
MANY = 50_000
_SECONDS = 20
"""Far more than any of these takes, and far less than a hang."""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("D: (A1-A999999999) ~~|\na[D] = 1 ~~|", "has over 10000 elements"),
        (f"D: (A1-A{'9' * 5000}) ~~|\na[D] = 1 ~~|", "has over 10000 elements"),
        ("D: (A1-A9000) ~~|\nE: (B1-B9000) ~~|\na[D,E] = 1 ~~|", "has more than 1000000 elements"),
        ("".join(f"D{n}: D{n + 1}, x{n} ~~|\n" for n in range(999)) + "D999: y ~~|\na[D0] = 1 ~~|",
         "'D0': is made of ranges nested more than 200 deep"),
        (f"a = {'(' * MANY}1{')' * MANY} ~~|", "nested more than 200 deep"),
        (f"a = {'-' * MANY}1 ~~|", "nested more than 200 deep"),
        (f"a = {'2^' * MANY}1 ~~|", "nested more than 200 deep"),
        (f"a = {':NOT: ' * MANY}1 ~~|", "nested more than 200 deep"),
        (f"a = {'1 + ' * 2 * MANY}1 ~~|", "longer than 400000 characters"),
        ('a = "' + '\\"' * MANY + " ~~|", "holds a quote that is never closed"),
        (f"***.{' ' * MANY}x ~~|", "the character '.', which has no meaning"),
        (":MACRO:" * MANY + " ~~|", "where a name is expected"),
        (f"a = {'b - ' * MANY}1 ~~|", "'a': uses 'b', which is not defined"),
        (f"a = {' - '.join(f'b{n}' for n in range(MANY // 2))} ~~|", "uses 'b0', which is not"),
        ("{" * MANY, "is never closed"),
        (":MACRO: M(x)\nM = M(x) + 1 ~~|\n:END OF MACRO:\na = M(1) ~~|", "calls itself"),
        ("".join(f":MACRO: M{n}(x)\nM{n} = M{n + 1}(x) + M{n + 1}(x + 1) ~~|\n:END OF MACRO:\n"
                 for n in range(40)) + ":MACRO: M40(x)\nM40 = x ~~|\n:END OF MACRO:\na = M0(1) ~~|",
         "calls macros that make more than 20000 equations"),
        ("a = INTEG(1, 1) ~~|\nTIME STEP = 0 ~~|", "must be positive"),
        ("a = INTEG(1, 1) ~~|\nTIME STEP = 1e-15 ~~|", "the run would take"),
        ("a = INTEG(1, 1) ~~|\nFINAL TIME = 1e300 ~~|", "the run would take"),
        ("a = INTEG(1, 1) ~~|\nINITIAL TIME = -1e18 ~~|", "the run would take"),
        ("a = INTEG(1, 1) ~~|\nTIME STEP = MAX(0, 1 - a) ~~|", "must stay positive"),
        ("a = DELAY FIXED(Time, 1e12, 0) ~~|", "a delay of 4e+12 time steps is too long"),
        ("a = SMOOTH N(Time, 5, 0, 1e9) ~~|", "SMOOTH N of an order that is no number from 1 to"),
        ("a = DELAY N(Time, 5, 0, 1e9) ~~|", "DELAY N of an order that is no number from 1 to"),
    ],
)  # fmt: skip
def test_it_is_refused(inline_model: InlineModel, text: str, message: str) -> None:
    start = time.monotonic()
    with pytest.raises(SandboxError) as caught:
        inline_model(text).run(engine="kernel")
    assert message in str(caught.value)
    assert time.monotonic() - start < _SECONDS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = SUM(x[D!] * y[E!]) ~~|", "'a': uses SUM over 1,600 elements"),
        ("a[D] = VECTOR ELM MAP(x[D], Time) ~~|", "beyond 300 operations"),
    ],
)
def test_what_grows_when_it_is_written_out_is_refused(
    inline_model: InlineModel, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setattr(lower, "MAX_TERMS", 1000)
    monkeypatch.setattr(lowering, "MAX_NODES", 300)
    ranges = "D: (A1-A40) ~~|\nE: (B1-B40) ~~|\nx[D] = Time * D ~~|\ny[E] = Time ~~|\n"
    with pytest.raises(SandboxError) as caught:
        inline_model(ranges + text).run(engine="kernel")
    assert message in str(caught.value)
    assert ":5: 'a" in str(caught.value)


def test_elements_that_are_chosen_alike_are_chosen_once(inline_model: InlineModel) -> None:
    text = "D: (A1-A3000) ~~|\nx[D] = Time + D ~~|\na[D] = VECTOR ELM MAP(x[A1], Time * 2) ~~|\n"
    start = time.monotonic()
    run = inline_model(f"{text}b[D] = VECTOR ELM MAP(x[A1], 7) ~~|").run(
        outputs=["a", "b"], final_time=2, time_step=1, save_step=1
    )
    assert (run["a"].values == [[1], [4], [7]]).all()
    assert (run["b"].values == [[8], [9], [10]]).all()
    assert time.monotonic() - start < _SECONDS


@pytest.mark.parametrize("power", ["2^1e9", "9^9^9", "POWER(9, POWER(9, 9))", "EXP(EXP(100))"])
def test_a_power_that_no_number_holds_is_infinite(inline_model: InlineModel, power: str) -> None:
    run = inline_model(f"a = {power} ~~|\nS = INTEG(0, 1) ~~|").run(outputs=["a"])
    assert run.attrs["status"] == "non-finite in 'a' at 0"


@pytest.mark.parametrize(
    "unit",
    [" [" * MANY + "]", "[0,1]" * (MANY // 5) + "x", "(" * MANY, "a/" * MANY + "a", "a^9e9",
     "{" * 8 * MANY],
)  # fmt: skip
def test_odd_units_take_no_time(unit: str) -> None:
    start = time.monotonic()
    (entry,) = split_source(f"a = 1 ~ {unit} ~ {'~' * MANY} |", PATH).entries
    assert entry.text == "a = 1"
    assert time.monotonic() - start < _SECONDS


def test_limits_stand_in_the_last_brackets() -> None:
    (entry,) = split_source("a = 1 ~ m [b [0, ?, 0.5] ~ |", PATH).entries
    assert (entry.unit, entry.limits) == ("m [b", (0.0, None, 0.5))


def test_a_workbook_that_unpacks_to_far_more_is_refused(
    inline_model: InlineModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "MAX_UNPACKED", 2_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 4_000_000)
    assert len(packed.getvalue()) < 10_000
    (tmp_path / "bomb.xlsx").write_bytes(packed.getvalue())
    with pytest.raises(SandboxError, match=r":1: 'a': .*bomb.xlsx, which is too large once"):
        inline_model("a = GET XLS CONSTANTS('bomb.xlsx', 'S', 'A1') ~~|")


def test_a_link_out_of_the_folder_is_refused(inline_model: InlineModel, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-secret.csv"
    outside.write_text("1,2\n")
    (tmp_path / "data.csv").symlink_to(outside)
    with pytest.raises(SandboxError, match="a link that leads out of the model's folder"):
        inline_model("a = GET XLS CONSTANTS('data.csv', ',', 'A1') ~~|")
