"""What was measured, as markdown: ratios first, since seconds are those of one machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.cases import Case
from benchmarks.rounds import Timed
from benchmarks.waits import Sweep

KERNEL, LIMIT, SCALAR, SIMLIN, PYSD = "this kernel", "vector C", "scalar C", "pysimlin", "PySD"


@dataclass(frozen=True, slots=True)
class Limit:
    """What the operations of one run would take if each kind ran at its peak.

    Parameters
    ----------
    operations : Counter of str
        Number in a time step, by kind.
    peak : dict
        Seconds that one takes for one run, by kind.
    least : float
        Seconds of all operations of a run.
    """

    operations: Counter[str]
    peak: dict[str, float]
    least: float


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds that a user waits: after an edit, for one run, and for a sweep."""

    edit: float
    single: float
    sweep: Sweep | None


def case_section(case: Case, timed: Sequence[Timed], limit: Limit) -> str:
    """Return the table of one model."""
    kernel = _of(timed, KERNEL, 1)
    rows = []
    for name in dict.fromkeys(each.contestant.name for each in timed):
        one, two = _of(timed, name, 1), _of(timed, name, 2)
        shown = one or two
        assert shown is not None
        rows.append(
            [name, *_ratio_and_time(one, kernel), *_ratio_and_time(two, _of(timed, KERNEL, 2)),
             f"{shown.difference:.0e}", shown.contestant.note]
        )  # fmt: skip
    head = ["engine", "× the kernel", "µs a run", "× with two", "µs, two threads",
            "differs by", ""]  # fmt: skip
    lines = [f"## {case.name}", "", f"{case.describe()}.", "", *_table(head, rows)]
    fastest = _of(timed, LIMIT, 1)
    if fastest is not None:
        lines += ["", _peak_line(limit, fastest.per_run)]
    return "\n".join([*lines, ""])


def goal_section(measured: Mapping[str, Sequence[Timed]], waited: Mapping[str, Waits]) -> str:
    """Return the goals of the kernel beside what was measured."""
    rows = []
    for name, timed in measured.items():
        for other, goal in _GOALS[name].items():
            kernel, one = _of(timed, KERNEL, 1), _of(timed, other, 1)
            if kernel is None or one is None:
                continue
            ratio = kernel.longer_than(one) if other == LIMIT else one.longer_than(kernel)
            met = ratio <= goal if other == LIMIT else ratio >= goal
            what = (
                f"{name}: time of the limit" if other == LIMIT else f"{name}: faster than {other}"
            )
            sign = "≤" if other == LIMIT else "≥"
            rows.append([what, f"{sign} {goal:,g} ×", f"{ratio:,.3g} ×", _yes(met)])
    for name, wait in waited.items():
        for what, most, took in _waited(name, wait):
            rows.append([f"{name}: {what}", f"< {most:g} s", f"{took:.2g} s", _yes(took < most)])
    lines = ["## Goals", "", *_table(["what", "goal", "measured", "met"], rows)]
    for name, wait in waited.items():
        if wait.sweep is not None:
            lines += [
                "",
                f"The sweep of {name} took {wait.sweep.runs:,} runs and added "
                f"{wait.sweep.megabytes:.0f} MB to the peak memory of the process.",
            ]
    return "\n".join([*lines, ""])


_GOALS = {
    "foshan": {LIMIT: 1.25, SCALAR: 3.0},
    "scalar": {LIMIT: 1.25, SCALAR: 3.0, SIMLIN: 50.0},
    "subscripted": {LIMIT: 1.25, SCALAR: 3.0, SIMLIN: 30.0, PYSD: 100_000.0},
}


def _waited(name: str, wait: Waits) -> Iterable[tuple[str, float, float]]:
    yield "a changed equation to its trajectories", 2.0 if name == "foshan" else 1.0, wait.edit
    yield "a single run, once compiled", 0.005, wait.single
    if wait.sweep is not None:
        yield f"{wait.sweep.runs:,} runs, reduced to outcomes", 60.0, wait.sweep.seconds


def _of(timed: Sequence[Timed], name: str, threads: int) -> Timed | None:
    """Return a contestant by the beginning of its name."""
    found = (
        each for each in timed
        if each.contestant.name.startswith(name) and each.contestant.threads == threads
    )  # fmt: skip
    return next(found, None)


def _ratio_and_time(timed: Timed | None, kernel: Timed | None) -> list[str]:
    if timed is None or kernel is None:
        return ["", ""]
    return [f"{timed.longer_than(kernel):,.3g}", f"{timed.per_run * 1e6:,.3g}"]


def _peak_line(limit: Limit, seconds: float) -> str:
    listed = ", ".join(
        f"{count} {_KINDS[kind]} at {limit.peak[kind] * 1e9:.2g} ns"
        for kind, count in sorted(limit.operations.items(), key=lambda pair: -pair[1])
        if count
    )
    return (
        f"The limit is at {limit.least / seconds:.0%} of the measured peak; a time step takes "
        f"{listed}."
    )


_KINDS = {"arithmetic": "sums, products and the like", "/": "divisions", "EXP": "exponentials",
          "LOG": "logarithms", "POW": "powers"}  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if n == 0 or n == len(head) - 1 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [
        "-" * width if n in (0, len(head) - 1) else "-" * (width - 1) + ":"
        for n, width in enumerate(widths)
    ]
    return [line(head), line(rule), *map(line, rows)]


def _yes(met: bool) -> str:
    return "yes" if met else "no"
