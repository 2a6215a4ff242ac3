"""``make bench``: engines side by side on three models; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator

from benchmarks import engines, waits
from benchmarks.c import build
from benchmarks.c.lanes import LANES
from benchmarks.c.peak import least_seconds, operations, peaks
from benchmarks.cases import CASES, Case
from benchmarks.contestant import Contestant, NotHere
from benchmarks.ema import ema_workbench
from benchmarks.report import Limit, Waits, case_section, goal_section
from benchmarks.rounds import Disagreement, raced, sized

_ROUNDS = 15
_START = time.perf_counter()


def main() -> int:
    """Measure and print markdown; return 1 if engines disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help="all if none is given")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--fast", action="store_true", help="leave PySD and EMA Workbench away")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    names = asked.cases or list(CASES)
    cases = [CASES[name]() for name in names]
    # first, while the memory of this process is that of the models only
    waited = {case.name: _waits(case) for case in cases}
    sections = {}
    try:
        for case in cases:
            _tell(f"{case.name}: {case.describe()}")
            timed = raced(list(_contestants(case, asked.fast)), asked.rounds, _tell)
            sections[case.name] = timed
            print(case_section(case, timed, _limit(case)), flush=True)
    except Disagreement as apart:
        print(f"{case.name}: {apart}", file=sys.stderr)
        return 1
    print(goal_section(sections, waited))
    return 0


def _contestants(case: Case, fast: bool) -> Iterator[Contestant]:
    makers: list[Callable[[], Contestant]] = [
        lambda: sized(lambda runs: engines.kernel(case, runs, 1)),
        lambda: sized(lambda runs: engines.kernel(case, runs, 2)),
        lambda: sized(lambda runs: build.lanes(case, runs, 1)),
        lambda: sized(lambda runs: build.lanes(case, runs, 2), step=2 * LANES),
        lambda: sized(lambda runs: build.scalar(case, runs, 1)),
        lambda: sized(lambda runs: build.scalar(case, runs, 2)),
        lambda: sized(lambda runs: engines.simlin(case, runs), step=2),
    ]
    if not fast:
        makers += [lambda: engines.pysd(case), lambda: ema_workbench(case)]
    for make in makers:
        try:
            one = make()
        except NotHere as why:
            _tell(f"  not here: {why}")
        else:
            _tell(f"  {one.name}, {one.threads} at a time")
            yield one


def _limit(case: Case) -> Limit:
    equations = build.equations_for(case)
    steps = case.model.time_grid().steps
    peak = peaks()
    return Limit(operations(equations), peak, least_seconds(equations, steps, peak))


def _waits(case: Case) -> Waits:
    _tell(f"{case.name}: what a user waits for")
    return Waits(
        waits.after_edit(case),
        waits.single_run(case),
        waits.sweep(case) if case.has_spec else None,
    )


def _tell(line: str) -> None:
    print(f"{time.perf_counter() - _START:5.0f} s  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
