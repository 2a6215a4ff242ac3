"""From the records of a file to the statements of its variables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from pysd_runner.errors import Fault
from pysd_runner.model.graph import INTERNAL
from pysd_runner.model.statement import NON_NEGATIVE, Kind, Statement
from pysd_runner.model.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    walk,
)
from pysd_runner.model.tokens import ParseError
from pysd_runner.model.xmile.arrays import ArrayFault, Dimensions, NeedsElementError, Place
from pysd_runner.model.xmile.conveyor import Conveyors
from pysd_runner.model.xmile.document import Document, Macro, Part, Piece
from pysd_runner.model.xmile.flatten import Flat, Instance, flatten, spelled
from pysd_runner.model.xmile.parse import parse_equation, parse_numbers
from pysd_runner.model.xmile.parts import covers
from pysd_runner.model.xmile.scope import MeaningFault, Scope
from pysd_runner.model.xmile.translate import Translator
from pysd_runner.model.xmile.tree import Application, Name, Tree
from pysd_runner.names import clean, key

MAX_CELLS = 100_000
CONTROLS = ("initial time", "final time", "time step", "saveper")


@dataclass(slots=True)
class Item:
    """One equation of one variable.

    Parameters
    ----------
    instance : Instance
        The variable.
    part : Part
        What the file says.
    statement : Statement
        What it means.
    scope : Scope
        Where it stands.
    """

    instance: Instance
    part: Part
    statement: Statement
    scope: Scope


class Assembly:
    """Translates every variable of a file.

    Parameters
    ----------
    document : Document
        The file.

    Attributes
    ----------
    items : list of Item
        The equations, in the order of the file.
    faults : list of Fault
        What is wrong, without the file's path.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.flat, self.faults = flatten(document)
        names = {key(each.name): each.name for each in document.dimensions}
        mapped = {(key(d.name), key(to)) for d in document.dimensions for to in d.mapped}
        self.dimensions = Dimensions(self.flat.dimensions, names, frozenset(mapped))
        self.macros = {key(each.name): each for each in document.macros}
        self.translator = Translator(self.flat, self.dimensions, document.specs, self.expand)
        self.items: list[Item] = []
        self.faulty: set[str] = set()
        self.conveyors = Conveyors(self)
        self.expanded: dict[object, dict[str, str]] = {}
        self.made: dict[str, Instance] = {}

    def run(self) -> None:
        """Translate all variables."""
        self.conveyors.collect()
        for name, instance in list(self.flat.instances.items()):
            if name not in CONTROLS:
                self.variable(instance, Scope(instance.prefix, self.place(instance), name))

    def place(self, instance: Instance) -> Place:
        """Return where the equation of a variable stands."""
        return Place(tuple(map(key, instance.text.dimensions)))

    # -- one variable -------------------------------------------------------------------------

    def variable(self, instance: Instance, scope: Scope) -> None:
        """Translate the equations of a variable; what is wrong is kept as a fault."""
        text = instance.text
        unknown = [each for each in text.dimensions if key(each) not in self.flat.dimensions]
        if unknown:
            self.fault(f"runs over '{unknown[0]}', which is no dimension; add it to <dimensions>",
                       instance, text.line)  # fmt: skip
            return
        try:
            parts = self.parts(instance, scope.place)
        except MeaningFault as fault:
            self.fault(str(fault), instance, text.line)
            return
        for part, place in parts:
            try:
                self.items += self.equations(instance, part, replace(scope, place=place))
            except MeaningFault as fault:
                self.fault(str(fault), instance, _line(part, fault.about) or text.line)
            except ArrayFault as fault:
                self.fault(str(fault), instance, text.line)
            except ParseError as error:
                piece = part.equation or Piece("", text.line)
                line = piece.line + piece.text.count("\n", 0, error.offset)
                self.fault(error.message, instance, line)

    def fault(self, message: str, instance: Instance, line: int) -> None:
        """Keep what is wrong with a variable."""
        self.faulty.add(key(instance.name))
        self.faults.append(Fault(f"{message}.", None, line, instance.name))

    def parts(self, instance: Instance, place: Place) -> list[tuple[Part, Place]]:
        """Return the parts of a variable, each with the elements that it is for."""
        text = instance.text
        if key(instance.name) in self.conveyors:
            return [(Part(None, None), place)]
        if not text.parts:
            self.fault("has no equation; give it one", instance, text.line)
            return []
        if not any(part.subscripts for part in text.parts):
            return [(text.parts[0], place)]
        whole = next((part for part in text.parts if part.subscripts is None), None)
        self.must_be_few(place)
        found: list[tuple[Part, Place]] = []
        used: set[int] = set()
        for cell in product(*map(self.dimensions.keys, place.dimensions)):
            own = [
                n for n, part in enumerate(text.parts)
                if part.subscripts is not None
                and covers(part, cell, self.dimensions, text.dimensions)
            ]  # fmt: skip
            used.update(own)
            part = text.parts[own[0]] if own else whole
            if len(own) > 1:
                self.fault(f"has two equations for [{','.join(cell)}]; it needs one", instance,
                           text.line)  # fmt: skip
                return []
            if part is not None:  # the graph tells of an element that is used and has none
                found.append((part, replace(place, cell=cell)))
        for n, part in enumerate(text.parts):
            if part.subscripts is not None and n not in used:
                self.fault(f"has an equation for [{','.join(part.subscripts)}], which is no "
                           "element; correct its subscript", instance, text.line)  # fmt: skip
                return []
        return found

    def equations(self, instance: Instance, part: Part, scope: Scope) -> list[Item]:
        """Return the equations of a part: one, or one for each element."""
        place = scope.place
        try:
            if place.cell is None and len(set(place.dimensions)) < len(place.dimensions):
                raise NeedsElementError
            return [self.item(instance, part, scope)]
        except NeedsElementError:
            self.must_be_few(place)
            cells = product(*map(self.dimensions.keys, place.dimensions))
            inner = (replace(scope, place=replace(place, cell=cell)) for cell in cells)
            return [self.item(instance, part, each) for each in inner]

    def must_be_few(self, place: Place) -> None:
        """Refuse to write an equation out for very many elements."""
        if math.prod(len(self.dimensions.elements[each]) for each in place.dimensions) > MAX_CELLS:
            raise MeaningFault(f"needs an equation for each of over {MAX_CELLS} elements; use "
                               "smaller dimensions")  # fmt: skip

    def item(self, instance: Instance, part: Part, scope: Scope) -> Item:
        """Return one equation."""
        text, place = instance.text, scope.place
        own = tuple(self.dimensions.names[each] for each in place.dimensions)
        subscripts = own if place.cell is None else self.spelled(place)
        kind: Kind = "equation"
        keyword = ""
        body: Expression
        if text.tag == "stock":
            body = Call("INTEG", (self.rate(instance, scope), self.body(part, scope)))
            keyword = NON_NEGATIVE if text.non_negative else ""
        elif key(instance.name) in self.conveyors:
            body = self.conveyors.body(key(instance.name), scope)
        elif part.equation is None and part.graph is not None:
            kind, body = "lookup", part.graph
        else:
            body = self.body(part, scope)
            if text.tag == "flow" and text.non_negative:
                body = Call("MAX", (body, Number(0.0)))
            if part.start is not None:
                body = Call("ACTIVE INITIAL", (body, self.expression(part.start, scope)))
        statement = Statement(
            kind, instance.name, subscripts, body=body, keyword=keyword, dimensions=own
        )
        return Item(instance, part, statement, scope)

    def spelled(self, place: Place) -> tuple[str, ...]:
        """Return an element as the file spells it."""
        assert place.cell is not None
        return tuple(
            self.dimensions.elements[dim][self.dimensions.keys(dim).index(element)]
            for dim, element in zip(place.dimensions, place.cell, strict=True)
        )

    def body(self, part: Part, scope: Scope) -> Expression:
        """Return the expression of a part, read through its graphical function if it has one."""
        if part.equation is None:
            raise MeaningFault("has no equation; give it one")
        numbers = parse_numbers(part.equation.text)
        if numbers is not None and scope.place.dimensions:
            return self.listed(numbers, scope.place)
        found = self.expression(part.equation, scope)
        return found if part.graph is None else Call("WITH LOOKUP", (found, part.graph))

    def listed(self, numbers: Sequence[float], place: Place) -> Expression:
        """Return the numbers of an array, last dimension fastest, or that of one element."""
        cells = list(product(*map(self.dimensions.keys, place.dimensions)))
        if len(numbers) != len(cells):
            raise MeaningFault(f"lists {len(numbers)} numbers for {len(cells)} elements; give each "
                               "one")  # fmt: skip
        return (
            Array((tuple(numbers),))
            if place.cell is None
            else Number(numbers[cells.index(place.cell)])
        )

    def expression(self, piece: Piece, scope: Scope) -> Expression:
        """Return the meaning of a piece of text."""
        return self.translator.expression(parse_equation(piece.text), scope)

    def rate(self, instance: Instance, scope: Scope) -> Expression:
        """Return what a stock gains: its inflows less its outflows, in the order of the file."""
        text = instance.text
        found: Expression | None = None
        for piece in text.inflows:
            term = self.flow(piece, scope)
            found = term if found is None else Binary("+", found, term)
        for piece in text.outflows:
            term = self.flow(piece, scope)
            found = Unary("-", term) if found is None else Binary("-", found, term)
        return Number(0.0) if found is None else found

    def flow(self, piece: Piece, scope: Scope) -> Expression:
        """Return what a stock gains or loses by one flow."""
        found = self.flow_named(piece, scope)
        if found is None:
            return self.expression(piece, scope)
        return self.translator.reference(found, Name(piece.text), scope)

    def flow_named(self, piece: Piece, scope: Scope) -> str | None:
        """Return the key of the variable that a stock names as its flow, perhaps with blanks."""
        name = spelled(clean(piece.text.replace("\\n", " ")))
        return self.translator.variable(name, scope) or self.translator.variable(piece.text, scope)

    # -- macros -------------------------------------------------------------------------------

    def expand(self, node: Application, scope: Scope) -> Expression | None:
        """Return what a call of a macro stands for, or ``None`` if there is no such macro."""
        macro = self.macros.get(key(node.function))
        if macro is None:
            return None
        if key(macro.name) in scope.macros:
            raise MeaningFault(f"uses the macro '{macro.name}' inside itself", node.function)
        given = {
            key(name): self.translator.expression(argument, scope)
            for (name, _), argument in zip(macro.parameters, arguments_of(macro, node), strict=True)
        }
        inside = replace(scope, given=given, local={}, macros=(*scope.macros, key(macro.name)))
        if macro.variables:
            inside = replace(inside, local=self.variables_of(macro, given, inside))
        return self.expression(macro.equation, inside)

    def variables_of(
        self, macro: Macro, given: dict[str, Expression], scope: Scope
    ) -> dict[str, str]:
        """Return the variables of one use of a macro, made if it is new."""
        marked = any(
            isinstance(node, Reference) and any(s.endswith("!") for s in node.subscripts)
            for argument in given.values()
            for node in walk(argument)
        )
        if marked:
            raise MeaningFault(f"uses the macro '{macro.name}', which has variables of its own, "
                               "over an array; give its result a variable", macro.name)  # fmt: skip
        use = (scope.owner, scope.place.cell, macro.name, tuple(given.items()))
        if use in self.expanded:
            return self.expanded[use]
        number = 1 + sum(other[:3] == use[:3] for other in self.expanded)  # type: ignore[index]
        owner = self.flat.instances.get(scope.owner) or self.made[scope.owner]
        cell = f"[{','.join(scope.place.cell)}]" if scope.place.cell else ""
        mark = f" {number}" if number > 1 else ""
        dims = () if scope.place.cell else owner.text.dimensions
        local: dict[str, str] = {}
        for variable in macro.variables:
            base = f"{owner.name.strip(INTERNAL)}{cell}>{macro.name}{mark}"
            name = f"{INTERNAL}{base}>{variable.name}{INTERNAL}"
            text = replace(variable, dimensions=dims, group=owner.text.group)
            local[key(variable.name)] = key(name)
            self.made[key(name)] = Instance(name, owner.prefix, text)
        self.expanded[use] = local
        self.flat = self.translator.flat = Flat(
            {**self.flat.instances, **self.made}, self.flat.dimensions
        )
        for inner in local.values():
            place = Place(scope.place.dimensions if dims else ())
            self.variable(self.made[inner], replace(scope, local=local, owner=inner, place=place))
        return local


def arguments_of(macro: Macro, node: Application) -> list[Tree]:
    """Return the arguments of a call of a macro, with those that it need not be given."""
    left_out = macro.parameters[len(node.arguments) :]
    if len(node.arguments) > len(macro.parameters) or not all(value for _, value in left_out):
        raise MeaningFault(
            f"the macro {macro.name} takes {len(macro.parameters)} argument(s), not "
            f"{len(node.arguments)}", node.function)  # fmt: skip
    return [*node.arguments, *(parse_equation(value) for _, value in left_out)]


def _line(part: Part, about: str) -> int | None:
    """Return the line on which a name stands in an equation."""
    if part.equation is None:
        return None
    at = part.equation.text.lower().rfind(about.lower()) if about else 0
    return part.equation.line + part.equation.text.count("\n", 0, max(at, 0))
