"""From the entries of a file to a checked graph. Every fault found is reported, not the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.classify import classified
from pysd_runner.model.coverage import ambiguous, doubles, gaps, miscounted, overlaps
from pysd_runner.model.drafts import Draft, Drafts
from pysd_runner.model.entries import Entry, SourceFile
from pysd_runner.model.evaluation_order import evaluation_order
from pysd_runner.model.external.read import FileReader
from pysd_runner.model.graph import (
    TIME,
    Definition,
    ModelGraph,
)
from pysd_runner.model.macros import write_out
from pysd_runner.model.ranges import collect_ranges
from pysd_runner.model.statement import Statement
from pysd_runner.model.subscripts import Ranges, SubscriptFault
from pysd_runner.model.tokens import ParseError
from pysd_runner.model.uses import wrong_uses
from pysd_runner.names import LABELS, apart, key

_REQUIRED = ("INITIAL TIME", "FINAL TIME", "TIME STEP")
_NEXT_EQUATION = re.compile(r"=[^=]*\n[^=\n]*[^=<>:\s]\s*=(?!=)")


def build_graph(source: SourceFile) -> ModelGraph:
    """Parse the entries of a file, check them against each other, and classify the variables.

    Raises
    ------
    ModelError
        With every fault found: broken equations, undefined names, wrong numbers of arguments or
        subscripts, double definitions, loops without a stock.
    """
    return _Builder(source).build()


class _Builder:
    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.faults: list[Fault] = list(source.faults)
        self.ranges = Ranges({})
        self.drafts: dict[str, Draft] = {}
        self.faulty = {key(fault.variable) for fault in source.faults if fault.variable}
        self.gaps: dict[str, frozenset[tuple[str, ...]]] = {}
        self.macros = tuple(
            dict.fromkeys(key(e.macro.partition("(")[0]) for e in source.entries if e.macro)
        )

    def build(self) -> ModelGraph:
        statements = [(s, e) for e in self.source.entries if (s := self.parse(e)) is not None]
        files = FileReader(self.source, self.faults)
        statements = files.ranges(statements)
        if files.unread:
            self.stop_if_faulty()  # without its elements, a range makes faults everywhere
        self.ranges, faults = collect_ranges(
            [(s, e.line) for s, e in statements if s.kind == "range" and not e.macro]
        )
        for fault in faults:
            self.faults.append(replace(fault, path=self.source.path))
        statements = write_out(statements, self.ranges, self.source.path, self.faults)
        self.collect_definitions(statements)
        for name, draft in self.drafts.items():
            if name not in self.faulty:
                read = files.definitions(draft.definitions, self.ranges)
                self.drafts[name] = replace(draft, definitions=read)
        self.check_control()
        drafts = Drafts(self.drafts, self.ranges, frozenset(self.faulty | files.unread), self.gaps)
        for name, draft in self.drafts.items():
            if name not in files.unread:
                self.check_uses(drafts, draft)
        self.stop_if_faulty()
        order = evaluation_order(drafts, "now", self.source.path)
        evaluation_order(drafts, "initial", self.source.path)
        return ModelGraph(self.source, classified(drafts), self.ranges, order, self.macros)

    def stop_if_faulty(self) -> None:
        if self.faults:
            raise ModelError(sorted(self.faults, key=lambda fault: fault.line or 0))

    def fault(self, message: str, entry: Entry, name: str, offset: int = 0) -> None:
        line = entry.line + entry.text.count("\n", 0, offset)
        self.faults.append(Fault(message, self.source.path, line, name))

    # -- definitions --------------------------------------------------------------------------

    def parse(self, entry: Entry) -> Statement | None:
        try:
            statement = entry.meaning
        except ParseError as error:
            name = error.name or _first_words(entry)
            self.faulty.add(key(name))
            self.fault(f"{error.message}{_lost_end(entry)}.", entry, name, error.offset)
            return None
        return None if statement.kind == "reality check" else statement

    def report(self, findings: Iterable[tuple[str, Definition]]) -> None:
        for message, definition in findings:
            self.fault(message, definition.entry, definition.statement.name)

    def collect_definitions(self, statements: Sequence[tuple[Statement, Entry]]) -> None:
        grouped: dict[str, list[Definition]] = {}
        for statement, entry in statements:
            if statement.kind not in ("range", "text"):
                grouped.setdefault(key(statement.name), []).append(Definition(statement, entry))
        taken = {*LABELS, *(each.name for each in self.ranges)}
        for name, definitions in grouped.items():
            if name == TIME:
                self.fault("is the clock and cannot be defined; use another name.",
                           definitions[0].entry, definitions[0].statement.name)  # fmt: skip
            before = len(self.faults)
            if len(definitions) > 1:
                self.report(doubles(definitions))
            shown = apart(definitions[0].statement.name, taken)
            draft = Draft(shown, tuple(definitions), self.dimensions(definitions))
            if len(self.faults) == before:
                self.report(miscounted(definitions, self.ranges))
                self.report(ambiguous(definitions, self.ranges))
            if len(self.faults) > before:
                self.faulty.add(name)
            elif draft.dimensions:
                self.report(overlaps(definitions, draft.dimensions, self.ranges))
                if len(self.faults) == before:
                    self.gaps[name] = gaps(definitions, draft.dimensions, self.ranges)
            self.drafts[name] = draft

    def dimensions(self, definitions: Sequence[Definition]) -> tuple[str, ...]:
        first = definitions[0]
        if first.statement.dimensions:
            return first.statement.dimensions
        name = first.statement.name
        lengths = {len(definition.subscripts) for definition in definitions}
        if len(lengths) > 1:
            self.fault("is defined with different numbers of subscripts; use the same everywhere.",
                       first.entry, name)  # fmt: skip
            return ()
        found: list[str] = []
        for position in range(lengths.pop()):
            used = [definition.subscripts[position] for definition in definitions]
            try:
                found.append(self.ranges[self.ranges.dimension(used)].name)
            except SubscriptFault as fault:
                self.fault(f"{fault}.", first.entry, name)
                return ()
        return tuple(found)

    def check_control(self) -> None:
        if self.faults:
            return
        self.faults += [
            Fault(f"'{name}' is not defined; add an entry for it.", self.source.path)
            for name in _REQUIRED
            if key(name) not in self.drafts
        ]

    def check_uses(self, drafts: Drafts, draft: Draft) -> None:
        for message, definition, used in wrong_uses(drafts, draft):
            at = definition.entry.text.lower().rfind(used.lower())
            hint = _lost_end(definition.entry)
            self.fault(f"{message}{hint}.", definition.entry, draft.name, max(at, 0))


def _first_words(entry: Entry) -> str:
    return " ".join(entry.text.split("=", 1)[0].split())[:60]


def _lost_end(entry: Entry) -> str:
    """Return a hint if a second equation seems to begin on a later line of the entry."""
    if entry.statement is None and _NEXT_EQUATION.search(entry.text):
        return " (has this entry lost its '~ unit ~ comment |' before the next one?)"
    return ""
