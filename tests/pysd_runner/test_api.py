"""The model as a notebook holds it."""

from __future__ import annotations

from collections.abc import Callable

from pysd_runner import Model

InlineModel = Callable[[str], Model]


def test_translation_tells_its_progress_once(inline_model: InlineModel) -> None:
    model = inline_model("D: A, B ~~|\nS[D] = INTEG(g, 1) ~~|\ng = 1 ~~|")
    told: list[tuple[int, int]] = []
    model.translate(lambda done, total: told.append((done, total)))
    model.translate(lambda done, total: told.append((-1, -1)))
    assert told == [(number, 7) for number in range(1, 8)]
    assert model.run(outputs=["S"])["S"].values[-1].tolist() == [11.0, 11.0]
