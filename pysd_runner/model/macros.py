"""Macros written out: each call becomes variables of its own, so that no later pass meets one.

The call of ``GROW`` in the equation of ``sales`` makes the variables ``#sales>GROW>GROW#``, its
value, and ``#sales>GROW>rate#`` for a variable ``rate`` inside the macro, with the subscripts of
``sales``. A parameter that is given a plain variable is that variable; one that is given an
expression becomes a variable too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pysd_runner.errors import Fault
from pysd_runner.model.dependencies import marked_ranges
from pysd_runner.model.entries import Entry
from pysd_runner.model.graph import CONTROL, INTERNAL, TIME
from pysd_runner.model.library import library
from pysd_runner.model.statement import Statement
from pysd_runner.model.subscripts import Ranges
from pysd_runner.model.syntax import Call, Expression, Reference, rebuild, references
from pysd_runner.model.tokens import ParseError, Token, tokens
from pysd_runner.names import clean, key, nearest

MAX_EQUATIONS = 20_000
Placed = tuple[Statement, Entry]


@dataclass(frozen=True, slots=True)
class Macro:
    """What stands between ``:MACRO:`` and ``:END OF MACRO:``.

    Parameters
    ----------
    name : str
        As its header spells it; the variable of this name is its value.
    parameters, outputs : tuple of str
        Keys of what a call gives it, and of what a call may take from it besides its value.
    equations : tuple of (Statement, Entry or None)
        In the order of the file; ``None`` for those of :mod:`~pysd_runner.model.library`, which
        stand where the call stands.
    """

    name: str
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    equations: tuple[tuple[Statement, Entry | None], ...] = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """Keys of the variables that it defines."""
        return frozenset(key(statement.name) for statement, _ in self.equations)


class _Wrong(Exception):
    """A call or a macro that cannot be written out; the message says why."""


def write_out(
    statements: Sequence[Placed], ranges: Ranges, path: Path, faults: list[Fault]
) -> list[Placed]:
    """Return the equations of a model in which no macro is called any more.

    Parameters
    ----------
    statements : sequence of (Statement, Entry)
        All of the model, those inside macros too.
    ranges : Ranges
        Subscript ranges of the model.
    path : pathlib.Path
        Model file, for messages.
    faults : list of Fault
        Where to put what is wrong.
    """
    own = {key(s.name) for s, e in statements if not e.macro}
    macros = {name: macro for name, macro in _of_library().items() if name not in own}
    macros |= _collect([each for each in statements if each[1].macro], path, faults)
    writer = _Writer(macros, ranges)
    found: list[Placed] = []
    for statement, entry in statements:
        if entry.macro:
            continue
        try:
            found += writer.written(statement, entry, ())
        except _Wrong as wrong:
            faults.append(Fault(f"{wrong}.", path, entry.line, statement.name))
    defined = {key(s.name) for s, _ in found if s.body is not None}
    given = writer.given & defined
    # a variable that a call defines may also stand alone, for its unit and comment
    return [(s, e) for s, e in found if s.body is not None or key(s.name) not in given]


def _collect(statements: Sequence[Placed], path: Path, faults: list[Fault]) -> dict[str, Macro]:
    by_header: dict[str, list[Placed]] = {}
    for statement, entry in statements:
        by_header.setdefault(entry.macro, []).append((statement, entry))
    macros: dict[str, Macro] = {}
    for header, equations in by_header.items():
        line = equations[0][1].line
        try:
            macro = _macro(header, equations)
        except _Wrong as wrong:
            faults.append(Fault(f"{wrong}.", path, line, header))
            continue
        if key(macro.name) in macros:
            faults.append(
                Fault("is a macro that is defined twice; remove one.", path, line, macro.name)
            )
        macros[key(macro.name)] = macro
    return macros


@cache
def _of_library() -> dict[str, Macro]:
    macros = [
        _macro(header, [(statement, None) for statement in equations])
        for header, equations in library()
    ]
    return {key(macro.name): macro for macro in macros}


def _macro(header: str, equations: Sequence[tuple[Statement, Entry | None]]) -> Macro:
    name, names, outputs = _header(header)
    macro = Macro(name, names, outputs, tuple(equations))
    for wanted in (key(name), *outputs):
        if wanted not in macro.names:
            raise _Wrong(f"the macro has no equation for '{wanted}', which is its result; add one")
    if twice := macro.names & set(names):
        raise _Wrong(f"the macro defines its own parameter '{min(twice)}'; rename one")
    return macro


def _header(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the name, the parameters and the further results of ``name(a, b : c)``."""
    try:
        found = tokens(text)[:-1]
    except ParseError as error:
        raise _Wrong(f"the header of the macro {error.message}") from None
    lists: list[list[str]] = [[]]
    for token in found[2:-1]:
        if token.text == ":":
            lists.append([])
        elif token.kind in ("name", "quoted"):
            lists[-1].append(key(token.text))
    if not _is_header(found) or len(lists) > 2:
        raise _Wrong("the header of the macro is not of the form 'name(parameter, …)'; correct it")
    return clean(found[0].text), tuple(lists[0]), tuple(lists[1] if len(lists) > 1 else ())


def _is_header(found: Sequence[Token]) -> bool:
    shape = [token.kind if token.kind in ("name", "quoted") else token.text for token in found]
    return len(shape) > 2 and shape[0] in ("name", "quoted") and (shape[1], shape[-1]) == ("(", ")")


class _Writer:
    def __init__(self, macros: dict[str, Macro], ranges: Ranges) -> None:
        self.macros = macros
        self.ranges = ranges
        self.used: set[str] = set()
        self.given: set[str] = set()
        self.count = 0

    def written(self, statement: Statement, entry: Entry, above: tuple[str, ...]) -> list[Placed]:
        """Return an equation without calls of macros, and the equations that they become."""
        if statement.body is None or not any(self.is_call(n) for n in references(statement.body)):
            return [(statement, entry)]
        made: list[Placed] = []

        def change(node: Expression) -> Expression:
            if not isinstance(node, Call) or not self.is_call(node):
                return node
            value, more = _Instance(self, statement, entry, node, above).written()
            made.extend(more)
            return value

        body = rebuild(statement.body, change)
        return [(replace(statement, body=body), entry), *made]

    def is_call(self, node: Expression) -> bool:
        return isinstance(node, Call) and key(node.function) in self.macros

    def free_name(self, name: str) -> str:
        number, found = 1, name
        while key(found) in self.used:
            number += 1
            found = f"{name} {number}"
        self.used.add(key(found))
        return found


class _Instance:
    """One call of a macro, about to become variables.

    Parameters
    ----------
    writer : _Writer
        What is known of the model.
    caller, entry : Statement, Entry
        The equation with the call.
    call : Call
        Its arguments hold no call of a macro any more.
    above : tuple of str
        Keys of the macros inside which the call stands.
    """

    def __init__(
        self, writer: _Writer, caller: Statement, entry: Entry, call: Call, above: tuple[str, ...]
    ) -> None:
        self.writer = writer
        self.caller = caller
        self.entry = entry
        self.call = call
        self.macro = writer.macros[key(call.function)]
        self.above = (*above, key(call.function))
        if key(call.function) in above:
            raise _Wrong(f"calls a macro that calls itself: {' -> '.join(self.above)}")
        wanted, given = self.macro.parameters, call.arguments
        if len(wanted) != len(given):
            raise _Wrong(f"the macro '{self.macro.name}' takes {len(wanted)} argument(s), not "
                         f"{len(given)}")  # fmt: skip
        if len(call.outputs) > len(self.macro.outputs):
            raise _Wrong(f"the macro '{self.macro.name}' has {len(self.macro.outputs)} further "
                         f"result(s), not {len(call.outputs)}")  # fmt: skip
        own = [s for s in caller.subscripts if s in writer.ranges]
        marked = [m for argument in given for m in marked_ranges(argument)]
        self.marked = tuple(dict.fromkeys(m.rstrip("!") for m in marked))
        if {key(s) for s in own} & {key(m) for m in self.marked}:
            raise _Wrong(f"the macro '{self.macro.name}' is called under a sum over a range of the "
                         "left side; give the call a variable of its own")  # fmt: skip
        self.subscripts = (*own, *self.marked)
        fixed = [s for s in caller.subscripts if s not in writer.ranges]
        place = " ".join([caller.name.strip(INTERNAL), *fixed])
        self.base = writer.free_name(f"{place}>{self.macro.name}")
        self.bound: dict[str, Reference] = {}

    def written(self) -> tuple[Expression, list[Placed]]:
        """Return what stands for the call, and the equations behind it."""
        made: list[Placed] = []
        for name, argument in zip(self.macro.parameters, self.call.arguments, strict=True):
            given = rebuild(argument, self.unmarked)
            if not isinstance(given, Reference):
                statement = Statement("equation", self.internal(name), self.subscripts, body=given)
                made.append((statement, self.without_unit()))
                given = self.local(name)
            self.bound[name] = given
        for statement, entry in self.macro.equations:
            place = self.without_unit() if entry is None else entry
            made += self.writer.written(self.own(statement), place, self.above)
        self.writer.count += len(made)
        if self.writer.count > MAX_EQUATIONS:
            raise _Wrong(f"calls macros that make more than {MAX_EQUATIONS} equations; call fewer")
        for output, name in zip(self.call.outputs, self.macro.outputs, strict=False):
            value = self.local(name)
            made.append((Statement("equation", output.name, output.subscripts, body=value),
                         self.without_unit()))  # fmt: skip
            self.writer.given.add(key(output.name))
        value = self.local(key(self.macro.name))
        own = self.subscripts[: len(self.subscripts) - len(self.marked)]
        return Reference(value.name, (*own, *(f"{m}!" for m in self.marked))), made

    def unmarked(self, node: Expression) -> Expression:
        """Return an argument whose marked ranges are those of the equations it moves to."""
        if isinstance(node, Reference):
            subscripts = _unmarked(node.subscripts, self.marked)
            is_number = [key(s) for s in subscripts] == [key(node.name)]  # of a range's element
            return Reference(node.name, () if is_number else subscripts)
        if isinstance(node, Call) and node.subscripts:
            return replace(node, subscripts=_unmarked(node.subscripts, self.marked))
        return node

    def without_unit(self) -> Entry:
        return replace(self.entry, unit="", limits=(None, None, None), comment="")

    def internal(self, name: str) -> str:
        return f"{INTERNAL}{self.base}>{name}{INTERNAL}"

    def local(self, name: str, subscripts: Iterable[str] = ()) -> Reference:
        return Reference(self.internal(name), (*self.subscripts, *subscripts))

    def own(self, statement: Statement) -> Statement:
        """Return an equation of the macro as one of the model."""
        if twice := {key(s) for s in statement.subscripts} & {key(s) for s in self.subscripts}:
            raise _Wrong(f"the macro '{self.macro.name}' has a variable over '{min(twice)}', which "
                         "is a range of the call too; define a second range of the same elements "
                         "for one of them")  # fmt: skip
        body = None if statement.body is None else rebuild(statement.body, self.translated)
        return replace(statement, name=self.internal(statement.name), body=body,
                       subscripts=(*self.subscripts, *statement.subscripts))  # fmt: skip

    def translated(self, node: Expression) -> Expression:
        """Return a node of the macro as it reads in the model."""
        if isinstance(node, Reference):
            return self.reference(node.name, node.subscripts)
        if isinstance(node, Call):
            outputs = tuple(self.reference(o.name, o.subscripts) for o in node.outputs)
            name = key(node.function)
            if name in self.bound or (name in self.macro.names and not self.writer.is_call(node)):
                table = self.reference(node.function, node.subscripts)
                return Call(table.name, node.arguments, table.subscripts)
            if name.endswith("$"):
                return replace(node, function=node.function[:-1])
            return replace(node, outputs=outputs) if outputs else node
        return node

    def reference(self, name: str, subscripts: tuple[str, ...]) -> Reference:
        found = key(name)
        if found in self.bound:
            given = self.bound[found]
            return Reference(given.name, (*given.subscripts, *subscripts))
        if found in self.macro.names:
            return self.local(found, subscripts)
        if found.endswith("$"):
            return Reference(clean(name)[:-1].rstrip(), subscripts)
        ranges = self.writer.ranges
        if found in (TIME, *CONTROL) or name in ranges or ranges.is_element(name):
            return Reference(name, subscripts)
        known = [*self.macro.parameters, *self.macro.names]
        raise _Wrong(
            f"the macro '{self.macro.name}' uses '{name}', which is neither a parameter nor a "
            f"variable of the macro; write '{name}$' for the model's{nearest(name, known)}"
        )


def _unmarked(subscripts: tuple[str, ...], marked: tuple[str, ...]) -> tuple[str, ...]:
    ranges = {key(m) for m in marked}
    return tuple(s.rstrip("!") if key(s.rstrip("!")) in ranges else s for s in subscripts)
