from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysd_runner import ModelError
from pysd_runner.model.entries import Entry, read_source, split_source
from pysd_runner.model.expressions import parse_expression

PATH = Path("model.mdl")


def test_an_entry_knows_its_place_unit_limits_and_group() -> None:
    source = split_source(
        "{UTF-8}\n"
        "********************************\n\t.Public money\n********************************~\n"
        "\t\tWhat the city pays.\n\t|\n\n"
        "grant rate = {old: 0.2}\n\t0.1\n\t~\t1/yr [0,1,0.1]\n\t~\tShare of\n\t\tcost.\n\t|\n",
        PATH,
    )
    (entry,) = source.entries
    assert entry.text == "grant rate = {old: 0.2}\n\t0.1"
    assert entry.line == 8
    assert (entry.unit, entry.limits) == ("1/yr", (0.0, 1.0, 0.1))
    assert entry.comment == "Share of cost."
    assert entry.group == "Public money"
    assert source.groups == (("Public money", "What the city pays."),)


@pytest.mark.parametrize(
    ("written", "unit", "limits"),
    [
        ("", "", (None, None, None)),
        ("yr", "yr", (None, None, None)),
        ("MCNY / yr [0,?]", "MCNY / yr", (0.0, None, None)),
        ("[?,5]", "", (None, 5.0, None)),
        ("0=off; 1=on", "0=off; 1=on", (None, None, None)),
        ("Dmnl [0,1] {0=off,\n1=on}", "Dmnl", (0.0, 1.0, None)),
        ("a" + " " * 20_000 + "b", "a b", (None, None, None)),
    ],
)
def test_units_and_limits(written: str, unit: str, limits: tuple[float | None, ...]) -> None:
    (entry,) = split_source(f"x = 1 ~ {written} ~ |", PATH).entries
    assert (entry.unit, entry.limits) == (unit, limits)


def test_bars_in_quotes_and_braces_end_nothing() -> None:
    source = split_source('"a|b~c" = 1 {no | end} ~~|\ny = 2 ~~ has {a brace |', PATH)
    assert [entry.text for entry in source.entries] == ['"a|b~c" = 1 {no | end}', "y = 2"]
    assert source.entries[1].comment == "has {a brace"


def test_macros_sketch_and_settings_are_told_apart() -> None:
    source = split_source(
        ":MACRO: M(a,\n b)\nM = a + b ~~|\n:END OF MACRO:\nx = M(1,2) ~~|\n"
        "\\\\\\---/// Sketch information\nV300\n///---\\\\\\\n:L<%^E!@\n",
        PATH,
    )
    assert [(e.text, e.macro) for e in source.entries] == [
        ("M = a + b", "M(a, b)"),
        ("x = M(1,2)", ""),
    ]
    assert "V300" in source.sketch
    assert ":L<" in source.settings


def test_the_header_of_a_macro_may_hold_comments_and_quoted_names() -> None:
    text = ':MACRO: M(a {an input},\n"b (c)")\nM = a + "b (c)" ~~|\n:END OF MACRO:\nx = 1 ~~|'
    entries = split_source(text, PATH).entries
    assert [(e.text, e.macro) for e in entries] == [
        ('M = a + "b (c)"', 'M(a , "b (c)")'),
        ("x = 1", ""),
    ]


def test_a_line_goes_on_though_blanks_stand_behind_its_backslash(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(b"long\\ \r\n\tname = 1 + \\\t \r\n2 ~~|")
    statement = read_source(path).entries[0].meaning
    assert statement.name == "long name"
    assert statement.body == parse_expression("1 + 2")


def test_a_macro_that_is_never_closed_is_named() -> None:
    with pytest.raises(ModelError, match=r":2: 'M\(a\)': the macro is never closed"):
        split_source("x = 1 ~~|\n:MACRO: M(a)\nM = a ~~|\n", PATH)


def test_text_before_the_first_macro_is_passed_over() -> None:
    source = split_source(
        "{UTF-8}\nnotes\n:MACRO: M(a)\nM = a ~~|\n:END OF MACRO:\ny = 1 ~~|", PATH
    )
    assert [(e.text, e.line) for e in source.entries] == [("M = a", 4), ("y = 1", 6)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
def test_names_survive_their_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes("köln = 1\r\n~\r\n~\r\n|\r\n".encode(encoding))
    assert read_source(path).entries == (Entry("köln = 1", 1),)


def test_a_mark_of_the_end_of_a_file_is_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(b"a = 1 ~~|\r\n\x1a")
    assert read_source(path).entries == (Entry("a = 1", 1),)


@pytest.mark.parametrize("head", ["{GB18030}\n", ""])
def test_chinese_vensim_files_are_read(tmp_path: Path, head: str) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(f"{head}研发 = 企业数量 ~~ 一年|".encode("gb18030"))
    assert read_source(path).entries[0].text == "研发 = 企业数量"


def test_accents_side_by_side_are_not_taken_for_chinese(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes("größe = 1 ~ € ~ créée à Füßen, naïve |".encode("cp1252"))
    assert read_source(path).entries[0].text == "größe = 1"


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("a = 1 ~ u ~ between ~5 and ~10 % |", "between ~5 and ~10 %"),
        ("a = 1 ~ u ~ some ~ 5 %\n\t~ :SUPPLEMENTARY\n|", "some ~ 5 %"),
        ("a = 1 ~ u ~ c ~ :SUP |", "c"),
        ("a = 1 ~ u ~ :SUP |", ":SUP"),
        ("a = 1 ~ u ~ Source: x, ~2010; b = ~3 |", "Source: x, ~2010; b = ~3"),
        ("a = 1 ~ u ~ c\n\tSource: x ~ y |", "c Source: x ~ y"),
    ],
)
def test_a_tilde_inside_a_comment_parts_nothing(text: str, comment: str) -> None:
    (entry,) = split_source(text, PATH).entries
    assert (entry.text, entry.unit, entry.comment) == ("a = 1", "u", comment)


@pytest.mark.parametrize(
    ("raw", "line", "message"),
    [
        (b"\x89PNG\r\n\x00\x01", None, "is not a Vensim model: it is a binary file."),
        (b"", None, "is not a Vensim model: it holds no 'equation ~ unit ~ comment |' entry."),
        (b"Dear reader,\nthis is prose.", None, "is not a Vensim model: it holds no"),
        (b"\nx = 1 ~ u ~ c\n", 2, "the entry that starts 'x = 1 ~ u ~ c' has no closing '|'"),
        (b"a = 1\n~ u\n~ c\nb = 2 ~ u ~ c |", 3, "not closed before the next entry"),
        (b"a = 1\n~ u\n~ c\nt((0,1),(1,2)) ~ u ~ c |", 3, "not closed before the next entry"),
        (b"a = 1\n~ u\nb = 2\n~ c |", 2, "an equation stands where the unit is expected"),
        (b"a = 1 ~~|\nb = {2 ~~|", 2, "the comment that opens with '{' is never closed"),
    ],
)
def test_what_is_no_model_is_refused(
    tmp_path: Path, raw: bytes, line: int | None, message: str
) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(raw)
    with pytest.raises(ModelError) as caught:
        read_source(path)
    (fault,) = caught.value.faults
    assert message in fault.message
    assert (fault.path, fault.line) == (path, line)


def test_a_missing_file_and_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such file; check the path"):
        read_source(tmp_path / "none.mdl")
    with pytest.raises(ModelError, match="cannot be read"):
        read_source(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a thing of Unix")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mdl")
    with pytest.raises(ModelError, match="is no regular file"):
        read_source(tmp_path / "pipe.mdl")


# -- a law: entries that are joined are split again -------------------------------------------

_word = st.text("abc xyz", min_size=1).filter(str.strip).map(lambda text: " ".join(text.split()))
_parts = st.tuples(_word, st.sampled_from(["1", '"q|~" + 2', "3 {| ~}", "(4\n+ 5)"]), _word, _word)


@given(st.lists(_parts, min_size=1, max_size=6), st.sampled_from(["\n", "\n\n", " \n\t"]))
def test_joined_entries_are_split_again(
    parts: list[tuple[str, str, str, str]], between: str
) -> None:
    written = [f"{name} = {body}\n\t~ {unit}\n\t~ {note}\n\t|" for name, body, unit, note in parts]
    text = between.join(written)
    entries = split_source(text, PATH).entries
    lines = [
        between.join([*written[:number], "x"]).count("\n") + 1 for number in range(len(written))
    ]
    assert [(e.text, e.unit, e.comment, e.line) for e in entries] == [
        (f"{name} = {body}", unit, note, line)
        for (name, body, unit, note), line in zip(parts, lines, strict=True)
    ]
