"""Comparison before times, and the table of both."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from benchmarks.cases import Floats, scalar
from benchmarks.contestant import Contestant, NotHere
from benchmarks.report import Limit, Waits, case_section, goal_section
from benchmarks.rounds import Disagreement, Timed, difference, raced
from benchmarks.waits import Sweep


def contestant(name: str, found: Floats, runs: int = 4, **more: object) -> Contestant:
    return Contestant(name, runs, lambda: None, lambda: found, **more)  # type: ignore[arg-type]


def test_the_difference_is_relative_to_the_largest_value_of_a_run() -> None:
    reference = np.array([[[10.0, 0.0], [-20.0, 0.0]]])
    assert difference(reference + 1.0, reference, None) == 1.0  # where all is zero: absolute
    assert difference((reference + 1.0)[..., :1], reference, (0,)) == 0.05
    assert difference(reference[:, :1], reference, None) == 0.0


def test_one_run_of_a_hundred_may_amplify_rounding_but_not_be_wrong() -> None:
    reference = np.ones((200, 3, 1))
    found = reference.copy()
    found[7] += 2e-5
    assert difference(found, reference, None) == 0.0
    found[8:11] += 2e-5
    assert difference(found, reference, None) == pytest.approx(2e-5)
    found = reference.copy()
    found[7] += 1e-3
    assert difference(found, reference, None) == pytest.approx(1e-3)


def test_nothing_is_timed_that_does_not_agree() -> None:
    reference = np.ones((2, 3, 1))
    with pytest.raises(Disagreement, match=r"odd differs from even by 1\.0e-03"):
        raced([contestant("even", reference), contestant("odd", reference * 1.001)], 3)
    with pytest.raises(Disagreement):
        raced([contestant("even", reference), contestant("odd", reference * np.nan)], 3)


def test_a_slow_engine_is_called_once_and_tells_its_own_seconds() -> None:
    calls: list[str] = []
    reference = np.ones((2, 3, 1))
    fast = Contestant("fast", 2, lambda: calls.append("fast"), lambda: reference)
    slow = Contestant(
        "slow", 2, lambda: calls.append("slow"), lambda: reference, seconds=lambda: 8.0, once=True
    )
    _, timed = raced([fast, slow], 3)
    assert calls == ["fast", "slow", "fast", "fast", "fast"]
    assert timed.per_run == 4.0


def test_an_engine_that_stops_is_left_out_and_told_of() -> None:
    def stop() -> None:
        raise NotHere("no room")

    reference = np.ones((2, 3, 1))
    told: list[str] = []
    fine = contestant("fine", reference)
    timed = raced([fine, Contestant("lost", 2, stop, lambda: reference)], 2, told.append)
    assert [each.contestant for each in timed] == [fine]
    assert told == ["  lost is left out: no room"]


def test_the_tables_show_ratios_and_whether_goals_are_met() -> None:
    case = scalar()
    nothing = np.ones((1, 1, 1))
    timed = [
        Timed(contestant("this kernel", nothing), 0.0, (2e-5, 9e-5, 1e-5)),
        Timed(contestant("vector C, 64 runs", nothing), 1e-15, (1e-5, 3e-5, 1e-5)),
        Timed(contestant("scalar C, gcc -O3", nothing), 1e-15, (7e-5,)),
    ]
    limit = Limit(Counter({"arithmetic": 7, "POW": 2}), {"arithmetic": 2e-11, "POW": 3e-9}, 5e-6)
    section = case_section(case, timed, limit)
    assert "| scalar C, gcc -O3 |          3.5 |       70 |" in section
    assert "The limit is at 50% of the measured peak" in section
    assert "7 sums, products and the like at 0.02 ns, 2 powers at 3 ns" in section
    waits = Waits(1.5, 0.001, Sweep(26_624, 9.0, 3.2))
    goals = goal_section({"scalar": timed}, {"scalar": waits})
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in goals.splitlines()[4:9]]
    assert rows == [
        ["scalar: time of the limit", "≤ 1.25 ×", "2 ×", "no"],
        ["scalar: faster than scalar C", "≥ 3 ×", "3.5 ×", "yes"],
        ["scalar: a changed equation to its trajectories", "< 1 s", "1.5 s", "no"],
        ["scalar: a single run, once compiled", "< 0.005 s", "0.001 s", "yes"],
        ["scalar: 26,624 runs, reduced to outcomes", "< 60 s", "9 s", "yes"],
    ]
    assert "took 26,624 runs and added 3 MB" in goals
