from __future__ import annotations

import pytest

from pysd_runner.sketch.lettering import LINE, extent, lines_of


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("short", ["short"]), ("", [""]),
        ("initial development in progress", ["initial", "development in", "progress"]),
        ("antidisestablishmentarianism of it", ["antidisestablishmentarianism", "of it"]),
    ],
)  # fmt: skip
def test_names_break_between_words(name: str, lines: list[str]) -> None:
    assert lines_of(name) == lines


def test_the_room_of_a_name() -> None:
    assert extent("short")[1] == LINE // 2 + 2
    assert extent("twice as long as that")[1] == LINE + 2
    assert extent("wider name")[0] > extent("name")[0]
