"""Data given by whoever loads the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, ModelError
from pysd_runner.model.external.given import with_data
from pysd_runner.model.syntax import Table, Tables

InlineModel = Callable[[str], Model]
TEXT = "D: p, q ~~|\nobs ~~|\nown[D] :RAW: ~~|\nhalf[p] ~~|\nhalf[q] = 1 ~~|\nk = 2 ~~|\n"


def test_values_by_name_and_element(inline_model: InlineModel, tmp_path: Path) -> None:
    graph = inline_model(TEXT).graph
    (tmp_path / "a.csv").write_text("t,obs,k\n0,1,3\n1,2,4\n")
    (tmp_path / "b.csv").write_text("t,obs,own[q],own[P],half[p]\n0,9,2,3,4\n")
    filled = with_data(graph, tmp_path / "a.csv", tmp_path / "b.csv")
    bodies = {v.name: v.definitions[0].body for v in filled}
    assert bodies["obs"] == Table((0, 1), (1, 2))
    assert bodies["own"] == Tables(
        (Table((0,), (3,), "hold", "exact"), Table((0,), (2,), "hold", "exact"))
    )
    assert filled.table(filled["half"].definitions[0], ("p",)) == Table((0,), (4,))
    assert graph["obs"].definitions[0].body is None
    replaced = with_data(filled, tmp_path / "b.csv")
    assert replaced["obs"].definitions[0].body == Table((0,), (9,))


def test_an_element_without_values_is_named(inline_model: InlineModel, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,own[q]\n0,1\n")
    with pytest.raises(ModelError, match=r"a.csv holds no values for \[p\]; add them") as caught:
        with_data(inline_model(TEXT).graph, tmp_path / "a.csv")
    assert (caught.value.faults[0].line, caught.value.faults[0].variable) == (3, "own")


def test_a_file_without_any_of_the_data_is_refused(
    inline_model: InlineModel, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("t,k\n0,1\n")
    with pytest.raises(ModelError, match="no series of a data variable of the model; those are ob"):
        with_data(inline_model(TEXT).graph, tmp_path / "a.csv")


def test_what_is_no_path_is_refused(inline_model: InlineModel) -> None:
    for wrong in (None, 3, ["a.csv"]):
        with pytest.raises(ModelError, match="is no path; name each file by itself"):
            with_data(inline_model(TEXT).graph, wrong)  # type: ignore[arg-type]
