"""What is written at save times: outputs, measures, and whether values are sound."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

from pysd_runner.kernel.places import Column, Places
from pysd_runner.kernel.program import Limit, Measure, Program
from pysd_runner.kernel.text import Text, literal


class Values(Protocol):
    """The values of nodes at a save time."""

    def value(self, number: int) -> str:
        """Return the name of the value of a node."""

    def home(self, number: int) -> str | None:
        """Return the name of the memory where a value lies, if it lies in one."""

    def column(self, numbers: Sequence[int]) -> Column:
        """Return how a loop reads the values of some nodes with the same home."""


_LOOSE = 1e-9
"""Share of a limit, or of 1, by which a value may lie outside: rounding is no finding."""
_LOOP = 16
"""Outputs that are worth a loop."""
_EMPTY = {"sum": 0.0, "max": -float("inf"), "min": float("inf"), "first": float("nan")}


class Saves:
    """Writes what a block of runs leaves behind.

    Parameters
    ----------
    program : Program
        Whose values are shown.
    text : Text
        Where to write.
    places : Places
        Where measures lie while a run goes on.
    """

    def __init__(self, program: Program, text: Text, places: Places) -> None:
        self.program = program
        self.text = text
        self.places = places
        self.measures = places.reserve(len(program.measures))
        self.sound = places.reserve(1)
        self.outside = places.reserve(1)

    def begin(self) -> None:
        """Give every measure its value before anything was seen."""
        for index, measure in enumerate(self.program.measures):
            empty = self.text.splat(_EMPTY[measure.kind])
            self.places.store("%work", self.measures + index, empty)
        for place in (self.sound, self.outside):
            self.places.store("%work", place, self.text.splat(0.0))

    def write(self, values: Values) -> None:
        """Write the outputs of a save time, bring the measures up to date, look at limits."""
        self._outputs(values)
        for index, measure in enumerate(self.program.measures):
            self._measure(index, measure, values.value(measure.node))
        for limit in self.program.limits:
            self._limit(limit, values.value(limit.node))

    def finish(self, states: Sequence[int]) -> None:
        """Write what is known at the end; look at the states given."""
        places = self.places
        if states:
            last = places.vectors("%now", states)
            with places.each(len(states)) as e:
                self._check(last(e))
        for index, measure in enumerate(self.program.measures):
            value = places.load("%work", self.measures + index)
            places.store("%own", index, value)
            if measure.kind != "first":
                self._check(value)
        for index, place in enumerate((self.sound, self.outside)):
            places.store("%fit", index, places.load("%work", place))

    # -- inside -------------------------------------------------------------------------------

    def _outputs(self, values: Values) -> None:
        first, alone = 0, None
        for home, group in groupby(self.program.outputs, key=values.home):
            nodes = list(group)
            size = len(nodes) if home is not None and len(nodes) >= _LOOP else 1
            for part in range(0, len(nodes), size):
                column = values.column(nodes[part : part + size])
                target = self.places.addresses("%out", range(first, first + size))
                with self.places.each(size) as e:
                    found = column(e)
                    self.text.store(target(e), found)
                    if size > 1:
                        self._check(found)
                if size == 1:  # in a register: memory would make one wait for the other
                    rest = self.text.two("fsub", found, found)
                    alone = rest if alone is None else self.text.two("fadd", alone, rest)
                first += size
        if alone is not None:
            self._check(alone)

    def _check(self, value: str) -> None:
        """Remember whether a value is a finite number: x - x is 0, or it is none."""
        text, places = self.text, self.places
        sound = places.load("%work", self.sound)
        rest = text.two("fsub", value, value)
        places.store("%work", self.sound, text.two("fadd", sound, rest))

    def _measure(self, index: int, measure: Measure, value: str) -> None:
        """Bring one measure up to date."""
        text, places = self.text, self.places
        row = text.new(f"mul i64 %save, {len(self.program.measures)}")
        place = text.new(f"add i64 {row}, {index}")
        weight = text.new(
            f"load double, ptr {text.new(f'getelementptr double, ptr %weights, i64 {place}')}"
        )
        counts = text.new(f"fcmp une double {weight}, {literal(0.0)}")
        before = places.load("%work", self.measures + index)
        if measure.kind == "sum":
            after = text.two("fadd", before, text.two("fmul", text.broadcast(weight), value))
        elif measure.kind == "first":
            unmet = text.compare("uno", before, before)
            met = text.compare("une", value, text.splat(0.0))
            now = text.new(f"and {text.m} {unmet}, {met}")
            after = text.select(now, text.broadcast("%t"), before)
        else:
            compare = "olt" if measure.kind == "min" else "ogt"
            after = text.extreme(compare, value, before)
        chosen = text.new(f"select i1 {counts}, {text.f} {after}, {text.f} {before}")
        places.store("%work", self.measures + index, chosen)

    def _limit(self, limit: Limit, value: str) -> None:
        """Remember whether a value has left its limits."""
        text, places = self.text, self.places
        outside = places.load("%work", self.outside)
        for bound, compare, sign in ((limit.low, "olt", -1), (limit.high, "ogt", 1)):
            if bound is not None:
                edge = text.splat(bound + sign * _LOOSE * max(abs(bound), 1.0))
                beyond = text.compare(compare, value, edge)
                outside = text.select(beyond, text.splat(1.0), outside)
        places.store("%work", self.outside, outside)
