"""From the tree of an XMILE expression to the shared syntax tree that every later pass reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pysd_runner.model.functions import function_named
from pysd_runner.model.syntax import (
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Table,
    Unary,
    children,
)
from pysd_runner.model.xmile.arrays import (
    ArrayFault,
    Dimensions,
    NeedsElementError,
    Place,
    subscripted,
)
from pysd_runner.model.xmile.document import SimSpecs
from pysd_runner.model.xmile.flatten import Flat, split_path
from pysd_runner.model.xmile.functions import (
    ARRAY_FUNCTIONS,
    BUILTINS,
    CLOCKS,
    FROM_START_ZERO,
    TABLE_CALLS,
    NotSupportedError,
)
from pysd_runner.model.xmile.parts import part_of
from pysd_runner.model.xmile.reductions import marked_by, reduced
from pysd_runner.model.xmile.scope import MeaningFault, Scope
from pysd_runner.model.xmile.tree import (
    Application,
    Literal,
    Name,
    Operation,
    Span,
    Tree,
    Wildcard,
    chain,
    walk,
)
from pysd_runner.names import key, nearest

MAX_SIZE = 50_000
_OPERATORS = {"and": ":AND:", "or": ":OR:"}


class Translator:
    """Translates expressions over the variables of a file.

    Parameters
    ----------
    flat : Flat
        The variables.
    dimensions : Dimensions
        The dimensions.
    specs : SimSpecs
        The times of a run.
    expand : callable
        Returns what a call of a macro stands for, or ``None`` if there is no such macro.
    """

    def __init__(
        self,
        flat: Flat,
        dimensions: Dimensions,
        specs: SimSpecs,
        expand: Callable[[Application, Scope], Expression | None],
    ) -> None:
        self.flat = flat
        self.dimensions = dimensions
        self.specs = specs
        self.expand = expand
        self.sizes: dict[int, tuple[int, Expression]] = {}

    def expression(self, node: Tree, scope: Scope) -> Expression:
        """Return the shared syntax tree of an expression.

        Raises
        ------
        MeaningFault
            A name or subscript has no meaning, or a function is not supported.
        NeedsElementError
            The equation must be written out for each element.
        """
        if isinstance(node, Literal):
            return Number(node.value)
        if isinstance(node, Operation):
            return self.operation(node, scope)
        if isinstance(node, Application):
            return self.application(node, scope)
        try:
            return self.name(node, scope)
        except ArrayFault as fault:
            raise MeaningFault(str(fault), node.path) from None

    def operation(self, node: Operation, scope: Scope) -> Expression:
        """Return an operator with what it works on, a long sum without recursion."""
        if node.operator == "if":
            return Call("IF THEN ELSE", tuple(self.expression(x, scope) for x in node.operands))
        if node.operator in ("neg", "not"):
            sign = "-" if node.operator == "neg" else ":NOT:"
            return Unary(sign, self.expression(node.operands[0], scope))
        first, links = chain(node)
        left = self.expression(first, scope)
        for link in links:
            left = _joined(link.operator, left, self.expression(link.operands[1], scope))
        return left

    # -- names --------------------------------------------------------------------------------

    def variable(self, path: str, scope: Scope) -> str | None:
        """Return the key of the variable that a name means, or ``None``."""
        parts = split_path(path)
        if len(parts) == 1 and key(parts[0]) in scope.local:
            return scope.local[key(parts[0])]
        if scope.macros:  # which see nothing of the model
            return None
        return self.flat.resolve(path, scope.prefix)

    def name(self, node: Name, scope: Scope) -> Expression:
        """Return what a name means."""
        name = ".".join(split_path(node.path))
        if node.indices is None and key(name) in scope.given:
            return scope.given[key(name)]
        found = self.variable(node.path, scope)
        if found is None and key(name) == "self":
            found = scope.owner
        if found is not None:
            return self.reference(found, node, scope)
        if node.indices is not None:
            raise MeaningFault(self.undefined(name), node.path)
        if key(name) in CLOCKS:
            return CLOCKS[key(name)]
        if key(name) in scope.place.dimensions:
            return self.position(key(name), scope.place)
        number = self.dimensions.number_of(name, scope.place.dimensions)
        if number is not None:
            return Number(number)
        if self.dimensions.is_element(name):
            raise MeaningFault(
                f"uses the element '{name}', which has different numbers in different dimensions; "
                "write Dimension.element", node.path)  # fmt: skip
        raise MeaningFault(self.undefined(name), node.path)

    def undefined(self, name: str) -> str:
        """Return what is wrong with a name that nothing has."""
        known = [instance.name for instance in self.flat.instances.values()]
        return f"uses '{name}', which is not defined{nearest(name, known)}"

    def position(self, dimension: str, place: Place) -> Expression:
        """Return the number of the element that a dimension of the left side stands for."""
        if place.cell is None:
            if place.dimensions.count(dimension) > 1 or self.dimensions.overlaps(dimension):
                raise NeedsElementError
            return Reference(self.dimensions.names[dimension])
        element = place.cell[place.dimensions.index(dimension)]
        return Number(1.0 + self.dimensions.keys(dimension).index(element))

    def reference(self, found: str, node: Name, scope: Scope) -> Expression:
        """Return the value of a variable, with subscripts."""
        instance = self.flat.instances[found]
        own = tuple(map(key, instance.text.dimensions))
        if not own and node.indices is None:
            return Reference(instance.name)
        if not set(own) <= set(self.dimensions.elements):
            raise MeaningFault(f"uses '{instance.name}', which runs over no known dimension",
                               node.path)  # fmt: skip
        return subscripted(
            instance.name, own, node, scope.place, self.dimensions,
            lambda index: self.computed_index(index, scope),
        )  # fmt: skip

    def computed_index(self, node: Tree, scope: Scope) -> Expression:
        """Return an index that is no element and no dimension, but a number."""
        if isinstance(node, Name) and node.indices is None:
            name = ".".join(split_path(node.path))
            if self.dimensions.is_element(name) and self.variable(node.path, scope) is None:
                raise ArrayFault(
                    f"uses the element '{name}' in a dimension that has no such element; correct "
                    "the subscript"
                )
            if key(name) in self.dimensions.names and self.variable(node.path, scope) is None:
                raise ArrayFault(
                    f"uses the dimension '{name}' as a subscript, but the left side does not run "
                    "over it; write an element, or SUM(…[*]) for all"
                )
        return self.expression(node, replace(scope, place=replace(scope.place, slices="match")))

    # -- functions ----------------------------------------------------------------------------

    def application(self, node: Application, scope: Scope) -> Expression:
        """Return what a function, a macro or a graphical function becomes."""
        return self.bounded(self.applied(node, scope), node.function)

    def bounded(self, node: Expression, about: str) -> Expression:
        """Return an expression unless it has grown beyond bounds: arguments may be used twice.

        Parts are shared, so that a small text may stand for more operations than there is time.
        """
        if self.size(node) > MAX_SIZE:
            raise MeaningFault(f"grows to more than {MAX_SIZE} operations where its functions are "
                               "written out; split it", about)  # fmt: skip
        return node

    def size(self, node: Expression) -> int:
        """Return the number of operations of an expression, each counted as often as it is used."""
        stack = [node]
        while stack:
            current = stack[-1]
            waiting = [each for each in children(current) if id(each) not in self.sizes]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            size = 1 + sum(self.sizes[id(each)][0] for each in children(current))
            self.sizes[id(current)] = (size, current)
        return self.sizes[id(node)][0]

    def applied(self, node: Application, scope: Scope) -> Expression:
        """Return what a function becomes, whatever its size."""
        name = key(node.function)
        found = self.variable(node.function, scope)
        if found is not None and (self.has_graph(found) or not self.is_function(name)):
            return self.table_call("WITH LOOKUP", found, None, node.arguments, scope)
        if (expanded := self.expand(node, scope)) is not None:
            return expanded
        if name in TABLE_CALLS and len(node.arguments) == 2:
            return self.named_table_call(TABLE_CALLS[name], node, scope)
        if name == "rank":
            return self.ranked(node, scope)
        if name in ARRAY_FUNCTIONS and self.reduces(name, node.arguments, scope):
            return self.reduction(name, node, scope)
        if name in CLOCKS and not node.arguments:  # TIME() and PI()
            return CLOCKS[name]
        function = function_named(node.function)
        if name not in BUILTINS and (function is None or function.name.startswith("XMILE ")):
            raise MeaningFault(f"uses the function '{node.function}', which is not supported"
                               f"{nearest(node.function, [*BUILTINS, *ARRAY_FUNCTIONS])}",
                               node.function)  # fmt: skip
        arguments = [self.expression(each, scope) for each in node.arguments]
        if name in BUILTINS or function is None:
            return self.builtin(name, node.function, arguments)
        return Call(function.name, tuple(arguments))

    def has_graph(self, found: str) -> bool:
        """Tell whether a variable has a graphical function."""
        return any(part.graph for part in self.flat.instances[found].text.parts)

    def is_function(self, name: str) -> bool:
        """Tell whether a name is that of a function, which a variable may have too."""
        return name in BUILTINS or name in ARRAY_FUNCTIONS or name in TABLE_CALLS

    def builtin(self, name: str, shown: str, arguments: Sequence[Expression]) -> Expression:
        """Return what a function of numbers becomes."""
        builtin = BUILTINS[name]
        if not builtin.least <= len(arguments) <= builtin.most:
            raise MeaningFault(
                f"{shown.upper()} takes {_counted(builtin.least, builtin.most)} argument(s), not "
                f"{len(arguments)}", shown)  # fmt: skip
        if name in FROM_START_ZERO and self.specs.start != 0:
            raise MeaningFault(f"uses {shown.upper()} in a run that does not start at 0, where its "
                               "phase is not documented; write it with TIME", shown)  # fmt: skip
        try:
            return builtin.build(arguments)
        except NotSupportedError as fault:
            raise MeaningFault(f"uses {fault}, which is not supported", shown) from None

    def named_table_call(self, function: str, node: Application, scope: Scope) -> Expression:
        """Return LOOKUP(graph, x) and its kin."""
        table, *rest = node.arguments
        found = self.variable(table.path, scope) if isinstance(table, Name) else None
        if found is None or not isinstance(table, Name):
            raise MeaningFault(f"{node.function.upper()} needs a graphical function as its first "
                               "argument", node.function)  # fmt: skip
        return self.table_call(function, found, table, rest, scope)

    def table_call(
        self, function: str, found: str, table: Name | None, rest: Sequence[Tree], scope: Scope
    ) -> Expression:
        """Return the call of a function of a variable's graphical function."""
        instance = self.flat.instances[found]
        if len(rest) != 1 or not self.has_graph(found):
            raise MeaningFault(f"calls '{instance.name}', which is no graphical function of one "
                               "argument", instance.name)  # fmt: skip
        points = self.points(found, table, scope)
        x = self.expression(rest[0], scope)
        return Call(function, (x, points) if function == "WITH LOOKUP" else (points, x))

    def points(self, found: str, table: Name | None, scope: Scope) -> Table:
        """Return the points of a variable's graphical function, of one element if it has many."""
        instance = self.flat.instances[found]
        parts = instance.text.parts
        tables = {part.graph for part in parts}
        if len(tables) > 1:
            if scope.place.cell is None and scope.place.dimensions:
                raise NeedsElementError
            at = self.reference(found, table or Name(instance.name), scope)
            if not isinstance(at, Reference) or any(s.endswith("!") for s in at.subscripts):
                raise MeaningFault(f"uses the graphical functions of '{instance.name}' with a "
                                   "computed subscript", instance.name)  # fmt: skip
            parts = (part_of(parts, at.subscripts, self.dimensions, instance.text.dimensions),)
        graph = parts[0].graph
        assert graph is not None
        return graph

    # -- functions of arrays ------------------------------------------------------------------

    def reduces(self, name: str, arguments: Sequence[Tree], scope: Scope) -> bool:
        """Tell whether a function reduces an array, and does not compare numbers."""
        if name in ("sum", "prod", "size", "stddev"):
            return True
        if len(arguments) != 1:
            return False
        return any(self.is_array(each, scope) for each in walk(arguments[0]))

    def is_array(self, node: object, scope: Scope) -> bool:
        """Tell whether a node stands for more than one number."""
        if not isinstance(node, Name):
            return False
        if node.indices is not None:
            return any(self.is_slice(index, scope) for index in node.indices)
        found = self.variable(node.path, scope)
        return found is not None and bool(self.flat.instances[found].text.dimensions)

    def is_slice(self, index: object, scope: Scope) -> bool:
        """Tell whether an index is a part of a dimension, or one that the left side has not."""
        if not isinstance(index, Name):
            return isinstance(index, Wildcard | Span)
        name = key(index.path)
        known = name in self.dimensions.elements and name not in scope.place.dimensions
        return known and index.indices is None and self.variable(index.path, scope) is None

    def reduction(self, name: str, node: Application, scope: Scope) -> Expression:
        """Return SUM, MEAN, … of an array."""
        if len(node.arguments) != 1:
            raise MeaningFault(f"{node.function.upper()} takes one array, not "
                               f"{len(node.arguments)} arguments", node.function)  # fmt: skip
        (argument,) = node.arguments
        if name == "size" and isinstance(argument, Name):
            dimension = key(argument.path)
            if self.variable(argument.path, scope) is None and dimension in self.dimensions.names:
                return Number(float(len(self.dimensions.elements[dimension])))
        inner = replace(scope, place=replace(scope.place, slices="reduce"))
        body = self.expression(argument, inner)
        marks = marked_by(body, node.function)
        count = 1.0
        for mark in marks:
            count *= len(self.elements_of(mark))
        return reduced(name, body, count, bool(marks))

    def ranked(self, node: Application, scope: Scope) -> Expression:
        """Return RANK(array, n): the number of the element that is the n-th smallest."""
        if len(node.arguments) != 2:
            raise MeaningFault("uses RANK with other arguments than an array and a rank, which is "
                               "not supported; write RANK(array, rank)", node.function)  # fmt: skip
        inner = replace(scope, place=replace(scope.place, slices="reduce"))
        array = self.expression(node.arguments[0], inner)
        marks = marked_by(array, node.function)
        last = array.subscripts[-1:] if isinstance(array, Reference) else ()
        if (
            len(marks) != 1
            or marks != last
            or key(marks[0].rstrip("!")) not in self.dimensions.names
        ):
            raise MeaningFault("uses RANK of what does not run over one whole dimension, the last; "
                               "give that a variable of its own", node.function)  # fmt: skip
        rank = Call("VECTOR RANK", (array, Number(1.0)))
        wanted = Binary("=", rank, self.expression(node.arguments[1], scope))
        number = Reference(marks[0].rstrip("!"), marks)
        return Call("SUM", (Call("IF THEN ELSE", (wanted, number, Number(0.0))),))

    def elements_of(self, mark: str) -> tuple[str, ...]:
        """Return the elements of a marked range."""
        name = mark.rstrip("!")
        return self.dimensions.made.get(name) or self.dimensions.elements[key(name)]


def _joined(operator: str, left: Expression, right: Expression) -> Expression:
    if operator == "mod":
        return Call("XMILE MOD", (left, right))
    if operator == "//":
        return Call("XMILE SAFEDIV", (left, right, Number(0.0)))
    return Binary(_OPERATORS.get(operator, operator), left, right)


def _counted(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"
