"""VECTOR functions and INVERT MATRIX: what takes a whole array to compute one element.

Vensim's manual is the specification. Sorting is written without branches: the rank of an element
is the number of elements that come before it, so ``n`` elements take ``n * n`` comparisons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product

from pysd_runner.kernel.lowering import Lowering, Rule, Scope
from pysd_runner.model.dependencies import marked_ranges
from pysd_runner.model.syntax import Call, Expression, Reference
from pysd_runner.names import key

_MOST_SORTED = 300
_MOST_INVERTED = 32


@dataclass(frozen=True, slots=True)
class Vector:
    """The elements of an array along its last range, and where the equation stands in it.

    Parameters
    ----------
    range : str
        Key of the range.
    nodes : list of int
        One for each element.
    place : int
        Number of the element for which the equation is computed.
    """

    range: str
    nodes: list[int]
    place: int


def vector_of(lower: Lowering, node: Expression, scope: Scope, name: str) -> Vector:
    """Return the array that an argument names, along its last subscript that is a range."""
    if not isinstance(node, Reference) or key(node.name) not in lower.graph.variables:
        raise lower.refusal(scope, f"{name} of an expression that is not a variable",
                            "give the expression a variable of its own")  # fmt: skip
    ranges = [s for s in node.subscripts if s.rstrip("!") in lower.graph.ranges]
    if not ranges:
        raise lower.refusal(scope, f"{name} of '{node.name}' without a range")
    chosen = ranges[-1]
    elements = lower.graph.ranges.elements_of(chosen)
    nodes = [lower.number(node, bound(scope, chosen, element)) for element in elements]
    if (own := scope.binding.get(key(chosen))) is None:  # inside SUM it is that of the sum
        (own,) = lower.graph.ranges.resolve(chosen.rstrip("!"), scope.binding)
    return Vector(key(chosen.rstrip("!")), nodes, elements.index(own))


def bound(scope: Scope, subscript: str, element: str) -> Scope:
    """Return the same place with a range standing for one element."""
    return scope.within({**scope.binding, key(subscript): element})


# -- VECTOR SELECT ----------------------------------------------------------------------------


def _select(lower: Lowering, node: Call, scope: Scope) -> int:
    selection, given, missing, action, error = node.arguments
    ranges = list(dict.fromkeys([*marked_ranges(selection), *marked_ranges(given)]))
    if not ranges:
        raise lower.refusal(scope, "VECTOR SELECT without a range marked '!'")
    kind = _whole(lower, action, scope, "numerical action", 10)
    check = _whole(lower, error, scope, "error action", 3)
    build = lower.build
    weights, values = [], []
    for cell in product(*(lower.graph.ranges.elements_of(name) for name in ranges)):
        inner = scope.within({**scope.binding, **dict(zip(map(key, ranges), cell, strict=True))})
        weights.append(lower.number(selection, inner))
        values.append(lower.number(given, inner))
    chosen = [build.compare("ne", weight, build.const(0.0)) for weight in weights]
    count = reduce(build.add, map(build.number, chosen))
    found = _action(lower, kind, weights, values, chosen, count)
    none = build.compare("eq", count, build.const(0.0))
    found = build.select(none, lower.number(missing, scope), found)
    # an error stops Vensim's run; here the value is no number, which the status of the run tells
    wrong = build.truth(False)
    if check in (1, 3):
        wrong = build.either(wrong, none)
    if check in (2, 3):
        wrong = build.either(wrong, build.compare("gt", count, build.const(1.0)))
    return build.select(wrong, build.const(float("nan")), found)


def _whole(lower: Lowering, node: Expression, scope: Scope, what: str, most: int) -> int:
    value = lower.build.value(lower.number(node, scope))
    if value is None or value != int(value) or not 0 <= value <= most:
        raise lower.refusal(
            scope, f"VECTOR SELECT with a {what} that is no number from 0 to {most} known "
            "beforehand")  # fmt: skip
    return int(value)


def _action(
    lower: Lowering,
    kind: int,
    weights: Sequence[int],
    values: Sequence[int],
    chosen: Sequence[int],
    count: int,
) -> int:
    """Return one of the actions 0 to 10: of weighted values up to 5, of the values beyond."""
    build = lower.build
    if kind < 5:
        taken = [build.mul(weight, value) for weight, value in zip(weights, values, strict=True)]
    elif kind == 5:
        taken = [build.pow(value, weight) for weight, value in zip(weights, values, strict=True)]
    else:
        taken = list(values)
    join, empty = {
        0: (build.add, 0.0), 1: (build.mul, 1.0), 2: (build.minimum, float("inf")),
        3: (build.maximum, -float("inf")), 4: (build.add, 0.0), 5: (build.mul, 1.0),
    }[kind - 6 if kind > 5 else kind]  # fmt: skip
    terms = [
        build.select(mask, term, build.const(empty))
        for mask, term in zip(chosen, taken, strict=True)
    ]
    found = reduce(join, terms)
    return build.div(found, count) if kind in (4, 10) else found


# -- order ------------------------------------------------------------------------------------


def _ranks(lower: Lowering, node: Call, scope: Scope) -> tuple[Vector, list[int]]:
    """Return the vector and how many elements come before each; of equals the first is first."""
    name = node.function.upper()
    vector = vector_of(lower, node.arguments[0], scope, name)
    if len(vector.nodes) > _MOST_SORTED:
        raise lower.refusal(scope, f"{name} of more than {_MOST_SORTED} elements")
    build = lower.build
    rising = build.compare("gt", lower.number(node.arguments[1], scope), build.const(0.0))

    def before(a: int, b: int) -> int:
        one, other = vector.nodes[a], vector.nodes[b]
        up, down = ("le", "ge") if a < b else ("lt", "gt")
        return build.number(
            build.either(
                build.both(rising, build.compare(up, one, other)),
                build.both(build.invert(rising), build.compare(down, one, other)),
            )
        )

    places = range(len(vector.nodes))
    ranks = [
        reduce(build.add, (before(a, b) for a in places if a != b), build.const(0.0))
        for b in places
    ]
    return vector, ranks


def _rank(lower: Lowering, node: Call, scope: Scope) -> int:
    """VECTOR RANK: 1 for the element that comes first."""
    vector, ranks = _ranks(lower, node, scope)
    return lower.build.add(ranks[vector.place], lower.build.const(1.0))


def _sort_order(lower: Lowering, node: Call, scope: Scope) -> int:
    """VECTOR SORT ORDER: which element comes at this place, counted from 0."""
    vector, ranks = _ranks(lower, node, scope)
    numbers = [lower.build.const(float(n)) for n in range(len(ranks))]
    return _chosen(lower, ranks, vector.place, numbers)


def _chosen(lower: Lowering, places: Sequence[int], wanted: int, values: Sequence[int]) -> int:
    build = lower.build
    found = build.const(float("nan"))
    for place, value in zip(places, values, strict=True):
        here = build.compare("eq", place, build.const(float(wanted)))
        found = build.select(here, value, found)
    return found


def _reorder(lower: Lowering, node: Call, scope: Scope) -> int:
    """VECTOR REORDER: the element whose number, counted from 0, stands in the second vector."""
    vector = vector_of(lower, node.arguments[0], scope, "VECTOR REORDER")
    order = vector_of(lower, node.arguments[1], scope, "VECTOR REORDER")
    return _at(lower, vector.nodes, order.nodes[order.place])


def _at(lower: Lowering, nodes: Sequence[int], number: int) -> int:
    """Return the node of a number counted from 0; no number if there is none."""
    build = lower.build
    known = build.value(number)
    if known is not None:
        inside = known.is_integer() and 0 <= known < len(nodes)
        return nodes[int(known)] if inside else build.const(float("nan"))
    found = build.const(float("nan"))
    for place, node in enumerate(nodes):
        here = build.compare("eq", number, build.const(float(place)))
        found = build.select(here, node, found)
    return found


def _elm_map(lower: Lowering, node: Call, scope: Scope) -> int:
    """VECTOR ELM MAP: the element some places behind the one that is named."""
    array, offset = node.arguments
    if not isinstance(array, Reference) or key(array.name) not in lower.graph.variables:
        raise lower.refusal(scope, "VECTOR ELM MAP of an expression that is not a variable",
                            "give the expression a variable of its own")  # fmt: skip
    name, ranges = key(array.name), lower.graph.ranges
    variable = lower.graph.variables[name]
    own = lower.elements(array.subscripts, scope)
    fixed = [n for n, s in enumerate(array.subscripts) if s not in ranges]
    if not own or (len(fixed) > 1 and fixed[-1] != len(own) - 1):
        raise lower.refusal(scope, "VECTOR ELM MAP that does not name an element to start from",
                            "write an element as the last subscript")  # fmt: skip
    along = fixed[-1] if fixed else len(own) - 1
    elements = ranges[variable.dimensions[along]].keys
    first = elements.index(own[along])
    line = ("along", name, own[:along], own[along + 1 :], scope.moment)
    if line not in lower.arrays:
        cells = [(name, (*own[:along], e, *own[along + 1 :])) for e in elements]
        lower.arrays[line] = [[lower.build.number(lower.cell(c, scope.moment)) for c in cells]]
    build = lower.build
    moved = build.add(build.const(float(first)), lower.number(offset, scope))
    # a whole number but for rounding
    number = build.unary("rint", moved)
    if (line, number) not in lower.arrays:  # others may be moved alike
        lower.arrays[line, number] = [[_at(lower, lower.arrays[line][0], number)]]
    return lower.arrays[line, number][0][0]


# -- matrices ---------------------------------------------------------------------------------


def _invert(lower: Lowering, node: Call, scope: Scope) -> int:
    """INVERT MATRIX, by Gauss and Jordan with the largest pivot of each column."""
    matrix = node.arguments[0]
    if not isinstance(matrix, Reference) or len(matrix.subscripts) < 2:
        raise lower.refusal(scope, "INVERT MATRIX of what is no array with two ranges")
    down, along = matrix.subscripts[-2:]
    ranges = lower.graph.ranges
    rows, columns = ranges.elements_of(down), ranges.elements_of(along)
    if len(rows) != len(columns) or not 1 <= len(rows) <= _MOST_INVERTED:
        raise lower.refusal(
            scope, f"INVERT MATRIX of {len(rows)} x {len(columns)} elements, not square or more "
            f"than {_MOST_INVERTED}")  # fmt: skip
    others = [each for each in scope.binding.items() if each[0] not in (key(down), key(along))]
    identity = (lower.place(matrix, scope)[-1], scope.moment, *others)
    if identity not in lower.arrays:
        cells = [
            [lower.number(matrix, bound(bound(scope, down, row), along, column))
             for column in columns]
            for row in rows
        ]  # fmt: skip
        lower.arrays[identity] = _inverse(lower, cells)
    (row,), (column,) = (ranges.resolve(s, scope.binding) for s in (down, along))
    return lower.arrays[identity][rows.index(row)][columns.index(column)]


def _inverse(lower: Lowering, cells: list[list[int]]) -> list[list[int]]:
    build, size = lower.build, len(cells)
    table = [
        [*row, *(build.const(float(i == j)) for j in range(size))] for i, row in enumerate(cells)
    ]
    for k in range(size):
        for i in range(k + 1, size):
            larger = build.compare(
                "gt", build.unary("abs", table[i][k]), build.unary("abs", table[k][k])
            )
            pairs = list(zip(table[k], table[i], strict=True))
            table[k] = [build.select(larger, b, a) for a, b in pairs]
            table[i] = [build.select(larger, a, b) for a, b in pairs]
        table[k] = [build.div(each, table[k][k]) for each in table[k]]
        for i in range(size):
            if i != k:
                factor = table[i][k]
                table[i] = [
                    build.sub(a, build.mul(factor, b))
                    for a, b in zip(table[i], table[k], strict=True)
                ]
    return [row[size:] for row in table]


VECTORS: dict[str, Rule] = {
    "vector select": _select,
    "vector rank": _rank,
    "vector sort order": _sort_order,
    "vector reorder": _reorder,
    "vector elm map": _elm_map,
    "invert matrix": _invert,
}
