"""A law: case, blanks, underscores, line breaks and comments in braces change no number."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner import Model, load
from pysd_runner.model.tokens import Token, tokens
from tests.conftest import with_control

ENTRIES = (
    "Region: (R 1-R 3)", "Region copy <-> Region", "part: R 1, R 2",
    "sector: mining, trade -> (other: x1, x2)", "other: x1, x2",
    "first share[Region] = 0.1, -0.2, 3e-1",
    "stock of people[Region, sector] = INTEG(inflow[Region, sector] - outflow[Region, sector], 5)",
    "inflow[Region, sector] = first share[Region] * stock of people[Region, sector] ^ 2 / 50",
    "outflow[Region, mining] = STEP(1, 3)",
    "outflow[Region, trade] :EXCEPT: [R 2, trade] = 0.5 * rate of change(Time / 4)",
    "outflow[R 2, trade] = IF THEN ELSE(Time > 2 :AND: :NOT: Time = 5, 1, -1 - -2)",
    "rate of change((0, 1), (1, 3), (2.5, 0))",
    "distance[Region, Region copy] = IF THEN ELSE(Region = Region copy, 0, 2)",
    "nearby[Region] = SUM(distance[Region, Region copy!] * total[Region copy!])",
    "total[Region] = SUM(stock of people[Region, sector!])",
    "by other[other] = SUM(stock of people[Region!, sector] * first share[Region!])",
    "late = SMOOTH3(total[R 1], 2) + DELAY FIXED(total[R 2], 1, 0)",
    "curve = WITH LOOKUP(Time, ([(0,0)-(10,10)], (0, 4), (2, 1), (9, 3)))",
    "all = SUM(first share[Region!] * total[Region!]) + VMAX(total[part!])",
)  # fmt: skip
_GAPS = ["", "", " ", "\n\t\t", " \\\n\t\t", "{c}"]
_BLANKS = [" ", "_", "  ", "\t", " \\\n\t"]
_WORDS = ("name", "number", "keyword")
_BLANK = re.compile(r"(?:\s|\\\n)+")


def respelled(token: Token, draw: st.DrawFn) -> str:
    if token.kind != "name":
        return token.text
    text = _BLANK.sub(lambda _: draw(st.sampled_from(_BLANKS)), token.text)
    return draw(st.sampled_from([text, text.upper(), text.lower(), text.title()]))


@st.composite
def rewritten(draw: st.DrawFn) -> str:
    """Return the entries in another spelling, and in another order where order is free."""
    lines = []
    for entry in ENTRIES:
        text = ""
        before = Token("symbol", "", 0)
        for token in tokens(entry)[:-1]:
            gap = draw(st.sampled_from(_GAPS))
            joined = before.kind in _WORDS and token.kind in _WORDS
            text += gap or " " * joined
            text += respelled(token, draw)
            before = token
        lines.append(f"{text}~~|")
    order = draw(st.permutations(range(5, len(lines))))
    return "\n".join([*lines[:5], *(lines[number] for number in order)])


def numbers(text: str) -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spelled.mdl"
        path.write_text(with_control(text), encoding="utf-8")
        model: Model = load(path)
    run = model.run(engine="kernel")
    return {model.graph[str(name)].key: run[name].values for name in run}


@settings(max_examples=8, derandomize=True, database=None)
@given(rewritten())
def test_spelling_changes_no_number(text: str) -> None:
    expected = numbers("~~|\n".join([*ENTRIES, ""]))
    found = numbers(text)
    assert expected.keys() == found.keys()
    assert len(expected) == 10
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
