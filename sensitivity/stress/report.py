"""The stress-test report: one self-contained page, and the numbers beside it."""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from pysd_runner.errors import RunError
from sensitivity.plots.embed import CSS, Drawer, Drawings, faces_for
from sensitivity.stress.numbers import write_deciding, write_runs, write_struck
from sensitivity.stress.record import Record
from sensitivity.stress.sections import sections
from sensitivity.stress.sections.section import Section
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.study import Study

INPUTS = "inputs"
"""Folder of the copies of what went in, beside the page."""

_MOST_FAILURES = 20

_FULL = (errno.ENOSPC, errno.EDQUOT)
"""A full disk says so without naming the file."""


def prepare(folder: Path) -> None:
    """Make sure that results can be written, before hours are spent on them; leave nothing.

    Raises
    ------
    RunError
        The place for results cannot be made or written to.
    """
    missing = [each for each in folder.parents if not each.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder.parent).close()
    except OSError as error:
        raise _unwritten(folder, error) from None
    finally:
        for each in missing:
            with suppress(OSError):
                each.rmdir()


def write_report(test: StressTest, record: Record, folder: Path, *, workers: int = 1) -> Path:
    """Write the report and its numbers into a folder that does not exist yet.

    The folder appears whole or not at all: it is filled beside its place and then renamed.

    Parameters
    ----------
    test : StressTest
        What was found.
    record : Record
        Where it comes from.
    folder : pathlib.Path
        For instance ``results/foshan/2026-11-23T10-15-00``.
    workers : int
        Processes that draw the figures; with more than one, the main script must be importable.

    Returns
    -------
    pathlib.Path
        The page, ``report.html`` in the folder.

    Raises
    ------
    RunError
        The disk is full.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with Drawer(workers) as drawer:
            shown = _drawn_from(test, drawer)
            _write_numbers(test, beside)  # while the last figures are drawn
            page = _page(test, record, shown, drawer.drawn())
        (beside / "report.html").write_text(page, encoding="utf-8")
        (beside / "record.json").write_text(
            json.dumps(record.as_dict(), indent=2) + "\n", encoding="utf-8"
        )
        for name, content in record.inputs.items():
            copy = beside / INPUTS / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
        beside.chmod(0o755)
        beside.replace(folder)
    except BaseException as error:
        shutil.rmtree(beside, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            raise _unwritten(folder, error) from None
        raise
    return folder / "report.html"


def _unwritten(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"results cannot be written to '{folder.parent}' ({error.strerror}); choose another "
        "folder with --out."
    )


def render(test: StressTest, record: Record) -> str:
    """Return the page as HTML text."""
    with Drawer() as drawer:
        return _page(test, record, _drawn_from(test, drawer), drawer.drawn())


def _drawn_from(test: StressTest, drawer: Drawer) -> list[Section]:
    """Return the sections of the page; the drawer has got their figures."""

    def draw(section: Section) -> None:
        for each in section.pictures:
            drawer.add(each.figure, each.alt)

    return sections(test, draw)


def _page(test: StressTest, record: Record, shown: Sequence[Section], drawn: Drawings) -> str:
    environment = Environment(
        loader=PackageLoader("sensitivity.stress", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    about = test.model.spec.model
    failures = [*_failures(test.studies), *_struck_failures(test)]
    return environment.get_template("report.html.j2").render(
        title=about.title,
        question=about.question,
        model=test.model.name,
        date=record.started,
        seed=record.seed,
        command=record.command,
        runs=f"{_runs(test):,}",
        failed_count=len(failures),
        failures=failures[:_MOST_FAILURES],
        more_failures=max(0, len(failures) - _MOST_FAILURES),
        n_base=record.n_base,
        commit=record.commit,
        inputs=INPUTS,
        hashes=record.hashes,
        versions=", ".join(f"{name} {number}" for name, number in record.versions.items()),
        sections=shown,
        drawings={figure: Markup(element) for figure, element in drawn.items()},
        typeface=Markup(f"{faces_for(list(drawn.values()))}\n{CSS}"),
    )


def _runs(test: StressTest) -> int:
    struck = 0 if test.struck is None else test.struck.runs
    return sum(len(study.statuses) for study in test.studies) + struck


def _struck_failures(test: StressTest) -> list[tuple[str, int, str]]:
    if test.struck is None:
        return []
    return [
        (f"{row['stress']}, {row['policy']}, breakers {row['brakes']}", int(row["draw"]),
         str(row["status"]))
        for row in test.struck.ensemble.failures.to_dict("records")
    ]  # fmt: skip


def _failures(studies: Sequence[Study]) -> list[tuple[str, int, str]]:
    return [
        (f"{study.model.name}, {study.design.scheme}", number, status)
        for study in studies
        for number, status in study.failures
    ]


# -- numbers ----------------------------------------------------------------------------------


def _write_numbers(test: StressTest, folder: Path) -> None:
    for study in (test.screened, test.sampled):
        if study is not None:
            write_runs(study, folder)
    if test.swings is not None:
        test.swings.to_csv(folder / f"{test.model.name}_tornado.csv", index=False)
    if test.deciding is not None:
        write_deciding(test.deciding, folder, test.model.name)
    if test.struck is not None:
        write_struck(test.struck, folder, test.model.name)
    for component in test.components:
        _write_numbers(component, folder)
