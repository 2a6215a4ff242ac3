from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysd_runner.names import clean, full_width, identifier, key, nearest


@pytest.mark.parametrize(
    ("written", "cleaned", "keyed"),
    [
        ("Grant_Rate", "Grant_Rate", "grant rate"),
        ('  "R&D  budget" ', "R&D budget", "r&d budget"),
        ("time\\\n\tto adjust", "time to adjust", "time to adjust"),
        ("a \t b\nc", "a b c", "a b c"),
        (r'"the \"real\" rate"', 'the "real" rate', 'the "real" rate'),
        ("研发 投入", "研发 投入", "研发 投入"),
    ],
)
def test_spellings(written: str, cleaned: str, keyed: str) -> None:
    assert clean(written) == cleaned
    assert key(written) == keyed


@given(st.text("aB _\t\n", min_size=1))
def test_a_key_is_its_own_key(name: str) -> None:
    assert key(key(name)) == key(name)
    assert key(name.upper()) == key(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("R&D budget", "r_d_budget"),
        ("Köln (city)", "koln_city"),
        ("2030 target", "_2030_target"),
        ("研发", "_"),
    ],
)
def test_identifier(name: str, expected: str) -> None:
    assert identifier(name) == expected


def test_nearest_proposes_a_name_as_the_model_spells_it() -> None:
    assert nearest("grant_rates", ["Grant Rate", "tax"]) == "; did you mean 'Grant Rate'?"
    assert nearest("xyz", ["Grant Rate", "tax"]) == ""
    assert nearest("xyz", []) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\uff0cb", "; '\uff0c' is full-width, type ','"), ("price\uff08", "type '('"),
        ("a, b", ""), ("\u4ea7\u51fa", ""), ("\uff21", ""),
    ],
)  # fmt: skip
def test_full_width_signs_are_named(text: str, says: str) -> None:
    found = full_width(text)
    assert says in found
    assert bool(found) == bool(says)
