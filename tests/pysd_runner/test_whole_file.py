from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pysd_runner import RunError
from pysd_runner.whole_file import write_whole


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.txt"
    write_whole(path, partial(Path.write_text, data="one"))
    assert path.read_text() == "one"
    path.chmod(0o600)

    def half(beside: Path) -> None:
        beside.write_text("tw")
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match=r"x\.txt' cannot be written \(No space left on device\)"):
        write_whole(path, half)
    assert path.read_text() == "one"
    write_whole(path, partial(Path.write_text, data="two"))
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"x\.txt' cannot be written .*file' is no folder"):
        write_whole(tmp_path / "file" / "x.txt", partial(Path.write_text, data="one"))
