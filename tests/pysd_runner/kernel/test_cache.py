"""The cache gives back what it was given, or nothing; never half an entry."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pysd_runner.kernel import cache
from pysd_runner.kernel.build import compile_text
from pysd_runner.kernel.cache import ObjectCache, user_cache
from pysd_runner.kernel.emit import emit
from pysd_runner.kernel.ir import Builder
from pysd_runner.kernel.kernel import Kernel
from pysd_runner.kernel.program import Program


def test_an_entry_comes_back_whole_or_not_at_all(tmp_path: Path) -> None:
    objects = ObjectCache(tmp_path / "new" / "folder")
    assert objects.get("a") is None
    objects.put("a", b"machine code")
    assert objects.get("a") == b"machine code"
    path = tmp_path / "new" / "folder" / "a"
    for broken in (path.read_bytes()[:-1], b"", b"x" * 100):
        path.write_bytes(broken)
        assert objects.get("a") is None


def test_the_oldest_entries_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST_BYTES", 300)
    monkeypatch.setattr(cache, "_SELDOM", 1)
    objects = ObjectCache(tmp_path)
    for name in "abcd":
        objects.put(name, b"x" * 60)
    assert [name for name in "abcd" if objects.get(name)] == ["b", "c", "d"]


def test_many_writers_leave_a_whole_entry(tmp_path: Path) -> None:
    objects = ObjectCache(tmp_path)

    def both(number: int) -> bytes | None:
        objects.put("same", bytes([number % 7]) * 100_000)
        return objects.get("same")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(both, range(64)))
    assert all(entry is not None and len(set(entry)) == 1 for entry in found)
    assert [path.name for path in tmp_path.iterdir()] == ["same"]


PROCESS = """
import sys
from pathlib import Path
from pysd_runner.kernel.build import compile_text
from pysd_runner.kernel.cache import ObjectCache

texts = [Path(name).read_text() for name in sys.argv[2:]]
for turn in range(6):
    for text in texts:
        assert compile_text(text, ObjectCache(Path(sys.argv[1]))).function is not None
"""


def test_two_processes_may_compile_the_same_models_at_once(tmp_path: Path) -> None:
    files = []
    for number in range(3):
        build = Builder()
        node = build.unary("exp", build.mul(build.input(0), build.const(0.3 + number)))
        program = Program(tuple(build.nodes), (), 1, (), (node,), 0.0, 1.0, node)
        files.append(tmp_path / f"{number}.ll")
        files[-1].write_text(emit(program, 4).text)
    folder = tmp_path / "objects"
    command = [sys.executable, "-c", PROCESS, str(folder), *map(str, files)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[1] for process in both] == ["", ""]
    assert [process.returncode for process in both] == [0, 0]
    entries = list(folder.iterdir())
    assert len(entries) == 3
    assert all(ObjectCache(folder).get(entry.name) for entry in entries)


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    objects = ObjectCache(tmp_path / "file" / "below")
    objects.put("a", b"code")
    assert objects.get("a") is None


def test_code_from_the_cache_is_the_same_code(tmp_path: Path) -> None:
    build = Builder()
    node = build.unary("exp", build.mul(build.input(0), build.const(0.3)))
    program = Program(tuple(build.nodes), (), 1, (), (node,), 0.0, 1.0, node)
    objects = ObjectCache(tmp_path)
    values = np.linspace(-3, 3, 50)[:, None]
    emitted = emit(program, 4)
    found = [
        Kernel(program, 4, emitted.room, compile_text(emitted.text, objects)).run(
            values, np.zeros(1, dtype=np.int64), 0
        ).outputs
        for _ in range(2)
    ]  # fmt: skip
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(found[0], found[1])


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(cache.VARIABLE, "off")
    assert user_cache().folder is None
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    assert user_cache().folder == tmp_path
    monkeypatch.delenv(cache.VARIABLE)
    folder = user_cache().folder
    assert folder is not None and folder.parent.name == "policy-sandbox"
