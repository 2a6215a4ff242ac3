"""Equations that read a file, replaced by the numbers and names they read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.entries import Entry, SourceFile
from pysd_runner.model.external.cells import read_constants, read_names, read_series
from pysd_runner.model.external.files import ExternalFault, data_path
from pysd_runner.model.external.grid import Grid, read_grid
from pysd_runner.model.external.series import Series
from pysd_runner.model.graph import Definition
from pysd_runner.model.parse import parse_statement
from pysd_runner.model.statement import Statement
from pysd_runner.model.subscripts import Ranges, SubscriptFault
from pysd_runner.model.syntax import (
    Array,
    Between,
    Call,
    Expression,
    Number,
    Table,
    Tables,
    Text,
    walk,
    write,
)
from pysd_runner.names import key

_READS = re.compile(r"\bGET[\s_]+(?:DIRECT|XLS|VDF|123)[\s_]", re.IGNORECASE)
_CALL = re.compile(r"get (?:direct|xls) (?P<what>constants|data|lookups|subscript)")
_BETWEEN: dict[str, Between] = {
    ":LOOK FORWARD:": "next",
    ":HOLD BACKWARD:": "previous",
    ":RAW:": "exact",
}
_ARGUMENTS = {"constants": 3, "data": 4, "lookups": 4, "subscript": 5}


@dataclass(slots=True)
class FileReader:
    """Reads what the statements of one model name.

    Parameters
    ----------
    source : SourceFile
        The model; files are looked for below its folder.
    faults : list of Fault
        Where to put what cannot be read.
    unread : set of str
        Keys of the variables and ranges that cannot be read.
    """

    source: SourceFile
    faults: list[Fault]
    unread: set[str] = field(default_factory=set)

    def ranges(
        self, statements: Sequence[tuple[Statement, Entry]]
    ) -> list[tuple[Statement, Entry]]:
        """Return the statements; ranges that are read from files have their elements."""
        return [
            (self.range(statement, entry) if statement.kind == "range" else statement, entry)
            for statement, entry in statements
        ]

    def range(self, statement: Statement, entry: Entry) -> Statement:
        """Return a range with its elements."""
        if statement.body is None:
            return statement
        try:
            what, grid, rest = self.call(statement.body)
            if what != "subscript":
                raise ExternalFault("is a range; list its elements, or use GET DIRECT SUBSCRIPT")
            return replace(statement, elements=read_names(grid, *rest))
        except ExternalFault as fault:
            self.fault(fault, statement, entry)
            return statement

    def definitions(
        self, definitions: Sequence[Definition], ranges: Ranges
    ) -> tuple[Definition, ...]:
        """Return the equations of a variable with the numbers that they read."""
        return tuple(self.definition(each, ranges) for each in definitions)

    def definition(self, definition: Definition, ranges: Ranges) -> Definition:
        """Return an equation with the numbers that it reads, or as it is."""
        statement, entry = definition.statement, definition.entry
        try:
            if statement.kind == "data" and statement.body is None:
                return self.given(definition, ranges)
            if statement.body is None or not _READS.search(entry.text):
                return definition
            if not any(is_file_call(node) for node in walk(statement.body)):
                return definition
            what, grid, rest = self.call(statement.body)
            if what == "subscript":
                raise ExternalFault("reads a range; write ':' in place of '='")
            shape = [
                len(ranges.elements_of(each)) for each in statement.subscripts if each in ranges
            ]
            if len(shape) > (2 if what == "constants" else 1):  # what has one element lies nowhere
                shape = [length for length in shape if length > 1]
            if what == "constants":
                filled = replace(statement, body=_constants(grid, rest[0], shape))
            else:
                filled = replace(statement, kind="data" if what == "data" else "lookup")
                filled = replace(filled, body=_tables(grid, rest, shape, filled))
            return replace(definition, statement=filled, origin=write(statement.body))
        except (ExternalFault, SubscriptFault) as fault:
            self.fault(fault, statement, entry)
            return definition

    def call(self, body: Expression) -> tuple[str, Grid, list[str]]:
        """Return what a call reads, the sheet, and the arguments behind file and sheet."""
        if not isinstance(body, Call) or not is_file_call(body):
            raise ExternalFault(
                "reads a file inside an expression; give what is read a variable of its own"
            )
        match = _CALL.fullmatch(key(body.function))
        if match is None:
            raise ExternalFault(
                f"uses {body.function.upper()}, which reads a format of Vensim's own; export the "
                "numbers to .csv or .xlsx and read those with GET DIRECT"
            )
        texts = [argument.value for argument in body.arguments if isinstance(argument, Text)]
        if not len(texts) == len(body.arguments) == _ARGUMENTS[match["what"]]:
            raise ExternalFault(
                f"calls {body.function.upper()}, which takes {_ARGUMENTS[match['what']]} texts in "
                "single quotes"
            )
        path = data_path(self.source.path.parent, texts[0], dict(self.source.tags))
        return match["what"], read_grid(path, texts[1]), texts[2:]

    def given(self, definition: Definition, ranges: Ranges) -> Definition:
        """Return data without an equation with the values given for it, if any."""
        statement = definition.statement
        own = {s.elements: s for s in self.source.series if s.name == key(statement.name)}
        if not own:
            return definition
        cells = list(ranges.tuples(statement.subscripts))
        wanted = set(ranges.covered(statement.subscripts, statement.exceptions))
        missing = [cell for cell in cells if cell in wanted and cell not in own]
        if missing:
            raise ExternalFault(
                f"{_origin(own.values())} holds no values for [{','.join(missing[0])}]; add them"
            )
        # elements that :EXCEPT: leaves to another equation need some table to keep the order
        tables = [_table((own.get(cell) or own[min(wanted)]).points, statement) for cell in cells]
        body = tables[0] if len(tables) == 1 else Tables(tuple(tables))
        filled = replace(statement, body=body)
        return replace(definition, statement=filled, origin=_origin(own.values()))

    def fault(
        self, fault: ExternalFault | SubscriptFault, statement: Statement, entry: Entry
    ) -> None:
        """Keep a fault with its place."""
        self.unread.add(key(statement.name))
        self.faults.append(Fault(f"{fault}.", self.source.path, entry.line, statement.name))


def files_read(source: SourceFile) -> list[Path]:
    """Return the files that the equations of a model read, each once.

    Raises
    ------
    ModelError
        One of them is no longer there.
    """
    calls = (
        node
        for entry in source.entries
        if _READS.search(entry.text) and not entry.macro
        for node in walk(parse_statement(entry.text).body or Number(0.0))
        if is_file_call(node) and isinstance(node, Call)
    )
    names = {node.arguments[0].value for node in calls if isinstance(node.arguments[0], Text)}
    try:
        return [data_path(source.path.parent, name, dict(source.tags)) for name in sorted(names)]
    except ExternalFault as fault:  # gone since the model was loaded
        raise ModelError(Fault(f"{fault}.", source.path)) from None


def is_file_call(node: Expression) -> bool:
    """Tell whether an expression is a call that reads a file."""
    return isinstance(node, Call) and bool(_READS.match(f"{key(node.function)} "))


def _constants(grid: Grid, address: str, shape: Sequence[int]) -> Number | Array:
    numbers = read_constants(grid, address, shape)
    if not shape:
        return Number(numbers[0])
    width = shape[-1]
    rows = [numbers[start : start + width] for start in range(0, len(numbers), width)]
    return Array(tuple(rows))


def _tables(
    grid: Grid, arguments: Sequence[str], shape: Sequence[int], statement: Statement
) -> Table | Tables:
    if len(shape) > 1:
        raise ExternalFault(
            "reads series with more than one range from a file; write an equation for each "
            "element of the first range"
        )
    across, address = arguments
    found = read_series(grid, across, address, shape[0] if shape else 1)
    for points in found:
        twice = next((x for (x, _), (other, _) in pairwise(points) if x == other), None)
        if statement.kind != "lookup" and twice is not None:
            raise ExternalFault(f"reads the time {twice:g} twice from {grid.place}; remove one")
    tables = tuple(_table(points, statement) for points in found)
    return Tables(tables) if shape else tables[0]


def _table(points: Sequence[tuple[float, float]], statement: Statement) -> Table:
    x, y = zip(*points, strict=True)
    return Table(x, y, "hold", _BETWEEN.get(statement.keyword, "linear"))


def _origin(series: Iterable[Series]) -> str:
    return ", ".join(sorted({each.origin for each in series}))
