"""Data files in every layout give the same series."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pysd_runner import ModelError
from pysd_runner.model.external.series import read_data_file

LAYOUTS = {
    "a.csv": 'Time,"x, y",other,"Z[A, q]"\n0,1,,5\n2.5,2,9,\n1,,,6\n',
    "a.tab": "Time\tx, y\tother\tZ[A, q]\n0\t1\t\t5\n2.5\t2\t9\t\n1\t\t\t6\n",
    "across.csv": 'Time,0,1,2.5\n"x, y",1,,2\nother,,,9\n"Z[A, q]",5,6,\n',
    "a.dat": "x, y\n0\t1\n2.5\t2\nother\n2.5\t9\nZ[A, q]\n1 6\n0 5\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LAYOUTS[name])
    found = read_data_file(tmp_path / name, {"x, y", "z"})
    assert [(s.name, s.elements, s.points, s.origin) for s in found] == [
        ("x, y", (), ((0, 1), (2.5, 2)), name),
        ("z", ("a", "q"), ((0, 5), (1, 6)), name),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Time,x\n0,1\n0,2\n", "gives 'x' twice at the same time; remove one"),
        ("Time,x\n0,\n", "holds no number of 'x'; fill it in"),
        ("Time,x\n", "holds no table"),
        (None, "there is no such file; check the path"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "a.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ModelError, match=message) as caught:
        read_data_file(path, {"x"})
    assert caught.value.faults[0].path == path
    if text and "0" in text:
        assert read_data_file(path, {"y"}) == []


@pytest.mark.parametrize(
    ("header", "place"),
    [
        ("x y : Current", ("x y", ())),
        ('"x y" : run 2', ("x y", ())),
        ("X\\nY", ("x y", ())),
        ("cost [CNY]", ("cost [cny]", ())),
        ("z[A, q] : Current", ("z", ("a", "q"))),
    ],
)
def test_names_as_other_programs_write_them(
    tmp_path: Path, header: str, place: tuple[str, tuple[str, ...]]
) -> None:
    path = tmp_path / "a.tab"
    path.write_text(f"Time\t{header}\n0\t1\n")
    (found,) = read_data_file(path, {"x y", "z", "cost [cny]"})
    assert (found.name, found.elements) == place


def test_a_header_of_many_blanks_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"Time,x{' ' * 20_000}: run\n0,1\n1,2\n")
    start = time.process_time()
    assert read_data_file(path, {"x"})[0].points == ((0, 1), (1, 2))
    path.write_text(f"Time,x{' ' * 20_000}:y\n0,1\n")
    assert read_data_file(path, {"x"}) == []
    assert time.process_time() - start < 0.5
