"""From the entries of a file to a checked graph. Every fault found is reported, not the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.coverage import doubles, gaps, miscounted, overlaps
from pysd_runner.model.dependencies import Moment, Need, needs
from pysd_runner.model.entries import Entry, SourceFile
from pysd_runner.model.external.read import FileReader
from pysd_runner.model.functions import FUNCTIONS, function_named, is_unsupported
from pysd_runner.model.graph import (
    CONTROL,
    TIME,
    Definition,
    ModelGraph,
    Variable,
    VariableKind,
    is_integral,
)
from pysd_runner.model.macros import write_out
from pysd_runner.model.order import CircularError, topological
from pysd_runner.model.ranges import collect_ranges
from pysd_runner.model.statement import Statement
from pysd_runner.model.subscripts import Binding, Ranges, SubscriptFault
from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    references,
)
from pysd_runner.model.tokens import ParseError
from pysd_runner.names import full_width, key, nearest

_REQUIRED = ("INITIAL TIME", "FINAL TIME", "TIME STEP")
Cell = tuple[str, tuple[str, ...]]
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


@dataclass(frozen=True, slots=True)
class _Draft:
    """The definitions of one variable before it is classified."""

    name: str
    definitions: tuple[Definition, ...]
    dimensions: tuple[str, ...]


class _Builder:
    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.faults: list[Fault] = list(source.faults)
        self.ranges = Ranges({})
        self.drafts: dict[str, _Draft] = {}
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
        self.faulty |= files.unread
        self.check_control()
        for name, draft in self.drafts.items():
            if name not in files.unread:
                self.check_references(draft)
        self.stop_if_faulty()
        order = self.order("now")
        self.stop_if_faulty()  # a loop during the run is one at the start too: report it once
        self.order("initial")
        self.stop_if_faulty()
        flows = self.flow_keys()
        variables = {name: self.classify(draft, flows) for name, draft in self.drafts.items()}
        return ModelGraph(self.source, variables, self.ranges, order, self.macros)

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
        for name, definitions in grouped.items():
            if name == TIME:
                self.fault("is the clock and cannot be defined; use another name.",
                           definitions[0].entry, definitions[0].statement.name)  # fmt: skip
            before = len(self.faults)
            if len(definitions) > 1:
                self.report(doubles(definitions))
            draft = _Draft(
                definitions[0].statement.name, tuple(definitions), self.dimensions(definitions)
            )
            if len(self.faults) == before:
                self.report(miscounted(definitions, self.ranges))
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

    # -- references ---------------------------------------------------------------------------

    def is_variable(self, name: str) -> bool:
        """Tell whether a called name is a variable's; XMILE's may have names of functions."""
        draft = self.drafts.get(key(name))
        if draft is None or function_named(name) is None:
            return draft is not None
        return any(each.statement.kind == "lookup" for each in draft.definitions)

    def check_references(self, draft: _Draft) -> None:
        for definition in draft.definitions:
            if definition.body is None:  # data, whose values may be given later
                continue
            counted = _counted(definition.body)
            for node in references(definition.body):
                if id(node) in counted:
                    continue
                message = (
                    self.wrong_reference(node, definition)
                    if isinstance(node, Reference)
                    else self.wrong_call(node, definition)
                )
                if message:
                    at = definition.entry.text.lower().rfind(_name_of(node).lower())
                    hint = _lost_end(definition.entry)
                    self.fault(f"{message}{hint}.", definition.entry, draft.name, max(at, 0))

    def wrong_reference(self, node: Reference, definition: Definition) -> str:
        name = key(node.name)
        if name == TIME:
            return ""
        if not node.subscripts and self.is_subscript(node.name):
            return self.unbound(node.name, definition)
        if name not in self.drafts:
            return "" if name in self.faulty else self.undefined(node.name)
        return self.wrong_subscripts(node.name, node.subscripts, definition)

    def unbound(self, subscript: str, definition: Definition) -> str:
        """Say that a range used as a number has no element here, or ``""``."""
        if key(definition.statement.name) in self.faulty:
            return ""
        _, binding = next(self.ranges.bindings(definition.subscripts), ((), {}))
        try:
            self.ranges.resolve(subscript, binding)
        except SubscriptFault as fault:
            return str(fault)
        return ""

    def is_subscript(self, name: str) -> bool:
        return key(name) not in self.drafts and (
            name in self.ranges or self.ranges.is_element(name)
        )

    def wrong_call(self, node: Call, definition: Definition) -> str:
        count = len(node.arguments)
        if self.is_variable(node.function):
            kinds = {d.statement.kind for d in self.drafts[key(node.function)].definitions}
            if not kinds & {"lookup", "data"} and key(node.function) not in self.faulty:
                return f"calls '{node.function}', which is no lookup; write an operator before '('"
            if count != 1:
                return f"the lookup '{node.function}' takes one argument, not {count}"
            return self.wrong_subscripts(node.function, node.subscripts, definition)
        if key(node.function) in self.faulty:
            return ""
        function = function_named(node.function)
        if function is None and is_unsupported(node.function):
            return ""  # refused if it is needed for a run
        if function is None:
            return self.undefined(node.function, "function or lookup ")
        if not function.least <= count <= function.most:
            expected = (
                f"{function.least}"
                if function.least == function.most
                else f"{function.least} to {function.most}"
            )
            plural = "s" if function.most != 1 else ""
            return f"{function.name} takes {expected} argument{plural}, not {count}"
        return ""

    def undefined(self, name: str, what: str = "") -> str:
        known = [draft.name for draft in self.drafts.values()]
        if wide := full_width(name):
            return f"uses the {what}'{name}', which is not defined{wide}"
        if what:
            from_functions = nearest(name, known) or nearest(name, FUNCTIONS)
            return f"uses the {what}'{name}', which is not defined{from_functions}"
        return f"uses '{name}', which is not defined{nearest(name, known)}"

    def wrong_subscripts(
        self, name: str, subscripts: tuple[str, ...], definition: Definition
    ) -> str:
        draft = self.drafts[key(name)]
        if {key(name), key(definition.statement.name)} & self.faulty:
            return ""  # what is wrong with them is reported where they are defined
        if len(subscripts) != len(draft.dimensions):
            if not draft.dimensions:
                return f"'{name}' has no subscripts, but is used with [{','.join(subscripts)}]"
            return f"'{name}' is used without its subscripts [{','.join(draft.dimensions)}]"
        _, binding = next(self.ranges.bindings(definition.subscripts), ((), {}))
        for subscript, dimension in zip(subscripts, draft.dimensions, strict=True):
            try:
                found = self.ranges.resolve(subscript, binding)
            except SubscriptFault as fault:
                return str(fault)
            strange = [e for e in found if e not in self.ranges[dimension].keys]
            if strange:
                return (
                    f"'{name}' runs over {dimension}, which has no element '{strange[0]}'"
                    f"{nearest(strange[0], self.ranges[dimension].elements)}"
                )
        return self.missing_cell(name, subscripts, definition)

    def missing_cell(self, name: str, subscripts: tuple[str, ...], definition: Definition) -> str:
        """Say which element an equation uses that has no equation itself, or ``""``."""
        missing = self.gaps.get(key(name))
        if not missing:
            return ""
        names = [key(subscript) for subscript in definition.subscripts]
        exceptions = definition.statement.exceptions
        for elements in self.ranges.covered(definition.subscripts, exceptions):
            binding = dict(zip(names, elements, strict=True))
            for _, cell in self.cells_needed(Need(name, subscripts), binding):
                if cell in missing:
                    return f"uses '{name}[{','.join(cell)}]', which has no equation; add one"
        return ""

    # -- order --------------------------------------------------------------------------------

    def order(self, moment: Moment) -> tuple[str, ...]:
        try:
            return tuple(
                topological(
                    self.drafts,
                    lambda name: [
                        need.key for need in self.needs_of(name, moment) if need.key in self.drafts
                    ],
                )
            )
        except CircularError:
            pass  # perhaps only between elements of the same variables: look closer
        try:
            places = {c: place for name in self.drafts for c, place in self.cells_of(name).items()}
            cells = topological(
                places,
                lambda cell: [n for n in self.needs_of_cell(places[cell], moment) if n in places],
            )
        except CircularError as loop:
            self.report_loop([_cell_name(self.drafts, cell) for cell in loop.path], loop, moment)  # type: ignore[arg-type]
            return ()
        return tuple(dict.fromkeys(name for name, _ in cells))

    def report_loop(self, path: list[str], loop: CircularError, moment: Moment) -> None:
        first = self.drafts[loop.path[0][0]]  # type: ignore[index]
        why = (
            "these variables need each other at the same time; put a stock (INTEG) or a delay "
            "into the loop"
            if moment == "now"
            else "these initial values need each other; give one of them a number or use "
            "ACTIVE INITIAL"
        )
        self.fault(f"circular definition {' -> '.join(path)}: {why}.",
                   first.definitions[0].entry, first.name)  # fmt: skip

    def needs_of(self, name: str, moment: Moment) -> Iterator[Need]:
        for definition in self.drafts[name].definitions:
            if definition.body is not None:
                yield from needs(definition.body, moment, self.is_variable)

    def cells_of(self, name: str) -> dict[Cell, tuple[Binding, Definition]]:
        """Return the cells of a variable with what its ranges stand for, and the equation."""
        found: dict[Cell, tuple[Binding, Definition]] = {}
        for definition in self.drafts[name].definitions:
            names = [key(subscript) for subscript in definition.subscripts]
            exceptions = definition.statement.exceptions
            for elements in self.ranges.covered(definition.subscripts, exceptions):
                binding = dict(zip(names, elements, strict=True))
                found[name, elements] = (binding, definition)
        return found

    def needs_of_cell(self, place: tuple[Binding, Definition], moment: Moment) -> Iterator[Cell]:
        binding, definition = place
        if definition.body is not None:
            for need in needs(definition.body, moment, self.is_variable):
                if need.key in self.drafts:
                    yield from self.cells_needed(need, binding)

    def cells_needed(self, need: Need, binding: Binding) -> Iterable[Cell]:
        choices: list[tuple[str, ...]] = [()]
        for subscript in need.subscripts:
            found = self.ranges.resolve(subscript, binding)
            choices = [(*choice, element) for choice in choices for element in found]
        return [(need.key, choice) for choice in choices]

    # -- kinds --------------------------------------------------------------------------------

    def flow_keys(self) -> frozenset[str]:
        """Return the variables that stand as a signed term of their own in a stock's rate."""
        found: set[str] = set()
        for draft in self.drafts.values():
            for definition in draft.definitions:
                body = definition.body
                if is_integral(body) and isinstance(body, Call):
                    found.update(key(ref.name) for _, ref in additive_terms(body.arguments[0])
                                 if isinstance(ref, Reference))  # fmt: skip
        return frozenset(found)

    def classify(self, draft: _Draft, flows: frozenset[str]) -> Variable:
        first = draft.definitions[0]
        entry = next((d.entry for d in draft.definitions if d.entry.unit), first.entry)
        uses: dict[str, str] = {}
        for definition in draft.definitions:
            if definition.body is not None:
                for node in references(definition.body):
                    used = key(_name_of(node))
                    if isinstance(node, Call) and not self.is_variable(node.function):
                        continue
                    if used in self.drafts:
                        uses.setdefault(used, self.drafts[used].name)
        comment = next((d.entry.comment for d in draft.definitions if d.entry.comment), "")
        return Variable(
            draft.name, self.kind(draft, flows), entry.unit, entry.limits[:2], comment,
            first.entry.group, first.entry.line, draft.dimensions, draft.definitions,
            tuple(uses.values()),
        )  # fmt: skip

    def kind(self, draft: _Draft, flows: frozenset[str]) -> VariableKind:
        name = key(draft.name)
        kinds = {definition.statement.kind for definition in draft.definitions}
        bodies = [d.body for d in draft.definitions]
        if name in CONTROL:
            return "control"
        if "lookup" in kinds or any(_calls(body, "lookups") for body in bodies):
            return "lookup"
        if "data" in kinds or any(_calls(body, "data") for body in bodies):
            return "data"
        if any(is_integral(body) for body in bodies):
            return "stock"
        if all(body is not None and is_literal(body) for body in bodies):
            return "constant"
        return "flow" if name in flows else "auxiliary"


def additive_terms(node: Expression, sign: int = 1) -> Iterator[tuple[int, Expression]]:
    """Yield the signed terms of a sum: ``a - (b + SUM(c[i!]))`` gives ``+a``, ``-b``, ``-SUM``."""
    stack = [(sign, node)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Binary) and node.operator in "+-":
            stack.append((sign if node.operator == "+" else -sign, node.right))
            stack.append((sign, node.left))
        elif isinstance(node, Unary) and node.operator == "-":
            stack.append((-sign, node.operand))
        else:
            yield sign, node


def is_literal(node: Expression) -> bool:
    """Tell whether an expression is a number, an array of numbers, or constants from a file."""
    if isinstance(node, Unary):
        return node.operator == "-" and is_literal(node.operand)
    return isinstance(node, Number | Array) or _calls(node, "constants")


def _calls(node: Expression | None, what: str) -> bool:
    return (
        isinstance(node, Call)
        and key(node.function).startswith("get ")
        and key(node.function).endswith(what)
    )


def _counted(node: Expression) -> set[int]:
    """Return which nodes name a range whose elements are counted, with ELMCOUNT."""
    calls = (each for each in references(node) if isinstance(each, Call))
    return {id(a) for call in calls if key(call.function) == "elmcount" for a in call.arguments}


def _name_of(node: Expression) -> str:
    if isinstance(node, Reference):
        return node.name
    return node.function if isinstance(node, Call) else ""


def _first_words(entry: Entry) -> str:
    return " ".join(entry.text.split("=", 1)[0].split())[:60]


def _lost_end(entry: Entry) -> str:
    """Return a hint if a second equation seems to begin on a later line of the entry."""
    if entry.statement is None and _NEXT_EQUATION.search(entry.text):
        return " (has this entry lost its '~ unit ~ comment |' before the next one?)"
    return ""


def _cell_name(drafts: dict[str, _Draft], cell: Cell) -> str:
    name, elements = cell
    return drafts[name].name + (f"[{','.join(elements)}]" if elements else "")
