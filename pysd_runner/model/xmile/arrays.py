"""What the brackets behind a name mean: elements, dimensions, slices, positions.

An array equation is kept whole where each of its subscripts is a dimension of its left side or an
element, and written out element by element where an index is computed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference
from pysd_runner.model.xmile.tree import Index, Literal, Name, Operation, Span, Tree, Wildcard, walk
from pysd_runner.names import clean, key, nearest

MAX_CHOICES = 5000
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "mod": lambda a, b: a % b,
}  # fmt: skip


class ArrayFault(Exception):
    """A subscript has no meaning where it stands; the message says why."""


class NeedsElementError(Exception):
    """The meaning depends on the element, so the equation is written out for each."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an array equation stands.

    Parameters
    ----------
    dimensions : tuple of str
        Keys of the dimensions of the left side.
    cell : tuple of str or None
        Keys of the element that it is for; ``None`` means all elements at once.
    slices : str
        What a whole dimension stands for: ``match``, the element of the left side; ``reduce``,
        every element, inside a function such as SUM.
    """

    dimensions: tuple[str, ...] = ()
    cell: tuple[str, ...] | None = None
    slices: str = "match"


@dataclass(slots=True)
class Dimensions:
    """The dimensions of a file, and the ranges that its equations make of them.

    Parameters
    ----------
    elements : mapping of str to tuple of str
        Key of a dimension -> its elements.
    names : mapping of str to str
        Key of a dimension -> its name.
    mapped : set of (str, str)
        Keys of dimensions that are mapped to each other, place by place.
    """

    elements: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    mapped: frozenset[tuple[str, str]] = frozenset()
    made: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def keys(self, dimension: str) -> tuple[str, ...]:
        """Return the keys of the elements of a dimension."""
        return tuple(map(key, self.elements[dimension]))

    def made_range(self, name: str, elements: Sequence[str]) -> str:
        """Return the name of a range of some elements, made if there is none yet."""
        self.made.setdefault(name, tuple(elements))
        return name

    def is_element(self, name: str) -> bool:
        """Tell whether a name is an element of some dimension."""
        return any(key(name) in self.keys(each) for each in self.elements)

    def overlaps(self, dimension: str) -> bool:
        """Tell whether a larger dimension has all elements of one, with other numbers."""
        own = self.keys(dimension)
        others = (self.keys(each) for each in self.elements if each != dimension)
        return any(set(own) <= set(keys) and own != keys[: len(own)] for keys in others)

    def number_of(self, name: str, first: Sequence[str]) -> float | None:
        """Return the number of an element if all dimensions that have it agree, else ``None``.

        Dimensions of the left side, ``first``, count before others.
        """
        dimension, _, element = name.rpartition(".")
        for among in ([key(dimension)],) if dimension else (first, self.elements):
            found = {
                self.keys(each).index(key(element)) + 1.0
                for each in among
                if each in self.elements and key(element) in self.keys(each)
            }
            if found:
                return found.pop() if len(found) == 1 else None
        return None


def subscripted(
    name: str,
    own: Sequence[str],
    node: Name,
    place: Place,
    dimensions: Dimensions,
    translate: Callable[[Tree], Expression],
) -> Expression:
    """Return the reference to a variable with the meaning of its brackets.

    Parameters
    ----------
    name : str
        Of the variable.
    own : sequence of str
        Keys of its dimensions.
    node : Name
        How it is written.
    place : Place
        Where it stands.
    dimensions : Dimensions
        Those of the file.
    translate : callable
        Returns the expression of a computed index.

    Raises
    ------
    ArrayFault, NeedsElementError
    """
    indices = node.indices
    if indices is None:
        if place.slices == "reduce" and set(own) & set(place.dimensions):
            stars = ",".join("*" for _ in own)
            raise ArrayFault(
                f"uses '{name}' without subscripts inside a function of arrays, though the left "
                f"side runs over its dimension; write {name}[{stars}] if all elements are meant"
            )
        indices = tuple(Wildcard() for _ in own)
    elif len(indices) != len(own):
        shown = f"with [{','.join(dimensions.names[each] for each in own)}]" if own else "without"
        raise ArrayFault(f"uses '{name}' with {len(indices)} subscripts; write it {shown}")
    return _Subscripts(name, own, node.transposed, place, dimensions, translate).expression(indices)


class _Subscripts:
    def __init__(
        self, name: str, own: Sequence[str], transposed: bool, place: Place,
        dimensions: Dimensions, translate: Callable[[Tree], Expression],
    ) -> None:  # fmt: skip
        self.name = name
        self.own = own
        self.transposed = transposed
        self.place = place
        self.dimensions = dimensions
        self.translate = translate
        self.outside = False

    def expression(self, indices: Sequence[Index]) -> Expression:
        found: list[str | Expression | None] = [None] * len(indices)
        free: list[int] = []
        indices = [self.whole(each, own) for each, own in zip(indices, self.own, strict=True)]
        for position, index in enumerate(indices):
            if isinstance(index, Wildcard | Span):
                free.append(position)
            else:
                found[position] = self.one(index, self.own[position])
        if self.transposed:
            free.reverse()
        for position, subscript in zip(free, self.slices(free, indices), strict=True):
            found[position] = subscript
        if self.outside:
            return Number(0.0)  # what Stella returns for an index that a dimension leads outside
        return self.chosen(found, ())

    def whole(self, index: Index, own: str) -> Index:
        """Return an index; inside SUM and its kin a dimension is all of its elements."""
        if self.place.slices != "reduce" or not isinstance(index, Name) or index.indices:
            return index
        name, known = key(index.path), self.dimensions
        if name not in known.elements or name in self.place.dimensions or name in known.keys(own):
            return index
        inside = set(known.keys(name)) <= set(known.keys(own))
        return Wildcard(index.path) if inside and self.mapped(name) is None else index

    def chosen(self, rest: Sequence[str | Expression | None], done: tuple[str, ...]) -> Expression:
        """Return the reference; where an index is computed, one of several."""
        if not rest:
            return Reference(self.name, done)
        first = rest[0]
        if isinstance(first, str):
            return self.chosen(rest[1:], (*done, first))
        assert first is not None
        choices = [n for n, each in enumerate(rest) if not isinstance(each, str)]
        sizes = [len(self.dimensions.elements[self.own[len(done) + n]]) for n in choices]
        if math.prod(sizes) > MAX_CHOICES:
            raise ArrayFault(
                f"uses a computed subscript of '{self.name}', which could be one of over "
                f"{MAX_CHOICES} elements; use smaller dimensions"
            )
        elements = self.dimensions.elements[self.own[len(done)]]
        options = [self.chosen(rest[1:], (*done, element)) for element in elements]
        return _pick(first, options, 1)

    # -- one index ----------------------------------------------------------------------------

    def one(self, index: Tree, own: str) -> str | Expression:
        """Return the element or range that an index stands for, or the expression of it."""
        keys = self.dimensions.keys(own)
        if isinstance(index, Literal) and f"{index.value:g}" in keys:  # a number as a name
            return self.dimensions.elements[own][keys.index(f"{index.value:g}")]
        if isinstance(index, Name) and index.indices is None:
            name = clean(index.path)
            prefix, _, last = name.rpartition(".")
            if key(name) in keys or (prefix and key(prefix) == own and key(last) in keys):
                element = key(name) if key(name) in keys else key(last)
                return self.dimensions.elements[own][keys.index(element)]
            if key(name) in self.place.dimensions:
                return self.bound(key(name), own)
            if (mapped := self.mapped(key(name))) is not None:
                return self.same(mapped, key(name), own)
        number = self.static(index)
        if number is None:
            return self.translate(index)
        position = math.floor(number)
        if 1 <= position <= len(keys):
            return self.dimensions.elements[own][position - 1]
        if isinstance(index, Literal):
            raise ArrayFault(
                f"uses element {position} of '{self.name}', but {self.dimensions.names[own]} has "
                f"{len(keys)}; correct the subscript"
            )
        self.outside = True
        return self.dimensions.elements[own][0]

    def bound(self, dimension: str, own: str) -> str:
        """Return what a dimension of the left side stands for in a dimension of the variable."""
        place, known = self.place, self.dimensions
        if dimension == own and place.dimensions.count(dimension) == 1 and place.cell is None:
            return known.names[dimension]
        if place.cell is None:
            raise NeedsElementError
        if place.dimensions.count(dimension) > 1:
            raise ArrayFault(
                f"uses the dimension '{known.names[dimension]}', which the left side has twice; "
                "use elements"
            )
        element = place.cell[place.dimensions.index(dimension)]
        return self.same(element, dimension, own)

    def mapped(self, dimension: str) -> str | None:
        """Return the element of a dimension to which that of the left side is mapped, or ``None``.

        Dimensions are mapped place by place.
        """
        place, known = self.place, self.dimensions
        for position, each in enumerate(place.dimensions):
            joined = {(each, dimension), (dimension, each)} & known.mapped
            if joined and len(known.keys(each)) == len(known.keys(dimension)):
                if place.cell is None:
                    raise NeedsElementError
                return known.keys(dimension)[known.keys(each).index(place.cell[position])]
        return None

    def same(self, element: str, dimension: str, own: str) -> str:
        """Return the element of another dimension of the same name, or else place."""
        keys, known = self.dimensions.keys(own), self.dimensions.keys(dimension)
        by_name = set(known) <= set(keys)
        position = keys.index(element) if by_name else known.index(element)
        if position >= len(keys):
            self.outside = True
            position = 0
        return self.dimensions.elements[own][position]

    def static(self, node: Index) -> float | None:
        """Return the value of an index that numbers, elements and dimensions decide."""
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Operation) and node.operator == "neg":
            value = self.static(node.operands[0])
            return None if value is None else -value
        if isinstance(node, Operation) and node.operator in _ARITHMETIC:
            left, right = (self.static(each) for each in node.operands)
            known = left is not None and right is not None
            return _ARITHMETIC[node.operator](left, right) if known else None  # type: ignore[arg-type]
        if isinstance(node, Name) and node.indices is None:
            return self.named(node)
        if isinstance(node, Operation) and self.has_dimension(node):
            raise ArrayFault("uses a dimension in an index that is no sum or product; simplify it")
        return None

    def named(self, node: Name) -> float | None:
        name = key(node.path)
        if name not in self.place.dimensions:
            return None
        if self.place.cell is None:
            raise NeedsElementError
        element = self.place.cell[self.place.dimensions.index(name)]
        return 1.0 + self.dimensions.keys(name).index(element)

    def has_dimension(self, node: Index) -> bool:
        return any(
            isinstance(each, Name) and key(each.path) in self.place.dimensions
            for each in walk(node)
        )

    # -- slices -------------------------------------------------------------------------------

    def slices(self, free: Sequence[int], indices: Sequence[Index]) -> list[str]:
        """Return the subscripts of what stands for whole dimensions or parts of them."""
        if self.place.slices == "reduce":
            return self.marked(free, indices)
        taken: set[int] = set()
        found: list[str] = []
        for position in free:
            if indices[position] != Wildcard():
                raise ArrayFault(f"uses a part of '{self.name}' outside a function such as SUM")
            found.append(self.matched(self.own[position], taken))
        return found

    def matched(self, own: str, taken: set[int]) -> str:
        """Return what a whole dimension of a variable stands for on the left side's element."""
        place, known = self.place, self.dimensions
        fitting = [n for n, each in enumerate(place.dimensions) if n not in taken and each == own]
        if not fitting:
            size = len(known.elements[own])
            fitting = [
                n for n, each in enumerate(place.dimensions)
                if n not in taken and len(known.elements[each]) == size
                and known.keys(each) == known.keys(own)
            ]  # fmt: skip
        if not fitting:
            raise ArrayFault(
                f"uses '{self.name}', which runs over {known.names[own]}, where one number is "
                "needed; name an element, or use a function such as SUM"
            )
        taken.add(fitting[0])
        dimension = place.dimensions[fitting[0]]
        if place.cell is not None:
            return self.same(place.cell[fitting[0]], dimension, own)
        if place.dimensions.count(dimension) > 1 or dimension != own:
            raise NeedsElementError
        return known.names[own]

    def marked(self, free: Sequence[int], indices: Sequence[Index]) -> list[str]:
        """Return ranges marked with ``!``, over which a reduction runs."""
        used: list[str] = []
        for position in free:
            name = self.range_of(indices[position], self.own[position])
            again = sum(each == name or each.startswith(f"{name} (") for each in used)
            if again:
                elements = self.dimensions.made.get(name) or self.dimensions.elements[key(name)]
                name = self.dimensions.made_range(f"{name} ({again + 1})", elements)
            used.append(name)
        return [f"{name}!" for name in used]

    def range_of(self, index: Index, own: str) -> str:
        known = self.dimensions
        if isinstance(index, Span):
            first, last = (self.end(each, own) for each in (index.low, index.high))
            elements = known.elements[own][first : last + 1]
            if not elements:
                raise ArrayFault(f"uses an empty part of '{self.name}'; correct its ends")
            return known.made_range(f"{known.names[own]} {first + 1} to {last + 1}", elements)
        assert isinstance(index, Wildcard)
        part = key(index.dimension) if index.dimension else own
        if part not in known.elements or not set(known.keys(part)) <= set(known.keys(own)):
            raise ArrayFault(
                f"uses '*:{index.dimension}', which is no part of {known.names[own]}"
                f"{nearest(index.dimension, known.names.values())}"
            )
        return known.names[part]

    def end(self, node: Tree, own: str) -> int:
        found = self.one(node, own)
        if not isinstance(found, str) or self.outside or found not in self.dimensions.elements[own]:
            raise ArrayFault(f"uses a part of '{self.name}' whose ends are computed; use elements")
        return self.dimensions.elements[own].index(found)


def _pick(index: Expression, options: Sequence[Expression], first: int) -> Expression:
    """Return the option whose number an index has, counted from ``first``; zero outside."""
    last = first + len(options)
    inside = _halved(index, options, first)
    not_below = Binary(">=", index, Number(float(first)))
    not_above = Binary("<", index, Number(float(last)))
    return Call("IF THEN ELSE", (Binary(":AND:", not_below, not_above), inside, Number(0.0)))


def _halved(index: Expression, options: Sequence[Expression], first: int) -> Expression:
    if len(options) == 1:
        return options[0]
    middle = len(options) // 2
    below = Binary("<", index, Number(float(first + middle)))
    low = _halved(index, options[:middle], first)
    return Call("IF THEN ELSE", (below, low, _halved(index, options[middle:], first + middle)))
